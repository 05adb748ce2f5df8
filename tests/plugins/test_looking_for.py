"""Whether a message has arrived is looked up in the chat's history, where the client can show it, and never guessed."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from nonebot.adapters.onebot.v11 import ActionFailed, Adapter, Bot as QQ
from nonebug import App

from jobs import FLAPPING, JOB_COMPLETED, PAYMENT_DUE, Chat, DeliveryOutcome, DeliveryReport, JobId, Notification
from plugins._replies.digests import message

GROUP = Chat(self_id="10000", type="group", peer_id="12345")
ALONE = Chat(self_id="10000", type="private", peer_id="20001")
ZONE = ZoneInfo("Asia/Shanghai")
BEGUN = datetime(2026, 11, 22, 3, 0, 0, 700_000, tzinfo=UTC)


def told(number: int = 7, **fields: Any) -> Notification:
    data = {"number": number, "name": "晚场监控", "reason": "目标达成 [x]&,"}
    known: dict[str, Any] = {"target": GROUP, "topic": JOB_COMPLETED, "job_id": JobId(f"{number}"), "created_at": BEGUN}
    return Notification(dedupe_key=f"{number}", data=data | fields.pop("data", {}), **{**known, **fields})


def text_of(*notifications: Notification, tag: str = "") -> str:
    return message(notifications, ZONE, tag, BEGUN)


def said(text: str | Sequence[dict[str, Any]], seconds: int = 0, by: int = 10000) -> dict[str, Any]:
    """As clients show a message, that many seconds after the send began."""
    content = [{"type": "text", "data": {"text": text}}] if isinstance(text, str) else list(text)
    at = int((BEGUN + timedelta(seconds=seconds)).timestamp())
    return {"message_id": -77, "time": at, "user_id": by, "message": content, "message_format": "array"}


async def found(app: App, answer: Any, about: Notification | None = None) -> DeliveryReport:
    from plugins._onebot.notifier import OneBotNotifier

    about = about or told()
    async with app.test_api() as client:
        client.create_bot(base=QQ, adapter=client.create_adapter(base=Adapter), self_id="10000")
        where = {"group_id": 12345} if about.target.is_group else {"user_id": 20001}
        action = "get_group_msg_history" if about.target.is_group else "get_friend_msg_history"
        failure = answer if isinstance(answer, Exception) else None
        client.should_call_api(action, {**where, "count": 30}, None if failure else answer, failure)
        return await OneBotNotifier(ZONE).look_for(about, BEGUN)


OTHER = said("早上好", -600)
SENT = DeliveryReport(outcome=DeliveryOutcome.SENT, message_id="-77")
ABSENT = DeliveryReport(outcome=DeliveryOutcome.REFUSED)
UNKNOWN = DeliveryReport(outcome=DeliveryOutcome.UNCERTAIN)


@pytest.mark.parametrize(
    "text",
    [
        text_of(told()),
        text_of(told(), tag="（补发）"),
        text_of(told(data={FLAPPING: True})),
        text_of(told()) + "  \r\n",
        text_of(told(6), told(), told(8)),
        text_of(*map(told, range(1, 21)), tag="（补发）"),
    ],
)
async def test_what_the_chat_shows_has_arrived_alone_or_in_a_digest_marked_or_not(app: App, text: str) -> None:
    assert await found(app, {"messages": [OTHER, said(text)]}) == SENT
    in_string = said(text) | {"message": text.replace("&", "&amp;").replace("[", "&#91;").replace("]", "&#93;")}
    assert await found(app, {"messages": [in_string, OTHER]}) == SENT
    called = [{"type": "at", "data": {"qq": "20001"}}, {"type": "text", "data": {"text": f" {text}"}}]
    assert await found(app, {"messages": [said(called, 2)]}) == SENT


@pytest.mark.parametrize(
    "messages",
    [
        [OTHER],
        [OTHER, said(text_of(told(8)))],
        [OTHER, said(text_of(told(6), told(8), told(9)))],
        [OTHER, said(text_of(told()), by=20001)],
    ],
)
async def test_what_the_chat_does_not_show_has_not_arrived(app: App, messages: list[Any]) -> None:
    assert await found(app, {"messages": messages}) == ABSENT


@pytest.mark.parametrize(
    "answer",
    [
        {"messages": []},
        {"messages": [said("早", by=20001)]},
        {"messages": [said("早", 1)] * 30},
        {"messages": [OTHER, said(text_of(told()), -60)]},
        {"messages": [{"message": "早"}]},
        {"messages": [said("早") | {"time": "gestern"}]},
        {"messages": None},
        None,
        [],
        ActionFailed(status="failed", retcode=200, wording="消息不存在"),
    ],
)
async def test_where_nobody_can_say_nobody_does(app: App, answer: Any) -> None:
    assert await found(app, answer) == UNKNOWN


async def test_a_busy_chat_is_looked_at_back_to_the_send(app: App) -> None:
    others = [said("早", n, by=20001) for n in range(-20, 9)]
    assert await found(app, {"messages": [*others, said("早", 9)]}) == ABSENT


async def test_in_private_the_friend_s_history_is_asked_for(app: App) -> None:
    about = told(target=ALONE)
    assert await found(app, {"messages": [OTHER, said(text_of(about))]}, about) == SENT


async def test_what_counts_the_minutes_is_compared_as_it_was_sent(app: App) -> None:
    due = {"venue": "霍英东", "slots": [], "account": "czq", "order_id": "5", "amount": "30.00"}
    until = (BEGUN + timedelta(minutes=9)).isoformat()
    about = told(topic=PAYMENT_DUE, created_at=BEGUN - timedelta(minutes=5), data={**due, "pay_until": until})
    assert await found(app, {"messages": [OTHER, said(text_of(about))]}, about) == SENT


async def test_a_client_that_does_not_know_the_call_is_not_asked_again_for_an_hour(app: App) -> None:
    from plugins._onebot.notifier import OneBotNotifier

    now = [BEGUN]
    unknown = ActionFailed(status="failed", retcode=1404)
    async with app.test_api() as client:
        client.create_bot(base=QQ, adapter=client.create_adapter(base=Adapter), self_id="10000")
        notifier = OneBotNotifier(ZONE, now=lambda: now[0])
        client.should_call_api("get_group_msg_history", {"group_id": 12345, "count": 30}, None, unknown)
        assert await notifier.look_for(told(), BEGUN) == UNKNOWN
        assert await notifier.look_for(told(), BEGUN) == UNKNOWN
        now[0] += timedelta(hours=1)
        client.should_call_api("get_group_msg_history", {"group_id": 12345, "count": 30}, {"messages": [OTHER]})
        assert await notifier.look_for(told(), BEGUN) == ABSENT


async def test_a_long_text_the_pager_and_an_account_that_is_away_are_not_looked_for(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    from plugins._onebot import history
    from plugins._onebot.notifier import OneBotNotifier

    monkeypatch.setattr(history, "_PATIENCE_SECONDS", 0.05)
    async with app.test_api() as client:
        client.create_bot(base=QQ, adapter=client.create_adapter(base=Adapter), self_id="10000")
        notifier = OneBotNotifier(ZONE)
        away = replace(GROUP, self_id="10001")
        for about in (told(data={"reason": "很长" * 500}), told(target=away)):
            assert await notifier.look_for(about, BEGUN) == UNKNOWN
