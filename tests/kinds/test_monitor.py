"""A monitor tells what has become free, each slot once, whatever goes wrong on the way."""

from datetime import timedelta
from typing import Any

import pytest
from kind_site import (
    LOCKED,
    TODAY,
    Counter,
    Notebook,
    Platform,
    Site,
    booking,
    everybody_gets_one,
    nobody_gets_any,
    slot,
)
from msgspec.structs import replace

from jobs.kinds.monitor import MONITOR
from jobs.models.bookings import BookingState
from jobs.models.errors import Refusal
from jobs.models.notices import BOOKING_HINDERED
from jobs.models.run import Outcome
from jobs.ports.desk import Bought
from jobs.ports.provider import HasOrder, NotLoggedIn, RateLimited, SliderWanted, SlotGone, VenueError, VenueUnreachable

UNREACHABLE = VenueUnreachable("场馆平台没有回应", retry_after_seconds=5)


def config(
    interval: int = 300,
    hours: tuple[int, ...] = (18, 19, 20),
    auto: bool = False,
    plan: dict[str, Any] | None = None,
    **target: Any,
) -> dict[str, Any]:
    return {
        "target": {"preset": 13, **target},
        "plan": {"interval_seconds": interval, "preferred_hours": hours, "auto_book": auto, **(plan or {})},
    }


def watch(*answers: Any, waits: int, book: Notebook | None = None, desk: Counter | None = None, **asked: Any) -> Site:
    return Site(MONITOR, config(**asked), Platform(*answers), waits=waits, book=book, desk=desk)


def test_only_what_is_new_is_told() -> None:
    site = watch([slot(18)], [slot(18), slot(19)], [slot(19)], [slot(18), slot(19)], waits=4)
    outcome = site.work()
    assert site.told == [[slot(18).key], [slot(19).key], [slot(18).key]]
    assert [first for _, first in site.book.told] == [True, False, False]
    assert (outcome.done, outcome.sentence) == (False, "被要求退出")


def test_a_run_goes_on_from_what_the_last_one_told() -> None:
    before = watch([slot(18), slot(19)], waits=1)
    before.work()
    after = watch([slot(19), slot(20)], waits=1, book=Notebook(before.book.memory))
    after.work()
    assert after.book.told == [([slot(20).key], False)]


def test_what_is_taken_again_is_forgotten_so_that_it_can_be_told_again() -> None:
    site = watch([slot(18)], [], waits=2)
    site.work()
    assert site.book.memory["free"] == []


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"hours": (19,)}, [slot(19).key, slot(19, days_ahead=1).key]),
        ({"hours": ()}, [slot(7).key, slot(19).key, slot(19, days_ahead=1).key]),
        ({"date": "2026-11-23"}, [slot(19, days_ahead=1).key]),
        ({"date_offset": 1}, [slot(19, days_ahead=1).key]),
        ({"date_offset": 0, "hours": ()}, [slot(7).key, slot(19).key]),
    ],
)
def test_only_the_hours_and_days_asked_for_are_told(asked: dict[str, Any], told: list[str]) -> None:
    site = watch([slot(7), slot(19), slot(19, days_ahead=1)], waits=1, **asked)
    site.work()
    assert site.told == [told]


def test_a_monitor_whose_date_has_passed_is_done_without_a_look() -> None:
    site = watch([slot(18)], waits=1, date="2026-11-21")
    assert site.work().done
    assert (site.platform.looks, site.told) == (0, [])


def test_the_date_passes_by_the_readers_clock() -> None:
    site = watch([], waits=999, interval=3600, date="2026-11-22")
    assert site.work().sentence == "监控的日期已过"
    assert 10 <= site.platform.looks <= 12  # from 12:00 to midnight in Shanghai, not to 08:00 of the next day


def test_a_venue_that_does_not_exist_is_said() -> None:
    with pytest.raises(Refusal, match="场馆不存在"):
        Site(MONITOR, {"target": {"preset": 99}}, Platform([])).work()


def test_a_permanent_error_of_the_platform_ends_the_run() -> None:
    site = watch([slot(18)], NotLoggedIn("登录失效"), waits=9)
    with pytest.raises(NotLoggedIn):
        site.work()
    assert site.platform.looks == 2


