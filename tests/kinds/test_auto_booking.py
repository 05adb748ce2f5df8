"""A race for a day: rehearsed before, fired at the instant, and over when everybody has an order or nothing is left."""

from datetime import timedelta
from typing import Any

import pytest
from kind_site import (
    FAST,
    LOCKED,
    NOW,
    Allowance,
    Counter,
    HandAim,
    Notebook,
    Platform,
    Release,
    Site,
    booking,
    everybody_gets_one,
    nobody_gets_any,
    slot,
)
from msgspec.structs import replace

from jobs.kinds.auto_booking import AUTO_BOOKING
from jobs.kinds.racing import RHYTHM
from jobs.models.bookings import BookingState
from jobs.models.errors import Refusal
from jobs.models.slots import bookings_words
from jobs.ports.desk import Bought
from jobs.ports.provider import (
    HasOrder,
    NotLoggedIn,
    RateLimited,
    SlotGone,
    UnexpectedAnswer,
    VenueError,
    VenueUnreachable,
)

UNREACHABLE = VenueUnreachable("场馆平台没有回应", retry_after_seconds=5)


def wished(hour: int, court: str = "1号场") -> Any:
    return slot(hour, court, days_ahead=7)


def config(hours: tuple[int, ...] = (19, 18), courts: tuple[str, ...] = (), **target: Any) -> dict[str, Any]:
    return {
        "target": {"preset": 13, "date": "2026-11-29", **target},
        "plan": {"preferred_hours": hours, "courts": courts},
        "accounts": ["czq"],
    }


def race(
    platform: Platform,
    desk: Counter,
    *,
    minutes_before: float | None = None,
    late: float | None = 0.0004,
    waits: int = 999,
    book: Notebook | None = None,
    comparison: Any = FAST,
    **wishes: Any,
) -> Site:
    """`minutes_before` the instant the run begins; None: without an instant, at NOW."""
    aim = None if minutes_before is None else HandAim(NOW, late, comparison)
    began_at = NOW - timedelta(minutes=minutes_before or 0)
    asked = config(**wishes)
    site = Site(AUTO_BOOKING, asked, platform, waits=waits, desk=desk, aim=aim, began_at=began_at, book=book)
    if aim is not None:
        aim.clock = site.clock
    return site


def rehearsals(site: Site) -> list[tuple[int, bool]]:
    return [(data["minutes"], data["goes"]) for _, _, data in site.book.notices]


def steps(site: Site) -> list[str]:
    (ended,) = [data for type, data in site.book.events if type == "race.ended"]
    return [step["what"] for step in ended["steps"]]


def test_it_rehearses_twice_then_fires_and_everybody_gets_an_order() -> None:
    desk = Counter("czq", "sty")
    site = race(Release([wished(18), wished(19)]), desk, minutes_before=11)
    outcome = site.work()
    assert outcome.done
    assert outcome.sentence == "订到：czq 11-29 19:00 1号场 ¥30.00；sty 11-29 18:00 1号场 ¥30.00（迟 0.4 毫秒）"
    assert rehearsals(site) == [(10, True), (1, True)]
    assert desk.readied == 2
    assert steps(site) == ["seen", "buys", "bought", "bought", "end"]
    assert site.book.late == [0.0004]


def test_a_rehearsal_says_what_was_looked_at() -> None:
    site = race(Release([wished(19)]), Counter("czq"), minutes_before=11)
    site.work()
    first, last = [data["lines"] for _, _, data in site.book.notices]
    assert first == ["czq 已登录", "对时：对方时钟快 0.3 秒 ±5 毫秒"]
    assert last == first
    assert len({key for _, key, _ in site.book.notices}) == 2


def test_what_is_in_the_way_of_an_order_is_a_no_go_too() -> None:
    desk = Counter("czq")
    desk.in_the_way = ["czq 已有订单"]
    site = race(Release([wished(19)]), desk, minutes_before=11)
    assert site.work().done
    assert rehearsals(site) == [(10, False), (1, False)]
    assert site.book.notices[0][2]["lines"][:2] == ["czq 已登录", "⚠️ 11-29 czq 已有订单"]


