"""A picture and its words say the same: what changes the one changes the other."""

import re
from typing import Any

import pytest
from msgspec.structs import replace
from picture_site import (
    NOON,
    ZONE,
    job,
    monitor_detail,
    page_of,
    row,
    schedule_detail,
    sightings,
    some_statistics,
    usual_rows,
)

from jobs import HourSeen, JobDetail, Lateness, Occurrence, OccurrenceStatus, Status, Tally
from plugins._pictures import draw_card, draw_list, draw_statistics
from plugins._pictures.fonts import fonts_with
from plugins._replies.detail import detail
from plugins._replies.listing import list_caption, listing
from plugins._replies.seen import instants_in_words, percent, seen_in_words, ticks_in_words
from plugins._replies.statistics import statistics_text

with_font = pytest.mark.skipif(fonts_with(None) is None, reason="没有中文字体：这里不看画出来的样子")

BARE = row(job())
ROWS = [
    BARE,
    row(job(8)),
    row(job(name="早场监控")),
    *(row(job(status=status)) for status in Status if status is not Status.RUNNING),
    row(job(status=Status.FAILED, reason="登录失效")),
    row(job(status=Status.COMPLETED, last_result="订到 1 场")),
    replace(BARE, kind_title="循环"),
    replace(BARE, describes="预设14 别处"),
    replace(BARE, turn_of="#48"),
    replace(BARE, armed_for=NOON),
    replace(usual_rows(1)[0], job=BARE.job),
]


@with_font
def test_each_fact_of_a_list_is_in_the_picture_too() -> None:
    texts = {listing(page_of(one), ZONE) for one in ROWS}
    pictures = {draw_list(page_of(one), ZONE) for one in ROWS}
    assert len(texts) == len(pictures) == len(ROWS)


MONITOR = monitor_detail()
SCHEDULE = schedule_detail()
FAILED = Occurrence(job_id=job().id, scheduled_at=NOON, status=OccurrenceStatus.FAILED, reason="没有空场")


def details() -> list[JobDetail]:
    assert MONITOR.usage is not None
    assert MONITOR.run is not None
    return [
        MONITOR,
        monitor_detail(ticks=""),
        monitor_detail(ticks="+" * 60),
        monitor_detail(name="早场监控"),
        replace(MONITOR, usage=replace(MONITOR.usage, cpu_percent=99.0)),
        replace(MONITOR, run=replace(MONITOR.run, restarts=3)),
        replace(MONITOR, row=replace(MONITOR.row, describes="预设14 别处")),
        SCHEDULE,
        replace(SCHEDULE, upcoming=SCHEDULE.upcoming[:1]),
        replace(SCHEDULE, moved_from=NOON),
        replace(SCHEDULE, occurrences=SCHEDULE.occurrences[:6]),
        replace(SCHEDULE, occurrences=(FAILED, *SCHEDULE.occurrences[1:])),
        replace(SCHEDULE, occurrences=()),
    ]


@with_font
def test_each_fact_of_a_card_is_in_the_picture_too() -> None:
    shown = details()
    assert len({detail(one, ZONE) for one in shown}) == len({draw_card(one, ZONE) for one in shown}) == len(shown)
    some = [sightings(), sightings()[:3], []]
    texts = {detail(MONITOR, ZONE, one) for one in some}
    assert len(texts) == len({draw_card(MONITOR, ZONE, one) for one in some}) == len(some)


STATISTICS: list[dict[str, Any]] = [
    {},
    {"days": 30},
    {"total_jobs": 38, "counted_jobs": 38},
    {"counted_jobs": 36},
    {"statuses": {Status.FAILED: 37}},
    {"total": Tally(done=1235, failed=3, missed=1, booked=12)},
    {"lateness": None},
    {"lateness": Lateness(instants=12, median_seconds=0.0004, worst_seconds=3.0)},
    {"hours": (HourSeen(hour=7, found=1, looks=200),)},
    {"hours": ()},
    {"looks": 0, "hours": ()},
    {"jobs": ()},
]


@with_font
def test_each_fact_of_the_statistics_is_in_the_picture_too() -> None:
    shown = [some_statistics(**facts) for facts in STATISTICS]
    texts = {statistics_text(one, None, "!统计") for one in shown}
    assert len(texts) == len({draw_statistics(one) for one in shown}) == len(shown)


