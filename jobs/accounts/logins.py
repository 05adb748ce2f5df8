"""Logging accounts in. A person reads the pictures; the platform is asked in threads, and never in a hurry."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Protocol, TypeVar

from jobs.accounts.answers import (
    WAY_WORDS,
    code_in,
    letters_in,
    looks_like_code,
    wants_another,
    way_meant,
    ways_in_words,
)
from jobs.accounts.asked import (
    AccountStatus,
    CodeAsked,
    LoggedIn,
    PictureAsked,
)
from jobs.accounts.patience import WAITS_SECONDS, later, patiently
from jobs.accounts.standings import look_at, whose
from jobs.accounts.visit import PICTURE_LIVES, TROUBLES_AT_MOST, WRONG_ANSWERS_AT_MOST, Visit
from jobs.accounts.visits import Visits
from jobs.models.accounts import Account, Standing
from jobs.models.errors import NotAllowed, NotFound, Refusal
from jobs.models.people import Actor, Role
from jobs.models.turns import Turns
from jobs.ports.accounts import Keyring
from jobs.ports.clock import Clock
from jobs.ports.provider import (
    AccountLocked,
    AttemptOver,
    CodeWanted,
    NotLoggedIn,
    Provider,
    VenueError,
    WrongCaptcha,
    WrongCredentials,
)
from jobs.ports.threads import InThread

__all__ = ["WAY_WORDS", "AccountStatus", "Answered", "CodeAsked", "LoggedIn", "Logins", "PictureAsked"]

Answered = PictureAsked | CodeAsked | LoggedIn
"""What an answer leads to."""

T = TypeVar("T")


class Book(Protocol):
    """What logins need of the accounts."""

    def find(self, actor: Actor, nickname: str | None = None) -> Account: ...
    def of(self, actor: Actor) -> list[Account]: ...
    def note(self, actor: Actor, act: str, account: Account) -> None: ...


class Logins:
    """One open login for each person. Use inside a running event loop; every method may raise `Refusal`, with the next
    step, and `StoreUnavailable`. Nothing that was typed is kept beyond the call that brought it.

    Who logged in, and whose password was refused, goes into the audit."""

    def __init__(
        self,
        book: Book,
        keyring: Keyring,
        open_provider: Callable[[], Provider],
        clock: Clock,
        *,
        waits_seconds: Sequence[float] = WAITS_SECONDS,
        in_thread: InThread = asyncio.to_thread,
    ) -> None:
        self._book = book
        self._keyring = keyring
        self._open_provider = open_provider
        self._clock = clock
        self._waits_seconds = waits_seconds
        self._visits = Visits(clock)
        self._in_thread = in_thread
        self._looking = Turns("上一次还在看，请等它的结果")

    async def begin(self, actor: Actor, nickname: str | None = None) -> PictureAsked:
        """Opens the login page for an account of the person's own, in place of a login that was open. May be given
        up meanwhile, by `cancel` or by cancelling this."""
        account = self._book.find(actor, nickname)
        if account.owner != actor.user_id and actor.role is not Role.OPERATOR:
            raise NotAllowed(f"账号 {account.nickname} 是别人的，只有它的主人可以登录")
        with self._visits.turn(actor):
            self._visits.end(actor)
            visit = Visit(account, self._open_provider, self._clock.now())
            try:
                async with self._visits.beginning(actor):
                    asked = await self._picture(visit)
            except BaseException:
                visit.close()
                raise
            self._visits.keep(actor, visit)
            return asked

    async def answer(self, actor: Actor, text: str) -> Answered:
        """Takes the letters of the picture, a way of the second factor, its code, or the wish for another picture.

        A wrong answer leads to another question; only the last of several ends the login (`Refusal`).
        """
        with self._visits.turn(actor):
            visit = self._visit(actor)
            if wants_another(text):
                return await self._ask_anew(visit)
            return await (self._take_code if visit.ways else self._take_letters)(actor, visit, text)

    async def refresh(self, actor: Actor) -> Answered:
        """Another picture, or where a code is awaited, the code once more."""
        with self._visits.turn(actor):
            return await self._ask_anew(self._visit(actor))

    async def send_code(self, actor: Actor, way: str) -> CodeAsked:
        """Has the code of the second factor sent, or with `app`, expects it."""
        with self._visits.turn(actor):
            return await self._choose(self._visit(actor), way)

    def is_open(self, actor: Actor) -> bool:
        """Whether a login of this person waits for an answer, or is being begun."""
        return self._visits.is_open(actor)

    def cancel(self, actor: Actor) -> None:
        """Gives up the open login, if there is one; one that is being begun is over at once."""
        if self._visits.give_up(actor):
            return
        with self._visits.turn(actor):
            self._visits.end(actor)

    def close(self) -> None:
        """Gives up all of them."""
        self._visits.end_all()

    async def status(self, actor: Actor) -> list[AccountStatus]:
        """How the person's accounts stand. Those with a session are looked at now, a dozen at most."""
        with self._looking.turn(actor.label):
            return await look_at(self._book.of(actor), self._keyring, self._open_provider, self._in_thread)

    def _visit(self, actor: Actor) -> Visit:
        """The open visit, with its account as it is now. Raises `NotFound`."""
        visit = self._visits.of(actor)
        account = self._keyring.account(visit.account.id)
        if account is None:
            self._visits.end(actor)
            raise NotFound(f"账号 {visit.account.nickname} 已经删除，这次登录也结束了")
        visit.account = account
        return visit

    # -- pictures -------------------------------------------------------------------------------------------------
    async def _picture(self, visit: Visit, complaint: str = "") -> PictureAsked:
        visit.picture_ends_at = self._clock.now()
        if not visit.is_at_page:
            with suppress(Refusal):  # a key that is gone: only the second factor will be asked for again
                visit.known = self._keyring.session(visit.account)
        try:
            picture = await patiently(visit.picture, self._in_thread, self._waits_seconds)
        except AttemptOver:
            visit.begin_again()
            picture = await self._told(visit, visit.picture, complaint)
        except VenueError as error:
            raise later(visit.account, error, complaint) from error
        visit.picture_ends_at = self._clock.now() + PICTURE_LIVES
        return PictureAsked(
            account=visit.account, picture=picture, expires_at=visit.picture_ends_at, complaint=complaint
        )

    async def _ask_anew(self, visit: Visit) -> Answered:
        if not visit.ways:
            return await self._picture(visit)
        return await self._choose(visit, visit.way) if visit.way else self._code_asked(visit)

    async def _take_letters(self, actor: Actor, visit: Visit, text: str) -> Answered:
        letters = letters_in(text)
        if self._clock.now() >= visit.picture_ends_at:
            return await self._picture(visit, f"上一张图超过 {PICTURE_LIVES.seconds} 秒，已经作废")
        credentials = self._keyring.credentials(visit.account)
        try:
            wanted = await self._in_thread(lambda: visit.attempt().submit(credentials, letters))
        except WrongCaptcha as wrong:
            return await self._picture(visit, self._counted(actor, visit, "验证码不对", wrong))
        except WrongCredentials as refused:
            raise self._refused(actor, visit, refused) from refused
        except AttemptOver:
            visit.begin_again()
            return await self._picture(visit, "登录页放得太久，已经重新打开")
        except VenueError as error:
            return await self._picture(visit, self._troubled(actor, visit, error))
        return await (self._logged_in(actor, visit) if wanted is None else self._want_code(visit, wanted))

    def _counted(self, actor: Actor, visit: Visit, what: str, wrong: VenueError) -> str:
        """The complaint about one more wrong answer. Raises `Refusal` where it was the last."""
        visit.wrong += 1
        if visit.left:
            return f"{what}，还可以再试 {visit.left} 次"
        self._visits.end(actor)
        raise Refusal(
            f"{what}，已经错了 {WRONG_ANSWERS_AT_MOST} 次，这次登录先到这里；"
            f"休息一下，想再试就发送 !登录 {visit.account.nickname}"
        ) from wrong

    def _troubled(self, actor: Actor, visit: Visit, error: VenueError) -> str:
        """The complaint about an answer that says nothing about the letters. Raises `Refusal` where it was the last."""
        visit.troubles += 1
        if visit.troubles < TROUBLES_AT_MOST:
            return f"{error.sentence}，这一次不算"
        self._visits.end(actor)
        raise later(visit.account, error) from error

    def _refused(self, actor: Actor, visit: Visit, refused: WrongCredentials) -> Refusal:
        """Name or password are wrong: not tried again, because the platform locks accounts for that; or it has."""
        account = visit.account
        self._visits.end(actor)
        if isinstance(refused, AccountLocked):
            self._keyring.keep_session(account, None, Standing.OUT, "账号被锁定")
            return Refusal(f"账号 {account.nickname}：{refused.sentence}，再发送 !登录 {account.nickname}")
        self._keyring.keep_session(account, None, Standing.REFUSED, "学号或密码不对")
        self._book.note(actor, "account.refused", account)
        return Refusal(
            f"平台说账号 {account.nickname} 的学号或密码不对，没有再试；"
            f"请发送 !账号 更新 {account.nickname} 学号 密码 改好，再发送 !登录 {account.nickname}"
        )

    # -- the second factor ----------------------------------------------------------------------------------------
    async def _want_code(self, visit: Visit, wanted: CodeWanted) -> CodeAsked:
        visit.ways, visit.way, visit.wrong = wanted.ways or ("app",), "", 0
        if len(visit.ways) == 1:
            with suppress(Refusal):  # it can be asked for again
                return await self._choose(visit, visit.ways[0])
        return self._code_asked(visit)

    async def _take_code(self, actor: Actor, visit: Visit, text: str) -> Answered:
        if way := way_meant(text, visit.ways):
            return await self._choose(visit, way)
        if not visit.way and "app" in visit.ways and looks_like_code(text):
            visit.way = "app"
        if not visit.way:
            raise Refusal(f"请先选怎样收验证码：{ways_in_words(visit.ways)}，回复序号")
        code = code_in(text, visit.way)
        try:
            await self._in_thread(lambda: visit.attempt().submit_code(code))
        except WrongCaptcha as wrong:
            return self._code_asked(visit, self._counted(actor, visit, "这个码不对", wrong))
        except AccountLocked as locked:
            raise self._refused(actor, visit, locked) from locked
        except AttemptOver:
            visit.begin_again()
            return await self._picture(visit, "登录页放得太久，已经重新打开，要从图片重新开始")
        except VenueError as error:
            return self._code_asked(visit, self._troubled(actor, visit, error))
        return await self._logged_in(actor, visit)

    async def _choose(self, visit: Visit, way: str) -> CodeAsked:
        if not visit.ways:
            raise Refusal("现在要的是图里的字母，还不是第二步的验证码")
        if way not in visit.ways:
            raise Refusal(f"平台没有给这种方式，可以选：{ways_in_words(visit.ways)}")
        await self._told(visit, lambda: visit.attempt().send_code(way))
        visit.way = way
        return self._code_asked(visit)

    def _code_asked(self, visit: Visit, complaint: str = "") -> CodeAsked:
        return CodeAsked(account=visit.account, ways=tuple(visit.ways), way=visit.way, complaint=complaint)

    # -- the end --------------------------------------------------------------------------------------------------
    async def _logged_in(self, actor: Actor, visit: Visit) -> LoggedIn:
        """Keeps the session, once the platform knows who it is."""
        account = visit.account
        session = await self._told(visit, lambda: visit.attempt().session())
        name = ""
        try:
            name, session = await self._in_thread(partial(whose, visit.provider, session))
        except NotLoggedIn as denied:
            self._visits.end(actor)
            self._keyring.keep_session(account, None, Standing.OUT, "登录后平台不认")
            again = f"发送 !登录 {account.nickname} 再试一次"
            raise Refusal(f"平台收下了登录，却不认这次会话，没有登录成功；{again}") from denied
        except VenueError:
            pass  # who it is can be asked later; that the login was accepted is known
        self._keyring.keep_session(account, session, Standing.IN)
        self._visits.end(actor)
        self._book.note(actor, "account.logged_in", account)
        return LoggedIn(account=self._keyring.account(account.id) or account, name=name)

    async def _told(self, visit: Visit, question: Callable[[], T], before: str = "") -> T:
        """Asks patiently; troubles become a `Refusal`, and the visit stays open."""
        try:
            return await patiently(question, self._in_thread, self._waits_seconds)
        except VenueError as error:
            raise later(visit.account, error, before) from error
