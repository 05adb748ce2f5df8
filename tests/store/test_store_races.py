"""Several processes on one store, and processes that die in the middle."""

import os
import signal
from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest
import store_processes
from store_examples import AT, ToldClock, a_job

from jobs.models.change import Change, Inbound
from jobs.models.ids import JobId
from jobs.store.backups import backup
from jobs.store.opening import open_beside, open_store


def test_no_update_is_lost_when_processes_replace_the_same_job(home: Path, clock: ToldClock) -> None:
    job = a_job(config={"n": 0})
    with closing(open_store(home, clock).store) as store:
        store.apply(Change(jobs=(job,)))
        processes = [store_processes.start("count_up", home, job.id, "40") for _ in range(4)]
        for process in processes:
            assert process.communicate(timeout=30)[0] == "done\n"
        counted = store.jobs.get(job.id)
        assert counted is not None
        assert (counted.config, counted.version) == ({"n": 160}, 161)


def test_each_instant_is_claimed_by_exactly_one_process(home: Path, clock: ToldClock) -> None:
    job = a_job()
    with closing(open_store(home, clock).store) as store:
        store.apply(Change(jobs=(job,)))
        processes = [store_processes.start("claim", home, job.id, "60") for _ in range(4)]
        won = [line for process in processes for line in process.communicate("go\n", timeout=30)[0].split()]
        assert sorted(map(int, won)) == list(range(60))
        assert len(store.history.occurrences(job.id, 999)) == 60


def test_each_slot_is_asked_for_by_exactly_one_process(home: Path, clock: ToldClock) -> None:
    with closing(open_store(home, clock).store) as store:
        processes = [store_processes.start("intend", home, "60") for _ in range(4)]
        won = [line for process in processes for line in process.communicate("go\n", timeout=30)[0].split()]
        assert sorted(map(int, won)) == list(range(60))
        assert len(store.bookings.open()) == 60


def test_processes_may_create_the_store_together(home: Path) -> None:
    processes = [store_processes.start("open", home) for _ in range(6)]
    assert [process.wait(timeout=30) for process in processes] == [0] * 6


@pytest.mark.skipif(os.name != "posix", reason="kill -9")
def test_a_process_killed_while_writing_loses_nothing_it_was_promised(home: Path, clock: ToldClock) -> None:
    promised: set[str] = set()
    for told in (1, 7, 40, 90, 150):
        with store_processes.start("create", home) as process:
            assert process.stdout is not None
            promised |= {line.strip() for line in islice(process.stdout, told)}
            process.send_signal(signal.SIGKILL)
            promised |= {line.strip() for line in process.stdout if line.endswith("\n")}
        opened = open_store(home, clock)
        with closing(opened.store) as store:
            assert opened.findings == ()
            kept = {job.id for job in store.jobs.select()}
            assert promised <= kept
            assert len(kept) == store.history.last_id()  # a job and its event come true together
            assert {booking.job_id for booking in store.bookings.open()} == kept
            repeated = [Inbound(self_id="1", message_id=job_id, received_at=AT) for job_id in sorted(promised)]
            assert not any(store.conversations.note(message) for message in repeated)
            assert store.jobs.get(JobId(min(promised))) is not None


@pytest.mark.skipif(os.name != "posix", reason="POSIX record locks")
def test_opening_beside_in_the_same_process_gives_no_lock_away(home: Path, clock: ToldClock) -> None:
    with closing(open_store(home, clock).store) as store:
        store.apply(Change(jobs=(a_job(),)))
        backup(store, home, AT)
        open_beside(home, clock).close()
        # Were our locks gone, this process would think itself the last one, and delete the log that we write to.
        assert store_processes.start("open", home).wait(timeout=30) == 0
        assert (home / "jobs" / "jobs.db-wal").exists()
        store.apply(Change(jobs=(a_job(),)))
        with closing(open_beside(home, clock)) as other:
            assert other.jobs.count() == 2
