"""How the bot is doing, in few lines: problems first, each with what to do."""

from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from msgspec.structs import replace
from office_site import BOSS, CREATE, GROUP, Office

from jobs.app.conditions import Jump
from jobs.app.findings import Finding
from jobs.app.status import CLOCKS, Measured, Stored, SystemStatus, VenueOffset, last_offset
from jobs.clock import SystemExactClock
from jobs.exact.shared import SharedFindings
from jobs.models.change import Change
from jobs.models.job import Status
from jobs.models.offsets import Estimate, Span
from jobs.models.run import Identity
from jobs.store.opening import open_for_run
from jobs.supervisor.kernel_lock import take
from plugins._replies.administration import findings_listed, status_told

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
WORKER = Identity(pid=7, boot_id="b", start=1)


def told(jobs: Mapping[Status, int] | None = None, **facts: Any) -> list[str]:
    """Of a bot that is well, but for what is given."""
    stored: dict[str, Any] = {"jobs": jobs or {Status.RUNNING: 2}, "waiting": 0, "workers": (WORKER,), "outbox": 0}
    measured: dict[str, Any] = {
        "bot_bytes": 80 * 2**20,
        "warden": 456,
        "warden_bytes": 40 * 2**20,
        "runs_bytes": 10 * 2**20,
        "free_memory_bytes": 2**31,
        "load": 0.5,
        "cores": 2,
        "free_disk_bytes": 2**34,
        "store_bytes": 2**20,
        "backed_up_at": NOON - timedelta(hours=8),
        "backups": 7,
        "offset": VenueOffset(seconds=0.0123, give_or_take=0.004, at=NOON - timedelta(hours=1)),
    }
    rest: dict[str, Any] = {"jumped": None, "max_running": 200, "wants_warden": True}
    for name, value in facts.items():
        next(each for each in (stored, measured, rest) if name in each)[name] = value
    status = SystemStatus(
        version="0.1.0",
        pid=123,
        uptime_seconds=3 * 3600 + 61,
        stored=Stored(**stored),
        measured=Measured(**measured),
        **rest,
    )
    return status_told(status, ["10000"], ZONE, NOON).splitlines()


def test_a_bot_that_is_well_says_so_in_nine_lines() -> None:
    assert told() == [
        "🖥️ SJA 0.1.0 · 进程 123 · 已运行3小时1分钟",
        "任务：🟢 运行中 2",
        "运行：1 个进程（上限 200），排队 0 个",
        "守护：warden 进程 456",
        "内存：机器人 80.0 MB、守护 40.0 MB、运行合计 10.0 MB（本机还有 2.0 GB）",
        "本机：负载 0.5（2 核），磁盘剩 16.0 GB",
        "任务库：1.0 MB，备份：最近 11-22 04:00，共 7 份",
        "QQ：10000 已连接，待发通知 0 条",
        "时钟：平台比本机快 0.012 秒（±0.004，11-22 11:00比对）",
    ]


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"warden": None}, "守护进程不在"),
        ({"waiting": 3, "max_running": 1}, "SJA_MAX_RUNNING"),
        ({"free_disk_bytes": 2**20}, "!清理任务"),
        ({"free_memory_bytes": 2**20}, "内存"),
        ({"load": 9.0}, "很忙"),
        ({"outbox": 50}, "50 条通知"),
        ({"backed_up_at": None, "backups": 0}, "!备份"),
        ({"backed_up_at": NOON - timedelta(days=3)}, "3 天前"),
        ({"jumped": Jump(at=NOON - timedelta(hours=2), seconds=-60)}, "向后跳了60秒"),
        ({"offset": VenueOffset(seconds=-5, give_or_take=0.1, at=NOON)}, "差 5.0 秒"),
        ({"jobs": {Status.FAILED: 2}}, "!任务列表 失败"),
    ],
)
def test_each_problem_comes_first_with_what_to_do(facts: dict[str, Any], says: str) -> None:
    lines = told(**facts)
    assert lines[1].startswith("⚠️")
    assert says in lines[1]
    assert " → " in lines[1]
    assert not lines[2].startswith("⚠️")


def test_however_much_is_wrong_it_stays_within_fifteen_lines() -> None:
    lines = told(
        warden=None,
        waiting=3,
        max_running=1,
        free_disk_bytes=1,
        load=9.0,
        outbox=50,
        backed_up_at=None,
        jumped=None,
        free_memory_bytes=1,
        jobs={Status.FAILED: 1},
    )
    assert len(lines) <= 15
    assert lines[5] == "⚠️ 还有 4 个问题 → 发送 !体检"


async def test_the_status_of_a_real_bot(office: Office) -> None:
    await office.say(CREATE, BOSS, GROUP)
    said = await office.say("!系统状态")
    assert len(said.splitlines()) <= 15
    assert "任务：⏳ 等待启动 1" in said
    assert "QQ：10000 已连接" in said


async def test_an_examination_finds_what_the_status_warns_of(office: Office) -> None:
    await office.say(CREATE, BOSS, GROUP)
    with closing(open_for_run(office.home)) as store:
        (job,) = store.jobs.select()
        store.apply(Change(jobs=(replace(job, status=Status.FAILED),)))
    status, examined = await office.say("!系统状态"), await office.say("!体检")
    assert "⚠️ 1 个任务失败 → 发送 !任务列表 失败" in status
    assert "⚠️ 1 个任务失败\n   → 发送 !任务列表 失败" in examined


def test_the_last_comparison_with_a_server_is_told_by_our_wall_clock(tmp_path: Path) -> None:
    clock = SystemExactClock()
    assert last_offset(tmp_path) is None
    shared = SharedFindings(tmp_path / CLOCKS, clock, take)
    ahead = clock.wall() - clock.steady() + 2.0
    estimate = Estimate(span=Span(ahead - 0.01, ahead + 0.03), measured_at=clock.steady(), requests=10)
    shared.keep("venue", shared.found(estimate, (), settled=True))
    shared.keep("another", shared.found(None, (), settled=True))
    (tmp_path / CLOCKS / "broken").write_bytes(b"{")
    offset = last_offset(tmp_path)
    assert offset is not None
    assert offset.seconds == pytest.approx(2.01, abs=0.005)
    assert offset.give_or_take == pytest.approx(0.02)
    assert msgspec.to_builtins(offset)["at"]


def test_findings_are_told_with_their_fix_errors_first() -> None:
    assert findings_listed([]) == "✅ 一切正常"
    findings = [Finding(level="warning", what="甲", fix="乙"), Finding(level="error", what="丙", fix="丁")]
    assert findings_listed(findings) == "🩺 体检：2 处要看看\n❌ 丙\n   → 丁\n⚠️ 甲\n   → 乙"


async def test_a_backup_says_where_it_is_and_how_it_is_put_back(office: Office) -> None:
    said = await office.say("!备份")
    (made,) = (office.home / "backups").glob("*-manual.db")
    assert f"✅ 已备份到 {made}" in said
    assert f"sja restore {made.name}" in said
    assert f"QQ{BOSS} 备份 {made.name}" in await office.say("!审计")


async def test_only_one_backup_is_made_at_a_time(office: Office) -> None:
    import asyncio

    said = await asyncio.gather(office.say("!备份"), office.say("!备份"))
    assert sorted(text[:2] for text in said) == ["⚠️", "✅ "]
    assert len(list((office.home / "backups").glob("*-manual.db"))) == 1
