"""Ordering on the simulated platform, by the protocol's page and with a client that shares nothing with ours."""

import json
import re
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from demo_site import (
    BADMINTON,
    BASKETBALL,
    GYM,
    Buyer,
    RunningPlatform,
    encrypt,
    running_platform,
    seal,
    shanghai_text,
    verdicts,
    wrap,
)

from jobs.venues.demo.habits import Disguise, Habits, Malformed, Scope
from jobs.venues.demo.seal import SealKey

GONE = {"已被预订", "已被预定", "已被预约", "已被占用", "场地不可用", "场地已满", "请重新选择场地", "状态已发生变化"}
CONFLICTS = {"已有个人预约", "已存在订单", "冲突预定"}


@pytest.fixture
def platform() -> Iterator[RunningPlatform]:
    with running_platform() as platform:
        yield platform


@pytest.fixture
def day(platform: RunningPlatform) -> date:
    return platform.clock.today() + timedelta(days=2)


def state_of(platform: RunningPlatform, order_id: str) -> int:
    return next(order["state"] for order in platform.control.ledger() if order["id"] == order_id)


def test_an_order_is_an_eighteen_digit_text_and_takes_the_slot(platform: RunningPlatform, day: date) -> None:
    buyer = Buyer(platform, "czq")
    answer = buyer.order(BADMINTON, day, 19)
    assert answer["code"] == 0
    assert re.fullmatch("[0-9]{18}", answer["data"])
    item = buyer.item(BADMINTON, day, 19)
    assert (int(item["status"]), int(item["count"])) == (1, 0)
    [order] = platform.control.ledger()
    assert (order["id"], order["user"], order["state"], order["date"]) == (answer["data"], "czq", 0, day.isoformat())
    assert [(space["court"], space["hour"]) for space in order["spaces"]] == [("场地1", 19)]


def test_several_hours_are_one_order(platform: RunningPlatform, day: date) -> None:
    buyer = Buyer(platform, "czq")
    order_id = buyer.order(BADMINTON, day, 18, 19)["data"]
    [record] = buyer.orders()["records"]
    assert record["pOrderid"] == order_id
    assert record["spaceInfo"] == "羽毛球 场地1 (18:00-19:00),羽毛球 场地1 (19:00-20:00)"
    assert buyer.one(order_id)["data"]["sumMoney"] == 18


def test_the_second_of_two_buyers_loses_the_race(platform: RunningPlatform, day: date) -> None:
    quick, slow = Buyer(platform, "quick"), Buyer(platform, "slow")
    late = slow.payload(BADMINTON, day, 19)
    assert quick.order(BADMINTON, day, 19)["code"] == 0
    assert slow.send(late).json()["msg"] in GONE
    assert slow.orders()["records"] == []