def test_a_temporary_error_is_waited_out_and_nothing_is_told_twice() -> None:
    site = watch([slot(18)], UNREACHABLE, UNREACHABLE, [slot(18), slot(19)], waits=4)
    site.work()
    assert site.told == [[slot(18).key], [slot(19).key]]
    assert site.book.said[2:4] == ["场馆平台没有回应，稍后再试"] * 2


def test_failures_are_retried_ever_later_but_not_later_than_the_interval_and_from_the_beginning_after_a_success() -> (
    None
):
    errors = [UNREACHABLE] * 5
    site = watch(*errors, [], UNREACHABLE, waits=7, interval=30)
    site.work()
    for waited, least in zip(site.stopping.waited, [5, 10, 20, 30, 30, 30, 5], strict=True):
        assert least <= waited <= least * 1.2


@pytest.mark.parametrize("interval", [1, 300])
def test_no_wait_is_shorter_than_the_interval(interval: int) -> None:
    site = watch([], waits=200, interval=interval)
    site.work()
    assert min(site.stopping.waited) >= interval
    assert max(site.stopping.waited) <= interval * 1.2
    assert len(set(site.stopping.waited)) > 1


def test_no_wait_is_shorter_than_the_platform_asks_for() -> None:
    site = watch(RateLimited("预订平台要求放慢查询", retry_after_seconds=700), waits=50, interval=60)
    site.work()
    assert min(site.stopping.waited) >= 700


def test_what_the_store_could_not_take_is_told_as_soon_as_it_can_and_once() -> None:
    book = Notebook()
    book.troubles = [LOCKED, LOCKED]
    site = watch([slot(18)], waits=4, book=book)
    site.work()
    assert book.told == [([slot(18).key], True)]
    assert book.said[1:3] == [f"{LOCKED.sentence}，稍后再试"] * 2
    assert site.stopping.waited[0] < site.stopping.waited[1] < 300 <= site.stopping.waited[2]


def test_what_came_and_went_while_the_store_was_away_is_not_told() -> None:
    book = Notebook({"free": [slot(18).key]})
    book.troubles = [LOCKED]
    watch([slot(18), slot(19)], [slot(18)], [slot(18), slot(20)], waits=3, book=book).work()
    assert book.told == [([slot(20).key], False)]


def test_a_memory_that_could_not_be_written_is_written_later() -> None:
    book = Notebook({"free": [slot(18).key]})
    book.troubles = [LOCKED]
    watch([], waits=2, book=book).work()
    assert book.memory["free"] == []


def test_what_was_told_of_another_wish_is_forgotten_and_of_the_same_is_not() -> None:
    site = watch([slot(18)], waits=1)
    site.work()
    about = site.book.memory["about"]
    again = watch([slot(18)], waits=1, book=Notebook({"free": [slot(18).key], "about": about}))
    again.work()
    assert again.book.told == []
    edited = watch([slot(18)], waits=1, book=Notebook({"free": [slot(18).key], "about": "[1,null,null,{}]"}))
    edited.work()
    assert edited.book.told == [([slot(18).key], True)]


NOBODY = "没有可用的账号，只告诉你：私聊我 !账号 添加 昵称 学号 密码"


def test_without_an_account_it_goes_on_watching_and_telling_and_says_why_nothing_is_booked() -> None:
    site = watch([slot(18)], [slot(18), slot(19)], waits=3, auto=True)
    outcome = site.work()
    assert (outcome.done, site.told) == (False, [[slot(18).key], [slot(19).key]])
    assert site.book.said[1:] == [f"空场 1 个；{NOBODY}", f"空场 2 个；{NOBODY}", f"空场 2 个；{NOBODY}"]


def test_for_an_account_that_comes_later_it_books_from_then_on() -> None:
    desk = Counter()
    desk.coming = [[], ["czq"]]
    site = watch([slot(18)], waits=9, auto=True, desk=desk)
    outcome = site.work()
    assert (outcome.done, outcome.sentence) == (True, "订到：czq 11-22 18:00 1号场 ¥30.00")
    assert site.platform.looks == 2


def test_a_stop_while_waiting_ends_the_run_without_another_look() -> None:
    site = watch([slot(18)], waits=1)
    outcome = site.work()
    assert (site.platform.looks, outcome.done) == (1, False)


def test_a_stop_before_the_first_look_ends_the_run_at_once() -> None:
    site = watch([slot(18)], waits=0)
    site.work()
    assert site.platform.looks == 0


