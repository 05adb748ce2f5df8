"""Superusers hear of trouble in private, through whichever account is there, and once one is."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from nonebot.adapters.onebot.v11 import ActionFailed, Adapter, Bot as QQ, Message, MessageSegment
from nonebug import App

from plugins._onebot.administrators import UNTOLD_AT_MOST, Superusers


@pytest.fixture
async def superusers() -> AsyncIterator[Superusers]:
    superusers = Superusers(["onebot:90001", "not a number"])
    yield superusers
    await superusers.close()


def private(text: str, user: int = 90001) -> dict[str, Any]:
    return {"message_type": "private", "user_id": user, "message": Message([MessageSegment.text(text)])}


async def settled() -> None:
    """What was begun has come as far as it can without an account."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_what_was_said_before_any_account_was_there_is_told_in_one_message_later(
    app: App, superusers: Superusers
) -> None:
    superusers.tell("store", "磁盘已满")
    superusers.tell("clock", "时间跳了")
    await settled()
    async with app.test_api() as client:
        client.create_bot(base=QQ, adapter=client.create_adapter(base=Adapter), self_id="10000")
        client.should_call_api("send_msg", private("⚠️ 磁盘已满\n时间跳了"), {"message_id": 1})
        superusers.connected()
        await settled()
        superusers.connected()
        await settled()


async def test_an_account_that_may_not_write_to_a_superuser_leaves_it_to_the_next(
    app: App, superusers: Superusers
) -> None:
    async with app.test_api() as client:
        adapter = client.create_adapter(base=Adapter)
        client.create_bot(base=QQ, adapter=adapter, self_id="10000")
        client.create_bot(base=QQ, adapter=adapter, self_id="10001")
        refusal = ActionFailed(status="failed", retcode=100)
        client.should_call_api("send_msg", private("⚠️ 磁盘已满"), None, refusal)
        client.should_call_api("send_msg", private("⚠️ 磁盘已满"), {"message_id": 1})
        superusers.tell("store", "磁盘已满")
        await settled()


async def test_of_much_that_could_not_be_told_the_latest_is_kept(app: App, superusers: Superusers) -> None:
    for number in range(1000):
        superusers.tell("topic", f"第 {number} 件")
        await settled()
    kept = "\n".join(f"第 {number} 件" for number in range(1000 - UNTOLD_AT_MOST, 1000))
    async with app.test_api() as client:
        client.create_bot(base=QQ, adapter=client.create_adapter(base=Adapter), self_id="10000")
        client.should_call_api("send_msg", private(f"⚠️ {kept}"), {"message_id": 1})
        superusers.connected()
        await settled()
