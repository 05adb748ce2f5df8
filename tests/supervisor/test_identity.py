"""A process is known beyond doubt."""

import os
import sys
from collections.abc import Callable
from subprocess import PIPE, Popen

import pytest
from msgspec.structs import replace

from jobs.supervisor.identity import identify, is_alive
from jobs.supervisor.process_table import Row, look_up_in_proc, look_up_with_psutil

LookUp = Callable[[int], Row | None]


@pytest.fixture(params=[look_up_in_proc, look_up_with_psutil])
def look_up(request: pytest.FixtureRequest) -> LookUp:
    return request.param


def test_a_process_is_recognised_again(look_up: LookUp) -> None:
    me = identify(os.getpid(), look_up)

    assert me is not None
    assert me.pid == os.getpid()
    assert identify(os.getpid(), look_up) == me
    assert is_alive(me, look_up)


def test_another_start_or_another_boot_is_another_process(look_up: LookUp) -> None:
    me = identify(os.getpid(), look_up)

    assert me is not None
    assert not is_alive(replace(me, start=me.start + 1), look_up)
    assert not is_alive(replace(me, boot_id="another boot"), look_up)


def test_two_processes_differ(look_up: LookUp) -> None:
    assert identify(os.getpid(), look_up) != identify(os.getppid(), look_up)


def test_what_was_reaped_has_no_identity(look_up: LookUp) -> None:
    process = Popen([sys.executable, "-S", "-c", ""])
    process.wait()

    assert identify(process.pid, look_up) is None


def test_a_zombie_has_no_identity_though_its_row_is_there(look_up: LookUp) -> None:
    process = Popen(["cat"], stdin=PIPE)
    alive = identify(process.pid, look_up)
    assert alive is not None

    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)

    assert not is_alive(alive, look_up)
    row = look_up(process.pid)
    assert row is not None
    assert row == (alive.start, False)
    process.communicate()


@pytest.mark.parametrize("name", ["a b", ") S 1 (", "(((", "))))", "\n) Z 1"])
def test_a_programs_name_cannot_confuse_the_reading(look_up: LookUp, name: str) -> None:
    rename = "import sys; open('/proc/self/comm', 'w').write(sys.argv[1]); print(flush=True); sys.stdin.read()"
    before = identify(os.getpid(), look_up)
    process = Popen([sys.executable, "-S", "-c", rename, name], stdin=PIPE, stdout=PIPE)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        identity = identify(process.pid, look_up)
        assert before is not None
        assert identity is not None
        assert before.start < identity.start < before.start + 10**12
        assert is_alive(identity, look_up)
    finally:
        process.communicate()
