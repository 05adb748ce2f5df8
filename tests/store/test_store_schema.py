"""The schema: created, brought forward from every older version, and never brought back."""

import os
import sqlite3
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace
from store_examples import AT, GROUP, MINUTE, ToldClock, a_job, a_notification

from jobs.models.change import Change
from jobs.models.job import Telling
from jobs.models.notices import ESCALATED, TO_ACKNOWLEDGE, URGENT
from jobs.ports.store import StoreUnavailable
from jobs.store.apply import apply_change
from jobs.store.chats import SqliteChats
from jobs.store.codec import text
from jobs.store.deliveries import SqliteDeliveries
from jobs.store.history import SqliteHistory
from jobs.store.jobs import SqliteJobs
from jobs.store.opening import open_beside, open_store
from jobs.store.runs import SqliteRuns
from jobs.store.schema import STEPS, StoreTooNew, migrate, shape_of, version_of
from jobs.store.sqlite import Database


def file_of(home: Path) -> Path:
    return home / "jobs" / "jobs.db"


def shape_in(path: Path) -> dict[str, str]:
    with closing(sqlite3.connect(path)) as connection:
        return shape_of(connection)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("version", range(len(STEPS) + 1))
def test_every_older_version_becomes_todays(tmp_path: Path, version: int) -> None:
    with closing(Database(tmp_path / "old.db", "FULL")) as old, closing(Database(tmp_path / "new.db", "FULL")) as new:
        migrate(old, STEPS[:version])
        assert version_of(old) == version
        migrate(old)
        migrate(new)
        assert version_of(old) == version_of(new) == len(STEPS)
    assert shape_in(tmp_path / "old.db") == shape_in(tmp_path / "new.db")


def test_a_step_that_fails_leaves_the_file_at_the_version_before(tmp_path: Path) -> None:
    failing = (*STEPS, ("CREATE TABLE half (a INTEGER) STRICT", "CREATE TABLE half (a INTEGER) STRICT"))
    with closing(Database(tmp_path / "new.db", "FULL")) as database:
        with pytest.raises(StoreUnavailable):
            migrate(database, failing)
        assert version_of(database) == 0
    with closing(Database(tmp_path / "jobs.db", "FULL")) as database:
        migrate(database)
        with pytest.raises(StoreUnavailable):
            migrate(database, failing)
        assert version_of(database) == len(STEPS)
    assert "half" not in shape_in(tmp_path / "jobs.db")


def test_every_table_is_strict(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "jobs.db", "FULL")) as database:
        migrate(database)
        tables = database.rows("SELECT name, strict FROM pragma_table_list WHERE type = 'table'")
        loose = {row["name"] for row in tables if not row["strict"]}
        assert loose <= {"sqlite_schema", "sqlite_temp_schema", "sqlite_sequence"}


def test_what_people_are_promised_is_synced_and_what_may_be_lost_is_not(home: Path, clock: ToldClock) -> None:
    open_store(home, clock).store.close()
    for word, level in (("FULL", 2), ("NORMAL", 1)):
        with closing(Database(file_of(home), word)) as database:
            assert database.scalar("PRAGMA journal_mode") == "wal"
            assert database.scalar("PRAGMA synchronous") == level
            assert database.scalar("PRAGMA foreign_keys") == 1


@pytest.mark.parametrize("opened_by", ["bot", "command line"])
def test_a_store_of_a_newer_program_is_refused_and_left_alone(home: Path, clock: ToldClock, opened_by: str) -> None:
    with closing(open_store(home, clock).store) as store:
        store.apply(Change(jobs=(a_job(),)))
    with closing(Database(file_of(home), "FULL")) as database:
        migrate(database, (*STEPS, ("CREATE TABLE later (a INTEGER) STRICT",)))
    before = file_of(home).read_bytes()
    with pytest.raises(StoreTooNew, match="升级程序"):
        open_store(home, clock) if opened_by == "bot" else open_beside(home, clock)
    assert file_of(home).read_bytes() == before
    assert not list(file_of(home).parent.glob("*.damaged-*"))


def test_files_are_private_whatever_the_umask(home: Path, clock: ToldClock) -> None:
    before = os.umask(0)
    try:
        with closing(open_store(home, clock).store) as store:
            store.apply(Change(jobs=(a_job(),)))
            modes = {path.name: mode_of(path) for path in (home / "jobs").iterdir()}
    finally:
        os.umask(before)
    assert {name: mode for name, mode in modes.items() if mode != 0o600} == {}
    assert {"jobs.db", "jobs.db-wal"} <= set(modes)
    assert mode_of(home / "jobs") == mode_of(home / "backups") == mode_of(home) == 0o700


def test_files_that_others_could_read_are_narrowed(home: Path, clock: ToldClock) -> None:
    open_store(home, clock).store.close()
    file_of(home).chmod(0o644)
    open_store(home, clock).store.close()
    assert mode_of(file_of(home)) == 0o600


