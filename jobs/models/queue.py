"""Who begins next when not all may run at once. Pure."""

import heapq
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Final

from msgspec import Struct

from jobs.models.ids import RunId, UserId
from jobs.models.restarts import LONGEST_WAIT

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


class Waiting(Struct, frozen=True, kw_only=True):
    """A queued run, and whose it is. It does not begin before `not_before_at`."""

    run_id: RunId
    owner: UserId | None
    requested_at: datetime
    not_before_at: datetime | None = None

    def may_begin(self, at: datetime) -> bool:
        """Whether its time has come; a wait longer than any restart's means that the clock was set back."""
        return self.not_before_at is None or not at < self.not_before_at <= at + LONGEST_WAIT


class Share(Struct, frozen=True, kw_only=True):
    """What a person has had of the places: runs that are active, and when the latest began."""

    active: int = 0
    served_at: datetime | None = None


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
