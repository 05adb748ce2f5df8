"""For whom a desk books."""

from msgspec import Struct

from jobs.models.change import Fence
from jobs.models.ids import JobId, RunId, UserId
from jobs.models.people import Chat


class Errand(Struct, frozen=True, kw_only=True):
    """A job's run, or a person's command (`job_id`, `run_id`, `fence` None).

    `owner`, `origin`: who wants it, and the chat that is told. `label`: how people know it, `#7 周五抢票`.
    """

    owner: UserId | None
    origin: Chat | None
    job_id: JobId | None = None
    run_id: RunId | None = None
    fence: Fence | None = None
    label: str = ""
