"""Decoding the platform's answers: strict about what is free, patient with what is malformed."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given, strategies as st

from jobs.models.venue import Day, Slot
from jobs.ports.provider import NotLoggedIn, RateLimited, UnexpectedAnswer, VenueError, VenueUnreachable
from jobs.venues.sjtu.refusals import Answer
from jobs.venues.sjtu.wire import read_days, read_second, read_slots

DAY = date(2025, 11, 28)
SHANGHAI_EVENING = "Fri, 28 Nov 2025 10:00:00 GMT"  # 18:00 there


def answer(body: Any, status: int = 200, **headers: str) -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status=status, body=raw, **headers)


def situation(*courts: Any) -> Answer:
    return answer({"code": 0, "msg": "操作成功", "data": list(courts)})


def court(*hours: Any, name: str = "场地1", court_id: Any = "f1") -> dict[str, Any]:
    return {"fieldId": court_id, "fieldName": name, "fieldDetailStatus": "0", "priceList": list(hours)}


def hour(count: Any = "1", status: Any = "0", price: Any = "5.00", sign: Any = "s") -> dict[str, Any]:
    return {"count": count, "price": price, "status": status, "sign": sign, "flag": 0}


def repr_of_start(body: bytes) -> str:
    return repr(body[:30])


@pytest.mark.parametrize(
    ("status", "count", "free"),
    [
        (0, 1, True),
        ("0", "1", True),
        (0, "3", True),
        ("0", 12, True),
        (0.0, "1.0", True),
        (0, 0, False),
        ("0", "0", False),
        (0, -1, False),
        (0, None, False),
        (0, "", False),
        (1, 1, False),
        ("1", "1", False),
        (-1, 1, False),
        ("-1", 1, False),
        (-2, 1, False),
        ("-2", "1", False),
        (-3, 5, False),
        (None, 1, False),
        ("", 1, False),
        (True, 1, False),
        (False, 1, False),
        (0, True, False),
        ("0x0", 1, False),
        (0.5, 1, False),
        (0, 0.5, False),
    ],
)
def test_an_hour_is_free_only_with_status_zero_and_a_place_left(status: Any, count: Any, free: bool) -> None:
    assert bool(read_slots(situation(court(hour(count=count, status=status))), DAY)) is free


def test_a_slot_carries_all_that_people_and_orders_need() -> None:
    taken = hour(count=0, status=1)
    slots = read_slots(situation(court(taken, taken, hour(count="2", price="9.00", sign="abc"))), DAY)
    assert slots == [
        Slot(date=DAY, hour=9, court="场地1", court_id="f1", price="9.00", remaining=2, sign="abc"),
    ]


def test_item_zero_is_seven_oclock_and_item_fourteen_the_last_hour_before_ten() -> None:
    slots = read_slots(situation(court(*[hour()] * 15)), DAY)
    assert [slot.hour for slot in slots] == list(range(7, 22))


def test_slots_come_by_hour_then_court_and_court_ten_after_court_two() -> None:
    courts = [court(hour(), hour(), name=f"场地{n}", court_id=f"f{n}") for n in (10, 2, 1)]
    slots = read_slots(situation(*courts), DAY)
    assert [(slot.hour, slot.court) for slot in slots] == [
        (at, name) for at in (7, 8) for name in ("场地1", "场地2", "场地10")
    ]


@pytest.mark.parametrize(
    ("sent", "shown"),
    [("5.00", "5.00"), ("5", "5"), (5, "5.00"), (5.5, "5.50"), (" 7.00 ", "7.00")]
    + [(odd, "") for odd in (None, "", "免费", True, -1, "1e9", 10**300, "9" * 50)],
)
def test_a_price_is_text_and_empty_when_it_is_none(sent: Any, shown: str) -> None:
    assert [slot.price for slot in read_slots(situation(court(hour(price=sent))), DAY)] == [shown]


@pytest.mark.parametrize(
    "bad",
    [
        None,
        7,
        "court",
        [],
        {},
        {"fieldName": "场地9", "priceList": []},
        {"fieldId": "x", "fieldName": None, "priceList": [hour()]},
        {"fieldId": "", "fieldName": "场地9", "priceList": [hour()]},
        {"fieldId": "x", "fieldName": " ", "priceList": [hour()]},
        {"fieldId": "x", "fieldName": "长" * 65, "priceList": [hour()]},
        {"fieldId": "x", "fieldName": "场地9", "priceList": None},
        {"fieldId": "x", "fieldName": "场地9", "priceList": {"0": hour()}},
    ],
)
def test_a_malformed_court_hides_no_other(bad: Any) -> None:
    slots = read_slots(situation(bad, court(hour()), bad), DAY)
    assert [slot.court for slot in slots] == ["场地1"]


@pytest.mark.parametrize("bad", [None, 0, "free", [], {}, {"status": 0}, {"count": 1}, {"status": [0], "count": 1}])
def test_a_malformed_hour_hides_no_other_and_shifts_none(bad: Any) -> None:
    slots = read_slots(situation(court(hour(), bad, hour())), DAY)
    assert [slot.hour for slot in slots] == [7, 9]


def test_a_court_sent_twice_is_one_court() -> None:
    assert len(read_slots(situation(court(hour()), court(hour())), DAY)) == 1


def test_days_come_soonest_first_with_their_tokens() -> None:
    listed = answer(
        {
            "code": "0",
            "data": [
                {"date": "2025-11-29", "dateId": "tokenB", "isAll": "1", "open": True},
                {"date": "2025-11-28 00:00:00", "dateId": "tokenA", "isAll": 0, "open": "0"},
                {"date": "2025-11-30"},
                {"date": "not a date", "dateId": "x"},
                {"dateId": "x"},
                None,
            ],
        }
    )
    assert read_days(listed) == [
        Day(date=date(2025, 11, 28), token="tokenA", is_full=False, is_open=False),
        Day(date=date(2025, 11, 29), token="tokenB", is_full=True, is_open=True),
        Day(date=date(2025, 11, 30), token="", is_full=False, is_open=True),
    ]


def test_no_days_is_an_answer_not_an_error() -> None:
    assert read_days(answer({"code": 0, "data": []})) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"ok"',
        b'{"code":0',
        b'{"msg":"no code"}',
        b'{"code":0}',
        b'{"code":0,"data":null}',
        b'{"code":0,"data":{"rows":[]}}',
        b'{"code":null,"data":[]}',
        b'{"code":"zero","data":[]}',
        b'{"code":0,"data":[}',
        b'{"code":0,"data":["\xff"]',
        b"[" * 100_000,
        b'{"code":0,"data":' + b"[" * 100_000,
        b'{"code":0,"extra":' + b"[" * 100_000 + b"]" * 100_000 + b',"data":[]}',
    ],
    ids=repr_of_start,
)
def test_a_malformed_envelope_is_an_unexpected_answer(body: bytes) -> None:
    with pytest.raises(UnexpectedAnswer):
        read_slots(answer(body), DAY)


@pytest.mark.parametrize(
    "disguise",
    [
        answer(b"", 302, location="https://jaccount.sjtu.edu.cn/oauth2/authorize?client_id=x"),
        answer(b"", 302, location="/login"),
        answer(b"", 401),
        answer({"code": 401, "msg": "登录超时"}),
        answer({"code": "401", "msg": None}),
        answer({"code": 1, "msg": "登录超时，请重新登录"}),
        answer("<!DOCTYPE html>\n<html><head><title>登录</title></head></html>".encode()),
        answer("\ufeff  <html><TITLE lang=zh> 统一身份认证 </TITLE></html>".encode()),
    ],
    ids=["302 to jAccount", "302 to login", "HTTP 401", "code 401", "code as text", "words", "page", "page with BOM"],
)
def test_a_lost_login_is_seen_through_every_disguise(disguise: Answer) -> None:
    with pytest.raises(NotLoggedIn) as caught:
        read_slots(disguise, DAY)
    assert caught.value.sentence == "登录失效，请重新登录"
    assert caught.value.retry_after_seconds is None


def test_another_web_page_is_no_lost_login() -> None:
    with pytest.raises(UnexpectedAnswer):
        read_slots(answer("<html><title>操作异常</title><div class=error-desc>非法请求</div></html>".encode()), DAY)


@pytest.mark.parametrize(
    ("limited", "seconds"),
    [
        (answer({"code": 500, "msg": "请求过于频繁，请稍后再试"}), 60),
        (answer({"code": 500, "msg": "请求过于频繁"}, 500), 60),
        (answer({"code": 500, "msg": "请求过于频繁"}, retry_after="5"), 5),
        (answer(b"", 429), 60),
        (answer(b"", 429, retry_after="17"), 17),
        (answer(b"", 429, retry_after="soon"), 60),
        (answer(b"", 429, retry_after="-5"), 60),
        (answer(b"", 429, retry_after="999999999"), 86400),
        (answer(b"", 429, retry_after="Fri, 28 Nov 2025 10:02:00 GMT", date=SHANGHAI_EVENING), 120),
        (answer(b"", 429, retry_after="Fri, 28 Nov 2025 09:00:00 GMT", date=SHANGHAI_EVENING), 0),
        (answer(b"", 429, retry_after="Fri, 28 Nov 2025 10:02:00 GMT"), 60),
        (answer({"code": 500, "msg": "每日请求超过限制，无法获取"}, date=SHANGHAI_EVENING), 6 * 3600 + 600),
        (answer({"code": 500, "msg": "每日请求超过限制，无法获取"}), 6 * 3600),
    ],
)
def test_a_limit_says_how_long_to_wait(limited: Answer, seconds: float) -> None:
    with pytest.raises(RateLimited) as caught:
        read_days(limited)
    assert caught.value.retry_after_seconds == seconds


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_error_is_an_unreachable_platform_worth_another_try(status: int) -> None:
    with pytest.raises(VenueUnreachable) as caught:
        read_days(answer(b"<html>Bad Gateway</html>", status))
    assert caught.value.retry_after_seconds == 30


def test_a_server_error_may_say_when_to_come_back() -> None:
    with pytest.raises(VenueUnreachable) as caught:
        read_days(answer(b"", 503, retry_after="120"))
    assert caught.value.retry_after_seconds == 120


@pytest.mark.parametrize("status", [301, 308, 400, 403, 404, 405])
def test_a_wrong_address_is_not_tried_again_by_itself(status: int) -> None:
    with pytest.raises(UnexpectedAnswer) as caught:
        read_days(answer(b"", status, location="https://elsewhere.example/"))
    assert caught.value.retry_after_seconds is None


def test_the_platforms_own_words_reach_people_without_tricks() -> None:
    with pytest.raises(UnexpectedAnswer) as caught:
        read_days(answer({"code": 500, "msg": "场馆\u202e不存在\n\x1b[31m" + "很长" * 500}))
    assert caught.value.sentence.startswith("预订平台拒绝了查询：场馆 不存在 [31m")
    assert len(caught.value.sentence) < 150


scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["0", "1", 0, 1])
)
odd_hours = st.fixed_dictionaries({"count": scalars, "status": scalars}, optional={"price": scalars, "sign": scalars})
odd_courts = st.fixed_dictionaries(
    {"fieldId": scalars, "fieldName": scalars, "priceList": st.lists(odd_hours | scalars, max_size=20) | scalars}
)
odd_days = st.fixed_dictionaries({"date": scalars | st.dates().map(str)}, optional={"dateId": scalars, "open": scalars})
envelopes = st.fixed_dictionaries(
    {"code": scalars | st.just(0), "data": st.lists(odd_courts | odd_days | scalars, max_size=6) | scalars},
    optional={"msg": scalars},
)
bodies = st.binary(max_size=200) | envelopes.map(lambda value: json.dumps(value).encode())
answers = st.builds(
    Answer,
    status=st.just(200) | st.integers(100, 599),
    body=bodies,
    location=st.text(max_size=20),
    retry_after=st.text(max_size=12) | st.integers().map(str),
    date=st.text(max_size=20) | st.just(SHANGHAI_EVENING),
)


def slots_or_error(given_answer: Answer) -> list[Slot] | VenueError:
    try:
        return read_slots(given_answer, DAY)
    except VenueError as error:
        return error


def days_or_error(given_answer: Answer) -> list[Day] | VenueError:
    try:
        return read_days(given_answer)
    except VenueError as error:
        return error


@given(answers)
def test_whatever_is_answered_decodes_or_is_a_venue_error(given_answer: Answer) -> None:
    slots = slots_or_error(given_answer)
    if isinstance(slots, VenueError):
        assert slots.sentence
        assert slots.retry_after_seconds is None or 0 <= slots.retry_after_seconds <= 100_000
    else:
        assert all(7 <= slot.hour <= 23 and slot.remaining > 0 and slot.court and slot.court_id for slot in slots)
        assert len({slot.key for slot in slots}) == len(slots)


@given(answers)
def test_whatever_lists_days_decodes_or_is_a_venue_error(given_answer: Answer) -> None:
    days = days_or_error(given_answer)
    if not isinstance(days, VenueError):
        assert [day.date for day in days] == sorted(day.date for day in days)


@given(st.lists(st.tuples(st.sampled_from([-3, -2, -1, 0, 1]), st.integers(-1, 3), st.booleans()), max_size=15))
def test_exactly_the_free_hours_are_found_however_numbers_are_written(cells: list[tuple[int, int, bool]]) -> None:
    hours = [hour(str(count), str(status)) if text else hour(count, status) for status, count, text in cells]
    expected = [7 + index for index, (status, count, _) in enumerate(cells) if status == 0 and count > 0]
    assert [slot.hour for slot in read_slots(situation(court(*hours)), DAY)] == expected


@pytest.mark.parametrize(
    "date", ["", "soon", "Sun, 22 Nov 2026 10:00:00 +99999999999999999999", "22 jan :: 10.00 99999999999999999999"]
)
def test_a_date_that_is_none_says_nothing_of_the_clock(date: str) -> None:
    assert read_second(Answer(status=200, body=b"", date=date)) is None
