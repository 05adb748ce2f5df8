"""Opening the store: looking before trusting, setting damage aside, and never putting emptiness over facts."""

from contextlib import closing
from pathlib import Path
from typing import Final

from msgspec import Struct

from jobs.ports.clock import Clock
from jobs.ports.store import StoreUnavailable
from jobs.store.adoption import adopt_mirror
from jobs.store.backups import back_up_file, is_ahead_of, restore_newest
from jobs.store.carrying import Saved, carry, saved_from
from jobs.store.files import Places, is_empty, keep_copy, make_private_file, needing_files, set_aside
from jobs.store.integrity import LARGE_BYTES, damage_of
from jobs.store.schema import STEPS, migrate, require_today, version_of
from jobs.store.sqlite import Database
from jobs.store.store import SqliteStore
from jobs.store.turns import Precedence, Turns

_COMPANIONS: Final = ("-wal", "-shm")
_GONE: Final = "任务库文件 jobs.db 不见了或是空的，请启动机器人，它会从备份恢复"
_RUN_CACHE_KIB: Final = 64
"""A run reads and writes a handful of rows; the pages it keeps of them are its own memory, a thousand times over."""
_BOT_PATIENCE_SECONDS: Final = 1.0
"""The bot writes in its event loop: while it waits for a writer that is stuck, no chat is answered."""


class OpenedStore(Struct, frozen=True, kw_only=True):
    """The store, and what the administrators should know of how it was opened: Chinese sentences, often none."""

    store: SqliteStore
    findings: tuple[str, ...]


def open_store(home: Path, clock: Clock) -> OpenedStore:
    """Opens the store for the one bot of this home, repairing what is damaged; `close()` it when done.

    Whatever is damaged is kept under a dated name; jobs come back from the newest sound backup and from the mirror.
    Its writes wait one second at most for another process's. Raises `StoreTooNew`, and `StoreUnavailable` when the
    directory cannot be used; nothing is lost then.
    """
    places = Places(home)
    with needing_files("打开任务库"):
        places.prepare()
        was_closed = places.was_closed
        findings, saved = _mend(places, clock)
        make_private_file(places.database)
        _prepare_schema(places, clock)
        with closing(SqliteStore(places.database)) as store:
            if not was_closed or findings:
                findings += adopt_mirror(store, places, clock.now())
            findings += _carried(places, saved)
            findings += _unreadable_jobs(store, places, clock) + _unreadable_accounts(store)
        places.mark_open()
        first = Precedence(places.database.parent)
        database = Database(places.database, "FULL", _BOT_PATIENCE_SECONDS, first)
        store = SqliteStore(places.database, places.mark_closed, opened=database)
        return OpenedStore(store=store, findings=tuple(findings))


def open_beside(home: Path, clock: Clock) -> SqliteStore:  # noqa: ARG001 - called as `open_store` is
    """Opens the store beside a running bot, for the command line or a run: repairs and imports nothing.

    An absent store is created. Writes wait ten seconds at most for another process's. Raises `StoreTooNew`;
    `StoreUnavailable` also for an older schema, which only the bot may bring up to date (after a backup).
    """
    places = Places(home)
    with needing_files("打开任务库"):
        places.prepare()
        if places.lost_facts:
            raise StoreUnavailable(_GONE)
        make_private_file(places.database)
        database = Database(places.database, "FULL")
        try:
            if version := version_of(database):
                require_today(version)
            _bring_up_to_date(database)
        finally:
            database.close()
        return SqliteStore(places.database)


def open_for_run(home: Path) -> SqliteStore:
    """Opens the store that the bot has open, for a run: on one connection, with little memory; creates nothing.

    Writes wait ten seconds at most for another process's. Raises `StoreTooNew`; `StoreUnavailable` also for a store
    that is not there or of an older schema.
    """
    path = Places(home).database
    with needing_files("打开任务库"):
        if is_empty(path):  # Before SQLite sees it: it would delete the log of an empty file.
            raise StoreUnavailable(_GONE)
        database = Database(path, "FULL")
        try:
            require_today(version_of(database))
            database.run(f"PRAGMA cache_size = -{_RUN_CACHE_KIB}")
        except BaseException:
            database.close()
            raise
        return SqliteStore(path, opened=database, turns=Turns(path.parent))