def test_one_place_is_sold_once_however_many_ask_at_the_same_moment(platform: RunningPlatform, day: date) -> None:
    buyers = [Buyer(platform, f"buyer{number}") for number in range(8)]
    payloads = [buyer.payload(BADMINTON, day, 20) for buyer in buyers]
    answers: list[Any] = []
    threads = [
        threading.Thread(target=lambda buyer=buyer, payload=payload: answers.append(buyer.send(payload).json()))
        for buyer, payload in zip(buyers, payloads, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer["code"] for answer in answers) == [0] + [500] * 7
    assert len(platform.control.ledger()) == 1


def test_a_gym_of_forty_places_sells_each_of_them_once(platform: RunningPlatform, day: date) -> None:
    buyer = Buyer(platform, "czq")
    platform.control.set_habits(conflict="none")
    places = int(buyer.item(GYM, day, 19)["count"])
    for _ in range(places):
        assert buyer.order(GYM, day, 19)["code"] == 0
    assert buyer.order(GYM, day, 19)["msg"] in GONE
    held = [order["spaces"][0]["place"] for order in platform.control.ledger()]
    assert sorted(held) == list(range(1, places + 1))


def test_the_same_space_twice_in_one_order_is_refused_whole(platform: RunningPlatform, day: date) -> None:
    buyer = Buyer(platform, "czq")
    payload = buyer.payload(BADMINTON, day, 18, 19, 19)
    assert buyer.send(payload).json()["msg"] == "非法请求"
    assert platform.control.ledger() == []
    assert buyer.order(BADMINTON, day, 18)["code"] == 0


# What the seal keeps out


def test_an_order_that_is_not_sealed_as_the_protocol_says_is_refused(platform: RunningPlatform, day: date) -> None:
    buyer = Buyer(platform, "czq")
    payload = b'{"venueId":"x"}'
    body, sealed = seal(platform.public_key, payload, platform.clock.true_now())
    stranger = SealKey.make().public()
    small = wrap(platform.public_key, b"abcdefghijklmnop")
    wrong: list[tuple[bytes, dict[str, str]]] = [
        (payload, sealed),
        (body[:-1], sealed),
        (body, {"tim": sealed["tim"]}),
        (body, {"sid": sealed["sid"]}),
        (body, {**sealed, "sid": sealed["sid"][:-4] + "!!!!"}),
        (body, {**sealed, "sid": small}),
        (body, {**sealed, "sid": wrap(stranger, b"0" * 16)}),
        (body, {**sealed, "tim": wrap(stranger, b"1" * 13)}),
        (body, {**sealed, "tim": wrap(platform.public_key, b"now")}),
        (encrypt(b"0" * 16, payload), sealed),
        (encrypt(b"abcdefghijklmnop", payload), {**sealed, "sid": small}),
        seal(platform.public_key, b"{", platform.clock.true_now()),
        seal(platform.public_key, b"[]", platform.clock.true_now()),
        seal(platform.public_key, b"\xff", platform.clock.true_now()),
    ]
    for refused, headers in wrong:
        assert buyer.confirm(refused, **headers).json() == {"code": 500, "msg": "非法请求"}
    assert buyer.ask("POST", "/venue/personal/ConfirmOrder", body, {**sealed}).json()["msg"] == "非法请求"
    assert platform.control.ledger() == []
    reasons = verdicts(platform, "ConfirmOrder")
    assert len(reasons) == len(wrong) + 1
    assert all(reason.startswith(("sid", "tim", "body", "content-type")) for reason in reasons)


def test_the_time_of_sending_may_follow_either_clock_but_no_third(platform: RunningPlatform, day: date) -> None:
    buyer = Buyer(platform, "czq")
    payload = buyer.payload(BADMINTON, day, 19)
    text = json.dumps(payload).encode()
    for wrong in (timedelta(seconds=-601), timedelta(seconds=601)):
        moments = [platform.clock.now() + wrong, platform.clock.true_now() + wrong]
        far = [at for at in moments if all(abs((at - now).total_seconds()) > 600 for now in clocks(platform))]
        for at in far:
            body, sealed = seal(platform.public_key, text, at)
            assert buyer.confirm(body, **sealed).json()["msg"] == "非法请求"
    body, sealed = seal(platform.public_key, text, platform.clock.now() + timedelta(seconds=500))
    assert buyer.confirm(body, **sealed).json()["code"] == 0


def clocks(platform: RunningPlatform) -> list[Any]:
    return [platform.clock.now(), platform.clock.true_now()]


def test_a_malformed_order_may_be_refused_with_a_page(day: date) -> None:
    with running_platform(habits=Habits(malformed=Malformed.PAGE)) as platform:
        answer = Buyer(platform, "czq").confirm(b"nonsense", sid="x", tim="y")
    assert answer.status == 200
    assert "操作异常" in answer.text
    assert 'class="error-desc"' in answer.text


@pytest.mark.parametrize(
    "change",
    [
        {"venueId": "nowhere"},
        {"venTypeId": "nothing"},
        {"fieldType": "篮球"},
        {"scheduleDate": "soon"},
        {"week": None},
        {"returnUrl": None},
        {"tenSity": None},
        {"dateId": None},
        {"spaces": []},
        {"spaces": None},
        {"spaces": ["x"]},
        {"spaces": "x"},
    ],
)
def test_an_order_with_a_wrong_field_is_refused(platform: RunningPlatform, day: date, change: dict[str, Any]) -> None:
    buyer = Buyer(platform, "czq")
    assert buyer.send({**buyer.payload(BADMINTON, day, 19), **change}).json()["msg"] == "非法请求"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("venuePrice", "1.00"),
        ("venuePrice", "cheap"),
        ("venuePrice", None),
        ("subSiteId", "nowhere"),
        ("subSitename", "场地99"),
        ("scheduleTime", "19:00-21:00"),
        ("scheduleTime", "06:00-07:00"),
        ("scheduleTime", "23:00-24:00"),
        ("scheduleTime", "7-8"),
        ("sign", None),
        ("count", None),
        ("tensity", None),
        ("venueNum", None),
        ("status", None),
    ],
)
def test_a_space_with_a_wrong_field_is_refused(
    platform: RunningPlatform, day: date, field: str, value: str | None
) -> None:
    buyer = Buyer(platform, "czq")
    payload = buyer.payload(BADMINTON, day, 19)
    payload["spaces"][0][field] = value
    assert buyer.send(payload).json()["msg"] == "非法请求"
    assert platform.control.ledger() == []


