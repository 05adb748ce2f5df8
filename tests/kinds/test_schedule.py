"""A schedule takes the best free slot at its instant, and asks again where the platform wants a moment."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from kind_site import NOW, Counter, HandAim, Platform, Release, Site, booking, everybody_gets_one, nobody_gets_any, slot

from jobs.kinds.schedule import SCHEDULE
from jobs.models.errors import Refusal
from jobs.ports.desk import Bought
from jobs.ports.provider import NotLoggedIn, RateLimited, VenueError, VenueUnreachable

UNREACHABLE = VenueUnreachable("场馆平台没有回应", retry_after_seconds=5)


def book(
    *answers: Any,
    waits: int = 9,
    hours: tuple[int, ...] = (19, 18),
    aim: Any = None,
    desk: Counter | None = None,
    **target: Any,
) -> Site:
    config = {"target": {"preset": 13, **target}, "schedule": {"hour": 12, "preferred_hours": hours}}
    return Site(SCHEDULE, config, Platform(*answers), waits=waits, aim=aim, desk=desk)


REHEARSED = "（没有账号，没有下单；私聊我 !账号 添加 昵称 学号 密码）"


def test_the_slot_of_the_preferred_hour_is_taken() -> None:
    site = book([slot(18), slot(19, "2号场"), slot(20)])
    outcome = site.work()
    assert (outcome.done, outcome.sentence) == (True, f"会预订 11-22 19:00 2号场 ¥30.00{REHEARSED}")
    assert [(type, data["hour"]) for type, data in site.book.events] == [("booking.rehearsed", 19)]


def test_only_the_day_asked_for_is_looked_at() -> None:
    outcome = book([slot(19), slot(18, days_ahead=1)], date_offset=1).work()
    assert "11-23 18:00" in outcome.sentence


def test_without_a_free_slot_that_fits_the_run_says_so() -> None:
    site = book([slot(7), slot(20)])
    outcome = site.work()
    assert (outcome.done, outcome.sentence) == (False, "南洋北苑健身房·健身房 没有符合条件的空场")
    assert site.book.events == []


def test_the_hours_of_an_original_configuration_are_understood() -> None:
    config = {"target": {"start_hour": 20}, "schedule": {"hour": 12, "preset": 13}}
    assert "20:00" in Site(SCHEDULE, config, Platform([slot(19), slot(20)])).work().sentence


def test_a_venue_that_does_not_exist_is_said() -> None:
    with pytest.raises(Refusal, match="场馆不存在"):
        book([], preset=99).work()


def test_a_platform_that_needs_a_moment_is_asked_again_after_it() -> None:
    site = book(UNREACHABLE, UNREACHABLE, [slot(19)])
    assert site.work().done
    assert site.stopping.waited == [5, 5]


@pytest.mark.parametrize(
    ("error", "looks"),
    [
        (UNREACHABLE, 3),
        (NotLoggedIn("登录失效"), 1),
        (RateLimited("预订平台要求放慢查询", retry_after_seconds=60), 1),
    ],
)
def test_an_error_that_does_not_pass_in_a_moment_ends_the_run(error: VenueError, looks: int) -> None:
    site = book(error)
    with pytest.raises(type(error)):
        site.work()
    assert site.platform.looks == looks


def test_a_stop_while_waiting_ends_the_run_without_another_look() -> None:
    site = book(UNREACHABLE, [slot(19)], waits=1)
    with pytest.raises(VenueUnreachable):
        site.work()
    assert (site.platform.looks, site.book.events) == (1, [])


@pytest.mark.parametrize("stored", [{}, {"target": {}, "schedule": {}}])
def test_any_stored_configuration_can_be_described(stored: dict[str, Any]) -> None:
    assert SCHEDULE.describe(stored, Platform.presets) == "配置无法辨认"


def test_an_armed_run_says_when_it_will_strike_and_how_the_clocks_stand() -> None:
    aim = HandAim(NOW + timedelta(seconds=40))
    site = book([slot(19)], aim=aim)
    outcome = site.work()
    assert site.book.said == ["准备中，12:00:40 出手", "已就位，12:00:40 出手（对方时钟快 0.3 秒 ±5 毫秒）"]
    assert site.book.promised == [aim.instant, aim.instant], "or it would be taken for one that hangs"
    assert outcome.done
    assert outcome.sentence.endswith("（迟 0.4 毫秒）")
    assert site.book.late == [0.0004]
    assert aim.is_over
    assert [type for type, _ in site.book.events] == ["occurrence.fired", "booking.rehearsed"]


def test_what_an_armed_run_looks_at_after_its_instant_it_looks_at_in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many are armed for one instant: the second question of each must not queue up behind monitors."""
    site = book([slot(19)], aim=HandAim(NOW + timedelta(seconds=40)))
    hurried: list[bool] = []
    slots = site.platform.slots

    def slots_seen(*asked: Any) -> Any:
        hurried.append(site.budget.is_hurrying)
        return slots(*asked)

    monkeypatch.setattr(site.platform, "slots", slots_seen)
    assert site.work().done
    assert set(hurried) == {True}
    assert not site.budget.is_hurrying


