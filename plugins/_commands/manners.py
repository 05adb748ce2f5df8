"""Commands about being told: acknowledging, and how a chat wants it."""

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from jobs import (
    ChatSettings,
    NotAllowed,
    Notification,
    Refusal,
    Role,
    UserId,
    parse_quiet,
    parse_seconds,
    place_in_words,
    quote,
)
from plugins._commands.command import Call, Heard, Reply
from plugins._replies.manners import acknowledged, nothing_open, settings_in_words

if TYPE_CHECKING:
    from jobs import Bot

RECEIPTS: Final = frozenset({"收到", "收到了", "知道了", "👌"})
"""Bare words that acknowledge, under a quoted notification or in private."""
_NONE: Final = frozenset({"无", "没有", "不", "不要", "取消", "关", "关闭", "none", "no", "off"})
_YES: Final = frozenset({"是", "要", "开", "图", "图片", "yes", "on"})
_NO: Final = frozenset({"否", "不", "不要", "关", "文字", "无", "no", "off"})
_USUAL: Final = frozenset({"默认", "跟随", "default"})
_NUMBER: Final = re.compile(r"(?:[Qq]{2}\s*|@)?([1-9][0-9]{4,11})")
_LEAST_SECONDS, _MOST_SECONDS = 60, 24 * 3600
_GROUP_ONLY_FOR: Final = "群里的通知设置由群管理员来改；你自己的，私聊我发送 !通知设置"


def may_be_receipt(bot: "Bot", heard: Heard) -> bool:
    """Whether a message may acknowledge something: mostly answered without a look into the store."""
    is_one = heard.text in RECEIPTS and (heard.quoted is not None or not heard.chat.is_group)
    return is_one and bot.receipts.has_any()


def receipt(bot: "Bot", heard: Heard) -> Reply | None:
    """The answer to a bare word that acknowledges; None where nothing was open: then it was said to people."""
    told = _acknowledged(bot, heard)
    return _noted(bot, heard, told) if told else None


async def acknowledge(call: Call) -> Reply:
    bot, heard = call.bot, call.heard
    if call.arguments.positional:
        job = call.job()
        told = bot.receipts.acknowledge(heard.actor, job_id=job.id)
    else:
        told = _acknowledged(bot, heard)
    return _noted(bot, heard, told) if told else Reply(text=nothing_open())


async def settle(call: Call) -> Reply:
    """Shows how this chat wants to be told, and changes what was said."""
    changes = _changes(call)
    chat, bot = call.heard.chat, call.bot
    if not changes:
        return Reply(text=_shown(call, bot.chats.of(chat.place)))
    if chat.is_group and call.heard.actor.role not in (Role.GROUP_ADMIN, Role.SUPERUSER):
        raise NotAllowed(_GROUP_ONLY_FOR)
    second = _named_anew(call)
    if second is not None:
        await _check_acquainted(call, second)

    def changed(settings: ChatSettings) -> ChatSettings:
        for change in changes:
            settings = change(settings)
        return settings

    subject = f"{place_in_words(chat)} {_said(call)}"
    after = bot.chats.settle(call.heard.actor, chat.place, changed, "chat.manners", subject, call.heard.inbound)
    if second is not None:
        minutes = max(1, round(after.escalate_after_seconds / 60))
        bot.receipts.introduce(call.heard.actor, chat, second, minutes)
    return Reply(text=f"✅ 已改好\n{_shown(call, after)}", noted=True)


def _acknowledged(bot: "Bot", heard: Heard) -> tuple[Notification, ...]:
    """By the quoted message, else by its job; without a quote, all that is open here."""
    receipts, actor = bot.receipts, heard.actor
    if heard.quoted is None:
        return receipts.acknowledge(actor)
    if told := receipts.acknowledge(actor, quoted=heard.quoted):
        return told
    job = bot.board.of_message(actor, heard.inbound.self_id, heard.quoted)
    if job is not None and (told := receipts.acknowledge(actor, job_id=job.id)):
        return told
    # In private what is quoted may be what a second person was told, of a job they do not see.
    return () if heard.chat.is_group or not heard.quotes_us else receipts.acknowledge(actor)


