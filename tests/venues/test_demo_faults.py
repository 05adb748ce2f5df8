"""The fault menu of the simulated platform, and the ledger that tells afterwards what was really done."""

import json
import time
from collections.abc import Iterator
from datetime import date, timedelta
from http.client import IncompleteRead, RemoteDisconnected

import pytest
from demo_site import BADMINTON, Buyer, RunningPlatform, rule, running_platform, verdicts
from venue_servers import until

from jobs.venues.demo.control import Control, ControlError

CONFIRM = "ConfirmOrder"
USER = "/system/user/currentUser"


@pytest.fixture
def platform() -> Iterator[RunningPlatform]:
    with running_platform() as platform:
        yield platform


@pytest.fixture
def day(platform: RunningPlatform) -> date:
    return platform.clock.today() + timedelta(days=2)


def sold(platform: RunningPlatform) -> int:
    return len(platform.control.ledger())


def test_a_fault_is_played_on_its_endpoint_alone(platform: RunningPlatform, day: date) -> None:
    buyer = Buyer(platform, "czq")
    platform.control.set_faults([rule(CONFIRM, "5xx", status=502)])
    assert buyer.send(buyer.payload(BADMINTON, day, 19)).status == 502
    assert buyer.orders()["total"] == 0
    assert verdicts(platform, CONFIRM) == ["fault: 5xx"]


def test_a_rule_strikes_so_often_after_so_many_and_only_its_user(platform: RunningPlatform) -> None:
    buyer, other = Buyer(platform, "czq"), Buyer(platform, "sty")
    platform.control.set_faults([rule(USER, "5xx", after=1, times=2, user="czq")])
    assert [buyer.get(USER).status for _ in range(5)] == [200, 503, 503, 200, 200]
    assert other.get(USER).status == 200


def test_chances_are_drawn_alike_from_one_seed(platform: RunningPlatform) -> None:
    buyer = Buyer(platform)

    def drawn(seed: int) -> list[int]:
        platform.control.set_faults([rule("*", "5xx", chance=0.5)], seed)
        return [buyer.get(USER).status for _ in range(30)]

    first = drawn(1)
    assert set(first) == {200, 503}
    assert drawn(1) == first
    assert drawn(2) != first


def test_too_many_requests_may_say_when_to_come_back(platform: RunningPlatform) -> None:
    buyer = Buyer(platform)
    platform.control.set_faults([rule(USER, "429", times=1, retry_after="7"), rule(USER, "429")])
    first, second = buyer.get(USER), buyer.get(USER)
    assert (first.status, first.headers["Retry-After"]) == (429, "7")
    assert (second.status, second.headers["Retry-After"]) == (429, None)


def test_a_page_or_a_redirect_may_come_instead(platform: RunningPlatform) -> None:
    buyer = Buyer(platform, "czq")
    platform.control.set_faults([rule(USER, "html", times=1), rule(USER, "login")])
    assert "系统维护" in buyer.get(USER).text
    answer = buyer.get(USER)
    assert answer.status == 302
    assert "/oauth2/authorize" in answer.headers["Location"]


def test_an_answer_may_be_any_words(platform: RunningPlatform, day: date) -> None:
    buyer = Buyer(platform, "czq")
    platform.control.set_faults([rule(CONFIRM, "says", code=500, msg="已被预订")])
    assert buyer.order(BADMINTON, day, 19) == {"code": 500, "msg": "已被预订"}
    assert sold(platform) == 0


def test_a_slow_answer_is_the_right_one(platform: RunningPlatform) -> None:
    buyer = Buyer(platform, "czq")
    platform.control.set_faults([rule(USER, "slow", seconds=0.2)])
    began = time.monotonic()
    assert buyer.user_id() == "demo-czq"
    assert time.monotonic() - began >= 0.2


def test_json_may_be_truncated_though_the_answer_is_whole(platform: RunningPlatform, day: date) -> None:
    buyer = Buyer(platform, "czq")
    platform.control.set_faults([rule(CONFIRM, "truncated")])
    answer = buyer.send(buyer.payload(BADMINTON, day, 19))
    assert answer.status == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert sold(platform) == 1
    assert verdicts(platform, CONFIRM) == ["fault: truncated, ok"]


def test_a_connection_may_end_in_the_middle_of_the_answer(platform: RunningPlatform) -> None:
    platform.control.set_faults([rule(USER, "cut")])
    with pytest.raises(IncompleteRead):
        Buyer(platform).get(USER)


def test_a_connection_may_be_reset_before_anything_was_done(platform: RunningPlatform, day: date) -> None:
    buyer = Buyer(platform, "czq")
    platform.control.set_faults([rule(CONFIRM, "reset")])
    with pytest.raises((ConnectionResetError, RemoteDisconnected)):
        buyer.order(BADMINTON, day, 19)
    assert sold(platform) == 0


def test_a_request_may_hang_with_nothing_done(platform: RunningPlatform, day: date) -> None:
    buyer = Buyer(platform, "czq")
    payload = buyer.payload(BADMINTON, day, 19)
    platform.control.set_faults([rule(CONFIRM, "hang")])
    buyer.timeout_seconds = 0.2
    with pytest.raises(TimeoutError):
        buyer.send(payload)
    until(lambda: verdicts(platform, CONFIRM) == ["fault: hang"], "the platform has seen that nobody waits")
    assert sold(platform) == 0