def test_a_court_of_another_venue_cannot_be_bought(platform: RunningPlatform, day: date) -> None:
    buyer = Buyer(platform, "czq")
    payload = buyer.payload(BADMINTON, day, 19)
    payload["spaces"] = buyer.payload(BASKETBALL, day, 19)["spaces"]
    assert buyer.send(payload).json()["msg"] == "非法请求"


# Release, staleness, rivals


def test_nothing_is_sold_before_the_release_and_everything_at_it(platform: RunningPlatform) -> None:
    buyer = Buyer(platform, "czq")
    newest = platform.clock.today() + timedelta(days=7)
    payload = buyer.payload(BADMINTON, newest, 19)
    platform.clock.set(platform.clock.at(11, 59, 50))
    early = buyer.send(payload).json()
    assert (early["code"], early["msg"]) == (500, "未到预约时间")
    platform.clock.set(platform.clock.at(12))
    assert buyer.send(payload).json()["code"] == 0


def test_the_release_may_be_at_any_time_of_the_day(platform: RunningPlatform) -> None:
    buyer = Buyer(platform)
    newest = platform.clock.today() + timedelta(days=7)
    assert buyer.token(BADMINTON, newest)
    platform.control.set_release("20:30:00")
    assert not buyer.token(BADMINTON, newest)
    platform.clock.set(platform.clock.at(20, 30))
    assert buyer.token(BADMINTON, newest)
    assert int(buyer.item(BADMINTON, newest, 19)["status"]) == 0


def test_a_sign_goes_stale_with_time_where_the_platform_is_set_so(platform: RunningPlatform, day: date) -> None:
    buyer = Buyer(platform, "czq")
    platform.control.set_habits(sign_seconds=60)
    payload = buyer.payload(BADMINTON, day, 19)
    platform.clock.advance(seconds=61)
    assert buyer.send(payload).json()["msg"] == "场地信息已过期，请刷新页面"
    assert buyer.order(BADMINTON, day, 19)["code"] == 0


def test_all_signs_can_be_made_stale_at_once(platform: RunningPlatform, day: date) -> None:
    buyer = Buyer(platform, "czq")
    payload = buyer.payload(BADMINTON, day, 19)
    platform.control.set_habits(sign_generation=1)
    assert buyer.send(payload).json()["msg"] == "场地信息已过期，请刷新页面"


def test_the_token_of_another_date_is_stale(platform: RunningPlatform, day: date) -> None:
    buyer = Buyer(platform, "czq")
    payload = {**buyer.payload(BADMINTON, day, 19), "dateId": buyer.token(BADMINTON, day + timedelta(days=1))}
    assert buyer.send(payload).json()["msg"] == "场地信息已过期，请刷新页面"


def test_a_rival_may_come_between_the_query_and_the_order(platform: RunningPlatform, day: date) -> None:
    buyer = Buyer(platform, "czq")
    platform.control.rivals(1)
    assert buyer.order(BADMINTON, day, 19)["msg"] in GONE
    assert int(buyer.item(BADMINTON, day, 19)["count"]) == 0
    assert buyer.order(BADMINTON, day, 20)["code"] == 0
    assert [order["user"] for order in platform.control.ledger()] == ["czq", "rival"]


def test_rivals_come_as_often_as_they_are_told_to(day: date) -> None:
    with running_platform(habits=Habits(rival_chance=0.5, conflict=Scope.NONE)) as platform:
        buyer = Buyer(platform, "czq")
        codes = [buyer.order(BADMINTON, day, hour)["code"] for hour in range(7, 22)]
    assert {0, 500} == set(codes)


