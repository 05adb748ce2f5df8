"""What became of an instant, in words."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from jobs.models.change import Occurrence, OccurrenceStatus
from jobs.models.conduct import Conduct
from jobs.models.ids import JobId, JobNumber, RunId
from jobs.models.job import Job, Status
from jobs.models.occasions import Situation, came_due
from jobs.models.occurrence_words import lateness_in_words, occurrence_in_words, punctuality_in_words, why_missed
from jobs.models.punctuality import Misfire, Overlap, Punctuality
from jobs.models.recurrence import Once

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "迟 0.0 毫秒"),
        (0.00031, "迟 0.3 毫秒"),
        (0.00994, "迟 9.9 毫秒"),
        (0.00996, "迟 10 毫秒"),
        (0.25, "迟 250 毫秒"),
        (0.9996, "迟 1.0 秒"),
        (59.94, "迟 59.9 秒"),
        (900.4, "迟 15分钟"),
        (-0.002, "早 2.0 毫秒"),
    ],
)
def test_lateness_is_said_as_finely_as_it_matters(seconds: float, words: str) -> None:
    assert lateness_in_words(seconds) == words


@pytest.mark.parametrize(
    ("status", "reason", "late", "words"),
    [
        ("done", "会预订 3号场", 0.0003, "✅ 迟 0.3 毫秒"),
        ("done", "会预订 3号场", None, "✅"),
        ("done", "你好", 40.2, "✅ 晚 40.2 秒开始"),
        ("failed", "没有空场（迟 40.2 秒）", 40.2, "❌ 失败，晚 40.2 秒开始：没有空场"),
        ("failed", "没有空场", 0.012, "❌ 失败，迟 12 毫秒：没有空场"),
        ("failed", "没有空场（迟 12 毫秒）", 0.012, "❌ 失败，迟 12 毫秒：没有空场"),
        ("missed", "当时机器人没有运行", None, "⚠️ 错过：当时机器人没有运行"),
        ("skipped", "任务已暂停", None, "⏭️ 跳过：任务已暂停"),
        ("failed", "运行中被暂停", 0.036, "⏹️ 中断，迟 36 毫秒：运行中被暂停"),
        ("failed", "运行中被停止", None, "⏹️ 中断：运行中被停止"),
        ("armed", "", None, "🟢 等到点"),
        ("running", "", 0.001, "🟢 运行中，迟 1.0 毫秒"),
        ("due", "", None, "⏳ 即将开始"),
    ],
)
def test_every_status_has_its_words(status: str, reason: str, late: float | None, words: str) -> None:
    occurrence = Occurrence(
        job_id=JobId("aa"),
        scheduled_at=NOON,
        status=OccurrenceStatus(status),
        run_id=RunId("r"),
        reason=reason,
        late_seconds=late,
    )
    assert occurrence_in_words(occurrence) == words


def test_a_job_that_ended_because_its_instant_was_missed_says_why() -> None:
    job = Job(
        id=JobId("aa"),
        number=JobNumber(1),
        kind="schedule",
        name="晨跑",
        status=Status.PENDING,
        config={},
        recurrence=Once(at=NOON),
        created_at=NOON,
        updated_at=NOON,
        next_at=NOON,
    )
    late = came_due(
        job, Situation(open_run=None, absence="电脑休眠过"), RunId("r"), NOON + timedelta(hours=1), Conduct()
    )
    assert late is not None
    (over,) = late.jobs
    assert "电脑休眠过" in (why_missed(over) or "")
    assert why_missed(job) is None
    assert why_missed(replace(over, reason="监控的日期已过")) is None


def test_one_that_waits_for_the_run_before_says_so() -> None:
    waiting = Occurrence(
        job_id=JobId("aa"), scheduled_at=NOON, status=OccurrenceStatus.DUE, reason="上一次运行还没结束"
    )
    assert occurrence_in_words(waiting) == "⏳ 等上一次运行结束"


def test_punctuality_says_what_becomes_of_both() -> None:
    assert punctuality_in_words(Punctuality()) == "错过的补一次（300秒内），上一次没结束就跳过"
    queues = Punctuality(misfire=Misfire.SKIP, overlap=Overlap.QUEUE)
    assert punctuality_in_words(queues) == "错过的不补，上一次没结束就等它结束再运行"
