"""Looks at a home from outside, changes nothing, and says of each thing that is wrong how it is mended."""

import os
import shutil
import sqlite3
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from typing import Final

import psutil
from msgspec import Struct

from jobs.app.doctor_settings import look_at_settings
from jobs.app.doctor_venues import look_at_public_key, look_at_venues
from jobs.app.findings import Finding
from jobs.config import Settings
from jobs.models.people import PAGER
from jobs.ports.clock import Clock
from jobs.ports.store import StoreUnavailable
from jobs.store.files import Places, is_empty
from jobs.store.integrity import damage_of, look_at
from jobs.store.restoring import list_backups
from jobs.store.schema import STEPS, StoreTooNew
from jobs.store.store import SqliteStore
from jobs.supervisor.locks import holder_pid, home_is_held
from jobs.supervisor.orphans import is_over, processes_of
from jobs.supervisor.process_table import boot_id
from jobs.templates import TemplateBook

_FREE_BYTES: Final = 500 * 2**20
_PAGES_MINDED: Final = timedelta(days=7)
_BACKUP_AGE: Final = timedelta(days=2)
_CLOCK_SLACK: Final = timedelta(minutes=5)
_EARLIEST_YEAR: Final = 2024
_SPARE_DESCRIPTORS: Final = 256
"""For connections, logs and the store, besides those of the runs."""
_DESCRIPTORS_A_RUN: Final = 2
_TAIL_BYTES: Final = 64 * 1024
_COMPLAINTS: Final = (" ERROR ", " CRITICAL ", "Traceback (most recent call last)")


class Diagnosis(Struct, frozen=True, kw_only=True):
    """Who runs (None: nobody) and what was found.

    `is_examined` False: the home could not be looked at, so who runs is unknown. `wants_warden` False: every run has a
    keeper of its own.
    """

    bot: int | None
    warden: int | None
    findings: tuple[Finding, ...]
    is_examined: bool = True
    wants_warden: bool = True

    @property
    def is_sound(self) -> bool:
        return all(finding.level != "error" for finding in self.findings)


def examine(settings: Settings, clock: Clock, values: Mapping[str, str] | None = None) -> Diagnosis:
    """Examines the home of these settings; takes a second or two. `values`: every setting as text, as
    `read_environment` has it; None: what is written there is not looked at."""
    home = settings.sja_home
    if not home.is_dir():
        what, fix = f"还没有 {home} 这个目录", "启动一次机器人，它会建好"
        return Diagnosis(bot=None, warden=None, findings=(Finding(level="warning", what=what, fix=fix),))
    if not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        what, fix = f"没有读写 {home} 的权限", f"换成它的主人来运行，或 chown -R $(id -un) {home}"
        finding = Finding(level="error", what=what, fix=fix)
        return Diagnosis(bot=None, warden=None, findings=(finding,), is_examined=False)
    bot, warden = holder_pid(home), holder_pid(home, "warden")
    findings = (
        *_permissions(home),
        *_space(home),
        *_store(home),
        *_pid_files(home),
        *_orphans(home, bot, warden),
        *_backups(home, clock),
        *_clock(home, clock),
        *_descriptors(settings, bot),
        *_warden(settings, bot, warden),
        *_templates(home),
        *look_at_public_key(settings),
        *look_at_settings(settings, values),
        *_venues(settings, clock, bot),
        *_pages(home, clock),
    )
    return Diagnosis(bot=bot, warden=warden, findings=findings, wants_warden=wants_warden(settings))


def _templates(home: Path) -> Iterator[Finding]:
    book = TemplateBook(home)
    for sentence in book.templates().refused.values():
        yield Finding(level="warning", what=sentence, fix=f"改好 {book.path}，保存后立刻生效")


