"""Accounts and bookings in the files: what is sealed goes when it shall, and what is booked stays known."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from store_contract import stored
from store_examples import AT, MINUTE, ToldClock, a_booking, a_job, an_account
from venues_contract import kept, written

from jobs.models.accounts import Standing
from jobs.models.audit import Audit
from jobs.models.bookings import BookingState
from jobs.models.change import Change
from jobs.models.chats import UNSAID, ChatSettings, group_place
from jobs.models.ids import UserId
from jobs.ports.store import Conflict
from jobs.store.backups import backup
from jobs.store.bookings import SqliteBookings, write_booking
from jobs.store.integrity import damage_of
from jobs.store.mirror import write_mirror
from jobs.store.opening import open_store
from jobs.store.pruning import prune_rows
from jobs.store.restoring import restore
from jobs.store.schema import STEPS, migrate
from jobs.store.sqlite import Database
from jobs.store.store import SqliteStore
from jobs.store.turns import Precedence

MONTH = timedelta(days=30)
LATER = AT + timedelta(hours=1)


def files_with(home: Path, secret: bytes) -> list[str]:
    return [path.name for path in home.rglob("*") if path.is_file() and secret[:64] in path.read_bytes()]


def damage(home: Path, statement: str) -> None:
    with closing(sqlite3.connect(home / "jobs" / "jobs.db")) as hand, hand:
        hand.execute(statement)


@pytest.mark.parametrize("size", [8, 2000])
def test_what_is_taken_away_is_in_no_file_any_more(home: Path, clock: ToldClock, size: int) -> None:
    old, new, session, later = (
        mark * size for mark in (b"-credentials-1", b"-credentials-2", b"-session-1", b"-session-2")
    )
    with closing(open_store(home, clock).store) as store:
        kept(store, an_account(), b"another's")
        account = kept(store, an_account(), old)
        assert files_with(home, old)
        store.apply(Change(credentials=((account.id, new),)))
        assert not files_with(home, old)
        store.accounts.keep_session(account.id, session, Standing.IN, "", AT)
        store.accounts.keep_session(account.id, later, Standing.IN, "", AT)
        assert files_with(home, new)
        store.apply(Change(forgotten=(account.id,)))
        for gone in (old, new, session, later):
            assert not files_with(home, gone)


def test_somebody_who_reads_holds_the_bot_up_for_nothing_and_secrets_go_as_soon_as_he_has_done(
    home: Path, clock: ToldClock
) -> None:
    old, new = b"-credentials-1" * 9, b"-credentials-2" * 9
    open_store(home, clock).store.close()
    path = home / "jobs" / "jobs.db"
    patient_for_ever = Database(path, "FULL", 999_999, Precedence(path.parent))
    with closing(SqliteStore(path, opened=patient_for_ever)) as store, closing(sqlite3.connect(path)) as reader:
        account = kept(store, an_account(), old)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM secrets").fetchone()
        store.apply(Change(credentials=((account.id, new),)))
        assert files_with(home, old)
        reader.execute("ROLLBACK")
        store.apply(Change(audits=(Audit(at=AT, actor="a", act="b", subject="c"),)))
        assert not files_with(home, old)


def test_the_mirror_says_nothing_of_accounts(home: Path, clock: ToldClock) -> None:
    with closing(open_store(home, clock).store) as store:
        stored(store, a_job())
        kept(store, an_account(nickname="绝密昵称"), b"sealed secret")
        write_mirror(store, home)
    text = (home / "jobs" / "jobs.json").read_bytes()
    assert "绝密昵称".encode() not in text
    assert b"sealed secret" not in text


def test_accounts_come_back_from_a_backup_as_they_were_sealed(home: Path, clock: ToldClock) -> None:
    with closing(open_store(home, clock).store) as store:
        account = kept(store, an_account(), b"sealed")
        path = backup(store, home, AT)
        store.apply(Change(forgotten=(account.id,), audits=(Audit(at=AT, actor="a", act="b", subject="c"),)))
    restore(home, path, LATER)
    opened = open_store(home, clock)
    with closing(opened.store) as store:
        assert store.accounts.all() == [account]
        assert store.accounts.credentials(account.id) == b"sealed"
        store.apply(Change(audits=(Audit(at=AT, actor="a", act="b", subject="c"),)))
        assert [audit.id for audit in store.history.audit(9)] == [2]


def test_what_was_booked_since_a_backup_stays_known_when_it_is_restored(home: Path, clock: ToldClock) -> None:
    with closing(open_store(home, clock).store) as store:
        job = stored(store, a_job())
        early = written(store, a_booking(slot_key="early", job_id=job.id))
        path = backup(store, home, AT)
        newer = stored(store, a_job())
        booked = written(store, replace(early, state=BookingState.BOOKED))
        since = written(store, a_booking(slot_key="since", job_id=newer.id))
    restored = restore(home, path, LATER)
    with closing(open_store(home, clock).store) as store:
        assert store.jobs.get(newer.id) is None
        assert store.bookings.unpaid() == [booked]
        assert store.bookings.open() == [replace(since, job_id=None)]
        written(store, replace(booked, state=BookingState.PAID))
    assert restored.aside is not None
    restore(home, restored.aside, LATER)
    with closing(open_store(home, clock).store) as store:
        assert [one.state for one in store.bookings.of_job(job.id)] == [BookingState.PAID]


def test_an_intent_that_is_written_while_the_store_is_being_replaced_is_not_forgotten(
    home: Path, clock: ToldClock
) -> None:
    with closing(open_store(home, clock).store) as store:
        path = backup(store, home, AT)
    late = a_booking(slot_key="late", job_id=None)
    with closing(Database(home / "jobs" / "jobs.db", "FULL")) as run, ThreadPoolExecutor(1) as thread:
        with run.transaction():
            write_booking(run, late)
            restored = thread.submit(restore, home, path, LATER)
            # The present store lies aside: everything is prepared, and only this writer is waited for.
            while not [*(home / "jobs").glob("jobs.db.before-restore-*")]:
                assert not restored.done()
        restored.result()
    assert damage_of(home / "jobs" / "jobs.db", was_closed=False) is None
    with closing(open_store(home, clock).store) as store:
        assert [one.slot_key for one in store.bookings.open()] == ["late"]


def test_what_a_damaged_store_still_knows_of_bookings_is_not_forgotten(home: Path, clock: ToldClock) -> None:
    with closing(open_store(home, clock).store) as store:
        job = stored(store, a_job())
        early = written(store, a_booking(slot_key="early", job_id=job.id))
        backup(store, home, AT)
        booked = written(store, replace(early, state=BookingState.BOOKED))
        since = written(store, a_booking(slot_key="since", job_id=stored(store, a_job()).id))
        write_mirror(store, home)
    damage(home, "DROP INDEX runs_open")
    opened = open_store(home, clock)
    with closing(opened.store) as store:
        assert "从损坏的文件里找回 2 条预订记录" in opened.findings
        assert store.bookings.unpaid() == [booked]
        assert store.bookings.open() == [since]
    assert open_store(home, clock).findings == ()


def test_a_right_that_was_taken_away_is_not_given_back_by_the_backup_of_before(home: Path, clock: ToldClock) -> None:
    group, other = group_place("12345"), group_place("54321")
    with closing(open_store(home, clock).store) as store:
        store.apply(Change(chats=((group, ChatSettings(managers=(UserId("20001"),))), (other, UNSAID))))
        backup(store, home, AT)
        granted = store.chats.of(group)
        store.apply(Change(chats=((group, replace(granted, managers=(), is_enabled=False)),)))
        write_mirror(store, home)
    damage(home, "DROP INDEX runs_open")
    opened = open_store(home, clock)
    with closing(opened.store) as store:
        assert "从损坏的文件里找回 1 个群或人的设置" in opened.findings
        settled = store.chats.of(group)
        assert (settled.managers, settled.is_enabled) == ((), False)


@pytest.mark.parametrize("version", [0, 3])
def test_a_store_from_before_accounts_becomes_one_with_none(home: Path, clock: ToldClock, version: int) -> None:
    (home / "jobs").mkdir(parents=True)
    with closing(Database(home / "jobs" / "jobs.db", "FULL")) as database:
        migrate(database, STEPS[:version])
    with closing(open_store(home, clock).store) as store:
        assert store.accounts.all() == store.bookings.open() == store.history.audit(9) == []
        kept(store, an_account())


def test_an_account_that_cannot_be_read_hides_no_other_and_is_told(home: Path, clock: ToldClock) -> None:
    with closing(open_store(home, clock).store) as store:
        victim, other = kept(store, an_account(nickname="坏")), kept(store, an_account(nickname="好"))
    damage(home, "UPDATE accounts SET shared_with = '[' WHERE nickname = '坏'")
    opened = open_store(home, clock)
    with closing(opened.store) as store:
        assert store.accounts.all() == [other]
        assert store.accounts.get(victim.id) is None
        assert "有 1 个账号的数据无法读取" in opened.findings[0]


def test_a_booking_that_cannot_be_read_hides_no_other_and_its_slot_stays_taken(home: Path, clock: ToldClock) -> None:
    with closing(open_store(home, clock).store) as store:
        lost, other = a_booking(slot_key="坏"), written(store, a_booking(slot_key="好"))
        written(store, lost)
        damage(home, "UPDATE bookings SET date = '?' WHERE slot_key = '坏'")
        assert store.bookings.open() == [other]
        assert store.bookings.get(lost.account_id, "坏") is None
        with pytest.raises(Conflict):
            store.apply(Change(bookings=(lost,)))


def test_old_bookings_that_are_settled_and_old_audit_rows_go(home: Path, clock: ToldClock) -> None:
    old = {"opened_at": AT - 2 * MONTH, "date": date(2025, 9, 30)}
    with closing(open_store(home, clock).store) as store:
        for state in BookingState:
            written(store, a_booking(slot_key=f"old {state}", state=state, **old))
        paid = {"state": BookingState.PAID, **old}
        written(store, a_booking(slot_key="settled lately", **{**paid, "settled_at": AT - MINUTE}))
        written(store, a_booking(slot_key="still to come", **{**paid, "date": date(2025, 12, 1)}))
        audits = [Audit(at=at, actor="a", act="b", subject="c") for at in (AT - 2 * MONTH, AT - MINUTE)]
        store.apply(Change(audits=tuple(audits)))

        assert prune_rows(home, AT - MONTH) == 5

        left = {one.slot_key for one in store.bookings.of_account(a_booking().account_id, 99)}
        assert left == {"old open", "old booked", "settled lately", "still to come"}
        assert [audit.at for audit in store.history.audit(9)] == [AT - MINUTE]
        assert prune_rows(home, AT - MONTH) == 0


def test_settled_bookings_are_not_looked_at_to_find_those_that_are_open(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "jobs.db", "FULL")) as database:
        migrate(database)
        seen: list[str] = []
        database._connection.set_trace_callback(seen.append)
        bookings = SqliteBookings(database)
        bookings.open()
        bookings.unpaid()
        bookings.of_job(a_job().id)
        bookings.get(a_booking().account_id, "a")
        database._connection.set_trace_callback(None)
        for statement in seen:
            steps = [row["detail"] for row in database.rows(f"EXPLAIN QUERY PLAN {statement}")]
            assert any(" INDEX bookings_" in step or "PRIMARY KEY" in step for step in steps), steps
