"""A NoneBot bot as most are written, to compare with: a number of `on_command`s, each answering a constant text.

`python plain_bot.py COUNT`; the first command is `任务列表`. HOST, PORT and COMMAND_START come from the environment.
"""

import sys

import nonebot
from nonebot import on_command
from nonebot.adapters.onebot.v11 import Adapter
from nonebot.matcher import Matcher

TEXT = "📋 任务列表（共 0 个）"


async def answer(matcher: Matcher) -> None:
    await matcher.finish(TEXT)  # pyright: ignore[reportUnknownMemberType] - NoneBot leaves it open


nonebot.init(driver="~fastapi")
nonebot.get_driver().register_adapter(Adapter)  # pyright: ignore[reportUnknownMemberType]
for number in range(int(sys.argv[1])):
    on_command(f"命令{number}" if number else "任务列表").append_handler(answer)
nonebot.run()