def test_what_is_not_well_is_a_no_go_and_it_races_all_the_same() -> None:
    desk = Counter("czq", "sty", missing=["abc"])
    desk.ready = {"sty": NotLoggedIn("登录失效")}
    site = race(Release([wished(19)]), desk, minutes_before=11)
    site.budget = Allowance(left=3)
    site.book.has_arrived = False
    outcome = site.work()
    assert rehearsals(site) == [(10, False), (1, False)]
    assert site.book.notices[1][2]["lines"] == [
        "⚠️ 没有账号 abc",
        "czq 已登录",
        "⚠️ sty 登录失效",
        "对时：对方时钟快 0.3 秒 ±5 毫秒",
        "⚠️ 向平台的请求快用完了：现在只能连发 3 次，少开几个监控",
        "⚠️ 上一条消息还没有送到，结果可能要等机器人连上才看得到",
    ]
    assert outcome.done


def test_without_a_comparison_of_clocks_it_is_a_no_go() -> None:
    site = race(Release([wished(19)]), Counter("czq"), minutes_before=11, comparison=None)
    site.work()
    assert rehearsals(site) == [(10, False), (1, False)]


@pytest.mark.parametrize(
    ("minutes_before", "told"),
    [(11, [10, 1]), (10, [10, 1]), (5, [5, 1]), (2, [2, 1]), (1.5, [1]), (1, [1]), (0.8, [1]), (0.5, []), (0, [])],
)
def test_who_begins_late_rehearses_at_once_what_there_is_time_for(minutes_before: float, told: list[int]) -> None:
    site = race(Release([wished(19)]), Counter("czq"), minutes_before=minutes_before)
    assert site.work().done
    assert [minutes for minutes, _ in rehearsals(site)] == told


def test_a_platform_whose_clock_is_ahead_releases_sooner_and_so_the_last_minute_begins_sooner() -> None:
    ahead = replace(FAST, offset_seconds=40.0)
    site = race(Release([wished(19)]), Counter("czq"), minutes_before=11, comparison=ahead)
    told: list[float] = []
    tell = site.book.tell

    def noted(topic: str, key: str, **data: Any) -> None:
        told.append((NOW - site.clock.at).total_seconds())
        tell(topic, key, **data)

    site.book.tell = noted
    site.work()
    assert told == [600, 100]


def test_no_look_at_a_login_is_begun_in_the_last_seconds_and_those_that_were_not_looked_at_are_named() -> None:
    desk = Counter("czq", "sty", "abc", "xyz", "uvw")
    site = race(Release([wished(19)]), desk, minutes_before=11)
    desk.clock, desk.slow_seconds = site.clock, 12.0
    site.work()
    assert len(desk.looked_at) == 5 + 3, "the last one was begun 36 s before"
    assert rehearsals(site) == [(10, True), (1, False)]
    last = site.book.notices[-1][2]["lines"]
    assert [line for line in last if "没有检查" in line] == ["⚠️ xyz 没有检查", "⚠️ uvw 没有检查"]


def test_a_platform_whose_clock_is_ahead_leaves_less_time_for_logins() -> None:
    desk = Counter("czq", "sty")
    ahead = replace(FAST, offset_seconds=40.0)
    site = race(Release([wished(19)]), desk, minutes_before=11, comparison=ahead)
    desk.clock, desk.slow_seconds = site.clock, 36.0
    site.work()
    assert len(desk.looked_at) == 3, "of the second look one account was left: 64 s before, by the platform 24"


def test_a_store_that_cannot_be_had_keeps_nobody_from_the_race() -> None:
    book = Notebook()
    book.troubles = [LOCKED, LOCKED]
    site = race(Release([wished(19)]), Counter("czq"), minutes_before=11, book=book)
    assert site.work().done
    assert book.notices == []


@pytest.mark.parametrize("waits", [1, 2, 3])
def test_asked_to_leave_before_the_instant_it_leaves_without_a_shot(waits: int) -> None:
    site = race(Release([wished(19)]), Counter("czq"), minutes_before=30, waits=waits)
    outcome = site.work()
    assert (outcome.done, outcome.sentence) == (False, "被要求退出")
    assert (site.platform.looks, site.book.late) == (0, [])


def test_asked_to_leave_while_it_waits_for_the_shot_it_has_done_nothing() -> None:
    site = race(Release([wished(19)]), Counter("czq"), minutes_before=11, late=None)
    assert site.work().sentence == "被要求退出"
    assert site.book.late == []


def test_asked_to_leave_in_the_race_it_says_what_it_has() -> None:
    site = race(Release([], listed_after=60), Counter("czq"), minutes_before=0, waits=5)
    outcome = site.work()
    assert not outcome.done
    assert outcome.sentence.startswith("被要求退出")
    assert site.book.late == [0.0004], "that it fired is reported all the same"


