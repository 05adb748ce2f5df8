"""Who begins next when not all may run at once. Pure."""

import heapq
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from jobs.models.ids import RunId, UserId
from jobs.models.restarts import LONGEST_WAIT


class Waiting(Struct, frozen=True, kw_only=True):
    """A queued run, and whose it is. It does not begin before `not_before_at`."""

    run_id: RunId
    owner: UserId | None
    not_before_at: datetime | None = None

    def may_begin(self, at: datetime) -> bool:
        """Whether its time has come; a wait longer than any restart's means that the clock was set back."""
        return self.not_before_at is None or not at < self.not_before_at <= at + LONGEST_WAIT


def fair_order(waiting: Sequence[Waiting], active: Mapping[UserId | None, int]) -> list[RunId]:
    """The order in which runs begin as places become free; `waiting` is oldest request first.

    Always the one whose owner has the fewest runs by then, the oldest request among equals: whoever asks for a
    hundred jobs does not keep out somebody else's first.
    """
    shares: defaultdict[UserId | None, int] = defaultdict(int, active)
    queue: list[tuple[int, int, RunId]] = []
    for place, one in enumerate(waiting):
        heapq.heappush(queue, (shares[one.owner], place, one.run_id))
        shares[one.owner] += 1
    return [heapq.heappop(queue)[2] for _ in range(len(queue))]
