"""Commands about being told: acknowledging, and how a chat wants it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from jobs import (
    ChatSettings,
    NotAllowed,
    Notification,
    Refusal,
    Role,
    place_in_words,
    quote,
    require_act,
)
from plugins._commands.chat_words import QUIET, Settle, changes, settle_chat
from plugins._commands.command import Call, Heard, Reply
from plugins._replies.manners import acknowledged, nothing_open, settings_in_words

if TYPE_CHECKING:
    from jobs import Bot

RECEIPTS: Final = frozenset({"收到", "收到了", "知道了", "👌"})
"""Bare words that acknowledge, under a quoted notification or in private."""
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
        require_act(heard.actor, job.ownership, job.label)
        told = bot.receipts.acknowledge(heard.actor, job_id=job.id)
    else:
        told = _acknowledged(bot, heard)
    return _noted(bot, heard, told) if told else Reply(text=nothing_open())


async def settle(call: Call) -> Reply:
    """Shows how this chat wants to be told, and changes what was said."""
    settled = _settled(call)
    chat, bot = call.heard.chat, call.bot
    if not settled:
        return Reply(text=_shown(call, bot.chats.of(chat.place)))
    if chat.is_group and call.heard.actor.role not in (Role.GROUP_ADMIN, Role.SUPERUSER):
        raise NotAllowed(_GROUP_ONLY_FOR)
    subject = f"{place_in_words(chat)} {_said(call)}"
    after = await settle_chat(call, chat, settled, "chat.manners", subject)
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


def _settled(call: Call) -> list[Settle]:
    """One for each option that was said; a bare word is about quiet hours. Raises `Refusal`."""
    options, words = dict(call.arguments.options), " ".join(call.arguments.positional)
    for name in (QUIET.name, *QUIET.aliases):
        words = words.removeprefix(name).strip()
    if words:
        if "静默" in options:
            raise Refusal(f"{quote(words)}看不懂，请写成 键=值，例如 !通知设置 静默=23-8")
        options["静默"] = words
    return changes(options, "!通知设置", call.bot.presets)


def _said(call: Call) -> str:
    said = [f"{name}={value}" for name, value in call.arguments.options.items()]
    return " ".join([*call.arguments.positional, *said])
