"""Who begins next when not all may run at once. Pure."""

import heapq
from collections import deque
from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import UTC, datetime
from itertools import count
from typing import Final

from msgspec import Struct

from jobs.models.ids import RunId, UserId
from jobs.models.restarts import LONGEST_WAIT

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


class Waiting(Struct, frozen=True, kw_only=True):
    """A queued run, and whose it is. It does not begin before `not_before_at`, nor while its `lock` is held.

    `scheduled_at`: the instant it is for, if any.
    """

    run_id: RunId
    owner: UserId | None
    requested_at: datetime
    not_before_at: datetime | None = None
    scheduled_at: datetime | None = None
    lock: str | None = None

    @property
    def is_armed(self) -> bool:
        """Whether it is started early, to be prepared at its instant: a place that comes late is of no use to it."""
        return self.scheduled_at is not None and self.scheduled_at > self.requested_at

    def may_begin(self, at: datetime) -> bool:
        """Whether its time has come; a wait longer than any restart's means that the clock was set back."""
        return self.not_before_at is None or not at < self.not_before_at <= at + LONGEST_WAIT


class Share(Struct, frozen=True, kw_only=True):
    """What a person has had of the places: runs that are active, and when the latest began."""

    active: int = 0
    served_at: datetime | None = None


def next_to_begin(
    waiting: Sequence[Waiting],
    shares: Mapping[UserId | None, Share],
    *,
    places: int | None = None,
    locks_held: Set[str] = frozenset(),
    locks_at_most: int | None = None,
) -> list[RunId]:
    """The runs that begin now, at most `places`: those started early for an instant first, each in the fair order.

    Of the runs with one lock only the oldest begins, and none while the lock is held; no more than `locks_at_most`
    locks are held at a time. What its lock keeps back takes nobody's turn. None: no limit.
    """
    free = list(_unlocked(waiting, locks_held))
    armed, others = [one for one in free if one.is_armed], [one for one in free if not one.is_armed]
    with_lock = {one.run_id for one in free if one.lock is not None}
    left = None if locks_at_most is None else locks_at_most - len(locks_held)
    begin: list[RunId] = []
    for run_id in (*fair_order(armed, shares), *fair_order(others, shares)):
        if run_id in with_lock and left is not None:
            if left <= 0:
                continue
            left -= 1
        begin.append(run_id)
    return begin if places is None else begin[: max(places, 0)]


def _unlocked(waiting: Sequence[Waiting], held: Set[str]) -> Iterator[Waiting]:
    """Those that no lock keeps back."""
    taken = set(held)
    for one in waiting:
        if one.lock is None:
            yield one
        elif one.lock not in taken:
            taken.add(one.lock)
            yield one


def fair_order(waiting: Sequence[Waiting], shares: Mapping[UserId | None, Share]) -> list[RunId]:
    """The order in which runs begin as places become free; `waiting` is oldest request first.

    Next is always somebody with the fewest active runs by then; among these, who was served longest ago; then the
    oldest request. So whoever asks for a hundred jobs does not keep out somebody else's first, even at one place.
    """
    queues: dict[UserId | None, deque[tuple[int, RunId]]] = {}
    for place, one in enumerate(waiting):
        queues.setdefault(one.owner, deque()).append((place, one.run_id))
    turns = count(1)
    line = [(_standing(shares.get(owner, Share())), queue[0][0], owner) for owner, queue in queues.items()]
    heapq.heapify(line)
    order: list[RunId] = []
    while line:
        (active, _, _), _, owner = heapq.heappop(line)
        order.append(queues[owner].popleft()[1])
        if queues[owner]:
            heapq.heappush(line, ((active + 1, next(turns), _LONG_AGO), queues[owner][0][0], owner))
    return order


def _standing(share: Share) -> tuple[int, int, datetime]:
    """Sorts before every turn given out in this order: those lie in the future."""
    return share.active, 0, share.served_at or _LONG_AGO
