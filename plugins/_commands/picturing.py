"""A reply as a picture, where people would rather look; the text always says the same."""

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from jobs import Option
from plugins._commands.command import Call, Reply
from plugins._pictures.drawing import drawn

PICTURE: Final = Option(name="图", aliases=("图片", "picture"), is_flag=True, help="发成图片", example="图")
TEXT: Final = Option(name="文字", aliases=("文本", "text"), is_flag=True, help="发成文字", example="文字")
AS_WHAT: Final = (PICTURE, TEXT)

_NO_FONT: Final = "（这台机器没有中文字体，画不了图，先发文字；请超级用户装一个或设置 SJA_FONT，再重启机器人）"


def wants_picture(call: Call) -> bool:
    """As the command says, else as the chat has settled, else as the settings have it."""
    if TEXT.name in call.arguments.flags:
        return False
    if PICTURE.name in call.arguments.flags:
        return True
    settled = call.bot.chats.of(call.heard.chat.place).prefers_pictures
    return call.bot.settings.sja_pictures if settled is None else settled


async def pictured(call: Call, twin: Reply, caption: str, draw: Callable[[], bytes | None]) -> Reply:
    """The reply with what `draw` draws, in a thread, above its text as the text for chats that take no picture; as it
    was where none is wanted or can be drawn."""
    if not wants_picture(call):
        return twin
    picture = await drawn(draw)
    if picture is not None:
        return replace(twin, text=caption, picture=picture, without_picture=twin.text)
    is_asked_for = PICTURE.name in call.arguments.flags
    return replace(twin, text=f"{twin.text}\n{_NO_FONT}") if is_asked_for else twin
