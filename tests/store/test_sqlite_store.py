from collections.abc import Iterator
from pathlib import Path

import pytest
from store_contract import StoreContract
from store_examples import ToldClock

from jobs.ports.store import Store
from jobs.store.opening import open_beside, open_store


class TestSqliteStore(StoreContract):
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