def test_an_armed_run_that_is_asked_to_leave_has_done_nothing() -> None:
    site = book([slot(19)], aim=HandAim(NOW, late=None))
    assert not site.work().done
    assert (site.platform.looks, site.book.late, site.book.events) == (0, [], [])


def test_the_day_is_counted_from_the_instant_even_where_our_clock_has_not_reached_it() -> None:
    """The platform's clock may be ahead: there it is midnight already."""
    midnight = datetime(2026, 11, 22, 16, tzinfo=UTC)
    outcome = book([slot(19), slot(18, days_ahead=1)], date_offset=0, aim=HandAim(midnight)).work()
    assert "11-23 18:00" in outcome.sentence


def test_the_lateness_is_told_also_when_the_platform_does_not_answer() -> None:
    site = book(NotLoggedIn("登录失效"), aim=HandAim(NOW))
    with pytest.raises(NotLoggedIn):
        site.work()
    assert site.book.late == [0.0004]


def test_after_the_first_question_the_next_ones_are_asked_as_ever() -> None:
    site = book(UNREACHABLE, [slot(19)], aim=HandAim(NOW))
    assert site.work().done
    assert site.platform.looks == 2


def test_every_account_gets_a_court_of_its_own() -> None:
    desk = Counter("czq", "sty")
    site = book([slot(18), slot(19, "2号场"), slot(20)], desk=desk)
    outcome = site.work()
    assert outcome.done
    assert outcome.sentence == "订到：czq 11-22 19:00 2号场 ¥30.00；sty 11-22 18:00 1号场 ¥30.00"
    assert desk.offered == [[slot(19, "2号场").key, slot(18).key]]


def test_some_got_is_done_and_the_rest_is_said_with_it() -> None:
    outcome = book([slot(19)], desk=Counter("czq", "sty", missing=["abc"])).work()
    assert outcome.done
    assert outcome.sentence == "订到：czq 11-22 19:00 1号场 ¥30.00；没订到：sty（没有抢到）；没有账号 abc"


def test_nothing_got_has_failed_with_the_reason_of_each() -> None:
    desk = Counter("czq", purchases=[nobody_gets_any(NotLoggedIn("登录失效"))])
    outcome = book([slot(19)], desk=desk).work()
    assert (outcome.done, outcome.sentence) == (False, "czq（登录失效）")


def test_what_an_earlier_instant_got_for_the_same_day_is_enough() -> None:
    desk = Counter("czq")
    desk.held = [booking("czq", slot(19, days_ahead=1))]
    site = book([slot(18, days_ahead=1)], desk=desk, date_offset=1)
    assert site.work().done
    assert site.platform.looks == 0


def test_what_an_earlier_instant_got_for_another_day_does_not_count() -> None:
    desk = Counter("czq", purchases=[lambda desk, offers: [one_for(desk, offers)]])
    desk.held = [booking("czq", slot(19))]
    assert "11-23" in book([slot(18, days_ahead=1)], desk=desk, date_offset=1).work().sentence