@pytest.mark.parametrize("stored", [{}, {"target": 3}, {"target": {}, "plan": {"interval_seconds": "x"}}])
def test_any_stored_configuration_can_be_described(stored: dict[str, Any]) -> None:
    assert MONITOR.describe(stored, Platform.presets) == "配置无法辨认"


def test_a_configuration_is_described_in_words() -> None:
    words = MONITOR.describe(config(interval=60, auto=True), Platform.presets)
    assert words == "预设13 南洋北苑健身房·健身房 · 每60秒 · 18,19,20点 · 自动预订"


@pytest.mark.parametrize("interval", [0, -5, 1])
def test_no_configuration_makes_a_monitor_ask_more_often_than_the_platform_bears(interval: int) -> None:
    site = watch([slot(18)], [slot(18)], waits=2, interval=interval)
    site.work()
    assert min(site.stopping.waited) >= 1.0


def test_every_account_gets_an_order_and_then_the_monitor_is_done() -> None:
    desk = Counter("czq", "sty")
    site = watch([], [slot(19), slot(18), slot(20)], waits=9, hours=(20, 18), auto=True, desk=desk)
    outcome = site.work()
    assert (outcome.done, outcome.sentence) == (
        True,
        "订到：czq 11-22 20:00 1号场 ¥30.00；sty 11-22 18:00 1号场 ¥30.00",
    )
    assert site.told == [], "nothing is left for anybody else"


def test_only_what_was_got_for_all_in_this_run_is_told_by_its_orders_alone() -> None:
    def outcome(*, missing: tuple[str, ...] = (), held: tuple[BookingState, ...] = ()) -> Outcome:
        desk = Counter("czq", "sty", missing=missing)
        desk.held = [replace(booking("sty", slot(19)), state=state) for state in held]
        return watch([slot(18), slot(19)], waits=9, auto=True, desk=desk).work()

    assert outcome().is_told
    assert not outcome(missing=("zhq",)).is_told, "somebody has nothing"
    assert not outcome(held=(BookingState.BOOKED,)).is_told, "told in a run before"
    assert not outcome(held=(BookingState.CANCELLED,)).is_told, "no order is told as had that was given back"


def test_it_books_first_and_then_tells_what_is_left() -> None:
    desk = Counter("czq")
    site = watch([slot(18), slot(19), slot(20)], waits=9, hours=(20, 18), auto=True, desk=desk)
    told: list[int] = []

    def purchase(desk: Counter, offers: Any) -> list[Bought]:
        told.append(len(site.told))
        return everybody_gets_one(desk, offers)

    desk.purchases = [purchase]
    assert site.work().done
    assert (told, site.told) == ([0], [[slot(18).key]])


def test_of_a_room_with_many_places_something_is_left() -> None:
    site = watch([replace(slot(18), remaining=2)], waits=9, auto=True, desk=Counter("czq"))
    assert site.work().done
    assert site.told == [[slot(18).key]]


def test_what_was_booked_is_the_result_though_the_rest_could_not_be_told() -> None:
    book = Notebook()
    book.troubles = [LOCKED]
    desk = Counter("czq")
    outcome = watch([slot(18), slot(19)], waits=9, auto=True, desk=desk, book=book).work()
    assert (outcome.done, outcome.sentence) == (True, "订到：czq 11-22 18:00 1号场 ¥30.00")


@pytest.mark.parametrize(("state", "why"), [(BookingState.CANCELLED, "已取消"), (BookingState.EXPIRED, "没有按时付款")])
def test_what_a_person_gave_back_is_not_bought_again(state: BookingState, why: str) -> None:
    desk = Counter("czq", "sty")
    given_back = replace(booking("czq", slot(19)), state=state)
    desk.held = [given_back]
    site = watch([], [slot(18), slot(19)], waits=9, auto=True, desk=desk)
    outcome = site.work()
    gone = f"czq 11-22 19:00 1号场 ¥30.00（{why}，不再预订）"
    assert (outcome.done, outcome.sentence) == (True, f"订到：sty 11-22 18:00 1号场 ¥30.00；{gone}")
    assert site.book.said[1] == f"空场 0 个；{gone}"
    desk = Counter("czq")
    desk.held = [given_back]
    outcome = watch([slot(18)], waits=9, auto=True, desk=desk).work()
    assert (outcome.done, outcome.sentence, desk.offered) == (True, gone, [])