def test_the_day_that_is_not_listed_yet_and_courts_that_are_not_open_yet_are_waited_for_in_a_tight_rhythm() -> None:
    platform = Release([wished(19)], listed_after=0.6, opens_after=1.5)
    site = race(platform, Counter("czq"), minutes_before=0)
    assert site.work().done
    assert {*site.stopping.waited} == {0.25}
    assert steps(site) == ["absent", "nothing", "seen", "buys", "bought", "end"]
    assert (platform.looks, platform.slot_looks) == (4, 4), "a day that is known is not asked for again"


def test_the_rhythm_slows_down_and_the_race_ends_after_two_minutes_within_the_budget() -> None:
    platform = Release([], listed_after=9e9)
    site = race(platform, Counter("czq"), minutes_before=0)
    outcome = site.work()
    assert (outcome.done, outcome.sentence) == (False, "120秒里没有看到 11-29 有空场（迟 0.4 毫秒）")
    assert site.stopping.waited == sorted(site.stopping.waited)
    assert platform.looks <= 60
    assert (site.clock.at - NOW).total_seconds() == pytest.approx(RHYTHM[-1][0], abs=5)


def test_a_run_that_goes_on_gives_signs_of_life() -> None:
    site = race(Release([], listed_after=9e9), Counter("czq"), minutes_before=0)
    site.work()
    assert len([said for said in site.book.said if said.startswith("正在抢 11-29 的场")]) > 10


def test_when_all_that_is_wished_is_gone_it_is_said_to_be_full() -> None:
    platform = Release([wished(10), wished(19)], full_after=2)
    desk = Counter("czq", purchases=[nobody_gets_any(SlotGone("已被预订"))])
    outcome = race(platform, desk, minutes_before=0).work()
    assert not outcome.done
    assert outcome.sentence == "czq（已被预订）；11-29 19,18点的场满了（迟 0.4 毫秒）"


def test_only_other_hours_are_free_so_nothing_wished_is_left() -> None:
    site = race(Release([wished(10)]), Counter("czq"), minutes_before=0)
    assert site.work().sentence.startswith("11-29 19,18点的场满了")
    assert len(site.stopping.waited) == 2


def test_who_lost_gets_the_next_best_that_appears() -> None:
    desk = Counter("czq", purchases=[nobody_gets_any(SlotGone("已被预订")), everybody_gets_one])
    outcome = race(Release([wished(18), wished(19)]), desk, minutes_before=0).work()
    assert outcome.done
    assert len(desk.offered) == 2


def test_what_is_listed_as_free_for_ever_and_never_is_ends_the_race() -> None:
    desk = Counter("czq", purchases=[nobody_gets_any(SlotGone("已被预订"))])
    outcome = race(Release([wished(19)]), desk, minutes_before=0).work()
    assert not outcome.done
    assert len(desk.offered) == 8


def test_some_got_is_success_said_precisely() -> None:
    outcome = race(Release([wished(19)], full_after=1), Counter("czq", "sty"), minutes_before=0).work()
    assert outcome.done
    assert outcome.sentence == (
        "订到：czq 11-29 19:00 1号场 ¥30.00；没订到：sty（没有抢到）；11-29 19,18点的场满了（迟 0.4 毫秒）"
    )


@pytest.mark.parametrize("error", [HasOrder("已有个人预约"), NotLoggedIn("登录失效")])
def test_what_no_further_try_can_mend_ends_the_race(error: VenueError) -> None:
    desk = Counter("czq", purchases=[nobody_gets_any(error)])
    outcome = race(Release([wished(19)]), desk, minutes_before=0).work()
    assert (outcome.done, outcome.sentence) == (False, f"czq（{error.sentence}）（迟 0.4 毫秒）")
    assert len(desk.offered) == 1


def test_an_unknown_outcome_is_never_tried_again() -> None:
    desk = Counter("czq", purchases=[nobody_gets_any(uncertain=True)])
    site = race(Release([wished(19)]), desk, minutes_before=0)
    outcome = site.work()
    assert (outcome.done, len(desk.offered)) == (False, 1)
    assert site.book.events[-1][1]["how"] == "uncertain"
    assert outcome.sentence == "czq（结果还不确定，正在查订单）（迟 0.4 毫秒）"


