"""A recurrence is stored, written into `jobs.json` and read back as it was; what is released stays readable."""

from contextlib import closing
from datetime import UTC, date, datetime, time
from pathlib import Path

import msgspec
import pytest
from store_examples import AT, ToldClock, a_job

from jobs.models.change import Change
from jobs.models.recurrence import LAST_DAY, Bounds, Cron, Every, Monthly, Once, Recurrence, Weekly, Window
from jobs.store.importing import import_jobs
from jobs.store.mirror import mirror_of
from jobs.store.opening import open_store

BOUNDS = Bounds(
    starts_on=date(2026, 12, 1),
    ends_on=date(2026, 12, 31),
    window=Window(first=22, last=6),
    skips=frozenset({date(2026, 12, 25)}),
    jitter_seconds=60,
    jitter_seed=2**32 - 1,
)
EVERY_KIND: list[Recurrence] = [
    Once(at=AT),
    Weekly(time=time(7, 30, 5), days=frozenset({0, 6}), zone="Asia/Tokyo", bounds=BOUNDS),
    Monthly(time=time(18), days=frozenset({1, LAST_DAY}), bounds=BOUNDS),
    Cron(expression="0 8 * * 1-5", zone="Europe/London", bounds=BOUNDS),
    Every(seconds=7200, anchor=AT, bounds=BOUNDS),
    Every(seconds=7200, bounds=BOUNDS),
]


@pytest.mark.parametrize("recurrence", EVERY_KIND, ids=lambda recurrence: type(recurrence).__name__)
def test_it_comes_back_from_the_store_and_from_the_mirror(home: Path, clock: ToldClock, recurrence: Recurrence) -> None:
    with closing(open_store(home, clock).store) as store, closing(open_store(home.parent / "b", clock).store) as other:
        store.apply(Change(jobs=(a_job(kind="schedule", recurrence=recurrence),)))
        (job,) = store.jobs.select()
        assert job.recurrence == recurrence
        assert import_jobs(other, mirror_of(store), AT).skipped == ()
        (copy,) = other.jobs.select()
        assert copy.recurrence == recurrence


@pytest.mark.parametrize(
    ("released", "means"),
    [
        ('{"type":"once","at":"2026-11-28T04:00:00Z"}', Once(at=datetime(2026, 11, 28, 4, tzinfo=UTC))),
        (
            '{"type":"weekly","time":"12:00:00","days":[0,2],"zone":"Asia/Shanghai"}',
            Weekly(time=time(12), days=frozenset({0, 2})),
        ),
    ],
)
def test_what_the_first_release_stored_is_read(released: str, means: Recurrence) -> None:
    assert msgspec.json.decode(released, type=Recurrence) == means
