import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from chats_contract import ChatsContract, tell, urgent
from msgspec.structs import replace
from store_contract import StoreContract, keys_due, stored
from store_examples import AT, OTHER_GROUP, ToldClock, a_job, a_notification, a_run
from venues_contract import VenuesContract

from jobs.models.change import Change, Fence
from jobs.models.chats import ChatSettings
from jobs.models.run import Exit, Outcome, RunStatus
from jobs.ports.rows import Progress, Sighting, Tally
from jobs.ports.store import Store
from jobs.store.opening import open_beside, open_store
from jobs.store.store import SqliteStore


class TestSqliteStore(StoreContract, VenuesContract, ChatsContract):
    @pytest.fixture
    def store(self, home: Path, clock: ToldClock) -> Iterator[Store]:
        store = open_store(home, clock).store
        yield store
        store.close()

    @pytest.fixture
    def other(self, store: Store, home: Path, clock: ToldClock) -> Iterator[Store]:
        other = open_beside(home, clock)
        yield other
        other.close()


def test_a_notification_that_cannot_be_read_holds_up_no_other(home: Path, clock: ToldClock) -> None:
    with closing(open_store(home, clock).store) as store:
        job = stored(store, a_job())
        store.apply(Change(notifications=tuple(a_notification(job, key) for key in ("a", "b"))))
        store.apply(Change(notifications=(a_notification(job, "c", OTHER_GROUP),)))
        with closing(sqlite3.connect(store.path)) as damage, damage:
            damage.execute("UPDATE notifications SET data = '{' WHERE dedupe_key = 'a'")
        assert keys_due(store) == ["c"]
        assert keys_due(store, AT) == ["b", "c"]


@pytest.mark.parametrize("damage", ["worker = '{'", "restarted_at = '?'", "status = CAST(x'ff' AS TEXT)"])
def test_a_run_that_cannot_be_read_is_not_over(home: Path, clock: ToldClock, damage: str) -> None:
    with closing(open_store(home, clock).store) as store:
        job = stored(store, a_job())
        run = a_run(job)
        store.apply(Change(runs=(run,)))
        with closing(sqlite3.connect(store.path)) as hand, hand:
            hand.execute(f"UPDATE runs SET {damage}")
        assert store.runs.get(run.id) is None
        assert not store.runs.is_over(run.id)
        assert not store.runs.is_idle(job.id)


def damage(store: SqliteStore, statement: str) -> None:
    with closing(sqlite3.connect(store.path)) as hand, hand:
        hand.execute(statement)


def test_settings_that_cannot_be_read_are_none_and_may_be_settled_again(home: Path, clock: ToldClock) -> None:
    with closing(open_store(home, clock).store) as store:
        store.apply(Change(chats=(("a", ChatSettings(max_jobs=1)), ("b", ChatSettings(max_jobs=2)))))
        damage(store, "UPDATE chats SET settings = '{' WHERE place = 'a'")
        assert store.chats.of("a") == ChatSettings(version=1)
        assert store.chats.all() == {"b": ChatSettings(max_jobs=2, version=1)}
        store.apply(Change(chats=(("a", replace(store.chats.of("a"), max_jobs=3)),)))
        assert store.chats.of("a") == ChatSettings(max_jobs=3, version=2)


def test_a_day_that_cannot_be_read_hides_no_other(home: Path, clock: ToldClock) -> None:
    with closing(open_store(home, clock).store) as store:
        job = stored(store, a_job())
        run = a_run(job)
        store.apply(Change(runs=(run,)))
        for day in (27, 28, 29):
            seen = Sighting(day=date(2025, 11, day), looks=1, hours={})
            store.progress(Fence(run_id=run.id, epoch=run.epoch), Progress(at=AT), seen)
        damage(store, "UPDATE sightings SET hours = '[1]' WHERE day = '2025-11-27'")
        damage(store, "UPDATE sightings SET day = '2025-11-99' WHERE day = '2025-11-29'")
        assert [one.day.day for one in store.jobs.sightings(job.id, date(2025, 1, 1))] == [28]


def test_an_outcome_that_cannot_be_read_is_none_and_hides_no_other(home: Path, clock: ToldClock) -> None:
    with closing(open_store(home, clock).store) as store:
        job = stored(store, a_job())
        over = {"status": RunStatus.ENDED, "started_at": AT, "ended_at": AT, "exit": Exit(code=1)}
        store.apply(Change(runs=tuple(a_run(job, **over, outcome=Outcome(done=True, sentence="")) for _ in range(2))))
        damage(store, "UPDATE runs SET outcome = '{', exit = 'x' WHERE sequence = 1")
        assert store.history.tallies([job.id], AT) == {job.id: Tally(done=1, failed=1)}


def test_one_that_waits_to_be_acknowledged_and_cannot_be_read_hides_no_other(home: Path, clock: ToldClock) -> None:
    with closing(open_store(home, clock).store) as store:
        job = stored(store, a_job())
        store.apply(Change(notifications=(urgent(job, "a"), urgent(job, "b"))))
        tell(store, AT)
        damage(store, "UPDATE notifications SET target = '{' WHERE dedupe_key = 'a'")
        assert [told.notification.dedupe_key for told in store.deliveries.unacknowledged(AT)] == ["b"]


def test_one_that_cannot_be_read_keeps_nothing_behind_it_from_going_together(home: Path, clock: ToldClock) -> None:
    with closing(open_store(home, clock).store) as store:
        job = stored(store, a_job())
        store.apply(Change(notifications=tuple(a_notification(job, key) for key in "abc")))
        damage(store, "UPDATE notifications SET data = '{' WHERE dedupe_key = 'b'")
        (head,) = store.deliveries.due(AT, 9)
        assert [one.notification.dedupe_key for one in store.deliveries.together(head, AT, 9)] == ["a", "c"]
