"""What is said of jobs with a rhythm: armed, paused, shifted, failing, missed."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from jobs import (
    JOB_COMPLETED,
    JOB_FAILED,
    OCCURRENCE_DONE,
    OCCURRENCE_FAILED,
    OCCURRENCE_MISSED,
    OCCURRENCE_SKIPPED,
    Chat,
    Job,
    JobDetail,
    JobId,
    JobPage,
    JobRow,
    Notification,
    Progress,
    Run,
    RunStatus,
    Status,
    UserId,
    Weekly,
)
from jobs.models.change import Occurrence, OccurrenceStatus
from jobs.models.ids import JobNumber, RunId
from jobs.models.punctuality import Misfire, Punctuality
from jobs.models.recurrence import Bounds, Every
from jobs.models.run import Exit, Identity, Outcome
from plugins._replies import acted
from plugins._replies.detail import detail
from plugins._replies.listing import listing
from plugins._replies.notices import JOB_LINES_AT_MOST, notice
from plugins._replies.standing import standing

ZONE = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
"""Monday noon in Shanghai."""
DAY = timedelta(days=1)
GROUP = Chat(self_id="10000", type="group", peer_id="12345")
WAITING = Job(
    id=JobId("1e95803d"),
    number=JobNumber(7),
    kind="schedule",
    name="晨跑",
    status=Status.PENDING,
    config={},
    recurrence=Weekly(time=time(12)),
    owner=UserId("20001"),
    origin=GROUP,
    created_at=NOON - DAY,
    updated_at=NOON - DAY,
    next_at=NOON,
)
RUNNING = replace(WAITING, status=Status.RUNNING, next_at=NOON + DAY)
PAUSED = replace(WAITING, status=Status.PAUSED, reason="被暂停")
EXTRA = Run(id=RunId("x"), job_id=WAITING.id, status=RunStatus.QUEUED, requested_at=NOON)
LIVE = replace(EXTRA, status=RunStatus.LIVE, started_at=NOON, worker=Identity(boot_id="b", pid=4321, start=1))
ENDED = replace(LIVE, status=RunStatus.ENDED, ended_at=NOON, exit=Exit(code=0))
THREE = (NOON, NOON + DAY, NOON + 2 * DAY)


def row(job: Job, **facts: Any) -> JobRow:
    return JobRow(job=job, kind_title="定时", describes="预设3", **{"progress": None, **facts})


def whole(job: Job, run: Run | None = None, upcoming: Any = (), **facts: Any) -> JobDetail:
    more = {key: facts.pop(key) for key in ("occurrences", "punctuality", "moved_from", "tells_each") if key in facts}
    return JobDetail(row=row(job, **facts), run=run, usage=None, upcoming=upcoming, history=(), **more)


def facts_of(job: Job, **facts: Any) -> str:
    page = JobPage(rows=(row(job, **facts),), total=1, page=1, pages=1)
    return listing(page, ZONE).splitlines()[2]


def test_an_armed_job_says_when_it_acts() -> None:
    armed = whole(RUNNING, LIVE, THREE, armed_for=NOON, progress=Progress(at=NOON, sentence="已就位，12:00:00 出手"))
    assert standing(armed, ZONE) == "🟢 已就位，11-23 周一 12:00:00 出手"
    assert "已就位，11-23 周一 12:00:00 出手" in facts_of(RUNNING, armed_for=NOON, progress=armed.row.progress)
    assert "接下来：11-23 周一 12:00:00、11-24 周二 12:00:00、11-25 周三 12:00:00" in detail(armed, ZONE).splitlines()


def test_a_run_that_has_not_said_that_it_is_ready_is_not_said_to_be() -> None:
    assert standing(whole(RUNNING, LIVE, THREE, armed_for=NOON), ZONE) == "🟢 准备中，11-23 周一 12:00:00 出手"
    assert "准备中，11-23 周一 12:00:00 出手" in facts_of(RUNNING, armed_for=NOON)
    for sentence in ("刚刚启动", "准备中，12:00:00 出手"):
        begun = Progress(at=NOON, sentence=sentence)
        assert "准备中，11-23" in facts_of(RUNNING, armed_for=NOON, progress=begun)


def test_a_job_created_in_time_to_be_armed_names_its_next_instants_all_the_same() -> None:
    assert acted.created(whole(RUNNING, LIVE, THREE[:2], armed_for=NOON), "每天 12:00", ZONE).splitlines()[2:] == [
        "每天 12:00 · 预设3",
        "接下来：11-23 周一 12:00:00、11-24 周二 12:00:00",
        "🟢 准备中，11-23 周一 12:00:00 出手，引用本条回复“停/日志/改”即可操作",
    ]


def test_a_created_job_says_what_will_be_told_and_what_becomes_of_instants_that_cannot_be_kept() -> None:
    quiet = whole(replace(WAITING, kind="routine"), None, THREE[:1], tells_each=False)
    assert acted.created(quiet, "每天 12:00", ZONE).splitlines()[-2:] == [
        "⏳ 接下来：11-23 周一 12:00:00",
        "成功了不打扰，第一次失败和之后恢复时告诉你；结果都在 !任务日志 7",
    ]
    own = whole(replace(WAITING, punctuality=Punctuality(misfire=Misfire.SKIP)), None, THREE[:1])
    assert "错过的不补，上一次没结束就跳过" in acted.created(own, "每天 12:00", ZONE).splitlines()
    assert "打扰" not in acted.created(own, "每天 12:00", ZONE)


def test_only_what_checks_again_and_again_says_when() -> None:
    working = Progress(at=NOON, sentence="正在执行", next_check_at=NOON)
    lines = [replace(row(job), progress=working) for job in (RUNNING, replace(RUNNING, recurrence=None))]
    shown = listing(JobPage(rows=tuple(lines), total=2, page=1, pages=1), ZONE)
    assert shown.count("正在执行") == 2
    assert shown.count("正在执行，12:00:00 再查") == 1


def test_a_paused_job_says_since_when_and_how_to_go_on() -> None:
    paused = whole(PAUSED, paused_at=NOON)
    assert standing(paused, ZONE) == "⏸️ 已暂停（11-23 周一 12:00:00 起），发送 !继续任务 7 继续"
    assert "已暂停（11-23 周一 12:00:00 起）" in facts_of(PAUSED, paused_at=NOON)
    assert standing(whole(PAUSED), ZONE) == "⏸️ 已暂停，发送 !继续任务 7 继续"
    queued = whole(PAUSED, EXTRA, queued=EXTRA, queue_position=2)
    assert standing(queued, ZONE).endswith("继续；立即执行的一次排队第2")


def test_who_waits_for_an_accounts_turn_says_so() -> None:
    waits = {"queued": EXTRA, "queue_position": 4, "turn_of": "#48（也用账号 czq）"}
    assert standing(whole(WAITING, EXTRA, **waits), ZONE) == "⏳ 等 #48（也用账号 czq）结束"
    assert "等 #48（也用账号 czq）结束" in facts_of(WAITING, **waits)


def test_failures_in_a_row_are_counted_and_the_next_try_is_named() -> None:
    every = replace(WAITING, recurrence=Every(seconds=3600), failures=3)
    assert "连续失败 3 次，11-23 周一 12:00:00 再试" in detail(whole(every), ZONE).splitlines()
    daily = replace(WAITING, failures=1, last_result="没有空场")
    assert "上次失败，下次 11-23 周一 12:00:00：没有空场" in facts_of(daily)
    assert "上次失败" in detail(whole(daily, None, THREE), ZONE).splitlines()
    assert "失败" not in detail(whole(WAITING), ZONE)
    assert "再试" not in detail(whole(replace(every, status=Status.PAUSED)), ZONE)


def test_what_depends_on_how_long_runs_take_is_said_roughly() -> None:
    every = replace(WAITING, recurrence=Every(seconds=3600))
    later = standing(whole(every, None, (NOON, NOON + timedelta(hours=1))), ZONE)
    assert later == "⏳ 接下来：11-23 周一 12:00:00、约 11-23 周一 13:00:00"


def test_a_detail_ends_with_the_last_occurrences_and_its_own_punctuality() -> None:
    missed = Occurrence(
        job_id=WAITING.id, scheduled_at=NOON, status=OccurrenceStatus.MISSED, reason="当时机器人没有运行"
    )
    done = replace(missed, scheduled_at=NOON - DAY, status=OccurrenceStatus.DONE, reason="好", late_seconds=0.0003)
    shown = detail(whole(WAITING, occurrences=(missed, done), punctuality=Punctuality(misfire=Misfire.SKIP)), ZONE)
    assert shown.splitlines()[-3:] == [
        "最近几次：",
        "  11-23 12:00:00 ⚠️ 错过：当时机器人没有运行",
        "  11-22 12:00:00 ✅ 迟 0.3 毫秒",
    ]
    assert "误点：错过的不补，上一次没结束就跳过" in shown
    assert "最近几次" not in detail(whole(WAITING), ZONE)


def test_a_pause_says_what_is_so_and_how_to_go_on() -> None:
    settled: dict[str, Any] = {"settled": True, "grace_seconds": 10}
    assert acted.paused(WAITING, stopped_a_run=False, **settled) == (
        "⏸️ 已暂停 #7 晨跑，期间到点的都会跳过；发送 !继续任务 7 继续"
    )
    monitor = replace(WAITING, recurrence=None)
    assert acted.paused(monitor, stopped_a_run=True, **settled) == (
        "⏸️ 已暂停 #7 晨跑，正在进行的运行已停下；发送 !继续任务 7 继续"
    )
    assert acted.paused(WAITING, settled=False, stopped_a_run=True, grace_seconds=2) == (
        "⏳ 正在暂停 #7 晨跑：等这次运行退出，最多 2 秒"
    )


def test_going_on_says_how_many_were_skipped_and_what_comes() -> None:
    again = whole(WAITING, None, THREE[:1])
    assert acted.resumed(again, ZONE, skipped=3) == (
        "✅ 已继续 #7 晨跑（暂停期间跳过了 3 次）\n⏳ 接下来：11-23 周一 12:00:00"
    )
    assert acted.resumed(again, ZONE, skipped=0) == "✅ 已继续 #7 晨跑\n⏳ 接下来：11-23 周一 12:00:00"
    assert "（暂停期间跳过了至少 2000 次）" in acted.resumed(again, ZONE, skipped=2000)


def test_an_extra_run_says_how_it_stands_and_that_the_rhythm_stays() -> None:
    after = "\n接下来：11-23 周一 12:00:00"
    assert acted.run_now(whole(RUNNING, LIVE, THREE[:1]), ZONE) == f"🟢 #7 晨跑 正在立即执行一次，结果会告诉你{after}"
    queued = whole(WAITING, EXTRA, THREE[:1], queued=EXTRA, queue_position=2)
    assert acted.run_now(queued, ZONE) == f"⏳ #7 晨跑 立即执行一次：排队第2{after}"
    over = replace(ENDED, outcome=Outcome(done=False, sentence="没有空场"), returns_to=Status.PAUSED)
    told = acted.run_now(whole(replace(PAUSED, last_result="没有空场"), over), ZONE)
    assert told == "❌ #7 晨跑 执行了一次：没有空场\n之后仍是已暂停"
    told = acted.run_now(whole(replace(WAITING, last_result="已完成", origin=None), ENDED), ZONE)
    assert told == "✅ #7 晨跑 执行了一次：已完成"


@pytest.mark.parametrize(
    ("now", "minutes", "said"),
    [
        (NOON + timedelta(hours=1), 60, "推迟 1小时\n11-23 周一 12:00:00 → 11-23 周一 13:00:00\n"),
        (NOON - timedelta(minutes=30), -30, "提前 30分钟\n11-23 周一 12:00:00 → 11-23 周一 11:30:00\n"),
        (NOON - timedelta(hours=5), -600, "提前 10小时就早于现在，所以现在就运行，代替 11-23 周一 12:00:00 的那次"),
        (NOON + timedelta(hours=20), 660, "推迟 11小时，不在允许的时段，顺延到下次开放\n11-23 周一 12:00:00 → 11-24 "),
    ],
)
def test_a_shift_says_from_when_to_when(now: datetime, minutes: int, said: str) -> None:
    moved = acted.Moved(NOON, now, timedelta(minutes=minutes), NOON - timedelta(hours=5))
    told = acted.reordered(whole(replace(WAITING, next_at=now), None, (now,)), moved, ZONE)
    assert told.startswith(f"✅ 已调整 #7 晨跑：{said}")


def test_a_shift_that_changes_nothing_says_so() -> None:
    moved = acted.Moved(NOON, NOON, timedelta(hours=-1), NOON - timedelta(hours=5))
    assert acted.reordered(whole(WAITING, None, (NOON,)), moved, ZONE) == (
        "ℹ️ #7 晨跑 没有变：提前 1小时不在允许的时段，顺延回来还是 11-23 周一 12:00:00"
    )


def test_a_detail_says_that_the_next_run_was_shifted() -> None:
    shifted = whole(replace(WAITING, next_at=NOON), None, THREE, moved_from=NOON + timedelta(hours=1))
    assert "已调整：下次原定 11-23 周一 13:00:00" in detail(shifted, ZONE).splitlines()
    assert "已调整" not in detail(whole(WAITING, None, THREE), ZONE)


def test_instants_of_a_rhythm_in_another_zone_say_whose_time_they_are() -> None:
    london = replace(WAITING, recurrence=Weekly(time=time(4), zone="Europe/London"))
    assert standing(whole(london, None, THREE[:1]), ZONE) == "⏳ 接下来（北京时间）：11-23 周一 12:00:00"


def test_a_job_whose_only_instant_was_missed_is_not_said_to_have_done_it() -> None:
    missed_it = replace(WAITING, status=Status.COMPLETED, next_at=None, reason="错过 1 次：当时机器人没有运行")
    words = "已错过（当时机器人没有运行），发送 !立即执行 7 补一次"
    assert standing(whole(missed_it), ZONE) == f"⚠️ {words}"
    assert words in facts_of(missed_it)


def test_a_list_names_the_next_run_before_however_long_a_configuration() -> None:
    skips = tuple(date(2026, 12, day) for day in range(1, 29))
    busy = replace(WAITING, recurrence=Weekly(time=time(12), bounds=Bounds(skips=frozenset(skips))))
    assert facts_of(busy).startswith("  定时 · 下次 11-23 周一 12:00:00 · 每天 12:00，跳过 ")


def told(topic: str, **data: Any) -> str:
    return notice(
        Notification(dedupe_key="k", target=GROUP, topic=topic, job_id=None, data=data, created_at=NOON), ZONE
    )


def missed(number: int = 7, count: int = 1, **more: Any) -> dict[str, Any]:
    first = NOON - (count - 1) * DAY
    return {
        "number": number,
        "name": f"任务{number}",
        "count": count,
        "first": first.isoformat(),
        "last": NOON.isoformat(),
        "next_at": (NOON + DAY).isoformat(),
        "reason": "当时机器人没有运行",
        **more,
    }


def test_what_several_jobs_missed_is_one_message() -> None:
    assert told(OCCURRENCE_MISSED, jobs=[missed(7), missed(8, 3, next_at=None)]).splitlines() == [
        "⚠️ 2 个任务错过了 4 次：当时机器人没有运行",
        "#7 任务7 11-23 周一 12:00:00 的一次，下次 11-24 周二 12:00:00",
        "#8 任务8 11-21 周六 12:00:00 到 11-23 周一 12:00:00 的 3 次",
        "现在补一次：!立即执行 编号，例如 !立即执行 7",
    ]


def test_the_message_stays_short_however_many_missed_something() -> None:
    many = told(OCCURRENCE_MISSED, jobs=[missed(n, name="很长的名字" * 8) for n in range(1, 200)])
    lines = many.splitlines()
    assert lines[0].startswith("⚠️ 199 个任务错过了 199 次")
    assert len(lines) == JOB_LINES_AT_MOST + 3
    assert lines[-2] == "…等共 199 个任务"
    assert len(many) < 900


def test_what_one_job_missed_says_why_and_admits_what_was_not_counted() -> None:
    words = told(OCCURRENCE_MISSED, **missed(count=2000, more=True, reason="电脑休眠过，或时钟被调整"))
    assert " 的至少 2000 次：电脑休眠过，或时钟被调整\n下次 11-24 周二 12:00:00\n" in words
    both = told(OCCURRENCE_MISSED, jobs=[missed(), missed(8, 2000, more=True, reason="机器人当时忙不过来")])
    assert both.startswith("⚠️ 2 个任务错过了至少 2001 次：当时机器人没有运行；机器人当时忙不过来\n")


def test_who_has_missed_something_is_told_how_to_make_up_for_it() -> None:
    assert told(OCCURRENCE_MISSED, **missed()).endswith("\n现在补一次：!立即执行 7")
    assert told(OCCURRENCE_MISSED, jobs=[missed(7), missed(8)]).endswith(
        "\n现在补一次：!立即执行 编号，例如 !立即执行 7"
    )


LATE: dict[str, Any] = {
    "scheduled_at": NOON.isoformat(),
    "late_seconds": 50.71,
    "reason": "好",
    "number": 7,
    "name": "备份",
}


@pytest.mark.parametrize(
    ("topic", "words"),
    [
        (OCCURRENCE_DONE, "✅ #7 备份 这次完成（补 11-23 12:00 的，迟 50.7 秒）：好"),
        (OCCURRENCE_FAILED, "❌ #7 备份 这次失败（补 11-23 12:00 的，迟 50.7 秒）：好"),
        (JOB_COMPLETED, "✅ #7 备份 已完成（补 11-23 12:00 的，迟 50.7 秒）：好"),
        (JOB_FAILED, "❌ #7 备份 失败（补 11-23 12:00 的，迟 50.7 秒）：好"),
    ],
)
def test_a_run_that_made_up_for_an_instant_says_for_which_and_how_late(topic: str, words: str) -> None:
    assert told(topic, **LATE).splitlines()[0] == words


def test_the_first_failure_of_a_quiet_row_says_that_it_is_tried_again_in_silence() -> None:
    job = {"number": 7, "name": "备份", "reason": "退出码 3", "failures": 1, "next_at": NOON.isoformat()}
    assert told(OCCURRENCE_FAILED, **job, retries=True, quiet=True).splitlines() == [
        "❌ #7 备份 这次失败：退出码 3",
        "11-23 周一 12:00:00 再试；再失败不打扰，恢复了告诉你，停下它：!停止任务 7",
    ]
    assert told(OCCURRENCE_FAILED, **job).splitlines()[1] == "下次 11-23 周一 12:00:00"


def test_results_of_a_row_say_where_they_stand_in_it() -> None:
    job = {"number": 7, "name": "备份", "reason": "退出码 1"}
    assert told(OCCURRENCE_FAILED, **job, failures=1) == "❌ #7 备份 这次失败：退出码 1"
    assert told(OCCURRENCE_FAILED, **job, failures=3) == "❌ #7 备份 这次失败（连续第 3 次）：退出码 1"
    done = {**job, "reason": "已完成", "failures": 0}
    assert told(OCCURRENCE_DONE, **done, recovered=True) == "✅ #7 备份 恢复正常，这次完成：已完成"
    assert told(OCCURRENCE_DONE, **done, recovered=False) == "✅ #7 备份 这次完成：已完成"
    skipped = told(OCCURRENCE_SKIPPED, number=7, name="备份", first=NOON.isoformat(), reason="上一次运行还没结束")
    assert skipped == "⏭️ #7 备份 跳过了 11-23 周一 12:00:00 的一次：上一次运行还没结束"
