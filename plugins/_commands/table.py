"""The one table of commands. Parsing, help, suggestions, permissions and docs/commands.md come from it."""

from typing import Final

from plugins._commands.command import Command, under
from plugins._commands.rows.accounts import ACCOUNTS
from plugins._commands.rows.action import ACTION
from plugins._commands.rows.administration import ADMINISTRATION
from plugins._commands.rows.creation import CREATION
from plugins._commands.rows.guidance import GUIDANCE
from plugins._commands.rows.looking import LOOKING
from plugins._commands.rows.manners import MANNERS
from plugins._commands.rows.venue import VENUES

COMMANDS: Final[tuple[Command, ...]] = (
    *under("看任务", LOOKING),
    *under("建任务", CREATION),
    *under("管任务", ACTION),
    *under("场馆", VENUES),
    *under("账号", ACCOUNTS),
    *under("通知", MANNERS),
    *under("管理", ADMINISTRATION),
    *under("帮助", GUIDANCE),
)
