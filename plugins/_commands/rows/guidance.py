"""Commands that explain: venues' numbers, and this very table."""

from typing import Final

from plugins._commands import guiding, seeing
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
        heading="场馆",
        more_examples=(
            "!预设 hyd",
            "!预设",
        ),
        afterwards="!查询 5 看空场，!创建监控 晚场 预设=5",
        handle=seeing.list_presets,
    ),
    Command(
        name="帮助",
        aliases=("怎么用", "help"),
        arguments="[命令]",
        who=Who.EVERYONE,
        where=Where.ANYWHERE,
        help="看这份说明",
        example="!帮助",
        more_examples=(
            "!帮助 创建监控",
            "!帮助 抢票",
        ),
        handle=guiding.give_help,
    ),
)
