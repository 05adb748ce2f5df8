"""The last moment: first in line where the system allows it, and nothing of it stays."""

import gc
import os

import pytest

from jobs.exact.undisturbed import undisturbed


def _policy() -> int:
    return os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK


def _may_come_first() -> bool:
    child = os.fork()
    if child == 0:
        try:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def test_no_garbage_is_collected_within_and_it_is_afterwards_whatever_happens() -> None:
    collects: list[bool] = []

    @undisturbed()
    def work() -> None:
        collects.append(gc.isenabled())
        raise RuntimeError

    with pytest.raises(RuntimeError):
        work()
    assert collects == [False]
    assert gc.isenabled()


@pytest.mark.skipif(not hasattr(os, "SCHED_FIFO"), reason="a policy of Linux")
def test_it_comes_first_where_it_may_and_is_an_ordinary_process_afterwards() -> None:
    may = _may_come_first()
    with undisturbed():
        assert _policy() == (os.SCHED_FIFO if may else os.SCHED_OTHER)
    assert _policy() == os.SCHED_OTHER


@pytest.mark.skipif(not hasattr(os, "SCHED_FIFO") or os.name != "posix" or os.geteuid() != 0, reason="gives up root")
def test_where_it_may_not_come_first_nobody_hears_of_it() -> None:
    child = os.fork()
    if child == 0:
        os.setuid(65534)
        with undisturbed():
            ordinary = _policy() == os.SCHED_OTHER
        os._exit(0 if ordinary else 1)
    assert os.waitpid(child, 0)[1] == 0