def test_the_store_waits_for_the_disk_before_it_promises(home: Path, clock: ToldClock) -> None:
    with closing(open_store(home, clock).store) as store:
        # No test without a power cut can see a missing sync from outside, so this one looks inside.
        assert store._database.scalar("PRAGMA synchronous") == 2


def test_a_write_that_finds_no_room_says_so_and_leaves_the_store_usable(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "jobs.db", "FULL")) as database:
        migrate(database)
        # SQLite's own limit stands in for the disk's: the same result code, SQLITE_FULL.
        pages = database.scalar("PRAGMA page_count")
        database.scalar(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StoreUnavailable, match="磁盘已满"):
            apply_change(database, Change(jobs=(a_job(), a_job(config={"x": "y" * 100_000}))))
        assert SqliteJobs(database).count() == 0
        database.scalar("PRAGMA max_page_count = 1000000")
        apply_change(database, Change(jobs=(a_job(),)))
        assert SqliteJobs(database).count() == 1


def test_a_writer_that_is_kept_waiting_too_long_says_so(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    with closing(Database(path, "FULL")) as database, closing(sqlite3.connect(path, isolation_level=None)) as other:
        migrate(database)
        database.run("PRAGMA busy_timeout = 50")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="占用太久"):
            apply_change(database, Change(jobs=(a_job(),)))
        other.execute("ROLLBACK")
        apply_change(database, Change(jobs=(a_job(),)))
        assert SqliteJobs(database).count() == 1


def test_the_bot_gives_up_on_a_stuck_writer_while_runs_and_the_command_line_still_wait(
    home: Path, clock: ToldClock
) -> None:
    def write_beside() -> int:
        with closing(open_beside(home, clock)) as beside:
            reached.set()
            beside.apply(Change(jobs=(a_job(),)))
            return beside.jobs.count()

    reached = threading.Event()
    with (
        closing(open_store(home, clock).store) as store,
        closing(sqlite3.connect(file_of(home), isolation_level=None)) as stuck,
        ThreadPoolExecutor() as pool,
    ):
        stuck.execute("BEGIN IMMEDIATE")
        patient = pool.submit(write_beside)
        assert reached.wait(10)
        with pytest.raises(StoreUnavailable, match="占用太久"):
            store.apply(Change(jobs=(a_job(),)))
        assert not patient.done()
        stuck.execute("ROLLBACK")
        assert patient.result(10) == 1


def test_whoever_begins_to_decide_has_the_right_to_write(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    with closing(Database(path, "FULL")) as database, closing(Database(path, "FULL")) as other:
        migrate(database)
        other.run("PRAGMA busy_timeout = 50")
        with database.transaction():
            with pytest.raises(StoreUnavailable, match="占用太久"):
                apply_change(other, Change(jobs=(a_job(),)))
            assert SqliteJobs(database).count() == 0


def test_a_home_that_cannot_be_made_is_said_in_one_sentence(tmp_path: Path, clock: ToldClock) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable) as refused:
        open_store(tmp_path / "file" / "home", clock)
    assert "打开任务库失败" in refused.value.sentence


def test_what_was_sent_long_ago_is_not_looked_at_to_find_what_is_due(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "jobs.db", "FULL")) as database:
        migrate(database)
        seen: list[str] = []
        database._connection.set_trace_callback(seen.append)
        SqliteDeliveries(database).due(AT, 9)
        SqliteDeliveries(database).hasten()
        database._connection.set_trace_callback(None)
        for statement in seen:
            steps = [row["detail"] for row in database.rows(f"EXPLAIN QUERY PLAN {statement}")]
            scans = [step for step in steps if step.startswith("SCAN notifications")]
            assert scans
            assert all("USING INDEX notifications_lanes" in step for step in scans)


def test_quiet_runs_are_not_looked_at_to_find_those_that_want_something(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "jobs.db", "FULL")) as database:
        migrate(database)
        seen: list[str] = []
        database._connection.set_trace_callback(seen.append)
        SqliteRuns(database).unsettled()
        SqliteRuns(database).waiting()
        database._connection.set_trace_callback(None)
        for statement in seen:
            steps = [row["detail"] for row in database.rows(f"EXPLAIN QUERY PLAN {statement}")]
            scans = [step for step in steps if "SCAN runs" in step]
            assert scans
            assert all("USING INDEX runs_unsettled" in step for step in scans)


@pytest.mark.parametrize("version", range(1, len(STEPS)))
def test_what_an_older_version_wrote_is_read_with_what_it_did_not_know(tmp_path: Path, version: int) -> None:
    with closing(Database(tmp_path / "jobs.db", "FULL")) as database:
        migrate(database, STEPS[:version])
        write_as_then(database)
        migrate(database)
        (job,) = SqliteJobs(database).select()
        assert job.telling == Telling()
        assert SqliteRuns(database).progress_of([job.id])[job.id].ticks == ""
        assert SqliteJobs(database).sightings(job.id, AT.date()) == []
        assert SqliteChats(database).all() == {}
        deliveries = SqliteDeliveries(database)
        due = deliveries.due(AT, 9)
        assert [(one.notification.topic, one.notification.is_urgent) for one in due] == [
            ("booked", True),
            ("slots_freed", False),
        ]
        assert deliveries.unacknowledged(AT) == [], "what was told long ago waits for nobody"
        deliveries.done([one.id for one in due], None, AT)
        (told,) = deliveries.unacknowledged(AT)
        assert told.notification.topic == "booked"


