"""What is kept of living jobs, and what of it grows too old."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path

from msgspec.structs import replace
from store_contract import stored
from store_examples import AT, MINUTE, ToldClock, a_job, a_notification, a_run

from jobs.models.change import Change, Event, Fence
from jobs.models.run import RunStatus
from jobs.ports.rows import Progress, Sighting
from jobs.store.opening import open_store
from jobs.store.pruning import KEPT_RUNS, prune_rows

MONTH = timedelta(days=30)


def test_old_rows_of_a_living_job_go_and_what_is_recent_open_or_among_the_last_runs_stays(
    home: Path, clock: ToldClock
) -> None:
    with closing(open_store(home, clock).store) as store:
        job = stored(store, a_job())
        events = tuple(Event(job_id=job.id, type="x", at=at) for at in (AT - 2 * MONTH, AT - MINUTE, AT))
        told = (a_notification(job, "old"), a_notification(job, "new"), a_notification(job, "waits"))
        old = replace(told[0], created_at=AT - 2 * MONTH)
        store.apply(Change(events=events, notifications=(old, *told[1:])))
        for at, message in ((AT - 2 * MONTH, "1"), (AT, "2")):
            (delivery,) = store.deliveries.due(AT, 9)
            store.deliveries.done([delivery.id], message, at)
        ended = [
            a_run(job, status=RunStatus.ENDED, requested_at=at, ended_at=at)
            for at in (AT - 2 * MONTH + number * MINUTE for number in range(KEPT_RUNS + 5))
        ]
        live = a_run(job)
        store.apply(Change(runs=(*ended, live)))

        pruned = prune_rows(home, AT - MONTH)

        assert [event.at for event in store.history.after(0, 9)] == [AT - MINUTE, AT]
        kept = [run.id for run in (*ended, live) if store.runs.get(run.id) is not None]
        assert kept == [run.id for run in (*ended[6:], live)]
        assert store.conversations.linked("10001", "1") is None
        assert store.conversations.linked("10001", "2") == job.id
        assert [one.notification.dedupe_key for one in store.deliveries.due(AT, 9)] == ["waits"]
        assert pruned == 1 + 1 + 1 + 6
        assert prune_rows(home, AT - MONTH) == 0


def test_the_last_event_stays_so_that_numbers_go_on(home: Path, clock: ToldClock) -> None:
    with closing(open_store(home, clock).store) as store:
        job = stored(store, a_job())
        store.apply(Change(events=tuple(Event(job_id=job.id, type="x", at=AT - 2 * MONTH) for _ in range(3))))
        assert prune_rows(home, AT - MONTH) == 2
        assert store.history.last_id() == 3


def test_what_looks_have_seen_goes_by_its_day(home: Path, clock: ToldClock) -> None:
    with closing(open_store(home, clock).store) as store:
        job = stored(store, a_job())
        run = a_run(job)
        store.apply(Change(runs=(run,)))
        for days in (31, 30, 0):
            seen = Sighting(day=AT.date() - timedelta(days=days), looks=1, hours={})
            store.progress(Fence(run_id=run.id, epoch=run.epoch), Progress(at=AT), seen)
        assert prune_rows(home, AT - MONTH) == 1
        assert [one.day for one in store.jobs.sightings(job.id, AT.date() - 2 * MONTH)] == [
            AT.date() - MONTH,
            AT.date(),
        ]


def test_a_deleted_job_comes_back_whole_until_its_rows_are_old(home: Path, clock: ToldClock) -> None:
    with closing(open_store(home, clock).store) as store:
        job = stored(store, a_job())
        event = Event(job_id=job.id, type="job.deleted", at=AT, actor="qq:42")
        store.apply(Change(memory=(job.id, {"told": ["x"]}), events=(event,)))
        store.apply(Change(jobs=(replace(job, deleted_at=AT),)))
        assert prune_rows(home, AT) == 0
        assert store.history.acts(AT, 9)[0].job_id == job.id
        assert store.jobs.even_deleted(job.id) is not None
        assert prune_rows(home, AT + MINUTE) == 1 + 1
        assert store.history.acts(AT, 9) == []