def _permissions(home: Path) -> Iterator[Finding]:
    if os.name != "posix":
        return
    files = ("jobs/jobs.db", "jobs/jobs.json", "exits.log", "secrets.key", "backups/*.db")
    private = [home, home / "jobs", home / "backups", *(path for name in files for path in home.glob(name))]
    for path in private:
        with suppress(FileNotFoundError):
            mode = stat.S_IMODE(path.stat().st_mode)
            if mode & 0o077:
                right = "700" if path.is_dir() else "600"
                what = f"{path} 的权限是 {mode:04o}，本机的其他用户也能打开"
                yield Finding(level="warning", what=what, fix=f"chmod {right} {path}")


def _space(home: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(home).free
    if free < _FREE_BYTES:
        what = f"磁盘只剩 {free / 2**20:.0f} MB（低于 500 MB）"
        yield Finding(
            level="warning", what=what, fix=f"清出空间；{home}/jobs 里的旧日志和 {home}/backups 里的旧备份可以删"
        )


def _store(home: Path) -> Iterator[Finding]:
    places = Places(home)
    again = "重启机器人，它会用最近的好备份恢复；也可以 sja restore 自己选一份"
    if places.lost_facts:
        yield Finding(level="error", what="任务库文件 jobs.db 不见了或是空的", fix=again)
    if is_empty(places.database):
        return
    try:
        damage = damage_of(places.database, was_closed=False)
    except StoreTooNew as newer:
        yield Finding(level="error", what=newer.sentence, fix="升级程序，或 sja restore 升级前的那份备份")
        return
    except StoreUnavailable as trouble:
        yield Finding(level="error", what=str(trouble), fix="检查磁盘和文件的权限后再试")
        return
    if damage is not None:
        yield Finding(level="error", what=f"任务库已损坏：{damage}", fix=again)
    elif (version := _version(places.database)) < len(STEPS):
        what = f"任务库还是旧版本（{version}，本程序用 {len(STEPS)}）"
        yield Finding(level="warning", what=what, fix="启动（或重启）一次机器人，它会先备份再升级")


def _venues(settings: Settings, clock: Clock, bot: int | None) -> Iterator[Finding]:
    database = Places(settings.sja_home).database
    with suppress(StoreUnavailable, sqlite3.Error):
        if not is_empty(database) and _version(database) == len(STEPS):
            yield from look_at_venues(settings, database, clock, bot_runs=bot is not None)


def _pages(home: Path, clock: Clock) -> Iterator[Finding]:
    database = Places(home).database
    with suppress(StoreUnavailable, sqlite3.Error):
        if is_empty(database) or _version(database) != len(STEPS):
            return
        with closing(SqliteStore(database)) as store:
            lost = store.deliveries.lost(PAGER, clock.now() - _PAGES_MINDED)
        if lost:
            what = f"有 {lost} 条没人确认的紧急通知没能发到 SJA_ESCALATION_URL，已经放弃"
            yield Finding(level="warning", what=what, fix="检查那个地址和它的服务；之后有一条发到了，这里就不再提")


def _version(database: Path) -> int:
    with closing(look_at(database)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _pid_files(home: Path) -> Iterator[Finding]:
    for office, words in (("bot", "机器人"), ("warden", "守护进程")):
        note = home / f"{office}.pid"
        if note.exists() and not home_is_held(home, office):
            what = f"{note.name} 是已经不在的{words}留下的"
            yield Finding(level="warning", what=what, fix=f"不碍事，下次启动会重新写；也可以 rm {note}")


def _orphans(home: Path, bot: int | None, warden: int | None) -> Iterator[Finding]:
    places = Places(home)
    if is_empty(places.database):
        return
    marked = processes_of(home.resolve(), frozenset(pid for pid in (bot, warden) if pid is not None))
    try:
        if _version(places.database) != len(STEPS):
            return
        with closing(SqliteStore(places.database)) as store:
            pids = [str(each.process.pid) for each in marked if is_over(store, each)]
    except (StoreUnavailable, sqlite3.Error):
        return  # What is wrong with the store has been said.
    if pids:
        what = f"有 {len(pids)} 个没有主人的进程（{'、'.join(pids[:10])}）"
        yield Finding(
            level="warning", what=what, fix="sja jobs-cleanup" if bot is not None else "启动机器人就会结束它们"
        )


def _backups(home: Path, clock: Clock) -> Iterator[Finding]:
    if is_empty(Places(home).database):
        return
    newest = next(iter(list_backups(home)), None)
    if newest is None:
        yield Finding(level="warning", what="还没有备份", fix="sja backup（机器人运行时每天自动备份一次）")
        return
    if newest.made_at > clock.now() + _CLOCK_SLACK:
        what = f"备份 {newest.path.name} 的时间在未来：系统时间被往回调过，或现在不对"
        yield Finding(level="warning", what=what, fix="校准系统时间；sja backup 另做一份，再把它移走")
    if clock.now() - newest.made_at > _BACKUP_AGE:
        days = (clock.now() - newest.made_at).days
        what = f"最近的备份是 {days} 天前的"
        yield Finding(level="warning", what=what, fix="sja backup，并看看机器人是否一直在运行、磁盘是否写得进")
    if newest.jobs is None:
        yield Finding(
            level="error", what=f"最近的备份 {newest.path.name} 读不出来", fix="sja backup 另做一份，并检查磁盘"
        )


def _clock(home: Path, clock: Clock) -> Iterator[Finding]:
    now, fix = clock.now(), "校准系统时间（timedatectl set-ntp true）"
    if now.year < _EARLIEST_YEAR:
        yield Finding(level="error", what=f"系统时间是 {now:%Y-%m-%d}，不对", fix=fix)
    database = Places(home).database
    if database.exists() and database.stat().st_mtime > (now + _CLOCK_SLACK).timestamp():
        yield Finding(level="warning", what="任务库上次写入的时间在未来：系统时间被往回调过", fix=fix)
    try:
        boot_id()
    except OSError as error:
        what = f"读不到本次开机的编号（{error.strerror}）：认不出哪些进程还是原来那个"
        yield Finding(level="error", what=what, fix="让 /proc 可读（容器里挂载 proc）")


def _descriptors(settings: Settings, bot: int | None) -> Iterator[Finding]:
    if sys.platform != "linux":
        return
    needed = _SPARE_DESCRIPTORS + _DESCRIPTORS_A_RUN * settings.sja_max_running
    with suppress(psutil.Error):
        _, hard = psutil.Process(bot).rlimit(psutil.RLIMIT_NOFILE)
        if 0 <= hard < needed:
            what = f"最多只能打开 {hard} 个文件，SJA_MAX_RUNNING={settings.sja_max_running} 大约要 {needed} 个"
            yield Finding(
                level="warning", what=what, fix=f"ulimit -n {needed}（systemd：LimitNOFILE={needed}）后重启机器人"
            )


def _warden(settings: Settings, bot: int | None, warden: int | None) -> Iterator[Finding]:
    home, log = settings.sja_home, settings.sja_home / "warden.log"
    if bot is not None and warden is None and wants_warden(settings) and any((home / "run").glob("*.json")):
        what = "机器人在运行，守护进程却不在：已经在跑的任务不受影响"
        yield Finding(level="warning", what=what, fix="下一次启动任务时会自动拉起；一直没有就看 warden.log")
    with suppress(FileNotFoundError), log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
        lines = file.read().decode(errors="replace").splitlines()
        complaints = [line for line in lines if any(word in f" {line} " for word in _COMPLAINTS)]
        if complaints:
            what = f"warden.log 里有 {len(complaints)} 处错误，最后一处：{complaints[-1].strip()[:120]}"
            yield Finding(level="warning", what=what, fix=f"看 {home}/warden.log；已经解决就删掉它")


def wants_warden(settings: Settings) -> bool:
    """Whether runs of this home are kept by a warden on this machine."""
    return settings.sja_launcher == "warden" or (settings.sja_launcher == "auto" and sys.platform == "linux")