def write_as_then(database: Database) -> None:
    """A job with its run, its progress, two notifications on their way and one that was told."""
    database.run(
        """INSERT INTO jobs (id, kind, name, status, config, created_at, updated_at, last_result, reason, version)
           VALUES ('j', 'monitor', '晚场', 'running', '{}', 1, 1, '', '', 1)"""
    )
    database.run(
        """INSERT INTO runs (id, job_id, status, desired, node, epoch, requested_at, version)
           VALUES ('r', 'j', 'live', 'up', 'local', 1, 1, 1)"""
    )
    database.run("INSERT INTO progress (job_id, run_id, at, sentence, checks) VALUES ('j', 'r', 1, '', 1)")
    for topic, state in (("slots_freed", "pending"), ("booked", "pending"), ("booked", "sent")):
        database.run(
            """INSERT INTO notifications (dedupe_key, job_id, target, topic, data, created_at, state, ended_at)
               VALUES (?, 'j', ?, ?, '{}', 1, ?, 1)""",
            topic + state,
            text(GROUP),
            topic,
            state,
        )


def test_acts_are_found_without_reading_what_is_older_or_others(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "jobs.db", "FULL")) as database:
        migrate(database)
        seen: list[str] = []
        database._connection.set_trace_callback(seen.append)
        SqliteHistory(database).acts(AT, 9)
        SqliteHistory(database).acts(AT, 9, actor="qq:42")
        database._connection.set_trace_callback(None)
        steps = [row["detail"] for sql in seen for row in database.rows(f"EXPLAIN QUERY PLAN {sql}")]
        assert steps == [
            "SCAN events USING INDEX events_acts",
            "SEARCH events USING INDEX events_by_actor (actor=?)",
        ]


def test_what_waits_to_be_acknowledged_and_what_was_told_is_found_by_index(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "jobs.db", "FULL")) as database:
        migrate(database)
        apply_change(database, Change(jobs=(job := a_job(),)))
        told = replace(a_notification(job, "a"), topic="booked", is_urgent=True)
        apply_change(database, Change(notifications=(told,)))
        deliveries = SqliteDeliveries(database)
        (head,) = deliveries.due(AT, 9)
        deliveries.done([head.id], None, AT)
        seen: list[str] = []
        database._connection.set_trace_callback(seen.append)
        assert deliveries.unacknowledged(AT + MINUTE)  # Of a day, the older ones unread.
        assert deliveries.told_of(job.id, ["booked"], AT)
        deliveries.together(head, AT, 9)
        database._connection.set_trace_callback(None)
        steps = [row["detail"] for sql in seen for row in database.rows(f"EXPLAIN QUERY PLAN {sql}")]
        on_notifications = [step for step in steps if " notifications" in step]
        assert len(on_notifications) == 3
        assert all("SEARCH" in step and "INDEX notifications_" in step for step in on_notifications), on_notifications


def test_only_what_wants_it_is_kept_in_the_index_of_what_is_to_be_acknowledged(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "jobs.db", "FULL")) as database:
        migrate(database)
        apply_change(database, Change(jobs=(job := a_job(),)))
        every = (replace(a_notification(job, topic), topic=topic, is_urgent=True) for topic in sorted(URGENT))
        apply_change(database, Change(notifications=tuple(every)))
        waiting = {one.notification.topic for one in SqliteDeliveries(database).unacknowledged(AT)}
        assert waiting == TO_ACKNOWLEDGE


@pytest.mark.parametrize("version", range(1, len(STEPS) - 1))
def test_what_a_run_of_an_older_version_writes_after_the_upgrade_is_as_urgent(tmp_path: Path, version: int) -> None:
    path = tmp_path / "jobs.db"
    with closing(Database(path, "FULL")) as old, closing(Database(path, "FULL")) as database:
        migrate(old, STEPS[:version])
        write_as_then(old)
        migrate(database)
        for topic in sorted(URGENT - {ESCALATED} | {"slots_freed"}):
            old.run(
                """INSERT INTO notifications (dedupe_key, job_id, target, topic, data, created_at, state)
                   VALUES (?, 'j', ?, ?, '{}', 1, 'pending')""",
                f"later {topic}",
                text(GROUP),
                topic,
            )
        rows = database.rows("SELECT topic, urgent FROM notifications WHERE dedupe_key LIKE 'later %'")
        assert {row["topic"] for row in rows if row["urgent"]} == URGENT - {ESCALATED}
