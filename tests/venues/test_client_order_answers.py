"""What the platform says to an order, and what may be concluded from it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, strategies as st

from jobs.models.customs import PayUnit
from jobs.models.orders import OrderId, OrderState
from jobs.ports.provider import (
    HasOrder,
    NotLoggedIn,
    OrderRefused,
    OutcomeUnknown,
    ProfileIncomplete,
    RateLimited,
    Remedy,
    SliderWanted,
    SlotGone,
    SlotStale,
    UnexpectedAnswer,
    VenueError,
)
from jobs.venues.sjtu.answers import Answer
from jobs.venues.sjtu.catalogue import read_sports, read_venues
from jobs.venues.sjtu.login_page import complaint_of, kind_of, read_form, read_picture, read_verdict, ways_of
from jobs.venues.sjtu.order_answers import read_order_id
from jobs.venues.sjtu.order_list import (
    cancel_answer,
    hours_in,
    order_id_of,
    pay_seconds,
    read_detail,
    read_order_page,
    read_payment,
)
from jobs.venues.sjtu.wire import read_person

ID = "202611221200004711"


def answer(body: Any, status: int = 200, **headers: str) -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status=status, body=raw, **headers)


def said(message: str, code: Any = 500) -> Answer:
    return answer({"code": code, "msg": message})


def page(title: str, body: str = "") -> Answer:
    return answer(f"<!doctype html><html><head><title>{title}</title></head><body>{body}</body></html>".encode())


@pytest.mark.parametrize("body", [{"code": 0, "data": ID}, {"code": "0", "msg": "成功", "data": int(ID)}])
def test_code_zero_with_an_id_is_an_order(body: Any) -> None:
    assert read_order_id(answer(body)) == OrderId(ID)


REFUSALS = [
    (answer({"code": 1002, "msg": ""}), SliderWanted),
    (answer({"code": "1002"}), SliderWanted),
    (answer({"code": 10001, "msg": "请完善个人信息"}), ProfileIncomplete),
    (answer({"code": 401, "msg": "登录超时"}), NotLoggedIn),
    (answer(b"", 401), NotLoggedIn),
    (answer(b"", 302, location="https://jaccount.sjtu.edu.cn/oauth2/authorize?x=1"), NotLoggedIn),
    (answer(b"", 302, location="/login"), NotLoggedIn),
    (page("登录"), NotLoggedIn),
    (said("请求过于频繁"), RateLimited),
    (said("每日请求超过限制，无法获取"), RateLimited),
    (answer(b"", 429, retry_after="3"), RateLimited),
    (said("场地信息已过期，请刷新页面"), SlotStale),
    (said("已有个人预约"), HasOrder),
    (said("已存在订单", 7), HasOrder),
    (said("与其他订单冲突预定"), HasOrder),
    (said("该时段已被预订，请重新选择场地"), SlotGone),
    (said("已被预定"), SlotGone),
    (said("已被预约"), SlotGone),
    (said("已被占用"), SlotGone),
    (said("场地不可用"), SlotGone),
    (said("场地已满"), SlotGone),
    (said("订单状态已发生变化"), SlotGone),
    (said("非法请求"), OrderRefused),
    (answer("非法请求".encode()), OrderRefused),
    (page("操作异常"), OrderRefused),
    (page("提示", '<div class="error-desc">参数错误</div>'), OrderRefused),
]


@pytest.mark.parametrize(("given_answer", "error"), REFUSALS)
def test_words_that_are_known_to_mean_no_order_are_believed(given_answer: Answer, error: type[VenueError]) -> None:
    with pytest.raises(error) as caught:
        read_order_id(given_answer)
    assert type(caught.value) is error
    assert caught.value.sentence


@pytest.mark.parametrize(
    "given_answer",
    [
        answer({"code": 0}),
        answer({"code": 0, "data": None}),
        answer({"code": 0, "data": ""}),
        answer({"code": 0, "data": True}),
        answer({"code": 0, "data": 1.5}),
        answer({"code": 0, "data": {"id": ID}}),
        answer({"code": 0, "data": "../../etc"}),
        answer({"code": None, "data": ID}),
        answer({"data": ID}),
        said("系统繁忙"),
        said("", 1),
        said("未知错误", -1),
        answer(b""),
        answer(b"null"),
        answer(b"OK"),
        answer(json.dumps({"code": 500, "msg": "已被预订"}, ensure_ascii=False).encode()[:-2]),
        answer(f'{{"code":0,"data":"{ID}'.encode()),
        page("维护中"),
        page("", "已被预订"),
        answer({"code": 0, "data": ID}, 500),
        answer({"code": 500, "msg": "已被预订"}, 502),
        answer(b"", 302, location="https://elsewhere.example/"),
        answer(b"", 400),
        answer(b"", 403),
        answer(b"", 404),
        answer(b"", 204),
    ],
)
def test_everything_else_leaves_it_unknown_and_the_orders_tell(given_answer: Answer) -> None:
    with pytest.raises(OutcomeUnknown) as caught:
        read_order_id(given_answer)
    assert caught.value.remedy is Remedy.READ_ORDERS


def test_each_refusal_says_what_helps() -> None:
    remedies = {}
    for given_answer, error in REFUSALS:
        with pytest.raises(error) as caught:
            read_order_id(given_answer)
        remedies[error] = caught.value.remedy
    assert remedies == {
        SliderWanted: Remedy.PERSON,
        ProfileIncomplete: Remedy.PERSON,
        NotLoggedIn: Remedy.PERSON,
        RateLimited: Remedy.WAIT,
        SlotStale: Remedy.WAIT,
        HasOrder: Remedy.NOTHING,
        SlotGone: Remedy.OTHER_SLOT,
        OrderRefused: Remedy.NOTHING,
    }


def record(**more: Any) -> dict[str, Any]:
    return {
        "pOrderid": ID,
        "orderstateid": "0",
        "venuename": "胡晓明网球场",
        "venname": "网球",
        "spaceInfo": "网球 场地7 (20:00-21:00)",
        "scDate": "2026-11-29",
        "ordercreatement": "2026-11-22 12:00:01",
        "countprice": 30,
        **more,
    }


def records(*listed: Any, **more: Any) -> Answer:
    return answer({"records": list(listed), "total": len(listed), "size": 20, "current": 1, "pages": 1, **more})


def test_an_order_is_read_with_all_that_is_told_of_it() -> None:
    [order] = read_order_page(records(record())).orders
    assert (order.id, order.state, order.venue, order.sport, order.amount) == (
        ID,
        OrderState.UNPAID,
        "胡晓明网球场",
        "网球",
        "30.00",
    )
    assert [(hour.court, hour.hour) for hour in order.hours] == [("场地7", 20)]
    assert str(order.date) == "2026-11-29"
    assert order.created_at is not None
    assert order.created_at.isoformat() == "2026-11-22T04:00:01+00:00"


def test_a_court_may_have_brackets_in_its_name() -> None:
    """Courts 6 and 7 of one venue are indoors."""
    spelt = "网球 场地7(室内) (20:00-21:00),网球 场地6（室内）（08:00-10:00）"
    [order] = read_order_page(records(record(spaceInfo=spelt))).orders
    assert [(hour.court, hour.hour) for hour in order.hours] == [
        ("场地7(室内)", 20),
        ("场地6（室内）", 8),
        ("场地6（室内）", 9),
    ]


@pytest.mark.parametrize(
    ("number", "state"),
    [
        (0, OrderState.UNPAID),
        ("1", OrderState.PAID),
        (2, OrderState.CANCELLED),
        ("7", OrderState.USED),
        (8, OrderState.UNKNOWN),
        (99, OrderState.UNKNOWN),
        (None, OrderState.UNKNOWN),
        ([], OrderState.UNKNOWN),
    ],
)
def test_a_state_nobody_has_recorded_is_unknown_and_holds_the_courts(number: Any, state: OrderState) -> None:
    found = read_order_page(records(record(orderstateid=number)))
    assert found.orders[0].state is state
    assert bool(found.doubtful) is (number == 8)
    assert OrderState.UNKNOWN.holds


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("网球 场地7 (20:00-21:00)", [("场地7", 20)]),
        ("网球 场地7 (20:00-21:00),网球 场地8 (21:00-22:00)", [("场地7", 20), ("场地8", 21)]),
        ("网球 场地7 (18:00-20:00)", [("场地7", 18), ("场地7", 19)]),
        ("网球 场地7（20:00-21:00,21:00-22:00）", [("场地7", 20), ("场地7", 21)]),
        ("场地7 (20:00-21:00)", [("场地7", 20)]),
        ("网球 A 1号场 (20:00-21:00)", [("A 1号场", 20)]),
        ("网球 场地7", []),
        ("", []),
        ("((((((20:00-21:00", []),
        ("网球 场地7 (25:00-26:00)", []),
    ],
)
def test_the_courts_and_hours_of_an_order_are_read(text: str, hours: list[tuple[str, int]]) -> None:
    assert [(hour.court, hour.hour) for hour in hours_in(text, "网球")[1]] == hours


@pytest.mark.parametrize(
    "bad",
    [None, 7, "x", [], {}, {"orderstateid": 0}, record(pOrderid=""), record(pOrderid="a b"), record(pOrderid=None)],
)
def test_a_record_that_cannot_be_told_apart_is_no_empty_list(bad: Any) -> None:
    """That an order is missing is taken for evidence."""
    with pytest.raises(UnexpectedAnswer):
        read_order_page(records(record(), bad))


@pytest.mark.parametrize("body", [{}, {"code": 0}, {"code": 0, "data": None}, {"records": None}, {"records": {}}, []])
def test_no_list_is_no_empty_list(body: Any) -> None:
    with pytest.raises(UnexpectedAnswer):
        read_order_page(answer(body))


def test_a_page_in_an_envelope_is_one_too() -> None:
    assert len(read_order_page(answer({"code": 0, "data": {"records": [record()]}})).orders) == 1
    assert read_order_page(records()).is_last


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        (599, 599),
        ("599", 599),
        ("14:59", 899),
        ("00:14:59", 899),
        (899_000, 899),
        (0, 0),
        (-3, None),
        ("9分59秒", 599),
        ("9 分 59 秒", 599),
        ("还剩10分钟", 600),
        ("1小时2分", 3720),
        ("59秒", 59),
        ("9分零5秒", 545),
        ("0分0秒", 0),
        ("9：59", 599),
        ("-3分", None),
        ("秒", None),
        ("", None),
        (60_000, 60),
        (7200, 7200),
        (7_200_001, None),
        ("3:00:00", None),
        ("0", 0),
        (None, None),
        ("soon", None),
        (True, None),
        (1.5e300, None),
        (10**400, None),
        (14.5, 14.5),
    ],
)
def test_how_long_an_order_can_be_paid_is_read_in_any_unit(told: Any, seconds: float | None) -> None:
    assert pay_seconds(told) == seconds


def test_who_knows_the_unit_of_the_time_left_guesses_nothing() -> None:
    assert pay_seconds(5000, PayUnit.MILLISECONDS) == 5
    assert pay_seconds(7201, PayUnit.SECONDS) is None
    assert pay_seconds("9分59秒", PayUnit.MILLISECONDS) == 599


@pytest.mark.parametrize("told", ["success", 0, -1, "0", "-1", True, 1.0, "12345", "abcdef", "-123456", "1" * 65, None])
def test_what_is_no_orders_id_is_none(told: Any) -> None:
    assert order_id_of(told) is None
    with pytest.raises(OutcomeUnknown):
        read_order_id(answer({"code": 0, "data": told}))


@pytest.mark.parametrize(
    "given_answer",
    [
        said("提交成功，场地状态已发生变化"),
        said("订单已生成，请重新选择场地"),
        said("订单已提交，请求过于频繁"),
        said("已存在订单，预订成功", 7),
        answer("预订成功，已被预订".encode()),
        page("操作异常", "预订成功"),
        page("登录成功"),
        page("login"),
        page("jaccount oauth2Login"),
    ],
)
def test_no_refusal_is_believed_beside_a_yes_and_no_login_page_by_its_address(given_answer: Answer) -> None:
    with pytest.raises(OutcomeUnknown):
        read_order_id(given_answer)


def test_an_order_nobody_knows_is_none() -> None:
    assert read_detail(answer({"code": 0, "data": None}), OrderId(ID)) is None
    assert read_detail(said("订单不存在"), OrderId(ID)) is None
    with pytest.raises(UnexpectedAnswer):
        read_detail(said("系统繁忙"), OrderId(ID))


@pytest.mark.parametrize(
    "body", [{"code": 0}, {"code": 0, "data": {"sign": "s"}}, {"code": 0, "data": {"data": {}, "sign": 1}}]
)
def test_a_payment_without_its_fields_is_none(body: Any) -> None:
    with pytest.raises(UnexpectedAnswer):
        read_payment(answer(body), "https://pay.example/")


def test_a_payment_is_an_address_that_can_be_opened() -> None:
    told = {"data": "a b", "sign": "=&", "sysid": 54, "subsysid": "x", "more": "left out"}
    payment = read_payment(answer({"code": 0, "data": told}), "https://pay.example/go")
    assert payment.url == "https://pay.example/go?data=a+b&sign=%3D%26&sysid=54&subsysid=x"


# Nothing that anybody answers is anything but a value or a VenueError

FIELDS = [
    "code",
    "msg",
    "data",
    "rows",
    "records",
    "errno",
    "url",
    "error",
    "userId",
    "pOrderid",
    "orderstateid",
    "spaceInfo",
    "spaces",
    "remainingTime",
    "motionTypes",
    "id",
    "name",
    "venueId",
    "venueName",
    "total",
    "pages",
    "current",
    "scDate",
    "ordercreatement",
    "countprice",
    "sign",
    "subSitename",
    "scheduleTime",
]
NUMBERS = [ID, "0", 0, 4, 10**18, 10**400, -1]
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.sampled_from(NUMBERS),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(FIELDS),
            inner,
            max_size=6,
        )
    ),
    max_leaves=24,
)
_words = st.sampled_from(
    [b"<html><title>", "登录".encode(), "二次验证".encode(), b"loginContext = {sid:'", b"uuid=abcdefgh"]
)
answers = st.builds(
    Answer,
    status=st.just(200) | st.integers(100, 599),
    body=st.binary(max_size=80)
    | _json.map(lambda value: json.dumps(value).encode())
    | st.lists(_words | st.binary(max_size=12), max_size=8).map(b"".join),
    location=st.text(max_size=20),
    retry_after=st.text(max_size=8),
    date=st.text(max_size=12),
)


@given(answers)
def test_whatever_is_answered_is_a_value_or_a_venue_error(given_answer: Answer) -> None:
    def page_of(answer: Answer) -> object:
        text = answer.body.decode("utf-8", errors="replace")
        return kind_of(text, read_form(text, answer.location)), ways_of(text), complaint_of(text)

    readers = (
        read_order_page,
        read_person,
        read_venues,
        read_sports,
        read_verdict,
        read_picture,
        cancel_answer,
        page_of,
    )
    readers += (lambda one: read_detail(one, OrderId(ID)), lambda one: read_payment(one, "https://x.example"))
    for read in readers:
        error = error_of(read, given_answer)
        assert error is None or (error.sentence and "\n" not in error.sentence)


def error_of(read: Callable[[Answer], object], given_answer: Answer) -> VenueError | None:
    try:
        read(given_answer)
    except VenueError as error:
        return error
    return None


@given(answers)
def test_an_order_is_an_id_a_known_refusal_or_unknown(given_answer: Answer) -> None:
    known = (SliderWanted, ProfileIncomplete, NotLoggedIn, RateLimited, SlotStale, HasOrder, SlotGone, OrderRefused)
    error = error_of(read_order_id, given_answer)
    assert error is None or type(error) in (*known, OutcomeUnknown)
    if error is None:
        assert given_answer.status == 200
        assert order_id_of(read_order_id(given_answer))