def test_one_that_is_uncertain_keeps_nobody_else_from_going_on() -> None:
    def half(desk: Counter, offers: Any) -> list[Bought]:
        first, second = desk.accounts
        return [
            Bought(account=first, is_uncertain=True),
            Bought(account=second, error=SlotGone("已被预订"), sentence="已被预订"),
        ]

    def rest(desk: Counter, offers: Any) -> list[Bought]:
        first, second = desk.accounts
        return [
            Bought(account=first, is_uncertain=True),
            Bought(account=second, bookings=(booking("sty", offers[0].slots[0]),)),
        ]

    outcome = race(Release([wished(19)]), Counter("czq", "sty", purchases=[half, rest]), minutes_before=0).work()
    assert outcome.done
    assert outcome.sentence.startswith("订到：sty 11-29 19:00 1号场 ¥30.00；没订到：czq（结果还不确定")


def test_a_platform_in_distress_is_asked_again() -> None:
    troubles = [UNREACHABLE, UnexpectedAnswer("平台的回答看不懂"), UNREACHABLE, None, UNREACHABLE]
    site = race(Release([wished(19)], troubles=troubles), Counter("czq"), minutes_before=0)
    assert site.work().done
    assert {*site.stopping.waited} == {0.25}


def test_a_platform_that_asks_for_fewer_requests_gets_them() -> None:
    troubles = [RateLimited("请求过于频繁", retry_after_seconds=3)]
    site = race(Release([wished(19)], troubles=troubles), Counter("czq"), minutes_before=0)
    assert site.work().done
    assert site.stopping.waited == [3]


def test_a_platform_that_refuses_for_good_is_believed_after_a_while_and_that_is_the_result() -> None:
    troubles = [UnexpectedAnswer("平台的回答看不懂")] * 99
    site = race(Release([wished(19)], troubles=troubles), Counter("czq"), minutes_before=0)
    outcome = site.work()
    assert (outcome.done, outcome.sentence) == (False, "平台的回答看不懂（迟 0.4 毫秒）")
    assert len(site.stopping.waited) == 4
    assert steps(site) == ["failed", "end"]
    assert site.book.late == [0.0004]


def test_a_store_that_is_busy_in_the_race_costs_a_round() -> None:
    def locked(desk: Counter, offers: Any) -> list[Bought]:
        raise LOCKED

    desk = Counter("czq", purchases=[locked, everybody_gets_one])
    assert race(Release([wished(19)]), desk, minutes_before=0).work().done


def test_a_stale_slot_is_looked_for_again_on_the_same_day() -> None:
    desk = Counter("czq")
    desk.looks_again = 1
    platform = Release([wished(19)])
    site = race(platform, desk, minutes_before=0)
    assert site.work().done
    assert (platform.looks, platform.slot_looks) == (1, 2)
    assert steps(site) == ["seen", "buys", "again", "bought", "end"]


def test_a_day_is_asked_for_anew_after_trouble_and_after_some_looks_that_found_nothing() -> None:
    in_trouble = Release([wished(19)], opens_after=0.4, troubles=[None, None, UNREACHABLE])
    assert race(in_trouble, Counter("czq"), minutes_before=0).work().done
    assert in_trouble.looks == 2
    late = Release([wished(19)], opens_after=2)
    assert race(late, Counter("czq"), minutes_before=0).work().done
    assert (late.slot_looks, late.looks) == (9, 3), "its token may be another since it was released"


def test_a_platform_in_trouble_when_a_stale_slot_is_looked_for_again_is_not_taken_for_one_that_is_full() -> None:
    desk = Counter("czq")
    desk.looks_again = 1
    platform = Release([wished(19)], troubles=[None, None, UNREACHABLE])
    site = race(platform, desk, minutes_before=0)
    assert site.work().done
    assert desk.looked_again == [UNREACHABLE]
    assert steps(site) == ["seen", "buys", "failed", "bought", "end"]


def test_an_order_that_ended_while_the_run_waited_is_not_raced_for_again() -> None:
    def ended(desk: Counter, offers: Any) -> list[Bought]:
        desk.held = [replace(booking("czq", wished(19)), state=BookingState.EXPIRED)]
        return [Bought(account=desk.accounts[0], sentence="之前订到过")]

    desk = Counter("czq", purchases=[ended])
    outcome = race(Release([wished(19)]), desk, minutes_before=0).work()
    assert (outcome.done, len(desk.offered)) == (True, 1)
    assert outcome.sentence == "czq 11-29 19:00 1号场 ¥30.00（没有按时付款，不再预订）（迟 0.4 毫秒）"