def one_for(desk: Counter, offers: Any) -> Bought:
    return Bought(account=desk.accounts[0], bookings=(booking("czq", offers[0].slots[0]),))


def test_before_the_instant_sessions_are_looked_at_and_the_orders_connections_warmed() -> None:
    desk = Counter("czq")
    outcome = book([slot(19)], aim=HandAim(NOW + timedelta(seconds=40)), desk=desk).work()
    assert (desk.readied, desk.warmed) == (1, [pytest.approx(1.0), pytest.approx(0.1)])
    assert outcome.sentence == "订到：czq 11-22 19:00 1号场 ¥30.00（迟 0.4 毫秒）"


@pytest.mark.parametrize(
    ("seconds", "left"), [(0.0, {"warm": [1.0], "mend": [0.1]}), (0.04, {"warm": [0.96], "mend": [0.06]}), (2.0, {})]
)
def test_the_question_and_the_orders_have_one_deadline_also_where_no_request_is_welcome(
    seconds: float, left: dict[str, list[float]]
) -> None:
    for how in ("warm", "mend"):
        desk = Counter("czq")
        aim = HandAim(NOW + timedelta(seconds=40), ways=(how,))
        site = book([slot(19)], aim=aim, desk=desk)
        site.platform.connect_seconds = seconds
        site.work()
        assert desk.warmed == [pytest.approx(one) for one in left.get(how, [])]


def test_right_before_the_instant_nothing_is_looked_at_any_more() -> None:
    desk = Counter("czq")
    book([slot(19)], aim=HandAim(NOW + timedelta(seconds=10)), desk=desk).work()
    assert desk.readied == 0


def test_the_instant_is_reported_after_the_order() -> None:
    desk = Counter("czq")
    site = book([slot(19)], aim=HandAim(NOW), desk=desk)

    def purchase(desk: Counter, offers: Any) -> list[Bought]:
        assert site.book.late == []
        return everybody_gets_one(desk, offers)

    desk.purchases = [purchase]
    assert site.work().done
    assert site.book.late == [0.0004]


def test_at_the_release_of_its_day_a_schedule_races_until_the_courts_appear() -> None:
    """NOW is noon: the day seven days ahead opens."""
    desk = Counter("czq")
    config = {"target": {"preset": 13, "date_offset": 7}, "schedule": {"hour": 12, "preferred_hours": [19]}}
    platform = Release([slot(19, days_ahead=7)], listed_after=0.3, opens_after=1)
    site = Site(SCHEDULE, config, platform, waits=99, aim=HandAim(NOW), desk=desk)
    outcome = site.work()
    assert outcome.sentence == "订到：czq 11-29 19:00 1号场 ¥30.00（迟 0.4 毫秒）"
    assert [type for type, _ in site.book.events] == ["occurrence.fired", "race.ended"]


def test_without_an_account_nobody_races_at_the_release() -> None:
    config = {"target": {"preset": 13, "date_offset": 7}, "schedule": {"hour": 12, "preferred_hours": [19]}}
    site = Site(SCHEDULE, config, Release([slot(19, days_ahead=7)], opens_after=1), waits=99, aim=HandAim(NOW))
    assert not site.work().done
    assert site.platform.looks == 1


def test_hours_in_a_row_and_courts_are_wished_for() -> None:
    config = {
        "target": {"preset": 13, "duration_hours": 2},
        "schedule": {"hour": 12, "preferred_hours": [19, 18], "courts": ["2"]},
        "accounts": ["czq"],
    }
    free = [slot(18, "2号场"), slot(19, "2号场"), slot(19), slot(20)]
    site = Site(SCHEDULE, config, Platform(free), desk=Counter("czq"))
    assert site.work().sentence == "订到：czq 11-22 18:00-20:00 2号场 ¥30.00"
    words = SCHEDULE.describe(config, Platform.presets)
    assert words == "预设13 南洋北苑健身房·健身房 · 19,18点 · 连订2小时 · 场地 2 · 账号 czq"
