"""Replies about the bot as a whole."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from jobs import (
    BackedUp,
    ChangedSetting,
    Deed,
    Finding,
    Reloaded,
    Status,
    SystemStatus,
    deed_in_words,
    seconds_in_words,
    shorten,
)

_PROBLEMS_SHOWN: Final = 5
"""With the facts below them no more than fifteen lines."""
_MB: Final = 2**20
_LITTLE_DISK: Final = 500 * _MB
_LITTLE_MEMORY: Final = 200 * _MB
_MANY_WAITING: Final = 20
_BACKUP_AGE: Final = timedelta(days=2)
_JUMPED_LATELY: Final = timedelta(days=1)
_OFF_SECONDS: Final = 2.0
"""By which the machine's clock may differ from the platform's before somebody should set it: runs allow for it."""
_BUSY: Final = 2.0
"""Load for each core."""
_VALUE_WIDTH: Final = 60
_FINDINGS_SHOWN: Final = 20


# -- status -----------------------------------------------------------------------------------------------------------
def status_told(status: SystemStatus, accounts: Sequence[str], zone: ZoneInfo, now: datetime) -> str:
    """Problems first, each with what to do; then the facts. At most fifteen lines."""
    problems = list(_problems(status, zone, now))
    shown = problems[:_PROBLEMS_SHOWN]
    if len(problems) > _PROBLEMS_SHOWN:
        shown[-1] = f"⚠️ 还有 {len(problems) - _PROBLEMS_SHOWN + 1} 个问题 → 发送 !体检"
    return "\n".join([_title(status), *shown, *_facts(status, accounts, zone, now)])


def _title(status: SystemStatus) -> str:
    up = seconds_in_words(max(1, _rounded(status.uptime_seconds)))
    return f"🖥️ SJA {status.version}".rstrip() + f" · 进程 {status.pid} · 已运行{up}"


def _rounded(seconds: float) -> int:
    """To minutes, from an hour on."""
    return round(seconds / 60) * 60 if seconds >= 3600 else round(seconds)


def present_problems(status: SystemStatus, zone: ZoneInfo, now: datetime) -> Iterator[Finding]:
    """What is wrong just now, as far as it is seen from within; the rest an examination of the home finds."""
    facts, machine = status.stored, status.measured
    if facts.waiting and len(facts.workers) >= status.max_running:
        full = f"运行已满（{status.max_running}），{facts.waiting} 个在排队"
        yield _warning(full, "停掉一些，或在 .env 里调大 SJA_MAX_RUNNING 后 !重载配置")
    if machine.free_memory_bytes < _LITTLE_MEMORY:
        yield _warning(f"本机内存只剩 {_size(machine.free_memory_bytes)}", "停掉一些任务，或给机器加内存")
    if machine.load > _BUSY * machine.cores:
        yield _warning(f"本机很忙（负载 {machine.load:.1f}，{machine.cores} 核）", "看看别的程序在做什么")
    if facts.outbox > _MANY_WAITING:
        yield _warning(f"{facts.outbox} 条通知还没送出去", "看 QQ 客户端是否在线、有没有被限制发言")
    if machine.offset is not None and abs(machine.offset.seconds) > _OFF_SECONDS:
        yield _warning(f"本机时钟和平台差 {abs(machine.offset.seconds):.1f} 秒", "timedatectl set-ntp true")
    if status.jumped is not None and now - status.jumped.at < _JUMPED_LATELY:
        way = "前" if status.jumped.seconds > 0 else "后"
        jumped = seconds_in_words(max(1, round(abs(status.jumped.seconds))))
        when = f"系统时间在 {_at(status.jumped.at, zone)} 向{way}跳了{jumped}"
        yield _warning(when, "校准系统时间（休眠过就不用管）")
    if failed := facts.jobs.get(Status.FAILED):
        yield _warning(f"{failed} 个任务失败", "发送 !任务列表 失败")


def _problems(status: SystemStatus, zone: ZoneInfo, now: datetime) -> Iterator[str]:
    for problem in (*_of_the_home(status, now), *present_problems(status, zone, now)):
        yield f"⚠️ {problem.what} → {problem.fix}"


def _of_the_home(status: SystemStatus, now: datetime) -> Iterator[Finding]:
    """What an examination of the home finds as well."""
    machine = status.measured
    if status.wants_warden and machine.warden is None and status.stored.workers:
        again = "下次启动任务时会自动拉起；一直没有就发送 !体检"
        yield _warning("守护进程不在，正在运行的任务不受影响", again)
    if machine.free_disk_bytes < _LITTLE_DISK:
        yield _warning(f"磁盘只剩 {_size(machine.free_disk_bytes)}", "清出空间，再发送 !清理任务")
    if machine.backed_up_at is None:
        yield _warning("还没有备份", "发送 !备份")
    elif now - machine.backed_up_at > _BACKUP_AGE:
        yield _warning(f"最近的备份是 {(now - machine.backed_up_at).days} 天前的", "发送 !备份，再看机器人的日志")


def _warning(what: str, fix: str) -> Finding:
    return Finding(level="warning", what=what, fix=fix)


def _facts(status: SystemStatus, accounts: Sequence[str], zone: ZoneInfo, now: datetime) -> Iterator[str]:
    facts, machine = status.stored, status.measured
    counted = " · ".join(f"{each.icon} {each.words} {count}" for each, count in facts.jobs.items())
    yield f"任务：{counted or '还没有'}"
    yield f"运行：{len(facts.workers)} 个进程（上限 {status.max_running}），排队 {facts.waiting} 个"
    keeper = f"warden 进程 {machine.warden}" if machine.warden is not None else "warden 没有在运行"
    yield f"守护：{keeper if status.wants_warden else '每次运行各有一个看护进程'}"
    memory = [f"机器人 {_size(machine.bot_bytes)}"]
    memory += [f"守护 {_size(machine.warden_bytes)}"] if machine.warden_bytes else []
    memory += [f"运行合计 {_size(machine.runs_bytes)}"] if facts.workers else []
    yield f"内存：{'、'.join(memory)}（本机还有 {_size(machine.free_memory_bytes)}）"
    yield f"本机：负载 {machine.load:.1f}（{machine.cores} 核），磁盘剩 {_size(machine.free_disk_bytes)}"
    backed_up = f"最近 {_at(machine.backed_up_at, zone)}，共 {machine.backups} 份" if machine.backed_up_at else "没有"
    yield f"任务库：{_size(machine.store_bytes)}，备份{'：' if machine.backed_up_at else ''}{backed_up}"
    linked = "、".join(accounts) if accounts else "没有账号"
    yield f"QQ：{linked} 已连接，待发通知 {facts.outbox} 条"
    yield f"时钟：{_offset(status, zone, now)}"


def _offset(status: SystemStatus, zone: ZoneInfo, now: datetime) -> str:
    offset = status.measured.offset
    if offset is None:
        return "还没有和平台比对过（抢票前会自动比对）"
    way = "快" if offset.seconds >= 0 else "慢"
    when = _at(offset.at, zone) if now - offset.at > timedelta(minutes=1) else "刚刚"
    return f"平台比本机{way} {abs(offset.seconds):.3f} 秒（±{offset.give_or_take:.3f}，{when}比对）"


# -- the others -------------------------------------------------------------------------------------------------------
def findings_listed(findings: Sequence[Finding]) -> str:
    """Each with its one fix; errors first."""
    if not findings:
        return "✅ 一切正常"
    ordered = sorted(findings, key=lambda finding: finding.level != "error")
    lines = [f"🩺 体检：{len(findings)} 处要看看"]
    for finding in ordered[:_FINDINGS_SHOWN]:
        lines += [f"{'❌' if finding.level == 'error' else '⚠️'} {finding.what}", f"   → {finding.fix}"]
    if len(findings) > _FINDINGS_SHOWN:
        lines.append(f"…还有 {len(findings) - _FINDINGS_SHOWN} 处，在服务器上运行 sja doctor 看全部")
    return "\n".join(lines)


def reloaded(found: Reloaded, complaints: Sequence[str]) -> str:
    """What is different now, and what will be after a restart. The first line tells whether all of it can be used."""
    lines = [_change(change) for change in found.changed]
    if found.presets:
        lines.append(f"预设：{'、'.join(map(str, found.presets))} 有变化（!预设 可查）")
    if not found.is_whole:
        complaints = ["有一处没能换上新的设置（已记入日志），重启机器人才会换上", *complaints]
    if not (lines or found.later or complaints):
        return "✅ 已重新读过，和原来一样"
    how = f"⚠️ 已重载，但有 {len(complaints)} 处不对（见下）" if complaints else "✅ 已重载"
    lines = [f"{how}，立刻生效：", *lines] if lines else [f"{how}，没有立刻生效的变化"]
    if found.later:
        lines += ["⏳ 重启机器人后才生效：", *map(_change, found.later)]
    return "\n".join([*lines, *(f"⚠️ {complaint}" for complaint in complaints)])


def backed_up(made: BackedUp) -> str:
    """Where it is, and how it is put back."""
    jobs = "" if made.file.jobs is None else f"，{made.file.jobs} 个任务"
    return "\n".join(
        [
            f"✅ 已备份到 {made.file.path}",
            f"{_size(made.file.size_bytes)}{jobs}，已通过检查；现在共有 {made.backups} 份备份",
            f"每日备份只留最近 {made.kept} 份，手动的不会自动删除",
            f"恢复：停下机器人，在服务器上运行 sja restore {made.file.path.name}",
        ]
    )


def deeds_told(deeds: Sequence[Deed], zone: ZoneInfo, whose: str) -> str:
    """One act a line, the latest first."""
    about = f"（{whose}）" if whose else ""
    if not deeds:
        return f"🧾 没有操作记录{about}；看全部发送 !审计"
    return "\n".join(
        [
            f"🧾 操作记录{about}，最近 {len(deeds)} 条",
            *(shorten(deed_in_words(deed, zone), 120) for deed in deeds),
            "只看一个人：!审计 QQ号；一个任务：!审计 #7；更多：!审计 100条",
        ]
    )


def _change(change: ChangedSetting) -> str:
    before, after = (shorten(value, _VALUE_WIDTH) if value else "（空）" for value in (change.before, change.after))
    return f"{change.name} {before} → {after}"


def _size(count: float) -> str:
    return f"{count / 2**30:.1f} GB" if count >= 2**30 else f"{count / _MB:.1f} MB"


def _at(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%m-%d %H:%M}"