def _mend(places: Places, clock: Clock) -> tuple[list[str], Saved]:
    """Sets a damaged file aside and restores the newest backup; says what was done, and what the file
    had that no backup gives back."""
    damage = _damage(places)
    if damage is None:
        return [], Saved()
    if places.was_closed:
        places.mark_open()  # A repair that is broken off half-way is no store that was closed: look closely again.
    findings = [damage]
    saved = Saved() if is_empty(places.database) else saved_from(places.database)
    if places.database.exists() or places.log.exists():
        aside = set_aside(places.database, "damaged", clock.now(), companions=_COMPANIONS)
        findings.append(f"原文件已另存为 {aside.name}")
    restored, passed_over = restore_newest(places.backups, places.database)
    findings += passed_over
    if restored is not None:
        findings.append(f"已用备份 {restored.name} 恢复任务库，备份之后的改动可能丢失，请核对任务列表")
    else:
        findings.append("没有可用的备份，已新建任务库")
    return findings, saved


def _carried(places: Places, saved: Saved) -> list[str]:
    """Brings that into the store that took the damaged one's place: a forgotten booking might be made twice."""
    if not saved.bookings and not saved.chats:
        return []
    with closing(Database(places.database, "FULL")) as database, database.transaction():
        bookings, chats = carry(saved, database)
    found = [f"从损坏的文件里找回 {bookings} 条预订记录"] if bookings else []
    return [*found, f"从损坏的文件里找回 {chats} 个群或人的设置"] if chats else found


def _damage(places: Places) -> str | None:
    """What is wrong, as a sentence. A missing or empty file is damage only where a store has been."""
    if places.lost_facts:  # Before SQLite sees it: it would delete the log of an empty file.
        return "任务库文件 jobs.db 不见了或是空的"
    if is_empty(places.database):
        return None
    damage = damage_of(places.database, was_closed=places.was_closed)
    if damage is not None:
        return f"任务库文件 jobs.db 已损坏：{damage}"
    if not places.was_closed and is_ahead_of(places.database, places.backups):
        return "任务库文件 jobs.db 比备份还旧：它的日志 jobs.db-wal 丢失或已损坏"
    return None


def _unreadable_jobs(store: SqliteStore, places: Places, clock: Clock) -> list[str]:
    """Rows are no part of SQLite's own check: a flipped byte in a text leaves the file well-formed."""
    if places.database.stat().st_size > LARGE_BYTES:
        return []
    unreadable = store.jobs.count() - len(store.jobs.select())
    if unreadable == 0:
        return []
    told = f"有 {unreadable} 个任务的数据无法读取，已跳过，其余任务不受影响"
    if places.mirror.exists():  # The next mirror will lack them.
        told += f"；它们可能还在 {keep_copy(places.mirror, 'before-damage', clock.now()).name} 里"
    return [told]


def _unreadable_accounts(store: SqliteStore) -> list[str]:
    unreadable = store.accounts.count() - len(store.accounts.all())
    told = f"有 {unreadable} 个账号的数据无法读取，已跳过，其余账号不受影响，可用 sja restore 恢复一份备份"
    return [told] if unreadable else []


def _prepare_schema(places: Places, clock: Clock) -> None:
    database = Database(places.database, "FULL")
    try:
        version = version_of(database)
        if 0 < version < len(STEPS):
            back_up_file(places.database, places.backups, clock.now())
        _bring_up_to_date(database)
    finally:
        database.close()


def _bring_up_to_date(database: Database) -> None:
    migrate(database)
    if database.scalar("PRAGMA journal_mode") != "wal":
        database.scalar("PRAGMA journal_mode = WAL")