def test_a_hang_may_end_by_itself(platform: RunningPlatform) -> None:
    platform.control.set_faults([rule(USER, "hang", seconds=0.1)])
    with pytest.raises((ConnectionResetError, RemoteDisconnected)):
        Buyer(platform).get(USER)


@pytest.mark.parametrize("fault", ["booked_reset", "booked_timed_out"])
def test_an_order_may_be_made_though_nobody_is_told(platform: RunningPlatform, day: date, fault: str) -> None:
    buyer = Buyer(platform, "czq")
    payload = buyer.payload(BADMINTON, day, 19)
    platform.control.set_faults([rule(CONFIRM, fault)])
    buyer.timeout_seconds = 0.3 if fault == "booked_timed_out" else 20
    with pytest.raises((ConnectionResetError, RemoteDisconnected, TimeoutError)):
        buyer.send(payload)
    buyer.timeout_seconds = 20
    assert list(buyer.states().values()) == [0]
    until(lambda: verdicts(platform, CONFIRM) == [f"fault: {fault}, ok"], "the ledger says so")


def test_an_order_may_be_made_though_the_answer_is_an_error(platform: RunningPlatform, day: date) -> None:
    buyer = Buyer(platform, "czq")
    platform.control.set_faults([rule(CONFIRM, "booked_5xx", status=504)])
    assert buyer.send(buyer.payload(BADMINTON, day, 19)).status == 504
    assert list(buyer.states().values()) == [0]
    assert verdicts(platform, CONFIRM) == ["fault: booked_5xx, ok"]


def test_an_order_may_appear_after_everybody_has_gone(platform: RunningPlatform, day: date) -> None:
    buyer = Buyer(platform, "czq")
    payload = buyer.payload(BADMINTON, day, 19)
    platform.control.set_faults([rule(CONFIRM, "booked_late", seconds=0.4)])
    buyer.timeout_seconds = 0.1
    with pytest.raises(TimeoutError):
        buyer.send(payload)
    buyer.timeout_seconds = 20
    assert buyer.states() == {}
    until(lambda: list(buyer.states().values()) == [0], "the order is there after all")


def test_success_may_be_said_without_an_order(platform: RunningPlatform, day: date) -> None:
    buyer = Buyer(platform, "czq")
    platform.control.set_faults([rule(CONFIRM, "phantom")])
    answer = buyer.order(BADMINTON, day, 19)
    assert answer["code"] == 0
    assert len(answer["data"]) == 18
    assert sold(platform) == 0
    assert buyer.one(answer["data"])["code"] == 500


def test_the_login_site_fails_by_the_same_rules(platform: RunningPlatform) -> None:
    buyer = Buyer(platform)
    platform.control.set_faults([rule("/jaccount/ulogin", "5xx", times=1)])
    buyer.name = "czq"
    context = buyer.open_login()
    buyer.picture(context)
    assert buyer.submit(context, "x").status == 503
    buyer.log_in()
    assert buyer.user_id() == "demo-czq"


def test_every_request_is_written_down_with_who_and_what_became_of_it(platform: RunningPlatform, day: date) -> None:
    buyer = Buyer(platform, "czq")
    buyer.get("/venue/personal/personalOrderlist?pageNo=1&pageSize=10")
    Buyer(platform).get("/venue/personal/personalOrderlist")
    buyer.get("/nowhere")
    asked = [(one["method"], one["path"], one["user"], one["status"], one["verdict"]) for one in written(platform)[-3:]]
    assert asked == [
        ("GET", "/venue/personal/personalOrderlist", "czq", 200, "ok"),
        ("GET", "/venue/personal/personalOrderlist", "", 200, "登录超时"),
        ("GET", "/nowhere", "czq", 404, "HTTP 404"),
    ]
    moments = [one["monotonic"] for one in written(platform)]
    assert moments == sorted(moments)
    assert abs(written(platform)[-1]["at"] - platform.clock.now().timestamp()) < 60


def written(platform: RunningPlatform) -> list[dict[str, object]]:
    return platform.control.requests()


def test_no_secret_is_written_down(platform: RunningPlatform) -> None:
    buyer = Buyer(platform, "czq")
    kept = json.dumps([written(platform), platform.control.ledger()])
    assert all(value not in kept for value in buyer.cookies.values())
    assert "demo" not in {word for one in written(platform) for word in str(one["path"]).split("/")}


def test_control_wants_its_key(platform: RunningPlatform) -> None:
    for key in ("", "x", "钥"):
        with pytest.raises((ControlError, UnicodeEncodeError)):
            Control.at(platform.url, key).ledger()
    answer = Buyer(platform).post("/_demo/pay", order_id="1")
    assert answer.status == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "*", "fault": "fire"},
        {"endpoint": "*"},
        {"endpoint": "*", "fault": "5xx", "chance": 2},
        {"endpoint": "*", "fault": "5xx", "often": 2},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(platform: RunningPlatform, wrong: dict[str, object]) -> None:
    with pytest.raises(ControlError, match="400"):
        platform.control.set_faults([wrong])


@pytest.mark.parametrize("wrong", [{"colour": "red"}, {"conflict": "week"}, {"unpaid_seconds": 0}, {"rival_chance": 2}])
def test_a_setting_that_makes_no_sense_is_refused_and_changes_nothing(
    platform: RunningPlatform, wrong: dict[str, object]
) -> None:
    before = platform.control.status()["habits"]
    with pytest.raises(ControlError, match="400"):
        platform.control.set_habits(**wrong)
    assert platform.control.status()["habits"] == before
