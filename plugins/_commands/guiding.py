"""Help: what one may do here, and one command in depth."""

from collections.abc import Sequence
from typing import Final

from jobs import Actor, Refusal
from plugins._commands.changeable import what_can_change
from plugins._commands.command import Call, Command, NotMeant, Reply, permits, permits_in_private
from plugins._commands.guessing import is_word, nearest
from plugins._commands.reading import read_line
from plugins._commands.shorthands import EDIT
from plugins._replies.helping import command_help, commands_about, no_such_topic, not_for_you, overview

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
        more = what_can_change(call.commands) if line.command.name == EDIT else ()
        return Reply(text="\n".join([_explained(line.command, actor), *more]))
    return Reply(text=await _about(topic, call))


async def _about(topic: str, call: Call) -> str:
    """What comes nearest to a topic that names no command."""
    actor = call.heard.actor
    known = [command for command in call.commands if permits_in_private(command, actor)]
    is_telling = not topic.isascii() or len(topic) >= _LETTERS_THAT_TELL
    related = [command for command in known if is_telling and any(topic in word for word in command.words)]
    if len(related) == 1:
        return _explained(related[0], actor)
    if related:
        shown = related[:_RELATED_AT_MOST]
        return commands_about(topic, shown, [command for command in shown if not permits(command, actor)])
    if call.heard.chat.is_group and _OURS not in call.heard.text:
        raise NotMeant
    guess = await nearest(topic, known) if is_word(topic) else None
    raise Refusal(no_such_topic(topic, guess.name if guess else None))


def elsewhere(commands: Sequence[Command], actor: Actor) -> list[Command]:
    """What this person may do in private, but not here."""
    return [command for command in commands if not permits(command, actor) and permits_in_private(command, actor)]


def _explained(command: Command, actor: Actor) -> str:
    """All about a command; of one that is not for this person, only that."""
    if not permits_in_private(command, actor):
        return not_for_you(command)
    return command_help(command, "" if permits(command, actor) else "这个命令请在私聊里对我说")
