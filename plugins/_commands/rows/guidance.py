"""Commands that explain: venues' numbers, and this very table."""

from typing import Final

from plugins._commands import seeing
from plugins._commands.command import Command, Where, Who

GUIDANCE: Final = (
    Command(
        name="预设",
        aliases=("presets",),
        arguments="[关键字]",
        who=Who.EVERYONE,
        where=Where.ANYWHERE,
        help="查场馆和项目的编号",
        example="!预设 羽毛球",
        handle=seeing.list_presets,
    ),
    Command(
        name="帮助",
        aliases=("help",),
        arguments="[命令]",
        who=Who.EVERYONE,
        where=Where.ANYWHERE,
        help="看这份说明",
        example="!帮助",
        handle=seeing.give_help,
    ),
)