def test_nothing_is_written_before_the_first_order() -> None:
    desk = Counter("czq")
    site = race(Release([wished(19)]), desk, minutes_before=0)
    written: list[int] = []

    def purchase(desk: Counter, offers: Any) -> list[Bought]:
        written.append(len(site.book.events))
        return everybody_gets_one(desk, offers)

    desk.purchases = [purchase]
    site.work()
    assert written == [0]


def test_a_race_hurries() -> None:
    desk = Counter("czq")
    site = race(Release([wished(19)]), desk, minutes_before=0)
    hurried: list[bool] = []

    def purchase(desk: Counter, offers: Any) -> list[Bought]:
        hurried.append(site.budget.is_hurrying)
        return everybody_gets_one(desk, offers)

    desk.purchases = [purchase]
    site.work()
    assert hurried == [True]
    assert not site.budget.is_hurrying


def test_clocks_are_compared_in_a_hurry_for_they_cannot_be_compared_later() -> None:
    hurried: list[tuple[str, bool]] = []

    class Hurried(HandAim):
        def compare(self, server: Any) -> Any:
            hurried.append(("compare", site.budget.is_hurrying))
            return super().compare(server)

        def survey(self, server: Any, *, closely: bool) -> Any:
            hurried.append(("survey", site.budget.is_hurrying))
            return super().survey(server, closely=closely)

        def fire(self, ready: Any) -> Any:
            hurried.append(("fire", site.budget.is_hurrying))
            return super().fire(ready)

    aim, began_at = Hurried(NOW), NOW - timedelta(minutes=11)
    site = Site(
        AUTO_BOOKING, config(), Release([wished(19)]), waits=999, desk=Counter("czq"), aim=aim, began_at=began_at
    )
    aim.clock = site.clock
    site.work()
    assert hurried == [("survey", True), ("survey", True), ("compare", True), ("fire", True)]
    assert not site.budget.is_hurrying


def test_a_run_that_comes_after_the_instant_goes_at_once() -> None:
    site = race(Release([wished(19)]), Counter("czq"))
    outcome = site.work()
    assert (outcome.done, outcome.sentence) == (True, "订到：czq 11-29 19:00 1号场 ¥30.00")
    assert site.stopping.waited == []


def test_what_was_got_before_the_run_was_begun_anew_counts() -> None:
    desk = Counter("czq")
    desk.held = [booking("czq", wished(19))]
    site = race(Release([wished(18)]), desk, minutes_before=11)
    assert site.work().done
    assert (site.platform.looks, desk.offered, site.book.notices) == (0, [], [])


def test_an_extra_run_before_the_release_says_when_that_is() -> None:
    site = race(Release([wished(19)]), Counter("czq"))
    site.clock.at = NOW - timedelta(hours=2)
    outcome = site.work()
    assert (outcome.done, outcome.sentence) == (False, "11-29 的场 11-22 12:00:00 才开放，到时会自动抢")


def test_an_extra_run_after_the_day_says_so() -> None:
    site = race(Release([wished(19)]), Counter("czq"))
    site.clock.at = NOW + timedelta(days=8)
    assert site.work().sentence == "11-29 已经过去"


@pytest.mark.parametrize(("missing", "words"), [([], "没有可用的账号"), (["czq"], "没有账号 czq")])
def test_without_an_account_there_is_nothing_to_race_for(missing: list[str], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        race(Release([wished(19)]), Counter(missing=missing), minutes_before=11).work()


def test_courts_and_hours_in_a_row_are_wished_for() -> None:
    free = [wished(hour, court) for court in ("1号场", "10号场", "2号场") for hour in (18, 19, 20)]
    desk = Counter("czq", "sty")
    race(Release(free), desk, minutes_before=0, courts=("2", "10"), duration_hours=2).work()
    czq, sty = (desk.of(one) for one in desk.accounts)
    assert [bookings_words(rows) for rows in (czq, sty)] == [
        "11-29 19:00-21:00 2号场 ¥30.00",
        "11-29 19:00-21:00 10号场 ¥30.00",
    ]


def test_a_configuration_is_described_in_words() -> None:
    words = AUTO_BOOKING.describe(config(courts=("3",)), Platform.presets)
    assert words == "预设13 南洋北苑健身房·健身房 · 11-29 周日 · 19,18点 · 场地 3 · 账号 czq"


@pytest.mark.parametrize("stored", [{}, {"target": {"preset": 13}}, {"target": 3}])
def test_any_stored_configuration_can_be_described(stored: dict[str, Any]) -> None:
    assert AUTO_BOOKING.describe(stored, Platform.presets) == "配置无法辨认"
