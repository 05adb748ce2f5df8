"""What is told of bookings, orders, logins and rehearsals: as the engine writes it, and with anything missing."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from jobs import (
    BOOKED,
    BOOKING_ABSENT,
    BOOKING_HINDERED,
    BOOKING_UNCERTAIN,
    LOGIN_WANTED,
    ORDER_ENDED,
    PAYMENT_DUE,
    REHEARSED,
    Chat,
    JobId,
    Notification,
)
from plugins._replies.booking_notices import WORDS
from plugins._replies.notices import notice

ZONE = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
SLOTS = [
    {"date": "2026-11-28", "hour": 19, "court": "场地3", "price": "18.00"},
    {"date": "2026-11-28", "hour": 20, "court": "场地3", "price": "18.00"},
]
BOOKING: dict[str, Any] = {
    "number": 7,
    "name": "周六羽毛球",
    "slots": SLOTS,
    "account": "czq",
    "venue": "气膜体育中心·羽毛球",
    "order_id": "812345678901234567",
    "pay_until": NOON.isoformat(),
    "amount": "36.00",
}


def told(topic: str, data: dict[str, Any]) -> str:
    target = Chat(self_id="1", type="group", peer_id="2")
    return notice(
        Notification(
            dedupe_key="k",
            target=target,
            topic=topic,
            job_id=JobId("1e95803d"),
            data=data,
            created_at=NOON - timedelta(minutes=2),
        ),
        ZONE,
    )


def test_a_booking_tells_all_that_was_proven_and_how_to_pay() -> None:
    assert told(BOOKED, BOOKING) == (
        "🎉 #7 周六羽毛球 订到了\n气膜体育中心·羽毛球\n11-28 周六 19:00 场地3 ¥18\n11-28 周六 20:00 场地3 ¥18\n"
        "账号 czq · 订单 812345678901234567 · 共 ¥36\n⏰ 付款期限 11-22 周日 12:00:00，过时不付订单就失效\n"
        "付款：私聊我发送 !付款 4567 拿付款链接，或到场馆平台的“我的订单”里付"
    )


def test_why_an_account_cannot_book_is_told_with_what_helps() -> None:
    job = {"number": 7, "name": "周六羽毛球", "account": "czq"}
    assert told(BOOKING_HINDERED, {**job, "reason": "已有个人预约", "step": "", "needs_person": False}) == (
        "⚠️ #7 周六羽毛球 有空场，但账号 czq 订不了：已有个人预约\n照样盯着，有别的空场会再试"
    )
    out = {**job, "reason": "登录失效", "step": "私聊我发送 !登录 czq", "needs_person": True}
    assert told(BOOKING_HINDERED, out).endswith("登录失效\n私聊我发送 !登录 czq；弄好之后会再试，这期间照样盯着")


def test_what_was_booked_by_hand_names_no_job() -> None:
    by_hand = {key: value for key, value in BOOKING.items() if key not in ("number", "name")}
    assert told(BOOKED, by_hand).startswith("🎉 预订成功\n气膜")
    assert told(PAYMENT_DUE, by_hand).startswith("⏰ 订单还没付款，还有 2 分钟\n")


def test_a_deadline_that_was_not_read_is_not_made_up() -> None:
    assert "⏰ 付款期限没有读到，请尽快付" in told(BOOKED, BOOKING | {"pay_until": None})


def test_a_reminder_tells_the_deadline_and_how_to_pay() -> None:
    reminder = told(PAYMENT_DUE, BOOKING)
    assert reminder.startswith("⏰ #7 周六羽毛球 订到的场还没付款，还有 2 分钟\n")
    assert "付款期限 11-22 周日 12:00:00" in reminder
    assert "!付款 4567" in reminder


@pytest.mark.parametrize(
    ("state", "begins"),
    [
        ("paid", "✅ #7 周六羽毛球 已付款"),
        ("cancelled", "↩️ #7 周六羽毛球 订单已取消"),
        ("expired", "⌛ #7 周六羽毛球 没有在期限内付款，订单失效了"),
        ("untracked", "❓ #7 周六羽毛球 订单不再跟踪了"),
        ("melted", "ℹ️ #7 周六羽毛球 订单有了变化"),
    ],
)
def test_every_end_of_an_order_has_its_words(state: str, begins: str) -> None:
    ended = told(ORDER_ENDED, BOOKING | {"state": state})
    assert ended.startswith(begins)
    assert "订单 812345678901234567" in ended


def test_what_is_uncertain_or_absent_is_not_celebrated() -> None:
    for topic in (BOOKING_UNCERTAIN, BOOKING_ABSENT):
        words = told(topic, {key: BOOKING[key] for key in ("number", "name", "slots", "account", "venue")})
        assert "🎉" not in words
        assert "11-28 周六 19:00 场地3" in words
        assert "账号 czq" in words
    assert "没有订到，也没有订单" in told(BOOKING_ABSENT, BOOKING)


def test_what_nobody_follows_any_more_says_why_and_promises_nothing() -> None:
    why = "账号已经删除，没法再核对订单，请到场馆平台上自己看一下"
    assert told(ORDER_ENDED, BOOKING | {"state": "untracked", "reason": why}).endswith(why)
    given_up = told(BOOKING_UNCERTAIN, BOOKING | {"reason": why, "given_up": True})
    assert given_up.startswith("❓ #7 周六羽毛球 这次下单的结果查不清\n")
    assert given_up.endswith(why)
    assert "有了结果告诉你" not in given_up


def test_a_login_is_asked_for_with_the_command_to_send() -> None:
    assert told(LOGIN_WANTED, {"account": "czq", "reason": "登录过期了"}) == ("🔑 账号 czq：登录过期了\n发送 !登录 czq")
    assert told(LOGIN_WANTED, {"account": "czq", "reason": ""}) == "🔑 账号 czq 要登录\n发送 !登录 czq"


@pytest.mark.parametrize(("goes", "begins"), [(True, "🚦 #7 周六羽毛球 还有 10 分钟开抢：一切就绪"), (False, "⚠️ #7")])
def test_a_rehearsal_says_go_or_no_go_and_what_was_looked_at(goes: bool, begins: str) -> None:
    looked_at = ["账号 czq 已登录（小陈）", "对时：差 3 毫秒"]
    words = told(REHEARSED, BOOKING | {"minutes": 10, "goes": goes, "lines": looked_at})
    assert words.startswith(begins)
    assert words.splitlines()[1:] == looked_at


@pytest.mark.parametrize("topic", WORDS)
def test_names_from_elsewhere_are_one_line_of_text(topic: str) -> None:
    evil = "场\n⚠️ 假的一行\u202e[CQ:at,qq=all]" + "长" * 300
    slots = [{"date": "2026-11-28", "hour": 19, "court": evil, "price": ""}]
    words = told(topic, BOOKING | {"slots": slots, "venue": evil, "account": evil, "reason": evil, "lines": [evil]})
    assert not any(line.startswith("⚠️ 假的") for line in words.splitlines())
    assert "\u202e" not in words
    assert len(words) < 600


VALUES = st.none() | st.text() | st.integers() | st.lists(st.integers(), max_size=2) | st.booleans()


@given(
    st.sampled_from(sorted(WORDS)),
    st.sets(st.sampled_from(sorted(BOOKING))),
    st.dictionaries(
        st.sampled_from(sorted([*BOOKING, "state", "goes", "minutes", "lines", "reason"])), VALUES, max_size=4
    ),
)
def test_whatever_is_missing_or_strange_something_is_said(topic: str, missing: set[str], odd: dict[str, Any]) -> None:
    data = {key: value for key, value in BOOKING.items() if key not in missing}
    assert told(topic, data)
    assert told(topic, data | odd)
