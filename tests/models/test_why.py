"""Why a job stands where it does, from its stored events: in order, by the clock that counts, with a conclusion."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from jobs.models.change import Event
from jobs.models.ids import JobId, JobNumber, RunId
from jobs.models.job import Job, Status
from jobs.models.race_words import told_of
from jobs.models.why import why

ZONE = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
RUN, BEFORE = RunId("r2"), RunId("r1")


def job(status: Status = Status.COMPLETED, **fields: Any) -> Job:
    usual: dict[str, Any] = {
        "id": JobId("1e95803d"),
        "number": JobNumber(7),
        "kind": "auto_booking",
        "name": "周末",
        "config": {},
        "created_at": NOON,
        "updated_at": NOON,
        "status": status,
    }
    return Job(**{**usual, **fields})


def event(type: str, seconds: float = 0, run: RunId | None = RUN, **data: Any) -> Event:
    return Event(job_id=JobId("1e95803d"), type=type, at=NOON + timedelta(seconds=seconds), run_id=run, data=data)


def race() -> list[Event]:
    slots = [{"date": "2026-11-29", "hour": 19, "court": "场地3", "price": "9"}]
    return [
        event("occurrence.due", -660, scheduled_at=NOON.isoformat()),
        event("run.launched", -659.8, pid=42),
        event("rehearsed", -600, minutes=10, goes=False, lines=["czq 已登录", "⚠️ sty 要重新登录"]),
        event("rehearsed", -60, minutes=1, goes=True, lines=["czq 已登录"]),
        event("occurrence.fired", 1, late_ms=0.4, offset_seconds=0.3, error_seconds=0.005),
        event("booking.attempted", -0.2, account="czq", slots=slots, ms=3, took_ms=41.2, attempt=1),
        event("booking.refused", -0.2, account="czq", slots=slots, answer="已被预订"),
        event("booking.attempted", -0.1, account="czq", slots=slots, took_ms=40),
        event("booking.confirmed", 0.5, account="czq", slots=slots, order_id="123"),
        event(
            "race.ended",
            1,
            how="won",
            steps=[
                {"ms": 12.0, "what": "absent", "times": 3, "until": 40.0},
                {"ms": 50.0, "what": "seen", "free": 12, "wished": 4},
                {"ms": 51.0, "what": "buys", "best": "11-29 19:00 场地3", "accounts": 2},
                {"ms": 800.0, "what": "bought", "account": "czq", "why": "11-29 19:00 场地3"},
                {"ms": 801.0, "what": "refused", "account": "sty", "why": "登录失效"},
                {"ms": 900.0, "what": "end", "how": "won"},
            ],
        ),
        event("run.ended", 1.1, code=0, signal=None, desired="up"),
    ]


def test_a_race_is_told_step_by_step_in_milliseconds_by_the_platforms_clock() -> None:
    told = why([*reversed(race())], job(reason="订到：czq 11-29 19:00 场地3"), ZONE)
    assert told.splitlines() == [
        "✅ #7 周末：为 11-22 12:00:00 而运行",
        "11:49:00 进程启动（pid 42）",
        "11:50:00 开抢前 10 分钟检查：⚠️ sty 要重新登录",
        "11:59:00 开抢前 1 分钟检查：一切就绪",
        "+0.4 毫秒 出手（对方时钟快 0.3 秒 ±5 毫秒）",
        "+12 毫秒 平台还没有列出这一天（共 3 次，到 +40 毫秒）",
        "+50 毫秒 看到 12 个空场，符合要求的选法 4 种",
        "+51 毫秒 开始下单，首选 11-29 19:00 场地3，2 个账号",
        "+59 毫秒 czq 下单 11-29 19:00 场地3（41 毫秒后有回答）",
        "+100 毫秒 czq 没订到 11-29 19:00 场地3：已被预订",
        "+160 毫秒 czq 下单 11-29 19:00 场地3（40 毫秒后有回答）",
        "+800 毫秒 czq 订到 11-29 19:00 场地3，已读回订单 123",
        "+801 毫秒 sty 没订到：登录失效",
        "+900 毫秒 每个账号都有了订单",
        "+1400 毫秒 进程结束",
        "结论：已完成：订到：czq 11-29 19:00 场地3",
    ]


def test_only_the_last_run_is_told_and_what_befell_the_job_since() -> None:
    events = [
        event("run.launched", -900, run=BEFORE, pid=1),
        event("run.ended", -800, run=BEFORE, code=1, signal=None),
        event("run.launched", 0, pid=2),
        event("slots.freed", 3, count=1, slots=[{"date": "2026-11-29", "hour": 19, "court": "场地3"}]),
        event("run.ended", 5, code=None, signal=9),
        event("run.restarts", 5, run=RunId("r3"), waits_seconds=2.4),
    ]
    told = why(events[:5], job(Status.FAILED, reason="被信号 9 终止（可能内存不足）"), ZONE).splitlines()
    assert told == [
        "❌ #7 周末",
        "11-22 12:00:00 进程启动（pid 2）",
        "11-22 12:00:03 新空场 1 个：11-29 19:00 场地3",
        "11-22 12:00:05 进程结束：被信号 9 终止（可能内存不足）",
        "结论：失败：被信号 9 终止（可能内存不足）",
    ]


def test_a_job_that_has_not_run_yet_says_what_it_waits_for() -> None:
    waiting = job(Status.PENDING, next_at=NOON + timedelta(hours=1))
    told = why([event("job.created", -9, run=None, kind="auto_booking")], waiting, ZONE)
    assert told.splitlines()[-1] == "结论：还没有运行过，在等 11-22 13:00:00"


def test_an_instant_that_was_missed_is_told_with_its_reason() -> None:
    events = [event("occurrence.missed", 60, run=None, count=1, reason="当时机器人没有运行")]
    told = why(events, job(reason="错过 1 次：当时机器人没有运行"), ZONE).splitlines()
    assert told[1:] == [
        "11-22 12:01:00 错过：当时机器人没有运行",
        "结论：已完成：错过 1 次：当时机器人没有运行",
    ]


def test_a_run_in_progress_is_not_at_its_end() -> None:
    told = why([event("run.launched", pid=2)], job(Status.RUNNING), ZONE)
    assert told.endswith("结论：还在运行")


def test_where_the_job_has_no_words_the_end_of_its_process_has() -> None:
    told = why([event("run.ended", code=70, signal=None)], job(Status.FAILED), ZONE)
    assert told.endswith("结论：失败：退出码 70（程序出错）")


def test_a_job_without_any_event_has_a_conclusion() -> None:
    assert why([], job(Status.STOPPED, reason="被停止"), ZONE).splitlines() == ["🔴 #7 周末", "结论：已停止：被停止"]


def test_of_many_lines_the_first_and_the_last_are_told() -> None:
    events = [event("slots.freed", second, count=second, slots=[]) for second in range(100)]
    told = why(events, job(), ZONE).splitlines()
    assert len(told) == 43
    assert told[9] == "……（略去 60 条）"
    assert told[-2].endswith("新空场 99 个：")


TYPES = [
    *("occurrence.due", "occurrence.fired", "occurrence.missed", "run.ended", "run.restarts", "run.launched"),
    *("race.ended", "rehearsed", "slots.freed", "session.seen", "booking.attempted", "booking.confirmed", "what.ever"),
]
KEYS = ["steps", "lines", "slots", "scheduled_at", "late_ms", "offset_seconds", "error_seconds", "code", "signal"]
WORDS = [*KEYS, "ms", "what", "times", "until", "account", "hour", "waits_seconds", "took_ms", "count"]
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just(NOON.isoformat()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=12,
)
events = st.builds(
    event,
    st.sampled_from(TYPES),
    st.integers(-9999, 9999),
    run=st.sampled_from([None, BEFORE, RUN]),
).flatmap(
    lambda made: st.dictionaries(st.sampled_from(WORDS), values, max_size=5).map(
        lambda data: Event(job_id=made.job_id, type=made.type, at=made.at, run_id=made.run_id, data=data)
    )
)


@given(stored=st.lists(events, max_size=8), status=st.sampled_from(Status))
def test_whatever_is_stored_is_told_without_a_stumble(stored: list[Event], status: Status) -> None:
    told = why(stored, job(status), ZONE)
    assert told.splitlines()[-1].startswith("结论：")


@pytest.mark.parametrize("type", ["run.claimed", "what.ever", "occurrence.due"])
def test_what_says_nothing_to_people_is_passed_over(type: str) -> None:
    assert [*told_of(event(type, data=1))] == []
