"""A run's own process, forked from one that has preloaded: it finds everything at hand, and says how it ended."""

import json
import os
import subprocess
import sys
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from jobs.app.run import Handover
from jobs.clock import SystemClock
from jobs.models.change import Change
from jobs.models.ids import Epoch, JobId, JobNumber, RunId
from jobs.models.job import Job, Status
from jobs.models.run import Run, RunStatus
from jobs.store.opening import open_store
from jobs.venues import ProviderConfig

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="forks")

PRELOADS = """
import json, os, sys, threading
from pathlib import Path
from jobs.app.preload import preload
from jobs.app.rehearsal import rehearse

preload(Path(sys.argv[1]))
known = set(sys.modules)
before = {"threads": threading.active_count(), "open": sorted(os.listdir("/proc/self/fd"))[3:]}
reading, writing = os.pipe()
if os.fork() == 0:
    rehearse()
    os.write(writing, json.dumps(sorted(set(sys.modules) - known)).encode())
    os._exit(0)
os.wait()
assert "jobs.exact.aim" in known
print(json.dumps({**before, "imported": json.loads(os.read(reading, 65536))}))
"""

BROKEN = """
import os

from jobs.models.conduct import Conduct
from jobs.models.errors import Refusal
from jobs.ports.provider import VenueError


class Broken:
    name, title = "broken", "损坏"
    conduct = Conduct(lead_seconds=75)

    def describe(self, config, presets):
        return ""

    def work(self, assignment):
        raise eval(assignment.job.config["raises"])


BROKEN = Broken()
"""
"""A kind of a third party's."""

NOW = SystemClock().now()
JOB, RUN, EPOCH = JobId("1e95803d"), RunId("0" * 31 + "1"), Epoch(1)


def _claimed(home: Path, config: dict[str, str], *, armed: bool = False, scheduled_at: datetime | None = None) -> bytes:
    """What the process of a claimed run is handed."""
    job = Job(
        id=JOB,
        number=JobNumber(0),
        kind="broken",
        name="晚场",
        status=Status.RUNNING,
        config=config,
        created_at=NOW,
        updated_at=NOW,
    )
    run = Run(
        id=RUN,
        job_id=JOB,
        status=RunStatus.LIVE,
        epoch=EPOCH,
        requested_at=NOW,
        started_at=NOW,
        scheduled_at=scheduled_at,
    )
    with closing(open_store(home, SystemClock()).store) as store:
        store.apply(Change(jobs=(job,), runs=(run,)))
    return msgspec.json.encode(
        Handover(
            home=str(home),
            job_id=JOB,
            run_id=RUN,
            epoch=EPOCH,
            zone="Asia/Shanghai",
            min_interval_seconds=1,
            armed=armed,
            provider=ProviderConfig(name="demo", home=str(home)),
        )
    )


def _installed(directory: Path) -> None:
    """Puts the broken kind where it is found, as an installed package is."""
    about = directory / "broken-1.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[sja.kinds]\nbroken = broken:BROKEN\n")
    (directory / "broken.py").write_text(BROKEN)


def _worked(directory: Path, payload: bytes) -> subprocess.CompletedProcess[bytes]:
    """The worker's process, once it has ended."""
    _installed(directory)
    return subprocess.run(
        [sys.executable, "-P", "-m", "jobs.worker"],
        input=payload,
        env={**os.environ, "PYTHONPATH": str(directory)},
        capture_output=True,
        timeout=60,
        check=False,
    )


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="descriptors are counted as Linux shows them")
def test_a_run_imports_nothing_after_its_fork_and_preloading_leaves_nothing_behind(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PRELOADS, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "rehearsal failed" not in done.stderr
    told = json.loads(done.stdout)
    assert told == {"threads": 1, "open": ["3"], "imported": []}  # 3: the directory being listed
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        ("RuntimeError('a defect')", 70),
        ("Refusal('场馆不存在')", 1),
        ("VenueError('登录失效')", 1),
        ("VenueError('太忙', '', 5.0)", 75),
    ],
)
def test_the_exit_code_says_whether_another_try_makes_sense(tmp_path: Path, raised: str, code: int) -> None:
    payload = _claimed(tmp_path / "home", {"raises": raised})

    done = _worked(tmp_path / "site", payload)

    assert done.returncode == code, done.stderr.decode()
    with closing(open_store(tmp_path / "home", SystemClock()).store) as store:
        run = store.runs.get(RUN)
    assert run is not None
    assert run.outcome is not None
    assert not run.outcome.done


@pytest.mark.parametrize(
    ("armed", "in_seconds", "nicer"), [(False, None, 10), (True, 600, 0), (True, -90, 10), (True, None, 10)]
)
def test_a_run_gives_way_to_the_bot_unless_it_waits_for_an_instant(
    tmp_path: Path, armed: bool, in_seconds: float | None, nicer: int
) -> None:
    at = None if in_seconds is None else NOW + timedelta(seconds=in_seconds)
    payload = _claimed(tmp_path / "home", {"raises": "Refusal(str(os.nice(0)))"}, armed=armed, scheduled_at=at)

    _worked(tmp_path / "site", payload)

    with closing(open_store(tmp_path / "home", SystemClock()).store) as store:
        run = store.runs.get(RUN)
    assert run is not None
    assert run.outcome is not None
    assert int(run.outcome.sentence) == min(os.nice(0) + nicer, 19)


def test_a_run_of_an_instant_says_how_late_its_work_began(tmp_path: Path) -> None:
    at = NOW - timedelta(seconds=90)
    payload = _claimed(tmp_path / "home", {"raises": "Refusal('')"}, scheduled_at=at)

    _worked(tmp_path / "site", payload)

    with closing(open_store(tmp_path / "home", SystemClock()).store) as store:
        (occurrence,) = store.history.occurrences(JOB, 2)
    assert (occurrence.scheduled_at, occurrence.run_id) == (at, RUN)
    assert occurrence.late_seconds is not None
    assert occurrence.late_seconds >= 90
