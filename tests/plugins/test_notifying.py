"""What chats are told unasked: sent by the right account, as text, paced; and what becomes of a send."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from front_site import SUPERUSER, Place
from harness import Bot
from nonebot.adapters.onebot.v11 import (
    ActionFailed,
    Adapter,
    ApiNotAvailable,
    Bot as QQ,
    Message,
    MessageSegment,
    NetworkError,
)
from nonebug import App
from starlette.websockets import WebSocketDisconnect

from jobs import JOB_COMPLETED, Chat, DeliveryOutcome, JobId, Notification
from jobs.cli.peer import Manner

CHAT = Chat(self_id="10000", type="group", peer_id="12345")
ZONE = ZoneInfo("Asia/Shanghai")


def told(target: Chat = CHAT, **data: Any) -> Notification:
    facts = {"number": 7, "name": "晚场监控", "reason": "目标达成", **data}
    return Notification(
        dedupe_key="x",
        target=target,
        topic=JOB_COMPLETED,
        job_id=JobId("1e95803d"),
        data=facts,
        created_at=datetime.now(UTC),
    )


SENT = Message([MessageSegment.text("✅ #7 晚场监控 已完成：目标达成")])


@pytest.mark.parametrize(
    ("answer", "outcome", "message_id"),
    [
        ({"message_id": -5}, DeliveryOutcome.SENT, "-5"),
        (None, DeliveryOutcome.SENT, None),
        (ActionFailed(status="failed", retcode=100), DeliveryOutcome.REFUSED, None),
        (ActionFailed(status="failed", retcode=1200), DeliveryOutcome.UNCERTAIN, None),
        (NetworkError("WebSocket call api send_msg timeout"), DeliveryOutcome.UNCERTAIN, None),
        (WebSocketDisconnect(1006), DeliveryOutcome.OFFLINE, None),
        (ApiNotAvailable(), DeliveryOutcome.OFFLINE, None),
        (RuntimeError('Cannot call "send" once a close message has been sent.'), DeliveryOutcome.OFFLINE, None),
    ],
)
async def test_every_answer_of_a_client_has_its_outcome(
    app: App, answer: Any, outcome: DeliveryOutcome, message_id: str | None
) -> None:
    from plugins._onebot.courier import Courier
    from plugins._onebot.notifier import OneBotNotifier

    async with app.test_api() as client:
        client.create_bot(base=QQ, adapter=nonebot_adapter(client), self_id="10000")
        failure = answer if isinstance(answer, Exception) else None
        expected = {"message_type": "group", "group_id": 12345, "message": SENT}
        client.should_call_api("send_msg", expected, None if failure else answer, failure)
        report = await OneBotNotifier(ZONE, Courier(lambda: 0)).send([told()], "")
    assert (report.outcome, report.message_id) == (outcome, message_id)


async def test_an_account_that_is_not_connected_is_not_tried(app: App) -> None:
    from plugins._onebot.courier import Courier
    from plugins._onebot.notifier import OneBotNotifier

    async with app.test_api() as client:
        client.create_bot(base=QQ, adapter=nonebot_adapter(client), self_id="10000")
        other = Chat(self_id="10001", type="private", peer_id="20001")
        notifier = OneBotNotifier(ZONE, Courier(lambda: 0))
        assert not notifier.reaches(other)
        assert (await notifier.send([told(other)], "")).outcome is DeliveryOutcome.OFFLINE


def nonebot_adapter(client: Any) -> Any:
    return client.create_adapter(base=Adapter)


async def test_new_slots_reach_the_chat_that_asked_and_quoting_them_names_the_job(place: Place) -> None:
    created = await place.say("!创建监控 霍英东羽毛球 间隔=1 时段=7-22")
    number = created.split("#")[1].split(" ")[0]
    slots = await place.hears(rf"🎾 #{number} 霍英东羽毛球 ")
    assert slots.chat == place.group()
    assert [segment["type"] for segment in slots.segments] == ["text"]
    assert await place.until("停", "已停止", quoting=slots) == f"🔴 已停止 #{number} 霍英东羽毛球，十分钟内可 !撤销"


async def test_a_send_that_may_have_arrived_is_repeated_once_with_a_visible_mark(place: Place) -> None:
    place.peer.manners = lambda action, params: Manner.TIMES_OUT if "🎾" in str(params) else Manner.POLITE
    place.qq.has_history = False
    await place.say("!创建监控 霍英东羽毛球 间隔=3600 时段=7-22")
    first = await place.hears(r"^🎾 #\d+ 霍英东羽毛球")
    again = await place.hears("^（补发）🎾")
    assert again.text == f"（补发）{first.text}"


async def test_superusers_are_told_once_what_the_start_had_to_mend(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "jobs").mkdir(parents=True)
    (home / "jobs" / "jobs.json").write_text(json.dumps({"1e95803d": {"job_id": "1e95803d"}}), encoding="utf-8")
    async with Bot(home, {"SUPERUSERS": f'["{SUPERUSER}", "onebot:90002"]'}) as bot:
        for user in (SUPERUSER, 90002):
            said = await bot.person(user, group=None).hears("⚠️ 启动时发现：")
            assert "1e95803d" in said.text
        await bot.peer("10001")
        await bot.ready("10001")
        assert await bot.person(SUPERUSER, group=None, self_id="10001").say("!任务列表")
        assert not [said for said in bot.person(SUPERUSER, group=None, self_id="10001").seen if "启动时" in said.text]
