"""The chat: one matcher for every message, one table of commands behind it, one reply to a command.

One matcher, because each costs about a millisecond for every message of every group.
"""

import nonebot
from nonebot import on_message
from nonebot.adapters.onebot.v11 import Event
from nonebot.plugin import PluginMetadata, require
from nonebot.typing import T_State

from plugins._commands.table import COMMANDS
from plugins._onebot.dialects import understand_dialects
from plugins._onebot.front import Front
from plugins._onebot.prefixes import prefixes_of
from plugins._replies.helping import overview

require("plugins.engine")

from plugins.engine import ENGINE  # noqa: E402 - NoneBot wants a plugin required before it is imported

__plugin_meta__ = PluginMetadata(
    name="SJA 任务",
    description="在群里创建、查看和停止监控与定时任务",
    usage=overview(COMMANDS),
    type="application",
    supported_adapters={"~onebot.v11"},
)

understand_dialects()
_HEARD = "sja_heard"
_fronts: list[Front] = []


@nonebot.get_driver().on_startup
async def _open() -> None:
    """After the engine's own startup: it was required above, so its hook comes first."""
    config = nonebot.get_driver().config
    _fronts[:] = [Front(ENGINE.bot, ENGINE.superusers.names, prefixes_of(config), ENGINE.courier)]


async def _is_for_us(event: Event, state: T_State) -> bool:
    state[_HEARD] = _fronts[0].heard(event) if _fronts else None
    return state[_HEARD] is not None


@on_message(rule=_is_for_us, priority=1, block=True).handle()
async def _reply(state: T_State) -> None:
    await _fronts[0].reply(state[_HEARD])