def _noted(bot: "Bot", heard: Heard, told: Sequence[Notification]) -> Reply:
    jobs = {one.job_id for one in told}
    zone = ZoneInfo(bot.settings.sja_timezone)
    return Reply(text=acknowledged(told, zone, heard.at), about=jobs.pop() if len(jobs) == 1 else None)


def _shown(call: Call, settings: ChatSettings) -> str:
    return settings_in_words(settings, in_group=call.heard.chat.is_group, pictures_usual=call.bot.settings.sja_pictures)


def _changes(call: Call) -> list[Callable[[ChatSettings], ChatSettings]]:
    """One for each option that was said; a bare word is about quiet hours. Raises `Refusal`."""
    options, words = dict(call.arguments.options), " ".join(call.arguments.positional)
    if words:
        if "静默" in options:
            raise Refusal(f"{quote(words)}看不懂，请写成 键=值，例如 !通知设置 静默=23-8")
        options["静默"] = words
    readers = {"静默": _quiet, "升级": _second, "升级时间": _patience, "图": _pictures}
    return [readers[name](value) for name, value in options.items()]


def _quiet(text: str) -> Callable[[ChatSettings], ChatSettings]:
    quiet = parse_quiet(text)
    return lambda settings: replace(settings, quiet=quiet)


def _second(text: str) -> Callable[[ChatSettings], ChatSettings]:
    second = _person(text)
    return lambda settings: replace(settings, escalate_to=second)


def _patience(text: str) -> Callable[[ChatSettings], ChatSettings]:
    seconds = parse_seconds(text)
    if not _LEAST_SECONDS <= seconds <= _MOST_SECONDS:
        raise Refusal(f"升级时间{quote(text)}要在 1 分钟到 24 小时之间，例如 !通知设置 升级时间=10分钟")
    return lambda settings: replace(settings, escalate_after_seconds=seconds)


def _pictures(text: str) -> Callable[[ChatSettings], ChatSettings]:
    word = text.strip().casefold()
    if word not in _YES | _NO | _USUAL:
        raise Refusal(f"图={quote(text)}看不懂，请写 图=是、图=否 或 图=默认")
    prefers = None if word in _USUAL else word in _YES
    return lambda settings: replace(settings, prefers_pictures=prefers)


def _person(text: str) -> UserId | None:
    said = text.strip()
    if said.casefold() in _NONE:
        return None
    if found := _NUMBER.fullmatch(said):
        return UserId(found[1])
    raise Refusal(f"升级={quote(said)}要写一个人的 QQ 号，例如 !通知设置 升级=123456789；不要就写 升级=无")


def _named_anew(call: Call) -> UserId | None:
    """The person who is named and was not before."""
    said = call.arguments.options.get("升级")
    second = _person(said) if said is not None else None
    if second is None or second == call.bot.chats.of(call.heard.chat.place).escalate_to:
        return None
    return second


async def _check_acquainted(call: Call, second: UserId) -> None:
    """Nobody is troubled by a bot that they never met."""
    chat = call.heard.chat
    if second == chat.self_id:
        raise Refusal("不能填我自己的 QQ 号，请填一个人的，例如 !通知设置 升级=123456789")
    if not chat.is_group and second == chat.peer_id:
        raise Refusal("你自己已经先收到通知了，请填另一个人的 QQ 号，例如 !通知设置 升级=123456789")
    if await call.surroundings.is_acquainted(chat, second):
        return
    where = "也不在这个群里" if chat.is_group else "我没法私聊打扰"
    raise Refusal(f"QQ {second} 还不认识我，{where}；请对方先加我好友、私聊我说句话，你再发一次")


def _said(call: Call) -> str:
    said = [f"{name}={value}" for name, value in call.arguments.options.items()]
    return " ".join([*call.arguments.positional, *said])