def test_days_that_are_full_or_not_open_yet_are_not_asked_for() -> None:
    site = watch([slot(18), slot(18, days_ahead=1), slot(18, days_ahead=2)], waits=1)
    site.platform.full, site.platform.closed = {TODAY}, {TODAY + timedelta(days=2)}
    site.work()
    assert site.told == [[slot(18, days_ahead=1).key]]
    assert site.platform.slot_looks == 1


def test_whoever_has_no_order_yet_is_watched_for_on() -> None:
    desk = Counter("czq", "sty")
    site = watch([slot(18)], [], [slot(19)], waits=9, auto=True, desk=desk)
    outcome = site.work()
    assert outcome.sentence == "订到：czq 11-22 18:00 1号场 ¥30.00；sty 11-22 19:00 1号场 ¥30.00"
    assert site.book.said[1] == "空场 0 个；订到：czq 11-22 18:00 1号场 ¥30.00；没订到：sty（没有抢到）"


def test_what_an_earlier_run_has_got_counts() -> None:
    desk = Counter("czq")
    desk.held = [booking("czq", slot(19))]
    site = watch([slot(18)], waits=9, auto=True, desk=desk)
    assert site.work().done
    assert desk.offered == []


def test_an_order_that_the_bookkeeper_finds_reaches_the_goal_without_a_free_court() -> None:
    desk = Counter("czq", purchases=[nobody_gets_any(uncertain=True)])
    site = watch([slot(18)], [], waits=9, auto=True, desk=desk)
    platform_days = site.platform.days

    def days(preset: Any) -> Any:
        if site.platform.looks == 1:
            desk.held = [booking("czq", slot(18))]
        return platform_days(preset)

    site.platform.days = days
    outcome = site.work()
    assert (outcome.done, outcome.sentence) == (True, "订到：czq 11-22 18:00 1号场 ¥30.00")
    assert site.book.said[1] == "空场 1 个；czq（结果还不确定，正在查订单）"


def test_when_everybody_must_log_in_it_watches_on_and_says_so_and_tries_again_after_the_login() -> None:
    desk = Counter("czq", purchases=[nobody_gets_any(NotLoggedIn("登录失效")), everybody_gets_one])
    desk.ready = {"czq": NotLoggedIn("登录失效")}
    site = watch([slot(18)], waits=9, auto=True, desk=desk)
    wait = site.stopping.wait

    def logs_in_later(seconds: float) -> bool:
        if len(site.stopping.waited) == 3:
            desk.ready = {}
        return wait(seconds)

    site.stopping.wait = logs_in_later
    assert site.work().done
    assert site.book.said[1] == "空场 1 个；czq（登录失效）"
    assert len(desk.offered) == 2, "not asked for as long as nobody has logged in"


def test_what_was_refused_for_good_is_not_asked_for_again_but_another_court_is() -> None:
    desk = Counter("czq", purchases=[nobody_gets_any(HasOrder("已有个人预约"))])
    site = watch([slot(18)], [slot(18)], [slot(18), slot(19)], waits=3, auto=True, desk=desk)
    site.work()
    assert desk.offered == [[slot(18).key], [slot(18).key, slot(19).key]]


def test_what_was_uncertain_is_left_to_the_desk_which_knows_when_it_may_be_asked_for_again() -> None:
    desk = Counter("czq", purchases=[nobody_gets_any(uncertain=True), everybody_gets_one])
    assert watch([slot(18)], waits=9, auto=True, desk=desk).work().done
    assert len(desk.offered) == 2


def test_a_login_is_noticed_though_somebody_else_is_refused_for_good() -> None:
    def purchase(desk: Counter, offers: Any) -> list[Bought]:
        czq, sty = desk.accounts
        return [
            Bought(account=czq, error=HasOrder("已有个人预约")),
            Bought(account=sty, error=NotLoggedIn("登录失效")),
        ]

    desk = Counter("czq", "sty", purchases=[purchase])
    desk.ready = {"sty": NotLoggedIn("登录失效")}
    site = watch([slot(18)], waits=4, auto=True, desk=desk)
    offered: list[int] = []
    wait = site.stopping.wait

    def logs_in_later(seconds: float) -> bool:
        offered.append(len(desk.offered))
        if len(offered) == 3:
            desk.ready = {}
        return wait(seconds)

    site.stopping.wait = logs_in_later
    site.work()
    assert offered == [1, 1, 1, 2], "that czq is logged in is not what czq lacks"


