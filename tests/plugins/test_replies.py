"""The words, value by value."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st
from msgspec.structs import replace

from jobs import (
    JOB_COMPLETED,
    JOB_FAILED,
    OCCURRENCE_DONE,
    OCCURRENCE_FAILED,
    OCCURRENCE_MISSED,
    SLOTS_FREED,
    Chat,
    Cleaning,
    Job,
    JobDetail,
    JobId,
    JobPage,
    JobRow,
    Notification,
    Preset,
    Progress,
    Run,
    RunStatus,
    Status,
    Usage,
    UserId,
    Weekly,
)
from jobs.models.ids import JobNumber, RunId
from jobs.models.run import Exit, Identity
from plugins._commands.table import COMMANDS
from plugins._replies import acted, questions
from plugins._replies.detail import detail
from plugins._replies.helping import command_help, overview
from plugins._replies.listing import listing
from plugins._replies.log import log_pages, log_tail, log_text
from plugins._replies.notices import notice
from plugins._replies.pages import PAGE_WIDTH, PAGES_AT_MOST, TEXT_WIDTH
from plugins._replies.presets import preset_list
from plugins._replies.standing import standing
from plugins._replies.times import day_and_time
from plugins._replies.welcome import welcome

ZONE = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
"""Monday noon in Shanghai."""
GROUP = Chat(self_id="10000", type="group", peer_id="12345")
DESCRIBES = "预设13 南洋北苑健身房·健身房 · 每300秒 · 18,19,20点 · 不自动预订"
JOB = Job(
    id=JobId("1e95803d"),
    number=JobNumber(7),
    kind="monitor",
    name="晚场监控",
    status=Status.RUNNING,
    config={},
    owner=UserId("20001"),
    origin=GROUP,
    created_at=NOON,
    updated_at=NOON,
)
LIVE = Run(
    id=RunId("r"),
    job_id=JOB.id,
    status=RunStatus.LIVE,
    requested_at=NOON,
    started_at=NOON,
    worker=Identity(boot_id="b", pid=4321, start=1),
)


PENDING = replace(JOB, status=Status.PENDING)
QUEUED = Run(id=RunId("q"), job_id=JOB.id, status=RunStatus.QUEUED, requested_at=NOON)
RESTARTS = replace(QUEUED, not_before_at=NOON + timedelta(seconds=10), restarts=2)


def row(job: Job = JOB, progress: Progress | None = None, title: str = "监控", **facts: Any) -> JobRow:
    return JobRow(job=job, kind_title=title, describes=DESCRIBES, progress=progress, **facts)


def whole(job: Job = JOB, **facts: Any) -> JobDetail:
    known = {"row": row(job), "run": None, "usage": None, "upcoming": (), "history": ()}
    return JobDetail(**{**known, **facts})


def test_instants_are_shown_in_the_bots_zone() -> None:
    assert day_and_time(NOON, ZONE) == "11-23 周一 12:00:00"
    assert day_and_time(NOON - timedelta(hours=13), ZONE) == "11-22 周日 23:00:00"


@pytest.mark.parametrize(
    ("job", "facts", "words"),
    [
        (JOB, {}, "🟢 运行中"),
        (PENDING, {"row": row(PENDING, queued=QUEUED, queue_position=2)}, "⏳ 排队第2，前面的任务一让出位置就启动"),
        (
            replace(PENDING, reason="被信号 9 终止（可能内存不足）"),
            {"row": row(replace(PENDING, reason="被信号 9 终止（可能内存不足）"), queued=RESTARTS)},
            "⏳ 12:00:10 自动重启（第 2 次）：被信号 9 终止（可能内存不足）",
        ),
        (
            replace(JOB, status=Status.PENDING),
            {"upcoming": (NOON, NOON + timedelta(days=1))},
            "⏳ 接下来：11-23 周一 12:00:00、11-24 周二 12:00:00",
        ),
        (replace(JOB, status=Status.PENDING), {}, "⏳ 还没有启动，发送 !启动任务 7 启动"),
        (replace(JOB, status=Status.STOPPED, reason="被停止"), {}, "🔴 已停止"),
        (replace(JOB, status=Status.FAILED, reason="登录失效"), {}, "❌ 失败：登录失效"),
        (replace(JOB, status=Status.COMPLETED, reason="监控的日期已过"), {}, "✅ 已完成：监控的日期已过"),
    ],
)
def test_how_a_job_stands_is_one_line(job: Job, facts: dict[str, Any], words: str) -> None:
    assert standing(whole(job, **facts), ZONE) == words


def test_a_created_job_is_said_in_the_agreed_shape() -> None:
    assert acted.created(whole(), "", ZONE) == (
        f"✅ 已创建监控 #7 · 1e95803d\n晚场监控\n{DESCRIBES}\n🟢 运行中，引用本条回复“停/日志/改”即可操作"
    )


def test_what_was_asked_is_said_as_it_really_turned_out() -> None:
    failed = whole(replace(JOB, status=Status.FAILED, reason="场馆不存在"))
    assert acted.started(failed, ZONE) == "❌ #7 晚场监控 启动后失败：场馆不存在，发送 !任务日志 7 看日志"
    assert acted.stopped(JOB, settled=True, grace_seconds=10) == "🔴 已停止 #7 晚场监控，十分钟内可 !撤销"
    assert (
        acted.stopped(JOB, settled=False, grace_seconds=10) == "⏳ 正在停止 #7 晚场监控，最多 10 秒；十分钟内可 !撤销"
    )
    assert (
        acted.deleted(JOB, gone=False, grace_seconds=2.5)
        == "⏳ 正在停止并删除 #7 晚场监控，最多 2.5 秒；十分钟内可 !撤销"
    )
    stopping = whole(run=replace(LIVE, stop_requested_at=NOON))
    assert acted.restarted(stopping, ZONE, settled=False, grace_seconds=10).startswith("⏳ 正在重启 #7 晚场监控：")
    assert acted.restarted(whole(run=LIVE), ZONE, settled=True, grace_seconds=10) == "✅ 已重启 #7 晚场监控\n🟢 运行中"


def test_cleaning_names_what_it_mended_and_deleted() -> None:
    assert acted.cleaned(Cleaning(mended=(), deleted=()), 30).startswith("🧹 没有要清理的")
    said = acted.cleaned(Cleaning(mended=(JOB,), deleted=(JOB,) * 12), 30)
    assert "修正 1 个进程已不在的任务：#7 晚场监控" in said
    assert said.endswith("、#7 晚场监控…")
    assert "删除 12 个" in said


def test_a_list_says_what_is_worth_knowing_now() -> None:
    checked = Progress(at=NOON, sentence="空场 3 个", next_check_at=NOON + timedelta(seconds=5), checks=9)
    waiting = replace(
        JOB,
        number=JobNumber(8),
        status=Status.PENDING,
        recurrence=Weekly(time=time(12)),
        next_at=NOON,
        last_result="没有空场",
    )
    page = JobPage(rows=(row(progress=checked), row(waiting, title="定时")), total=2, page=1, pages=1)
    lines = listing(page, ZONE).splitlines()
    assert lines[:2] == ["📋 任务列表（共 2 个）", "🟢 #7 1e95803d 晚场监控"]
    assert lines[2].startswith("  监控 · 空场 3 个，12:00:05 再查 · 预设13 ")
    assert lines[4].startswith("  定时 · 下次 11-23 周一 12:00:00 · 上次：没有空场 · 每天 12:00 · ")
    assert len(lines) == 5


def test_pages_say_how_to_see_the_next_with_the_same_filter() -> None:
    page = JobPage(rows=(row(),), total=41, page=1, pages=3)
    assert listing(page, ZONE, asked_for="我的").splitlines()[-1] == "第 1/3 页，发送 !任务列表 我的 页=2 看下一页"
    assert listing(replace(page, page=3), ZONE).splitlines()[-1] == "第 3/3 页，这是最后一页"
    nothing = JobPage(rows=(), total=0, page=1, pages=1)
    assert "没有符合“失败”的任务" in listing(nothing, ZONE, asked_for="失败")


def test_a_detail_names_process_usage_and_the_reason_of_the_end() -> None:
    running = detail(
        whole(run=LIVE, usage=Usage(cpu_percent=1.25, memory_bytes=10 * 2**20, uptime_seconds=93725.5)), ZONE
    )
    assert "进程：4321，CPU 1.2%，内存 10.0 MiB，已运行1天2小时" in running
    assert "自动重启" not in running
    assert "自动重启：2 次" in detail(whole(run=replace(LIVE, restarts=2)), ZONE)
    assert "发起人：20001（在群 12345 创建）" in running
    ended = replace(LIVE, status=RunStatus.ENDED, ended_at=NOON, exit=Exit(signal=9))
    failed = detail(whole(replace(JOB, status=Status.FAILED, reason="被信号 9 终止（可能内存不足）"), run=ended), ZONE)
    assert "状态：❌ 失败：被信号 9 终止（可能内存不足）" in failed
    assert "到 11-23 周一 12:00:00，被信号 9 终止（可能内存不足）" in failed
    assert "发起人：超级用户（在命令行或导入时创建）" in detail(whole(replace(JOB, owner=None, origin=None)), ZONE)


@given(st.lists(st.text(max_size=2500), max_size=60))
def test_however_long_a_log_its_end_is_kept_and_every_part_fits(lines: list[str]) -> None:
    pages = log_pages(JOB, lines)
    assert len(pages) <= PAGES_AT_MOST
    assert all(len(page) <= PAGE_WIDTH for page in pages)
    assert len(log_tail(JOB, lines)) <= TEXT_WIDTH
    if pages:
        assert len(log_text(JOB, lines)) > TEXT_WIDTH
        assert "\n".join(lines).rstrip().endswith(pages[-1].rstrip()) or not "".join(lines).strip()
        assert all(page.strip() for page in pages)
    else:
        assert len(log_text(JOB, lines)) <= TEXT_WIDTH


def told(topic: str, tag: str = "", **data: Any) -> str:
    facts = {"number": 7, "name": "晚场监控", **data}
    return notice(
        Notification(dedupe_key="k", target=GROUP, topic=topic, job_id=JOB.id, data=facts, created_at=NOON), ZONE, tag
    )


def slot(hour: int, court: str, price: str = "30.00", date: str = "2026-11-23") -> dict[str, Any]:
    return {"date": date, "hour": hour, "court": court, "price": price}


def test_new_slots_are_grouped_by_day_and_hour() -> None:
    slots = [slot(19, "1号场", "22.50"), slot(18, "3号场"), slot(18, "5号场"), slot(18, "1号场", "", "2026-11-24")]
    assert told(SLOTS_FREED, slots=slots, first=False) == (
        "🎾 #7 晚场监控 有新空场\n11-23 周一 18:00 3、5号场 ¥30\n11-23 周一 19:00 1号场 ¥22.5\n11-24 周二 18:00 1号场"
    )
    assert told(SLOTS_FREED, slots=slots[:1], first=True, venue="霍英东·羽毛球").startswith(
        "🎾 #7 晚场监控 现有空场\n霍英东·羽毛球\n"
    )
    assert told(SLOTS_FREED, slots=slots, preset=18).endswith("\n预订：!预订 18 11-23 18")


def test_a_flood_of_slots_is_cut_at_eight_lines() -> None:
    many = [slot(hour, "1号场", date=f"2026-11-{day}") for day in (23, 24) for hour in range(8, 20)]
    lines = told(SLOTS_FREED, slots=many).splitlines()
    assert len(lines) == 10
    assert lines[-1] == "…等共 24 个"


@pytest.mark.parametrize(
    ("topic", "data", "words"),
    [
        (JOB_COMPLETED, {"reason": "监控的日期已过"}, "✅ #7 晚场监控 已完成：监控的日期已过"),
        (
            JOB_FAILED,
            {"reason": "登录失效", "log": ["a", "b"]},
            "❌ #7 晚场监控 失败：登录失效\n最后的日志：\na\nb\n发送 !启动任务 7 再试，!任务日志 7 看日志",
        ),
        (
            OCCURRENCE_DONE,
            {"reason": "演练", "next_at": NOON.isoformat()},
            "✅ #7 晚场监控 这次完成：演练\n下次 11-23 周一 12:00:00",
        ),
        (OCCURRENCE_FAILED, {"reason": "没有空场", "log": []}, "❌ #7 晚场监控 这次失败：没有空场"),
        (
            OCCURRENCE_MISSED,
            {"count": 1, "first": NOON.isoformat(), "last": NOON.isoformat(), "next_at": None},
            "⚠️ #7 晚场监控 错过了 11-23 周一 12:00:00 的一次：当时机器人没有运行\n现在补一次：!立即执行 7",
        ),
        ("of_tomorrow", {}, "ℹ️ #7 晚场监控 有新情况，发送 !任务详情 查看"),
        (SLOTS_FREED, {"slots": [{"when": "?"}]}, "ℹ️ #7 晚场监控 有新情况，发送 !任务详情 查看"),
    ],
)
def test_every_topic_has_its_words(topic: str, data: dict[str, Any], words: str) -> None:
    assert told(topic, **data) == words
    assert told(topic, "（补发）", **data) == f"（补发）{words}"


def test_questions_tell_how_to_answer() -> None:
    in_group, in_private = (
        questions.confirm_deletion(JOB, in_group=where, speaker=JOB.owner) for where in (True, False)
    )
    assert "的任务" not in in_group
    assert f"是 QQ{JOB.owner} 的任务" in questions.confirm_deletion(JOB, in_group=True, speaker=UserId("20009"))
    assert "引用本条回复“确认”，或发送“确认 7”" in in_group
    assert "回复“确认”" in in_private
    assert "引用" not in in_private
    court = Preset(number=5, venue="气膜", venue_id="v", sport="羽毛球", sport_id="s")
    assert "1. 气膜·羽毛球（预设 5）" in questions.which_venue("羽毛球", [court], in_group=True)
    assert "!预设" in questions.which_venue("晚场", [], in_group=False)


def test_help_is_derived_from_the_table() -> None:
    said = overview(COMMANDS)
    assert all((command.example if command.is_common else f"!{command.name}") in said for command in COMMANDS)
    assert len(said) < 900
    for command in COMMANDS:
        explained = command_help(command)
        assert all(alias in explained for alias in command.aliases)
        assert all(option.example in explained for option in command.options)
        assert command.who in explained


def test_presets_are_said_with_an_example() -> None:
    court = Preset(number=5, venue="气膜", venue_id="v", sport="羽毛球", sport_id="s")
    assert preset_list([court], "").splitlines() == [
        "🏟️ 全部预设（共 1 个）",
        "5 气膜·羽毛球",
        "看空场：!查询 5；盯着它：!创建监控 晚场监控 预设=5",
    ]


def test_the_welcome_tells_whether_a_token_is_needed(tmp_path: Any) -> None:
    facts = {"url": "ws://127.0.0.1:8080/onebot/v11/ws", "provider": "demo", "home": tmp_path}
    assert "不用填 token" in welcome(has_token=False, **facts)
    assert "ONEBOT_ACCESS_TOKEN" in welcome(has_token=True, **facts)


def test_a_list_says_what_a_run_that_has_not_begun_waits_for() -> None:
    queued = row(PENDING, queued=QUEUED, queue_position=3)
    restarts = row(replace(PENDING, reason="预订平台连不上"), queued=RESTARTS)
    page = JobPage(rows=(queued, restarts), total=2, page=1, pages=1)
    _, _, first, _, second = listing(page, ZONE).splitlines()
    assert "排队第3" in first
    assert "12:00:10 自动重启（第 2 次）：预订平台连不上" in second
