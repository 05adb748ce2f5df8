"""Commands about accounts: keeping them, sharing them, logging them in. No reply repeats what may be a password."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Final, Literal

from jobs import (
    ACCOUNT_VERBS,
    AccountStatus,
    CodeAsked,
    Credentials,
    LoggedIn,
    PictureAsked,
    Refusal,
    Share,
    Standing,
    StoreUnavailable,
    clean_name,
)
from plugins._commands.acting import CONFIRM_WITHIN, CONFIRMATION
from plugins._commands.as_typed import as_typed
from plugins._commands.asking import ask, asked, settle
from plugins._commands.command import Call, Question, Reply
from plugins._replies import accounts as words
from plugins._replies.questions import withdrawn

LOGIN_WITHIN: Final = timedelta(minutes=10)
"""As long as a login lives."""
AT_ONCE_SECONDS: Final = 8.0
"""How long somebody who wants to log in waits for the picture, and the news that an account was added with it."""
NICKNAME_AT_MOST: Final = 40
"""Characters; what is longer is no nickname. The accounts themselves are stricter."""

_GIVE_UP: Final = frozenset({"取消", "算了", "放弃", "不登录了", "不登了", "cancel"})
_ANSWER: Final = re.compile(r"(?:验证码|动态码)[是为]? ?[::=]? ?", re.IGNORECASE)
_ANEW: Final = re.compile(r"(?:^| )(?:重来|重新登录)$")
_SHARED_WITH: Final = re.compile(r"(群号?|group|QQ号?|qq|用户|好友)? ?[::]? ?@?([1-9][0-9]{4,11})", re.IGNORECASE)
_GROUPS: Final = ("群", "group")
ShareKind = Literal["group", "user"]
_QUOTED: Final = re.compile(r'["＂](.*)["＂]|“(.*)”|[\'＇](.*)[\'＇]|‘(.*)’', re.DOTALL)


async def manage(call: Call) -> Reply:
    """`!账号` and what may be behind it."""
    _move_in(call)
    first, _, rest = call.line.partition(" ")
    verb = _MEANT.get(first.casefold())
    if not first:
        return _list(call)
    if verb is None:
        raise Refusal(words.which_verb(is_demo=_is_demo(call)))
    return await _VERBS[verb](call, " ".join(rest.split()))


async def log_in(call: Call) -> Reply:
    _move_in(call)
    said = call.line
    if said.casefold() in ("状态", "status"):
        return await tell_standing(call)
    anew = _ANEW.search(said)
    said = said[: anew.start()] if anew else said
    if " " in said:
        raise Refusal(words.only_a_nickname(is_demo=_is_demo(call)))
    nickname = clean_name(said, NICKNAME_AT_MOST) if said else None
    account = call.bot.accounts.find(call.heard.actor, nickname)
    if account.standing is Standing.IN and not anew:
        return Reply(text=words.logged_in_already(account))
    return _asking(call, await _begun(call, nickname))


async def answer_login(call: Call) -> Reply:
    """Takes letters, a code, a choice or a change of mind: behind `!验证码`, or bare while the bot waits for it."""
    text = _ANSWER.sub("", call.line, count=1).strip()
    logins, actor = call.bot.logins, call.heard.actor
    if text.casefold() in _GIVE_UP:
        logins.cancel(actor)
        _settle(call)
        return Reply(text=withdrawn("这次登录先不继续了"))
    if not text and logins.is_open(actor):
        raise Refusal("请写上图里的字母，例如 !验证码 abcd；看不清发送 换一张")
    try:
        answered = await logins.answer(actor, text)
    finally:
        if not logins.is_open(actor):
            _settle(call)
    if isinstance(answered, LoggedIn):
        return Reply(text=words.logged_in(answered))
    return _asking(call, answered)


async def tell_standing(call: Call) -> Reply:
    _move_in(call)
    found: list[AccountStatus] = await call.bot.logins.status(call.heard.actor)
    if not found:
        return Reply(text=words.no_accounts(is_demo=_is_demo(call)))
    return Reply(text=words.standings(found, call.heard.actor, call.zone))


# -- what `!账号` can do ----------------------------------------------------------------------------------------------
async def _show(call: Call, _rest: str) -> Reply:
    return _list(call)


def _list(call: Call) -> Reply:
    accounts = call.bot.accounts.of(call.heard.actor)
    if not accounts:
        return Reply(text=words.no_accounts(is_demo=_is_demo(call)))
    return Reply(text=words.account_list(accounts, call.heard.actor, call.zone))


async def _add(call: Call, rest: str) -> Reply:
    nickname, credentials = _typed(call, rest, "添加")
    account = call.bot.accounts.add(call.heard.actor, nickname, credentials, call.heard.inbound)
    return await _logging_in(call, nickname, words.added(account))


async def _update(call: Call, rest: str) -> Reply:
    nickname, credentials = _typed(call, rest, "更新")
    call.bot.accounts.update(call.heard.actor, nickname, credentials, call.heard.inbound)
    return await _logging_in(call, nickname, words.updated(nickname))


async def _remove(call: Call, rest: str) -> Reply:
    """An account that jobs use is removed only after a confirmation, given with the command or as an answer."""
    named = rest.removesuffix(CONFIRMATION).rstrip()
    nickname = _nickname(rest if not named or named == rest else named, "删除")
    accounts = call.bot.accounts
    account = accounts.find(call.heard.actor, nickname)
    accounts.require_removable(account)
    users = accounts.jobs_with(account)
    if not users or nickname != rest:
        return await remove_now(call, nickname)
    question = Question(kind="removal", line=nickname, expires_at=call.heard.at + CONFIRM_WITHIN)
    return Reply(text=words.confirm_removal(account, users), asks=ask(call.bot, call.heard, question))


async def remove_now(call: Call, nickname: str) -> Reply:
    accounts, actor = call.bot.accounts, call.heard.actor
    account = accounts.find(actor, nickname)
    orphans = accounts.jobs_with(account)
    heir = accounts.remove(actor, nickname, call.heard.inbound)
    return Reply(text=words.removed(account, orphans, heir), noted=True)


async def _set_default(call: Call, rest: str) -> Reply:
    nickname = _nickname(rest, "默认")
    call.bot.accounts.set_default(call.heard.actor, nickname, call.heard.inbound)
    return Reply(text=words.made_default(nickname), noted=True)


async def _share(call: Call, rest: str) -> Reply:
    nickname, number, kind = _shared(rest, "共享")
    if kind is None and await _kind_of(call, number) == "group":
        # A whole group would have it at once.
        raise Refusal(words.group_or_person(nickname, number))
    share = Share(kind=kind or "user", peer_id=number)
    call.bot.accounts.share(call.heard.actor, nickname, share, call.heard.inbound)
    return Reply(text=words.shared(nickname, share, was_guessed=kind is None), noted=True)


async def _unshare(call: Call, rest: str) -> Reply:
    """A bare number means whichever of the two it is shared with."""
    nickname, number, kind = _shared(rest, "取消共享")
    account = call.bot.accounts.find(call.heard.actor, nickname)
    meant = [share for share in account.shared_with if share.peer_id == number and kind in (None, share.kind)]
    share = meant[0] if meant else Share(kind=kind or await _kind_of(call, number), peer_id=number)
    losing = call.bot.accounts.jobs_losing(account, share)
    call.bot.accounts.unshare(call.heard.actor, nickname, share, call.heard.inbound)
    return Reply(text=words.unshared(account, share, losing), noted=True)


_VERBS: Final[Mapping[str, Callable[[Call, str], Awaitable[Reply]]]] = {
    "列表": _show,
    "添加": _add,
    "更新": _update,
    "删除": _remove,
    "默认": _set_default,
    "共享": _share,
    "取消共享": _unshare,
}
_MEANT: Final = {word: verb for verb, also in ACCOUNT_VERBS.items() for word in (verb, *also)}
VERBS: Final = tuple(_MEANT)


# -- reading what was typed -------------------------------------------------------------------------------------------
def _typed(call: Call, rest: str, verb: str) -> tuple[str, Credentials]:
    """Nickname, name and password. Raises `Refusal` that repeats none of them: who knows which is which."""
    pieces = rest.split(" ", 2)
    if len(pieces) < 3:
        raise Refusal(words.three_wanted(verb, is_demo=_is_demo(call)))
    nickname, user, cleaned = pieces
    if " " in cleaned and not _QUOTED.fullmatch(cleaned):
        raise Refusal(words.four_given(verb))
    password = as_typed(call.heard.text, call.heard.raw, cleaned)
    if password is None:
        raise Refusal(words.unreadable_password(verb))
    if quoted := _QUOTED.fullmatch(password):
        password = next(filter(None, quoted.groups()), "")
    if not password:
        raise Refusal(words.three_wanted(verb, is_demo=_is_demo(call)))
    return _nickname(nickname, verb), Credentials(user=user, password=password)


def _nickname(rest: str, verb: str) -> str:
    if not rest:
        raise Refusal(f"要写是哪个账号的昵称，例如 !账号 {verb} 小明；发送 !账号 列表 看有哪些")
    if " " in rest:
        raise Refusal(f"只写一个昵称就够了，例如 !账号 {verb} 小明")
    return clean_name(rest, NICKNAME_AT_MOST)


def _shared(rest: str, verb: str) -> tuple[str, str, ShareKind | None]:
    """Nickname, number and, where it was said, whether that is a `group` or a `user`."""
    nickname, _, whom = rest.partition(" ")
    found = _SHARED_WITH.fullmatch(whom)
    if found is None:
        given = "，后面写的不是群号也不是QQ号" if whom else ""
        raise Refusal(f"要写昵称和群号或QQ号{given}，例如 !账号 {verb} 小明 群123456 或 !账号 {verb} 小明 QQ20002")
    said = found[1].casefold() if found[1] else ""
    kind: ShareKind | None = ("group" if said.startswith(_GROUPS) else "user") if said else None
    return _nickname(nickname, verb), found[2], kind


def _move_in(call: Call) -> None:
    """Whoever speaks of accounts here is asked for captchas, and told of orders, here."""
    with suppress(StoreUnavailable):  # a full disk keeps nobody from looking
        call.bot.accounts.move_in(call.heard.actor)


async def _kind_of(call: Call, number: str) -> ShareKind:
    is_group = await call.surroundings.is_group(call.heard.inbound.self_id, number)
    return "group" if is_group else "user"


# -- asking for the letters -------------------------------------------------------------------------------------------
async def _logging_in(call: Call, nickname: str, done: str) -> Reply:
    """Goes on to the login at once; whatever hinders that, the account is kept, and the reply says so first."""
    try:
        asked_for = await _begun(call, nickname)
    except (Refusal, StoreUnavailable) as trouble:
        return Reply(text=f"{done}\n⚠️ 现在还不能登录：{trouble.sentence}", noted=True)
    return _asking(call, asked_for, f"{done}\n", noted=True)


async def _begun(call: Call, nickname: str | None) -> PictureAsked:
    """Begins a login; the person may give it up meanwhile. Raises `Refusal`, also where the platform takes too long."""
    before = asked(call.bot, call.heard)
    ask(call.bot, call.heard, _question(call))
    try:
        async with asyncio.timeout(AT_ONCE_SECONDS):
            return await call.bot.logins.begin(call.heard.actor, nickname)
    except BaseException as trouble:
        _settle(call)
        if before is not None and (before.kind != "login" or call.bot.logins.is_open(call.heard.actor)):
            ask(call.bot, call.heard, before)
        if isinstance(trouble, TimeoutError):
            again = f"!登录 {nickname}" if nickname else "!登录"
            raise Refusal(f"平台一时没有应答，过一会儿再发送 {again}") from None
        raise


def _question(call: Call) -> Question:
    return Question(kind="login", expires_at=call.heard.at + LOGIN_WITHIN, command="验证码")


def _asking(call: Call, wanted: PictureAsked | CodeAsked, before: str = "", *, noted: bool = False) -> Reply:
    """Asks, and waits for the answer as the person's open question."""
    asks = ask(call.bot, call.heard, _question(call))
    hint = words.demo_hint() if _is_demo(call) and before else ""
    if isinstance(wanted, CodeAsked):
        hint = words.demo_code_hint(wanted) if _is_demo(call) else ""
        return Reply(text=before + words.code_asked(wanted) + hint, asks=asks, noted=noted)
    return Reply(
        text=before + words.picture_asked(wanted) + hint,
        asks=asks,
        noted=noted,
        picture=wanted.picture,
        without_picture=before + words.no_picture(wanted),
    )


def _settle(call: Call) -> None:
    """The login is over: its question must not swallow what is said next. Another question stays."""
    question = asked(call.bot, call.heard)
    if question is not None and question.kind == "login":
        settle(call.bot, call.heard)


def _is_demo(call: Call) -> bool:
    return call.bot.settings.sja_provider == "demo"
