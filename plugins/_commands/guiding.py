"""Help: what one may do here, and one command in depth."""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from jobs import Actor, Refusal
from plugins._commands.command import Call, Command, NotMeant, Reply, permits
from plugins._commands.guessing import is_word, nearest
from plugins._commands.reading import read_line
from plugins._replies.helping import command_help, commands_about, no_such_topic, overview

_OURS: Final = "帮助"
"""Whoever writes it in Chinese means us; `/help me` may be said to any bot."""
_RELATED_AT_MOST: Final = 6
_LETTERS_THAT_TELL: Final = 4
"""Shorter parts are in many English names: `me` in `resume`."""


async def give_help(call: Call) -> Reply:
    """All that one may do, or the command that the words behind it name. Raises `Refusal`, `NotMeant`."""
    actor = call.heard.actor
    topic = " ".join(call.arguments.positional).lstrip("!/")
    if not topic:
        allowed = [command for command in call.commands if permits(command, actor)]
        return Reply(text=overview(allowed, elsewhere(call.commands, actor)))
    if (line := read_line(topic, call.commands)) is not None:
        return Reply(text=command_help(line.command, _why_not(line.command, actor)))
    return Reply(text=await _about(topic, call))


async def _about(topic: str, call: Call) -> str:
    """What comes nearest to a topic that names no command."""
    known = [command for command in call.commands if _is_theirs(command, call.heard.actor)]
    is_telling = not topic.isascii() or len(topic) >= _LETTERS_THAT_TELL
    related = [command for command in known if is_telling and any(topic in word for word in command.words)]
    if len(related) == 1:
        return command_help(related[0], _why_not(related[0], call.heard.actor))
    if related:
        return commands_about(topic, related[:_RELATED_AT_MOST])
    if call.heard.chat.is_group and _OURS not in call.heard.text:
        raise NotMeant
    guess = await nearest(topic, known) if is_word(topic) else None
    raise Refusal(no_such_topic(topic, guess.name if guess else None))


def elsewhere(commands: Sequence[Command], actor: Actor) -> list[Command]:
    """What this person may do in private, but not here."""
    return [command for command in commands if not permits(command, actor) and _is_theirs(command, actor)]


def _is_theirs(command: Command, actor: Actor) -> bool:
    """Whether a command is there for this person in private, where every command is."""
    alone = replace(actor.chat, type="private") if actor.chat is not None else None
    return permits(command, replace(actor, chat=alone))


def _why_not(command: Command, actor: Actor) -> str:
    """Why a command is not for this person or this place; empty when it is."""
    if not _is_theirs(command, actor):
        return f"这个命令只有{command.who}可以用"
    return "" if permits(command, actor) else "这个命令请在私聊里对我说"
