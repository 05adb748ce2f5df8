"""Accounts at the platform: whose they are, who may book with them, and whether they are logged in. No secrets here."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Literal, NewType

from msgspec import Struct

from jobs.models.ids import UserId
from jobs.models.people import Chat

AccountId = NewType("AccountId", str)
"""Sixteen hexadecimal digits."""


class Standing(StrEnum):
    """Whether an account is logged in, as far as was seen last."""

    NEVER = "never"
    """Nobody has logged it in yet."""
    IN = "in"
    OUT = "out"
    """The session is over, and only a person can begin a new one (a captcha)."""
    REFUSED = "refused"
    """The platform does not accept its name and password."""


class Share(Struct, frozen=True, kw_only=True):
    """With whom the owner shares an account: a group, or one person."""

    kind: Literal["group", "user"]
    peer_id: str


class Account(Struct, frozen=True, kw_only=True):
    """One account. `owner` None: the operator's, made on the command line. A nickname is unique per owner.

    `home`: the private chat in which its owner is asked for captchas and told of its orders; None: there is none.
    Rows are replaced whole; `version` 0 is not stored yet, as with jobs.
    """

    id: AccountId
    owner: UserId | None
    nickname: str
    home: Chat | None = None
    is_default: bool = False
    shared_with: tuple[Share, ...] = ()
    standing: Standing = Standing.NEVER
    reason: str = ""
    """Why it is not logged in, in words."""
    seen_at: datetime | None = None
    """When its session was looked at last."""
    created_at: datetime
    version: int = 0

    def is_for(self, user: UserId | None, origin: Chat | None) -> bool:
        """Whether what this person made in that chat may book with the account: its owner's, and what it is shared
        with. `user` None: the operator, who may use those that have no owner."""
        if self.owner == user:
            return True
        if any(share.kind == "user" and share.peer_id == user for share in self.shared_with):
            return True
        if user is None or origin is None or not origin.is_group:
            return False
        return any(share.kind == "group" and share.peer_id == origin.peer_id for share in self.shared_with)


class Usable(Struct, frozen=True, kw_only=True):
    """The accounts that were asked for: those that there are, and the nicknames of which there is none to be used."""

    accounts: tuple[Account, ...]
    missing: tuple[str, ...] = ()


def usable(accounts: Iterable[Account], names: Sequence[str], user: UserId | None, origin: Chat | None) -> Usable:
    """The accounts that something of this person's, made in that chat, books with: those named, in that order; where
    none is named, the person's default account. Of several with one nickname the person's own comes first, then the
    oldest."""
    allowed = sorted(
        (account for account in accounts if account.is_for(user, origin)),
        key=lambda account: (account.owner != user, account.created_at, account.id),
    )
    if not names:
        own = [account for account in allowed if account.owner == user]
        return Usable(accounts=tuple([account for account in own if account.is_default][:1]))
    by_name: dict[str, Account] = {}
    for account in allowed:
        by_name.setdefault(account.nickname, account)
    wanted = list(dict.fromkeys(names))
    return Usable(
        accounts=tuple(by_name[name] for name in wanted if name in by_name),
        missing=tuple(name for name in wanted if name not in by_name),
    )