def test_why_an_account_cannot_book_is_told_once_and_again_when_it_changes() -> None:
    refusals: list[VenueError] = [HasOrder("已有个人预约"), HasOrder("已有个人预约"), SliderWanted("要滑块")]
    desk = Counter("czq", purchases=[nobody_gets_any(one) for one in refusals])
    looks = [[slot(18)], [slot(18), slot(19)], [slot(18), slot(19), slot(20)]]
    site = watch(*looks, waits=6, auto=True, desk=desk)
    site.work()
    assert len(desk.offered) > 3, "a slider may have been solved meanwhile"
    told = [(topic, data["account"], data["reason"], data["needs_person"]) for topic, _, data in site.book.notices]
    assert told == [
        (BOOKING_HINDERED, "czq", "已有个人预约", False),
        (BOOKING_HINDERED, "czq", "要滑块", True),
    ]
    assert len({key for _, key, _ in site.book.notices}) == 2


def test_that_an_account_must_log_in_is_told_with_the_step_and_later_if_it_could_not_be_told() -> None:
    desk = Counter("czq", purchases=[nobody_gets_any(NotLoggedIn("登录失效"))])
    desk.ready = {"czq": NotLoggedIn("登录失效")}
    book = Notebook()
    book.troubles = [None, LOCKED]
    site = watch([slot(18)], waits=4, auto=True, desk=desk, book=book)
    site.work()
    ((_, _, data),) = book.notices
    assert (data["reason"], data["step"]) == ("登录失效", "请超级用户运行 sja accounts login czq")
    assert data["needs_person"]


@pytest.mark.parametrize("error", [SlotGone("已被预订"), UNREACHABLE, None])
def test_what_passes_by_itself_is_no_hindrance(error: VenueError | None) -> None:
    site = watch([slot(18)], waits=2, auto=True, desk=Counter("czq", purchases=[nobody_gets_any(error)]))
    site.work()
    assert site.book.notices == []


def test_who_lost_a_race_tries_again_at_every_look() -> None:
    desk = Counter("czq", purchases=[nobody_gets_any(SlotGone("已被预订"))])
    watch([slot(18)], waits=3, auto=True, desk=desk).work()
    assert len(desk.offered) == 3


def test_a_stale_slot_is_looked_for_again_and_that_a_platform_is_in_trouble_then_is_not_said_to_be_nothing() -> None:
    desk = Counter("czq")
    desk.looks_again = 2
    watch([slot(18)], [slot(19)], UNREACHABLE, waits=9, auto=True, desk=desk).work()
    again, trouble = desk.looked_again
    assert trouble is UNREACHABLE
    assert not isinstance(again, VenueError)
    assert [offer.slots[0].hour for offer in again] == [19]


def test_hours_in_a_row_on_a_wished_court_are_watched_for() -> None:
    free = [slot(18), slot(18, "2号场"), slot(19, "2号场"), slot(20, "3号场")]
    site = watch(free, waits=1, plan={"courts": ["2", "3"]}, duration_hours=2)
    site.work()
    assert site.told == [[slot(18, "2号场").key, slot(19, "2号场").key]]


def test_several_days_are_watched_in_the_order_of_preference_until_the_last_is_over() -> None:
    plan = {"dates": ["2026-11-24", "2026-11-22"]}
    desk = Counter("czq")
    free = [slot(18), slot(18, days_ahead=1), slot(18, days_ahead=2)]
    watch(free, waits=1, auto=True, desk=desk, plan=plan).work()
    assert desk.offered == [[slot(18, days_ahead=2).key, slot(18).key]]
    over = watch([], waits=9999, interval=3600, plan=plan)
    assert over.work().sentence == "监控的日期已过"
    assert over.clock.at.day == 24, "in Shanghai it is the 25th"
    words = MONITOR.describe(config(plan=plan), Platform.presets)
    assert words == "预设13 南洋北苑健身房·健身房 · 每300秒 · 18,19,20点 · 11-24 周二、11-22 周日 · 不自动预订"


def test_the_accounts_that_are_named_and_not_there_are_named_with_what_helps() -> None:
    site = watch([slot(18)], waits=1, auto=True, desk=Counter(missing=["czq", "sty"]))
    assert not site.work().done
    assert site.book.said[1] == "空场 1 个；没有账号 czq、sty，只告诉你：私聊我 !账号 添加 昵称 学号 密码"
