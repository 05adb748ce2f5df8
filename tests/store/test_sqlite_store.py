import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from store_contract import StoreContract, keys_due, stored
from store_examples import AT, OTHER_GROUP, ToldClock, a_job, a_notification, a_run
from venues_contract import VenuesContract

from jobs.models.change import Change
from jobs.ports.store import Store
from jobs.store.opening import open_beside, open_store


class TestSqliteStore(StoreContract, VenuesContract):
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