def test_a_slot_can_be_taken_under_ones_eyes(platform: RunningPlatform, day: date) -> None:
    buyer = Buyer(platform, "czq")
    payload = buyer.payload(BADMINTON, day, 19)
    assert platform.control.take(BADMINTON.number, day, 19, "场地1")
    assert not platform.control.take(BADMINTON.number, day, 19, "场地1")
    assert buyer.send(payload).json()["msg"] in GONE


# What else forbids an order


@pytest.mark.parametrize(
    ("scope", "same_day", "same_sport"),
    [("day", False, True), ("sport", True, False), ("none", True, True)],
)
def test_another_order_forbids_one_of_its_date_or_of_its_sport(
    platform: RunningPlatform, day: date, scope: str, same_day: bool, same_sport: bool
) -> None:
    platform.control.set_habits(conflict=scope)
    buyer = Buyer(platform, "czq")
    assert buyer.order(BADMINTON, day, 19)["code"] == 0
    other_sport = buyer.order(BASKETBALL, day, 19)
    assert (other_sport["code"] == 0) is same_day
    other_day = buyer.order(BADMINTON, day + timedelta(days=1), 19)
    assert (other_day["code"] == 0) is same_sport
    refusals = {answer["msg"] for answer in (other_sport, other_day) if answer["code"]}
    assert refusals <= CONFLICTS


def test_a_cancelled_order_forbids_nothing(platform: RunningPlatform, day: date) -> None:
    buyer = Buyer(platform, "czq")
    buyer.cancel(buyer.order(BADMINTON, day, 19)["data"])
    assert buyer.order(BADMINTON, day, 20)["code"] == 0


def test_who_tries_too_often_in_a_minute_waits_for_the_next(platform: RunningPlatform, day: date) -> None:
    platform.control.set_habits(orders_per_minute=2, conflict="none")
    buyer, other = Buyer(platform, "czq"), Buyer(platform, "sty")
    codes = [buyer.order(BADMINTON, day, hour)["msg"] for hour in (8, 9, 10)]
    assert codes == ["操作成功", "操作成功", "请求过于频繁"]
    assert other.order(BADMINTON, day, 11)["code"] == 0
    platform.clock.advance(seconds=61)
    assert buyer.order(BADMINTON, day, 10)["code"] == 0


def test_who_tries_too_often_in_a_day_waits_for_the_next(platform: RunningPlatform, day: date) -> None:
    platform.control.set_habits(orders_per_day=1, conflict="none")
    buyer = Buyer(platform, "czq")
    assert buyer.order(BADMINTON, day, 8)["code"] == 0
    platform.clock.advance(hours=2)
    assert buyer.order(BADMINTON, day, 9)["msg"] == "每日请求超过限制，无法获取"
    platform.clock.advance(hours=10)
    assert buyer.order(BADMINTON, day, 9)["code"] == 0


def test_all_requests_together_may_be_limited(platform: RunningPlatform) -> None:
    platform.control.set_habits(requests_per_minute=3)
    buyer = Buyer(platform)
    answers = [buyer.get("/system/user/currentUser").json()["code"] for _ in range(5)]
    assert answers == [0, 0, 0, 500, 500]


def test_an_incomplete_profile_cannot_order(platform: RunningPlatform, day: date) -> None:
    platform.control.set_habits(incomplete=["czq"])
    assert Buyer(platform, "czq").order(BADMINTON, day, 19)["code"] == 10001
    assert Buyer(platform, "sty").order(BADMINTON, day, 19)["code"] == 0


def test_a_slider_is_solved_by_a_person_alone_and_once(platform: RunningPlatform, day: date) -> None:
    platform.control.set_habits(slider=True, conflict="none")
    buyer = Buyer(platform, "czq")
    payload = buyer.payload(BADMINTON, day, 19)
    assert buyer.send(payload).json()["code"] == 1002
    puzzle = buyer.question("/captcha/get", captchaType="blockPuzzle", clientUid="slider-1", ts=1)["repData"]
    guess = {"captchaType": "blockPuzzle", "pointJson": "x", "token": puzzle["token"]}
    assert buyer.question("/captcha/check", **guess)["success"] is False
    assert buyer.send(payload, tid="guess").json()["code"] == 1002
    solution = platform.control.solve_slider(puzzle["token"])
    assert solution is not None
    assert buyer.question("/captcha/check", **guess)["success"] is True
    assert buyer.send(payload, tid=solution).json()["code"] == 0
    assert buyer.send(buyer.payload(BADMINTON, day, 20), tid=solution).json()["code"] == 1002


