"""Where logins are tried: a login page that does as it is told, a keyring that remembers what it was given."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from jobs.accounts.logins import Logins
from jobs.models.accounts import Account, AccountId, Standing
from jobs.models.errors import NotFound
from jobs.models.ids import UserId
from jobs.models.people import OPERATOR, Actor, Chat, Role
from jobs.ports.accounts import Credentials
from jobs.ports.provider import (
    CodeWanted,
    NotLoggedIn,
    Person,
    VenueError,
    VenueUnreachable,
    WrongCaptcha,
    WrongCredentials,
)

LETTERS, CODE, PASSWORD = "abcd", "123456", "hunter2-秘"
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)


def person(number: int) -> Actor:
    chat = Chat(self_id="10000", type="private", peer_id=str(number))
    return Actor(user_id=UserId(str(number)), role=Role.MEMBER, chat=chat)


MING, HONG = person(20001), person(20002)


class HandClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Shelf:
    """Accounts, what they log in with, and how they were last said to stand: book and keyring in one."""

    def __init__(self) -> None:
        self.accounts: dict[AccountId, Account] = {}
        self.sessions: dict[AccountId, bytes] = {}
        self.noted: list[tuple[str, str, str]] = []
        """(actor, act, nickname)"""

    def add(self, actor: Actor, nickname: str, **facts: Any) -> Account:
        account = Account(
            id=AccountId(f"{len(self.accounts):016x}"),
            owner=actor.user_id,
            nickname=nickname,
            home=actor.chat,
            created_at=NOON,
            **facts,
        )
        self.accounts[account.id] = account
        return account

    def of(self, actor: Actor) -> list[Account]:
        everybody = actor is OPERATOR
        return [one for one in self.accounts.values() if everybody or one.is_for(actor.user_id, None)]

    def find(self, actor: Actor, nickname: str | None = None) -> Account:
        for account in self.of(actor):
            if nickname in (None, account.nickname):
                return account
        raise NotFound("没有这个账号")

    def note(self, actor: Actor, act: str, account: Account) -> None:
        self.noted.append((actor.label, act, account.nickname))

    def credentials(self, account: Account) -> Credentials:
        return Credentials(user=account.nickname, password=PASSWORD)

    def session(self, account: Account) -> bytes | None:
        return self.sessions.get(account.id)

    def keep_session(self, account: Account, session: bytes | None, standing: Standing, reason: str = "") -> None:
        if session is not None:
            self.sessions[account.id] = session
        self.accounts[account.id] = replace(self.accounts[account.id], standing=standing, reason=reason)

    def account(self, account_id: AccountId) -> Account | None:
        return self.accounts.get(account_id)

    def standing(self, account: Account) -> Standing:
        return self.accounts[account.id].standing


class Site:
    """A platform's login page. `troubles`: what it answers instead, one after the other; `ways`: it wants a code."""

    def __init__(self) -> None:
        self.troubles: list[tuple[str, VenueError]] = []
        self.ways: tuple[str, ...] = ()
        self.passwords = {PASSWORD}
        self.asked: list[str] = []
        self.known_by: list[bytes | None] = []
        self.submitted: list[tuple[str, str]] = []
        self.codes_sent: list[str] = []
        self.pictures = 0
        self.open_visits = 0
        self.knows_sessions = True
        self.signs_on = False
        self.may_answer: Callable[[], object] = lambda: None
        """Waited for by whoever submits."""
        self.may_open: Callable[[], object] = lambda: None
        """Waited for by whoever opens the page."""

    def come_to(self, what: str) -> None:
        self.asked.append(what)
        if self.troubles and self.troubles[0][0] == what:
            raise self.troubles.pop(0)[1]

    def unreachable(self, what: str, times: int, retry_after_seconds: float | None = 0) -> None:
        error = VenueUnreachable("平台没有应答", retry_after_seconds=retry_after_seconds)
        self.troubles += [(what, error)] * times

    # -- as a provider --------------------------------------------------------------------------------------------
    def open(self) -> Any:
        return self

    def begin_login(self, session: bytes | None = None) -> "Attempt":
        self.may_open()
        self.come_to("page")
        self.known_by.append(session)
        self.open_visits += 1
        return Attempt(self)

    def member(self, session: bytes | None) -> "Member":
        return Member(self, session)

    def close(self) -> None:
        pass


class Attempt:
    """Implements `ports.provider.LoginAttempt`."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._user = ""
        self._is_open = True

    def picture(self) -> bytes:
        self._site.come_to("picture")
        self._site.pictures += 1
        return f"picture {self._site.pictures}".encode()

    def submit(self, credentials: Credentials, captcha: str) -> CodeWanted | None:
        self._site.may_answer()
        self._site.come_to("submit")
        self._site.submitted.append((credentials.user, captcha))
        if captcha != LETTERS:
            raise WrongCaptcha("验证码不对")
        if credentials.password not in self._site.passwords:
            raise WrongCredentials("学号或密码不对")
        self._user = credentials.user
        return CodeWanted(ways=self._site.ways) if self._site.ways else None

    def send_code(self, way: str) -> None:
        self._site.come_to("code")
        self._site.codes_sent.append(way)

    def submit_code(self, code: str) -> None:
        self._site.come_to("submit code")
        if code != CODE:
            raise WrongCaptcha("动态码不对")

    def session(self) -> bytes:
        self._site.come_to("session")
        return f"session of {self._user}".encode()

    def close(self) -> None:
        self._site.open_visits -= self._is_open
        self._is_open = False


class Member:
    """Implements what logins need of `ports.provider.Member`."""

    def __init__(self, site: Site, session: bytes | None) -> None:
        self._site = site
        self.session = session or b""

    def check(self) -> Person:
        self._site.come_to("check")
        if not self._site.knows_sessions:
            raise NotLoggedIn("没有登录")
        self.session += b", renewed"
        return Person(user_id="1", name="张三")

    def renew(self) -> Person:
        self._site.come_to("renew")
        if not self._site.signs_on:
            raise NotLoggedIn("要登录")
        self.session = b"signed on"
        return Person(user_id="1", name="张三")

    def close(self) -> None:
        pass


class Scene:
    """Everything together, without waiting between tries."""

    def __init__(self) -> None:
        self.site, self.shelf, self.clock = Site(), Shelf(), HandClock()
        self.logins = Logins(self.shelf, self.shelf, self.site.open, self.clock, waits_seconds=(0, 0))

    def holds_submissions(self) -> threading.Event:
        """From now on the platform answers a submission only once the event is set."""
        event = threading.Event()
        self.site.may_answer = lambda: event.wait(10)
        return event
