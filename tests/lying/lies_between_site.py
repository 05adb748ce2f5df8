"""What stands between a run and its platform in a round: points to be killed at, a budget that counts, waits."""

from collections.abc import Callable
from typing import Any

from tide_site import Tide

from jobs.budget import SharedBudget


class Felled(BaseException):
    """The process was killed."""


class Passes:
    """Counts how often a run came to each point, and does there what shall be done."""

    def __init__(self) -> None:
        self.seen: dict[str, int] = {}
        self.acts: list[tuple[str, int, Callable[[], None]]] = []

    def at(self, point: str) -> None:
        self.seen[point] = number = self.seen.get(point, 0) + 1
        for act in [act for act in self.acts if act[:2] == (point, number)]:
            self.acts.remove(act)
            act[2]()


class Watched:
    """Implements `Provider` by another one, whose orders and readings pass the points."""

    def __init__(self, inner: Any, passes: Passes) -> None:
        self._inner = inner
        self._passes = passes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def member(self, session: bytes | None) -> "WatchedMember":
        return WatchedMember(self._inner.member(session), self._passes)


class WatchedMember:
    def __init__(self, inner: Any, passes: Passes) -> None:
        self._inner = inner
        self._passes = passes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def prepare_order(self, *given: Any) -> "WatchedOrder":
        self._passes.at("prepares")
        return WatchedOrder(self._inner.prepare_order(*given), self._passes)

    def orders(self) -> Any:
        self._passes.at("reads")
        orders = self._inner.orders()
        self._passes.at("read")
        return orders


class WatchedOrder:
    def __init__(self, inner: Any, passes: Passes) -> None:
        self._inner = inner
        self._passes = passes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def send(self) -> None:
        self._passes.at("sends")
        self._inner.send()
        self._passes.at("sent")

    def answer(self) -> Any:
        answer = self._inner.answer()
        self._passes.at("answered")
        return answer


class Counted:
    """Implements `Budget` by another one; remembers when a place was given."""

    def __init__(self, inner: SharedBudget, tide: Tide) -> None:
        self._inner = inner
        self._tide = tide
        self.given: list[float] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def take(self, server: str, within_seconds: float | None = None) -> None:
        self._inner.take(server, within_seconds)
        self.given.append(self._tide.passed)


class Silence:
    """Implements `Bell`."""

    def ring(self) -> None: ...


class Waiting:
    """Implements `Stopping`: the run shall leave when so much time has passed. `meanwhile` is done in every wait."""

    def __init__(self, tide: Tide, seconds: float, meanwhile: Callable[[], None]) -> None:
        self._tide = tide
        self._until = tide.passed + seconds
        self._meanwhile = meanwhile

    def is_set(self) -> bool:
        return self._tide.passed >= self._until

    def wait(self, seconds: float) -> bool:
        self._tide.advance(seconds)
        self._meanwhile()
        return self.is_set()