# Afterwards


def test_an_order_tells_how_long_it_can_be_paid_and_expires_when_it_is_not(
    platform: RunningPlatform, day: date
) -> None:
    buyer = Buyer(platform, "czq")
    order_id = buyer.order(BADMINTON, day, 19)["data"]
    assert 595 <= buyer.one(order_id)["data"]["remainingTime"] <= 600
    platform.clock.advance(seconds=600)
    assert buyer.states() == {order_id: 8}
    assert buyer.one(order_id)["data"]["remainingTime"] == 0
    assert int(buyer.item(BADMINTON, day, 19)["status"]) == 0
    assert not platform.control.pay(order_id)
    assert buyer.order(BADMINTON, day, 19)["code"] == 0


def test_how_long_an_order_waits_for_its_money_is_a_setting(platform: RunningPlatform, day: date) -> None:
    platform.control.set_habits(unpaid_seconds=30)
    buyer = Buyer(platform, "czq")
    order_id = buyer.order(BADMINTON, day, 19)["data"]
    platform.clock.advance(seconds=31)
    assert state_of(platform, order_id) == 8


def test_an_order_is_paid_on_a_page_that_a_browser_can_open(platform: RunningPlatform, day: date) -> None:
    buyer = Buyer(platform, "czq")
    order_id = buyer.order(BADMINTON, day, 19)["data"]
    fields = buyer.post("/venue/personal/orderImmediatelyPC", orderId=order_id).json()["data"]
    assert set(fields) == {"data", "sign", "subsysid", "sysid"}
    anybody = Buyer(platform)
    shown = anybody.get(f"/payment/pay/pay.action?{urlencode(fields)}")
    assert "支付</button>" in shown.text
    assert anybody.post("/payment/pay/pay.action", **fields).text == shown.text  # as the real site is entered
    assert state_of(platform, order_id) == 0
    target = re.search('action="([^"]+)"', shown.text)
    assert target is not None
    paid = anybody.post(target[1].replace("&amp;", "&"), pay="1")
    assert "支付成功" in paid.text
    assert buyer.states() == {order_id: 1}
    assert buyer.post("/venue/personal/orderImmediatelyPC", orderId=order_id).json()["code"] == 500
    platform.clock.advance(hours=1)
    assert buyer.states() == {order_id: 1}


def test_nobody_pays_with_a_wrong_signature(platform: RunningPlatform, day: date) -> None:
    order_id = Buyer(platform, "czq").order(BADMINTON, day, 19)["data"]
    answer = Buyer(platform).post("/payment/pay/pay.action", data=order_id, sign="x", pay="1")
    assert answer.status == 404
    assert state_of(platform, order_id) == 0


def test_cancelling_answers_with_code_four_and_frees_the_slot(platform: RunningPlatform, day: date) -> None:
    buyer = Buyer(platform, "czq")
    order_id = buyer.order(BADMINTON, day, 19)["data"]
    assert buyer.cancel(order_id)["code"] == 4
    assert buyer.states() == {order_id: 2}
    assert int(buyer.item(BADMINTON, day, 19)["count"]) == 1
    assert buyer.cancel(order_id)["code"] == 500
    [order] = platform.control.ledger()
    assert [(change["state"], change["why"]) for change in order["changes"]] == [(0, "ordered"), (2, "cancelled")]


def test_cancelling_may_take_three_steps(platform: RunningPlatform, day: date) -> None:
    platform.control.set_habits(cancel_steps=3)
    buyer = Buyer(platform, "czq")
    order_id = buyer.order(BADMINTON, day, 19)["data"]
    assert buyer.cancel(order_id)["code"] == 4
    for step in ("cannelRefundReceipt", "cannelDetail"):
        assert buyer.states() == {order_id: 0}
        answer = buyer.post(f"/tRefundReceipt/tRefundReceipt/{step}", orderId=order_id, type="2").json()
        assert answer["code"] in (1, 2, 3)
    assert buyer.states() == {order_id: 2}


