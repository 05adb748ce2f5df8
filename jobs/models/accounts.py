"""Accounts at the platform: whose they are, who may book with them, and whether they are logged in. No secrets here."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, NewType

import msgspec
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

    @property
    def words(self) -> str:
        """`群 555`, `QQ 10001`."""
        return f"{'群' if self.kind == 'group' else 'QQ'} {self.peer_id}"


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


def how_to_add(nickname: str = "昵称") -> str:
    """What somebody does who has no account, in chat."""
    return f"私聊我发送 !账号 添加 {nickname} 学号 密码"


def how_to_log_in(account: Account, user: UserId | None) -> str:
    """What this person does about an account that is not logged in: only its owner can log it in, the others ask; the
    operator's, who is in no chat, is logged in from a shell."""
    if account.owner is None:
        act = "update" if account.standing is Standing.REFUSED else "login"
        return f"请超级用户运行 sja accounts {act} {account.nickname}"
    words = f"!登录 {account.nickname}"
    if account.standing is Standing.REFUSED:
        words = f"!账号 更新 {account.nickname} 学号 密码"
    if account.owner == user:
        return f"私聊我发送 {words}"
    return f"请账号的主人私聊我发送 {words}"


class Named(Struct, frozen=True, kw_only=True):
    """The accounts that a job's configuration names, whatever its kind. `account_ids`: which those were, by nickname,
    when the job was made; empty in jobs of the original program, and where none is named."""

    accounts: tuple[str, ...] = ()
    account_ids: dict[str, AccountId] = {}


def named_in(config: dict[str, Any]) -> Named:
    """What cannot be read counts as none."""
    try:
        return msgspec.convert({key: value for key, value in config.items() if value is not None}, Named)
    except msgspec.ValidationError:
        return Named()


def keeping_to(accounts: Iterable[Account], config: dict[str, Any]) -> dict[str, Any]:
    """The configuration of a new job, with which accounts it means by the nicknames in it."""
    meant = {account.nickname: account.id for account in accounts if account.nickname in named_in(config).accounts}
    return {**config, "account_ids": meant} if meant else config


class Usable(Struct, frozen=True, kw_only=True):
    """The accounts that were asked for: those that there are, and the nicknames of which there is none to be used."""

    accounts: tuple[Account, ...]
    missing: tuple[str, ...] = ()


def usable(
    accounts: Iterable[Account],
    names: Sequence[str],
    user: UserId | None,
    origin: Chat | None,
    ids: Mapping[str, AccountId] | None = None,
) -> Usable:
    """The accounts that something of this person's, made in that chat, books with: those named, in that order; where
    none is named, the person's default account. Of several with one nickname the person's own comes first, then the
    oldest.

    `ids`: which were meant, by nickname (`Named`). Such a name never comes to mean somebody else's account: when the
    account is gone, only one of the person's own of that name stands in.
    """
    meant = ids or {}
    allowed = sorted(
        (account for account in accounts if account.is_for(user, origin)),
        key=lambda account: (
            account.id != meant.get(account.nickname),
            account.owner != user,
            account.created_at,
            account.id,
        ),
    )
    if not names:
        own = [account for account in allowed if account.owner == user]
        return Usable(accounts=tuple([account for account in own if account.is_default][:1]))
    by_name: dict[str, Account] = {}
    for account in allowed:
        if account.owner == user or account.id == meant.get(account.nickname, account.id):
            by_name.setdefault(account.nickname, account)
    wanted = list(dict.fromkeys(names))
    return Usable(
        accounts=tuple(by_name[name] for name in wanted if name in by_name),
        missing=tuple(name for name in wanted if name not in by_name),
    )
