"""Questions of people: threads of their own, and little patience with the budget."""

import asyncio
import threading
from contextlib import closing

import pytest
from booking_site import OpenHanded

from jobs.app.impatience import Impatient
from jobs.app.threads import AT_MOST, Threads


class Watch:
    """Implements what is needed of `ExactClock`."""

    def __init__(self) -> None:
        self.at = 100.0

    def wall(self) -> float:
        return self.at

    def steady(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds


class Noted(OpenHanded):
    def __init__(self) -> None:
        super().__init__()
        self.patience: list[float | None] = []

    def take(self, server: str, within_seconds: float | None = None) -> None:  # pyright: ignore
        self.patience.append(within_seconds)


def test_a_question_waits_ten_seconds_in_all_however_many_requests_it_makes() -> None:
    watch, budget = Watch(), Noted()
    question = Impatient(budget, watch)
    for seconds, within in ((4, None), (4, 1.5), (4, None), (0, None)):
        question.take("host", within)
        watch.sleep(seconds)
    assert budget.patience == [10.0, 1.5, 2.0, 0.0]


async def test_however_many_ask_nobody_elses_thread_is_kept_waiting() -> None:
    may_end = threading.Event()
    with closing(Threads("test")) as threads:
        asking = [asyncio.create_task(threads(lambda: may_end.wait(30))) for _ in range(AT_MOST * 8)]
        await asyncio.sleep(0)
        async with asyncio.timeout(20):
            assert await asyncio.to_thread(lambda: "at once") == "at once"
        may_end.set()
        assert all(await asyncio.gather(*asking))


async def test_what_fails_in_a_thread_fails_here() -> None:
    def fail() -> None:
        raise ValueError("odd")

    with closing(Threads("test")) as threads, pytest.raises(ValueError, match="odd"):
        await threads(fail)