def test_the_later_steps_do_no_harm_where_one_is_enough(platform: RunningPlatform, day: date) -> None:
    buyer = Buyer(platform, "czq")
    order_id = buyer.order(BADMINTON, day, 19)["data"]
    buyer.cancel(order_id)
    answer = buyer.post("/tRefundReceipt/tRefundReceipt/cannelDetail", orderId=order_id, type="2").json()
    assert answer["code"] in (1, 2, 3)


def test_somebody_elses_order_is_no_order(platform: RunningPlatform, day: date) -> None:
    order_id = Buyer(platform, "czq").order(BADMINTON, day, 19)["data"]
    other = Buyer(platform, "sty")
    assert other.one(order_id) == {"code": 500, "msg": "订单不存在"}
    assert other.cancel(order_id)["code"] == 500
    assert other.post("/venue/personal/orderImmediatelyPC", orderId=order_id).json()["code"] == 500
    assert other.orders()["records"] == []
    assert state_of(platform, order_id) == 0


def test_a_paid_order_is_used_when_its_last_hour_is_over(platform: RunningPlatform, day: date) -> None:
    buyer = Buyer(platform, "czq")
    order_id = buyer.order(BADMINTON, day, 19)["data"]
    assert platform.control.pay(order_id)
    platform.clock.set(platform.clock.at(19, 59) + timedelta(days=2))
    assert buyer.states() == {order_id: 1}
    platform.clock.advance(minutes=1)
    assert buyer.states() == {order_id: 7}


def test_the_order_list_is_a_bare_page_newest_first_with_numbers_of_both_kinds(
    platform: RunningPlatform, day: date
) -> None:
    platform.control.set_habits(conflict="none")
    buyer = Buyer(platform, "czq")
    ids = [buyer.order(BADMINTON, day, hour)["data"] for hour in range(8, 20)]
    first, second = buyer.orders(1, 10), buyer.orders(2, 10)
    assert "code" not in first
    assert (first["total"], first["size"], first["current"], int(first["pages"])) == (12, 10, 1, 2)
    records = first["records"] + second["records"]
    assert [record["pOrderid"] for record in records] == ids[::-1]
    assert {type(record["orderstateid"]) for record in records} == {int, str}
    assert {type(record["countprice"]) for record in records} == {int, str}
    assert records[0]["ordercreatement"].startswith(shanghai_text(platform.clock.now())[:16])
    assert records[0]["orderpaytime"] is None


# Nobody there


@pytest.mark.parametrize("disguise", list(Disguise))
def test_all_that_is_personal_is_closed_to_nobody(disguise: Disguise) -> None:
    with running_platform(habits=Habits(logged_out=disguise)) as platform:
        buyer = Buyer(platform)
        answers = [
            buyer.confirm(b"x"),
            buyer.get("/venue/personal/personalOrderlist?pageNo=1&pageSize=10"),
            buyer.get("/venue/personal/queryOrder?orderId=1"),
            buyer.post("/venue/personal/orderImmediatelyPC", orderId="1"),
            buyer.post("/venue/personal/checkRule"),
            buyer.post("/tRefundReceipt/tRefundReceipt/createUserReceipt", orderId="1", type="2"),
        ]
    for answer in answers:
        match disguise:
            case Disguise.CODE:
                assert answer.json() == {"code": 401, "msg": "登录超时"}
            case Disguise.REDIRECT:
                assert answer.status == 302
                assert answer.headers["Location"].startswith(f"{platform.jaccount_url}/oauth2/authorize?")
            case Disguise.PAGE:
                assert "<title>登录</title>" in answer.text


def test_notices_and_gates_answer_plausibly(platform: RunningPlatform) -> None:
    buyer = Buyer(platform, "czq")
    for path in ("/venue/moreSetting/getOne", "/venue/personal/checkRule", "/rule/getBreakRule"):
        assert buyer.post(path).json()["code"] == 0
    notice = buyer.post("/venue/notice/newStadiumNotice?id=%3Cb%3E").json()
    assert "<b>" not in notice["data"]["content"]
    assert buyer.post("/manage/motionType/typeList").json()["rows"]
    campuses = {row["campusName"] for row in buyer.post("/manage/campus/list").json()["rows"]}
    assert campuses == {"闵行校区", "徐汇校区", "张江校区"}
