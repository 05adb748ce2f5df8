"""Races and keeping alive, as people ask for them: what is understood, and what is refused with the next step."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from jobs.models.configs import booking_config, keep_alive_config, monitor_config
from jobs.models.drafts import Draft, MonitorRequest, Rules, ScheduleRequest, draft_monitor, draft_schedule
from jobs.models.errors import Refusal
from jobs.models.recurrence import Once
from jobs.models.release import ReleaseRule
from jobs.models.venue import Preset
from jobs.models.venue_drafts import BookingRequest, KeepAliveRequest, draft_booking, draft_keep_alive
from jobs.models.wishes import Wishes

PRESETS = (
    Preset(number=18, venue="霍英东体育中心", venue_id="v", sport="羽毛球", sport_id="s"),
    Preset(number=27, venue="张江校区体育运动中心", venue_id="w", sport="", sport_id=""),
)
RULES = Rules(presets=PRESETS, min_interval_seconds=60, zone="Asia/Shanghai")
EVENING: dict[str, Any] = {"name": "晚场", "preset": 18}
BEFORE_NOON = datetime(2026, 11, 22, 3, 59, 59, tzinfo=UTC)
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)


def ask(now: datetime = BEFORE_NOON, rules: Rules = RULES, **asked: Any) -> Draft:
    usual: dict[str, Any] = {"name": "晚场", "preset": 18}
    return draft_booking(BookingRequest(**{**usual, **asked}), rules, now)


@pytest.mark.parametrize("asked", [{}, {"date_offset": 7}])
def test_the_usual_race_is_todays_before_noon_and_tomorrows_after_it(asked: dict[str, Any]) -> None:
    draft = ask(**asked)
    assert draft.recurrence == Once(at=NOON)
    assert booking_config(draft.config).target.date == date(2026, 11, 29)
    draft = ask(NOON, **asked)
    assert draft.recurrence == Once(at=NOON + timedelta(days=1))
    assert booking_config(draft.config).target.date == date(2026, 11, 30)


def test_at_the_very_instant_a_day_is_released() -> None:
    with pytest.raises(Refusal, match="已经开放"):
        ask(NOON, date=date(2026, 11, 29))


def test_a_day_further_ahead_is_raced_for_when_it_opens() -> None:
    assert ask(date=date(2026, 12, 24)).recurrence == Once(at=datetime(2026, 12, 17, 4, tzinfo=UTC))
    assert ask(date_offset=8).recurrence == Once(at=NOON + timedelta(days=1))


def test_the_instant_is_that_of_the_platforms_rule() -> None:
    rule = ReleaseRule(days=2, time=time(8, 30))
    draft = ask(rules=Rules(presets=PRESETS, min_interval_seconds=1, zone="Asia/Shanghai", release=rule))
    assert draft.recurrence == Once(at=datetime(2026, 11, 23, 0, 30, tzinfo=UTC))
    assert booking_config(draft.config).target.date == date(2026, 11, 25)


@pytest.mark.parametrize("asked", [{"date": date(2026, 11, 28)}, {"date_offset": 6}, {"date_offset": 0}])
def test_a_day_that_is_released_is_refused_with_both_next_steps(asked: dict[str, Any]) -> None:
    with pytest.raises(Refusal, match=r"已经开放.*!预订 18 11-2\d 18,19,20.*!创建监控 晚场 预设=18 .*自动"):
        ask(**asked)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"date": date(2026, 11, 21)}, "已经过去"),
        ({"date": date(2028, 1, 1)}, "一年以内"),
        ({"hours": (19, 22)}, "没有 22 点的场.*7-21"),
        ({"hours": (6,)}, "没有 6 点的场"),
        ({"hours": (21,), "length": 2}, "21 点开始连订 2 小时"),
        ({"length": 0}, "连续要写 1 到 4"),
        ({"length": 5}, "连续要写 1 到 4"),
        ({"preset": 27}, "没有可预订的项目"),
        ({"preset": 99}, "没有预设 99"),
        ({"name": ""}, "名称"),
        ({"accounts": ("../x",)}, "账号"),
        ({"courts": ("",)}, "场地"),
        ({"courts": ("x" * 21,)}, "场地"),
        ({"courts": tuple("123456789012345678901")}, "场地太多"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(asked: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        ask(**asked)


def test_a_draft_says_what_was_asked_for() -> None:
    draft = ask(hours=(20, 19), courts=("3", "场地5"), length=2, accounts=("czq", "sty"), start=False)
    config = booking_config(draft.config)
    assert (draft.kind, draft.name, draft.start) == ("auto_booking", "晚场", False)
    assert config.wishes == Wishes(hours=(20, 19), courts=("3", "场地5"), length=2)
    assert config.accounts == ("czq", "sty")
    assert (config.target.preset, config.target.start_hour) == (18, 20)


@given(hours=st.integers(0, 9999), ahead=st.integers(0, 30))
def test_whatever_is_accepted_opens_later_and_is_the_day_it_races_for(hours: int, ahead: int) -> None:
    now = NOON + timedelta(hours=hours / 7)
    try:
        draft = ask(now, date_offset=ahead)
    except Refusal:
        day = now.astimezone(ZoneInfo("Asia/Shanghai")).date() + timedelta(days=ahead)
        assert RULES.release.opens_at(day) <= now
        return
    assert isinstance(draft.recurrence, Once)
    assert draft.recurrence.at > now
    assert draft.recurrence.at == RULES.release.opens_at(booking_config(draft.config).target.date or date.min)


def test_keeping_alive_is_every_quarter_of_an_hour_for_the_default_account() -> None:
    draft = draft_keep_alive(KeepAliveRequest(), RULES, NOON)
    config = keep_alive_config(draft.config)
    assert (draft.kind, draft.name, draft.recurrence, draft.start) == ("keep_alive", "保活", None, True)
    assert (config.plan.interval_seconds, config.accounts) == (900, ())


@pytest.mark.parametrize(("seconds", "words"), [(59, "最少 60 秒"), (0, "最少 60 秒"), (86401, "最多 24 小时")])
def test_an_interval_that_cannot_be_is_refused(seconds: int, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        draft_keep_alive(KeepAliveRequest(interval_seconds=seconds), RULES, NOON)


def test_a_monitor_may_wish_for_several_days_courts_and_hours_in_a_row() -> None:
    days = (date(2026, 11, 29), date(2026, 11, 28))
    request = MonitorRequest(name="周末", preset=18, dates=days, courts=("3",), length=2, hours=(19,), auto_book=True)
    config = monitor_config(draft_monitor(request, RULES, NOON).config)
    assert config.wishes == Wishes(hours=(19,), courts=("3",), dates=days, length=2)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"dates": (date(2026, 11, 21),)}, "已经过去"),
        ({"dates": tuple(date(2026, 12, day) for day in range(1, 10))}, "日期太多"),
        ({"hours": (23,)}, "没有 23 点的场"),
        ({"hours": (21,), "length": 2}, "超过 22 点"),
        ({"preset": 27}, "没有可预订的项目"),
    ],
)
def test_a_monitor_is_refused_what_no_court_has(asked: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        draft_monitor(MonitorRequest(**{**EVENING, **asked}), RULES, NOON)


@pytest.mark.parametrize(("asked", "words"), [({"hours": (0,)}, "没有 0 点的场"), ({"preset": 27}, "没有可预订的项目")])
def test_a_schedule_is_refused_what_no_court_has(asked: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        draft_schedule(ScheduleRequest(**{**EVENING, **asked}), RULES, NOON)


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("周五羽毛球", date(2026, 12, 4)),
        ("礼拜五晚场", date(2026, 12, 4)),
        ("周末", date(2026, 12, 5)),
        ("羽毛球 星期天", date(2026, 11, 29)),
        ("下下周三", date(2026, 12, 2)),
        ("一周一次", date(2026, 11, 29)),
        ("周五周六", date(2026, 11, 29)),
        ("羽毛球", date(2026, 11, 29)),
    ],
)
def test_a_weekday_in_the_name_of_a_race_is_the_first_such_day_that_is_not_released(name: str, day: date) -> None:
    assert booking_config(ask(name=name).config).target.date == day


def test_a_day_that_is_said_goes_before_the_one_in_the_name_and_one_that_is_released_is_refused() -> None:
    assert booking_config(ask(name="周五羽毛球", date=date(2026, 11, 30)).config).target.date == date(2026, 11, 30)
    with pytest.raises(Refusal, match="11-27 周五 的场已经开放"):
        ask(name="下周五羽毛球")
