"""A throw-away NoneBot that says what it understood of every message. Run as a process: `echo_bot.py PORT [TOKEN]`."""

import asyncio
import sys

import nonebot
from nonebot.adapters.onebot.v11 import Adapter, Bot, Event, MessageEvent, MessageSegment
from nonebot.adapters.onebot.v11.exception import ActionFailed, NetworkError

nonebot.init(
    _env_file=None,
    driver="~fastapi",
    host="127.0.0.1",
    port=int(sys.argv[1]),
    onebot_access_token=sys.argv[2] if len(sys.argv) > 2 else None,
    log_level="WARNING",
    api_timeout=1,
)
nonebot.get_driver().register_adapter(Adapter)
everything = nonebot.on_type(Event)


@everything.handle()
async def answer(bot: Bot, event: Event) -> None:
    if not isinstance(event, MessageEvent):
        return
    order, _, argument = event.get_plaintext().partition(" ")
    if order == "安静":
        return
    if order == "稍后":
        await asyncio.sleep(float(argument))
    if order == "多行":
        await bot.send(event, MessageSegment.text("第一行\n  第二行\n\u202e\x1b[31m第三行"))
    elif order == "转发":
        await forward(bot, event, argument.split())
    elif order == "文件":
        await bot.call_api("upload_group_file", group_id=event.group_id, file="base64://aGk=", name="日志.txt")
    elif order == "图片":
        await bot.send(event, MessageSegment.text("看图") + MessageSegment.image(b"\x89PNG " + argument.encode()))
    elif order == "调用":
        await call(bot, event, argument)
    elif order == "码":
        await bot.call_api("send_group_msg", group_id=event.group_id, message=argument)
    else:
        await bot.send(event, MessageSegment.text(understood(event)))


def understood(event: MessageEvent) -> str:
    quoted = event.reply.message.extract_plain_text() if event.reply else "-"
    who = f"{event.sender.nickname}/{event.sender.role}/{event.sender.level!r}"
    return f"{type(event).__name__}|{event.get_plaintext()}|{quoted}|{who}|{event.sub_type}"


async def forward(bot: Bot, event: MessageEvent, texts: list[str]) -> None:
    nodes = [
        {"type": "node", "data": {"user_id": "1", "nickname": "机", "content": [MessageSegment.text(text)]}}
        for text in texts
    ]
    await bot.call_api("send_group_forward_msg", group_id=event.group_id, messages=nodes)


async def call(bot: Bot, event: MessageEvent, action: str) -> None:
    params = {"group_id": getattr(event, "group_id", None), "user_id": event.user_id, "message_id": event.message_id}
    try:
        outcome = await bot.call_api(action, **params, message="试")
    except ActionFailed as error:
        outcome = f"failed {error.info['retcode']}"
    except NetworkError:
        outcome = "no answer"
    await bot.send(event, MessageSegment.text(f"{action}: {outcome}"))


nonebot.run()
