"""A group is signalled only on behalf of the process that was meant."""

import signal
from collections.abc import Iterator
from subprocess import PIPE, Popen

import pytest
from msgspec.structs import replace

from jobs.supervisor.groups import ask_to_end, kill
from jobs.supervisor.identity import identify


@pytest.fixture
def leader() -> Iterator[Popen[bytes]]:
    process = Popen(["cat"], stdin=PIPE, start_new_session=True)
    yield process
    process.kill()
    process.communicate()


def test_a_stranger_under_the_workers_pid_is_left_alone(leader: Popen[bytes]) -> None:
    identity = identify(leader.pid)
    assert identity is not None
    earlier = replace(identity, start=identity.start - 1)

    assert not ask_to_end(earlier)
    kill(earlier)

    leader.communicate()
    assert leader.returncode == 0


@pytest.mark.parametrize("politely", [True, False])
def test_the_one_meant_is_ended(leader: Popen[bytes], politely: bool) -> None:
    identity = identify(leader.pid)
    assert identity is not None

    if politely:
        assert ask_to_end(identity)
    else:
        kill(identity)

    assert leader.wait() == -(signal.SIGTERM if politely else signal.SIGKILL)
    assert not ask_to_end(identity)
    kill(identity)
