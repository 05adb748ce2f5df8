"""How many jobs there may be: of a person, wherever made, and in a group."""

from typing import Final

from msgspec import Struct

from jobs.models.chats import private_place
from jobs.models.errors import Refusal
from jobs.models.ids import UserId
from jobs.models.job import ENDED, Status
from jobs.models.people import Chat
from jobs.ports.store import Store

_UNFINISHED: Final = tuple(status for status in Status if status not in ENDED)


class Limits(Struct, frozen=True, kw_only=True):
    """What may be asked for where a chat has settled nothing else (`ChatSettings.max_jobs`)."""

    max_jobs_per_user: int
    retention_days: int
    max_jobs_per_group: int | None = None
    """Unfinished ones that were made in it, of all its people together; None: any number."""


def require_room(
    store: Store, limits: Limits, owner: UserId | None, origin: Chat | None, speaker: UserId | None
) -> None:
    """Raises `Refusal` where one more unfinished job would be too many for its owner, or for the group it is of.

    `speaker`: who is told so.
    """
    if owner is not None:
        settled = store.chats.of(private_place(owner)).max_jobs
        at_most = limits.max_jobs_per_user if settled is None else settled
        if store.jobs.count(owner=owner, statuses=_UNFINISHED) >= at_most:
            raise Refusal(_of_person(owner, at_most, is_speaking=owner == speaker))
    if origin is not None and origin.is_group:
        settled = store.chats.of(origin.place).max_jobs
        at_most = limits.max_jobs_per_group if settled is None else settled
        if at_most is not None and store.jobs.count(origin=origin, statuses=_UNFINISHED) >= at_most:
            raise Refusal(_of_group(at_most))


def _of_person(owner: UserId, at_most: int, *, is_speaking: bool) -> str:
    who = "你" if is_speaking else f"QQ{owner} "
    if not at_most:
        return f"{who}的配额是 0，不能有未结束的任务；请找超级用户调整（!配额 QQ{owner} 5）"
    return f"{who}已有 {at_most} 个未结束的任务，到了上限，请先停止或删除一些，也可以请超级用户调整配额"


def _of_group(at_most: int) -> str:
    if not at_most:
        return "本群的配额是 0，不能在这里创建任务；可以私聊我创建，或请超级用户调整配额"
    return f"本群已有 {at_most} 个未结束的任务，到了上限，请先停止或删除一些，也可以请超级用户调整配额"