def test_looks_and_hours_are_said_in_words() -> None:
    assert ticks_in_words(monitor_detail(ticks="--+!")) == "最近 4 次查询：有空场 1、没有 2、失败 1"
    assert ticks_in_words(monitor_detail(ticks="")) == ""
    assert seen_in_words([]) == ""
    assert seen_in_words(sightings()).startswith("近 7 天看了 1,200 次，最常有空场：17点 49%、16点 42%、11点 ")
    blind = [replace(one, hours={}) for one in sightings()]
    assert seen_in_words(blind) == "近 7 天看了 1,200 次，一次也没有空场"
    assert instants_in_words(SCHEDULE) == "最近 12 次结果：完成 8、失败 2、错过 1、跳过 1"
    assert instants_in_words(schedule_detail(5)) == ""
    said = detail(SCHEDULE, ZONE)
    assert said.count("\n  11-") == 5
    assert [percent(share) for share in (0, 0.001, 0.5, 0.999, 1)] == ["0%", "1%", "50%", "99%", "100%"]


def test_statistics_say_what_was_done_and_what_to_ask_next() -> None:
    text = statistics_text(some_statistics(), None, "!统计")
    assert text.startswith("📊 统计（近 7 天，11-17 起）\n共 37 个任务：")
    assert "这段时间：完成 1234、失败 3、错过 1、订到 12" in text
    assert "出手 12 次：一般迟 0.4 毫秒，最多迟 12 毫秒" in text
    assert "  #1 晚场监控1：完成 29、订到 1" in text
    assert "还有 2 个任务" in text
    assert text.endswith("发送 !统计 30天 看近 30 天")
    about_one = statistics_text(some_statistics(days=30), job(), "!统计 7")
    assert about_one.startswith("📊 #7 晚场监控（近 30 天，")
    assert about_one.endswith("发送 !统计 7 7天 看近 7 天")
    nothing = some_statistics(
        total_jobs=0, counted_jobs=0, statuses={}, total=Tally(), jobs=(), lateness=None, looks=0, hours=()
    )
    assert "!创建监控" in statistics_text(nothing, None, "!统计")


def test_a_caption_says_what_is_next() -> None:
    rows = usual_rows(2)
    assert list_caption(page_of(*rows, total=37, pages=2), "失败").endswith("第 1/2 页，下一页 !任务列表 失败 图 页=2")
    assert list_caption(page_of(*rows, total=37, page=2, pages=2)).endswith("这是最后一页")
    assert "!任务详情" in list_caption(page_of(*rows))
    assert "!创建监控" in list_caption(page_of())


def test_twenty_usual_jobs_fit_one_text_and_a_few_keep_all_their_facts() -> None:
    text = listing(page_of(*usual_rows(20)), ZONE)
    assert len(text) <= 1200
    lines = text.splitlines()
    assert len(lines) == 41
    for head, facts in zip(lines[1::2], lines[2::2], strict=True):
        assert re.fullmatch(r"\S+ #\d+ [0-9a-f]{8} 晚场监控\d+", head)
        assert re.fullmatch(r"  (监控|定时) · .+", facts)
    assert "不自动预订" in listing(page_of(*usual_rows(3)), ZONE)


def test_hours_that_are_wanted_are_told_first_and_marked() -> None:
    seen = seen_in_words(sightings(), (19, 3))
    assert re.search(r"，要的时段：19点 \d+%、3点 没有；别的最常有：17点 49%、16点 42%、11点 \d+%$", seen)
    wanting = job(config={"target": {"preset": 13}, "plan": {"preferred_hours": [19]}})
    shown = replace(MONITOR, row=replace(MONITOR.row, job=wanting))
    assert "要的时段：19点" in detail(shown, ZONE, sightings())
    assert "要的时段：19点" in statistics_text(some_statistics(), wanting, "!统计 7")


@with_font
def test_hours_that_are_wanted_are_marked_in_pictures() -> None:
    pictures = {draw_statistics(some_statistics(), "#7 晚场监控", wanted) for wanted in ((), (19,), (20,))}
    assert len(pictures) == 3
