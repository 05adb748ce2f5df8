"""One live run per job, one bot per home."""

import os
import stat
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import PIPE, Popen

import pytest
from filelock import FileLock

from jobs.models.ids import JobId
from jobs.supervisor.job_lock import hold_job_lock
from jobs.supervisor.locks import hold_home, holder_pid, home_is_held

JOB = JobId("1e95803d")

HOLDS = """
import os, subprocess, sys, time
from pathlib import Path
from jobs.supervisor.job_lock import hold_job_lock
from jobs.supervisor.locks import hold_home
home = Path(sys.argv[1])
holds = hold_home(home), hold_job_lock(home, sys.argv[2])
exec(sys.argv[3])
print(all(holds), flush=True)
sys.stdin.read()
"""

SPAWNS = "subprocess.Popen(['sleep', '60'], close_fds=False)"
FORKS = """
born, says = os.pipe()
if os.fork() == 0:
    os.write(says, b"!")
    time.sleep(60)
os.read(born, 1)
"""


@contextmanager
def holder(home: Path, then: str = "") -> Iterator[Popen[bytes]]:
    """Another process, in a session of its own, that holds the home and the job, and then does something."""
    process = Popen([sys.executable, "-c", HOLDS, home, JOB, then], stdin=PIPE, stdout=PIPE, start_new_session=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"True\n"
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
        process.communicate()


def test_the_lock_of_a_job_is_given_once(tmp_path: Path) -> None:
    with holder(tmp_path):
        assert hold_job_lock(tmp_path, JOB) is None
        assert hold_job_lock(tmp_path, JobId("another")) is not None


def test_a_released_lock_can_be_taken(tmp_path: Path) -> None:
    first = hold_job_lock(tmp_path, JOB)
    assert first is not None
    assert hold_job_lock(tmp_path, JOB) is None

    first.release()
    first.release()

    with hold_job_lock(tmp_path, JOB) or pytest.fail("not released"):
        assert hold_job_lock(tmp_path, JOB) is None
    assert hold_job_lock(tmp_path, JOB) is not None


@pytest.mark.parametrize("then", ["", SPAWNS, FORKS], ids=["alone", "spawned a child", "forked a child"])
def test_locks_go_with_their_process_not_with_its_children(tmp_path: Path, then: str) -> None:
    with holder(tmp_path, then) as process:
        os.kill(process.pid, 9)
        process.wait()

        job, home = hold_job_lock(tmp_path, JOB), hold_home(tmp_path)

        assert job is not None
        assert home is not None


def test_one_bot_holds_the_home_and_says_who_it_is(tmp_path: Path) -> None:
    assert not home_is_held(tmp_path / "nowhere")
    assert not home_is_held(tmp_path)
    assert holder_pid(tmp_path) is None

    with holder(tmp_path) as process:
        assert hold_home(tmp_path) is None
        assert home_is_held(tmp_path)
        assert holder_pid(tmp_path) == process.pid
        assert (tmp_path / "bot.pid").read_text() == f"{process.pid}\n"
        process.kill()
        process.wait()
        assert not home_is_held(tmp_path)
        assert holder_pid(tmp_path) is None


def test_a_released_home_leaves_no_pid_behind(tmp_path: Path) -> None:
    hold = hold_home(tmp_path)
    assert hold is not None
    assert stat.S_IMODE((tmp_path / "bot.pid").stat().st_mode) == 0o600

    hold.release()

    assert not (tmp_path / "bot.pid").exists()
    assert not home_is_held(tmp_path)


def test_those_who_only_ask_do_not_keep_a_bot_from_starting(tmp_path: Path) -> None:
    asking = FileLock(tmp_path / "bot.lock", thread_local=False)
    asking.acquire()
    threading.Timer(0.1, asking.release).start()

    hold = hold_home(tmp_path)

    assert hold is not None


@pytest.mark.parametrize("bad", ["../up", "", ".", "a/b"])
def test_an_id_that_is_no_file_name_is_refused(tmp_path: Path, bad: str) -> None:
    with pytest.raises(ValueError, match="not a job id"):
        hold_job_lock(tmp_path, JobId(bad))
