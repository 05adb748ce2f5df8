"""The one open question of a person in a chat: kept, found again, forgotten."""

import secrets
from typing import TYPE_CHECKING

import msgspec

from plugins._commands.command import Heard, Question

if TYPE_CHECKING:
    from jobs import Bot


def ask(bot: "Bot", heard: Heard, question: Question) -> str:
    """Keeps a question to the speaker, in place of an older one. Returns its nonce, for `Reply.asks`."""
    if not question.nonce:
        question = msgspec.structs.replace(question, nonce=secrets.token_hex(8))
    bot.conversations.ask(_key(heard), msgspec.to_builtins(question), question.expires_at)
    return question.nonce


def asked(bot: "Bot", heard: Heard) -> Question | None:
    """What the speaker was asked in this chat and may still answer."""
    stored = bot.conversations.asked(_key(heard), heard.at)
    return msgspec.convert(stored, Question) if stored is not None else None


def sent_as(bot: "Bot", heard: Heard, nonce: str, message_id: str) -> None:
    """The speaker's question of that nonce went out as this message: quoting it answers. Nothing where another was
    asked, or it was answered, before the sending was over."""
    question = asked(bot, heard)
    if question is not None and question.nonce == nonce:
        ask(bot, heard, msgspec.structs.replace(question, message_id=message_id))


def settle(bot: "Bot", heard: Heard) -> None:
    """The question is answered or withdrawn."""
    bot.conversations.settle(_key(heard))


def _key(heard: Heard) -> str:
    chat = heard.chat
    return f"{chat.platform}/{chat.self_id}/{chat.type}/{chat.peer_id}/{heard.actor.user_id}"
