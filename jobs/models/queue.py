"""Who begins next when not all may run at once. Pure."""

import heapq
from collections import deque
from collections.abc import Mapping, Sequence, Set
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
    places: int,
    locks_held: Set[str],
    locks_at_most: int,
) -> list[RunId]:
    """The runs that begin now, at most `places`: those with an instant to keep first, then the others, in fair order.

    Of the runs with one lock only one begins, and none while the lock is held; no more than `locks_at_most` locks are
    held at a time.
    """
    by_id = {one.run_id: one for one in waiting}
    timed = [one for one in waiting if one.scheduled_at is not None]
    others = [one for one in waiting if one.scheduled_at is None]
    held, begin = set(locks_held), list[RunId]()
    for run_id in (*fair_order(timed, shares), *fair_order(others, shares)):
        lock = by_id[run_id].lock
        if len(begin) >= places:
            break
        if lock is not None and (lock in held or len(held) >= locks_at_most):
            continue
        begin.append(run_id)
        if lock is not None:
            held.add(lock)
    return begin


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
