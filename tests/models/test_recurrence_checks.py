"""What can never be due, or would be due too often, is refused in one sentence that says what to send instead."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from jobs.models.errors import Refusal
from jobs.models.recurrence import LAST_DAY, Bounds, Cron, Every, Monthly, Once, Recurrence, Weekly, Window
from jobs.models.recurrence_checks import check

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
MORNING = Window(first=8, last=10)


def daily(**bounds: object) -> Weekly:
    return Weekly(time=time(12), bounds=Bounds(**bounds))  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("recurrence", "says", "instead"),
    [
        (Once(at=NOW - timedelta(hours=1)), "11-22 11:00:00 已经过去", "将来"),
        (Once(at=NOW + timedelta(days=400)), "太远", "一年以内"),
        (Weekly(time=time(12), days=frozenset({9})), "周一到周日", "12:00 每周一三五"),
        (Weekly(time=time(12), zone="Mars/Base"), "没有叫“Mars/Base”的时区", "Asia/Shanghai"),
        (Weekly(time=time(12), zone="../etc/passwd"), "没有叫", "Europe/London"),
        (Monthly(time=time(12), days=frozenset({0})), "1 到 31", "每月1,15号 12:00"),
        (Cron(expression="0 8 * *"), "cron “0 8 * *”有 4 栏，请写五栏", 'cron="0 8 * * 1-5"'),
        (Cron(expression="0 25 * * *"), "“时”一栏不对", 'cron="0 8 * * 1-5"'),
        (Cron(expression="0 0 30 2 *"), "“日”一栏", 'cron="0 8 * * 1-5"'),
        (Cron(expression="0 0 */31 * MON#3"), "永远不会到", 'cron="0 8 * * 1-5"'),
        (Cron(expression="5-5/2 * * * *"), "看不懂 cron “5-5/2 * * * *”，", 'cron="0 8 * * 1-5"'),
        (Cron(expression="9" * 5000 + " * * * *"), "看不懂", 'cron="0 8 * * 1-5"'),
        (Cron(expression="*/10 * * * * *"), "间隔最少 60 秒", 'cron="30 0 8 * * *"'),
        (Cron(expression="0 12 * * *", bounds=Bounds(window=MORNING)), "有效时段 8-10点", 'cron="0 8 * * *"'),
        (Every(seconds=59, anchor=NOW), "间隔最少 60 秒", "每300秒"),
        (Every(seconds=0), "间隔要在", "每2小时"),
        (Every(seconds=2 * 86_400, anchor=NOW, bounds=Bounds(window=MORNING)), "最多 24 小时", "每2小时 8-22点"),
        (daily(window=MORNING), "有效时段 8-10点 里没有 12:00", "例如 8:00"),
        (daily(window=Window(first=8, last=24)), "没有 8-24点", "有效时段=8-22"),
        (
            daily(starts_on=date(2026, 12, 2), ends_on=date(2026, 12, 2)),
            "要晚于开始",
            "开始=2026-12-02 截止=2027-01-01",
        ),
        (daily(ends_on=date(2026, 11, 22)), "已经到了", "截止=2026-12-23"),
        (
            Monthly(time=time(12), days=frozenset({30}), bounds=Bounds(ends_on=date(2026, 11, 30))),
            "一次也不会",
            "截止=",
        ),
        (daily(ends_on=date(2026, 11, 24), skips=frozenset({date(2026, 11, 23)})), "要跳过的日子", "截止=2026-12-23"),
        (daily(skips=frozenset(date(2027, 1, 1) + timedelta(days=n) for n in range(400))), "最多 366 个", "跳过="),
        (daily(jitter_seconds=86_400), "抖动要小于两次之间的 1天", "抖动="),
        (Every(seconds=600, bounds=Bounds(jitter_seconds=600)), "抖动要小于两次之间的 10分钟", "抖动=60秒"),
    ],
)
def test_what_cannot_be_meant_is_refused(recurrence: Recurrence, says: str, instead: str) -> None:
    with pytest.raises(Refusal) as refusal:
        check(recurrence, NOW)
    assert says in refusal.value.sentence
    assert instead in refusal.value.sentence
    assert len(refusal.value.sentence) < 120


@pytest.mark.parametrize(
    "recurrence",
    [
        Once(at=NOW + timedelta(seconds=1)),
        daily(ends_on=date(2026, 11, 24), jitter_seconds=60),
        Monthly(time=time(12), days=frozenset({LAST_DAY})),
        Cron(expression="0 0 29 2 *"),
        Cron(expression="30 */2 * * * *", bounds=Bounds(jitter_seconds=119)),
        Every(seconds=60, anchor=NOW, bounds=Bounds(window=Window(first=22, last=6))),
        Every(seconds=86_400, anchor=NOW, bounds=Bounds(window=MORNING)),
        daily(starts_on=date(2027, 6, 1)),
    ],
)
def test_what_can_be_meant_is_left_alone(recurrence: Recurrence) -> None:
    check(recurrence, NOW)


def test_a_shorter_interval_is_allowed_to_those_who_ask_for_it() -> None:
    check(Every(seconds=5, anchor=NOW), NOW, least_seconds=5)
    check(Cron(expression="*/10 * * * * *"), NOW, least_seconds=1)
