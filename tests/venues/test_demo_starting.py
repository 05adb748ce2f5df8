"""A home's first simulator needs a moment: who asks meanwhile waits for it, once and not for long."""

from pathlib import Path
from typing import Any

import pytest

from jobs.ports.provider import VenueUnreachable
from jobs.venues.demo.faults import TRANSPORT, hang_up
from jobs.venues.demo.provider import DemoPlaces

URL = "http://127.0.0.1:8001"


class Looking:
    """Finds nothing the first so many times."""

    def __init__(self, in_vain: int) -> None:
        self.looks = 0
        self._in_vain = in_vain

    def __call__(self, home: Path) -> str | None:
        self.looks += 1
        return URL if self.looks > self._in_vain else None


@pytest.fixture
def starting(tmp_path: Path) -> DemoPlaces:
    """Somebody has begun to see to it that a simulator runs."""
    (tmp_path / "demo").mkdir()
    return DemoPlaces(tmp_path)


def test_who_asks_while_the_first_one_starts_waits_for_it(starting: DemoPlaces) -> None:
    assert starting._written(Looking(in_vain=3)) == URL


def test_it_is_waited_for_once(starting: DemoPlaces) -> None:
    starting._patience_seconds = 0.05
    with pytest.raises(VenueUnreachable, match="还没有启动"):
        starting._written(Looking(in_vain=10**9))
    again = Looking(in_vain=1)
    with pytest.raises(VenueUnreachable):
        starting._written(again)
    assert again.looks == 1


def test_where_nobody_starts_one_nobody_waits(tmp_path: Path) -> None:
    looking = Looking(in_vain=1)
    with pytest.raises(VenueUnreachable):
        DemoPlaces(tmp_path)._written(looking)
    assert looking.looks == 1


async def test_a_thread_that_serves_others_does_not_wait(starting: DemoPlaces) -> None:
    looking = Looking(in_vain=1)
    with pytest.raises(VenueUnreachable):
        starting._written(looking)
    assert looking.looks == 1


@pytest.mark.parametrize("trouble", [ValueError("negative file descriptor"), OSError(9, "Bad file descriptor")])
async def test_a_connection_that_has_gone_already_can_be_hung_up(trouble: Exception) -> None:
    class Gone:
        aborted = False

        def is_closing(self) -> bool:
            return False

        def get_extra_info(self, name: str) -> Any:
            raise trouble

        def abort(self) -> None:
            self.aborted = True

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    gone = Gone()
    await hang_up({TRANSPORT: gone}, receive, reset=True)
    assert gone.aborted
