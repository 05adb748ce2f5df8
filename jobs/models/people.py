"""Who speaks, where, and what that allows. Default is no."""

from enum import StrEnum
from typing import Final, Literal

from msgspec import Struct

from jobs.models.errors import NotAllowed
from jobs.models.ids import UserId


class Chat(Struct, frozen=True, kw_only=True):
    """A conversation that can be answered: a group, or one person in private.

    `self_id` is the bot's own QQ number in it; `peer_id` the group's number or the person's. Of `apprise` there is one,
    `PAGER`: wherever the operator has the urgent ones sent to.
    """

    platform: Literal["onebot.v11", "apprise"] = "onebot.v11"
    self_id: str
    type: Literal["group", "private"]
    peer_id: str

    @property
    def is_group(self) -> bool:
        return self.type == "group"

    @property
    def place(self) -> str:
        """Where people are, whichever of the bot's accounts they speak to there."""
        return f"{self.platform}/{self.type}/{self.peer_id}"


PAGER: Final = Chat(platform="apprise", self_id="", type="private", peer_id="operator")


class Role(StrEnum):
    """What a speaker is in the place where the words were said."""

    MEMBER = "member"
    GROUP_ADMIN = "group_admin"
    SUPERUSER = "superuser"
    OPERATOR = "operator"
    """Someone with a shell on the machine: the command line."""


class Actor(Struct, frozen=True, kw_only=True):
    """One person speaking in one place. `chat` is None on the command line."""

    user_id: UserId | None
    role: Role
    chat: Chat | None

    @property
    def label(self) -> str:
        """How the audit names this actor. The operator is meant also where acting for somebody."""
        is_person = self.user_id is not None and self.role is not Role.OPERATOR
        return f"qq:{self.user_id}" if is_person else self.role.value


OPERATOR = Actor(user_id=None, role=Role.OPERATOR, chat=None)


class Ownership(Struct, frozen=True, kw_only=True):
    """Whose something is and where it was made. `owner` None: the superusers'; `origin` None: made outside any chat."""

    owner: UserId | None
    origin: Chat | None


def may_see(actor: Actor, thing: Ownership) -> bool:
    """In a group: what was made in that group. In private: one's own; superusers: all. Operators: all."""
    if actor.role is Role.OPERATOR:
        return True
    if actor.chat is None:
        return False
    if actor.chat.is_group:
        return thing.origin is not None and thing.origin.place == actor.chat.place
    return actor.role is Role.SUPERUSER or _owns(actor, thing)


def may_act(actor: Actor, thing: Ownership) -> bool:
    """Members on their own, group admins on their group's while speaking in it, superusers and operators on all."""
    if not may_see(actor, thing):
        return False
    if actor.role in (Role.OPERATOR, Role.SUPERUSER):
        return True
    if actor.role is Role.GROUP_ADMIN and actor.chat is not None and actor.chat.is_group:
        return True
    return _owns(actor, thing)


def require_act(actor: Actor, thing: Ownership, what: str) -> None:
    """Raises `NotAllowed` unless `actor` may act; `what` is the thing in words (`#7 晚场监控`)."""
    if not may_act(actor, thing):
        raise NotAllowed(f"{what} 是别人的任务，只有发起人、群管理员或超级用户可以操作")


def _owns(actor: Actor, thing: Ownership) -> bool:
    return actor.user_id is not None and thing.owner == actor.user_id
