"""One round: real kinds, desks, clients and stores against a lying platform, and then a bookkeeper under truth."""

import asyncio
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from lies_between_site import Felled, Passes, Silence, Waiting, Watched
from lies_drawing_site import Case, Killing, Task
from lies_platform_site import Street
from lies_record_site import Ended, Record
from lies_world_site import PATIENT_SECONDS, World
from msgspec.structs import replace
from tide_site import Tide

from jobs import budget as budget_module
from jobs.accounts.book import AccountBook
from jobs.accounts.keyring import SealedKeyring
from jobs.app.late_desk import LateDesk
from jobs.booking.desk import BookingDesk
from jobs.booking.errand import Errand
from jobs.kinds import kind_named
from jobs.models.accounts import Standing
from jobs.models.change import Change, Fence
from jobs.models.errors import Refusal
from jobs.models.ids import Epoch, RunId
from jobs.models.job import Job
from jobs.models.run import Outcome, Run, RunStatus
from jobs.ports.kind import Assignment
from jobs.ports.provider import VenueError
from jobs.ports.store import StoreUnavailable
from jobs.reporting import StoreReporter
from jobs.store.opening import open_for_run
from jobs.store.store import SqliteStore
from jobs.venues.demo.ledger import State
from jobs.venues.sjtu import site as site_module


class Round(World):
    """Everything of one round."""

    def play(self) -> Record:
        with self.street.opened(self.platform), closing(self.store):
            for name in sorted({name for task in self.case.tasks for name in task.names}):
                self.add_account(name)
            self.record.user_of = {account.id: f"u-{name}" for name, account in self.accounts.items()}
            self.platform.made = lambda sale: self.record.note_order(sale, self.rows_of(sale))
            self.begin_to_lie()
            self._live()
            self._heal()
            self._close()
        return self.record

    # Runs.

    def _live(self) -> None:
        self.jobs = [self.new_job(number, task) for number, task in enumerate(self.case.tasks, start=1)]
        if self.case.together == "threads":
            self._live_in_threads()
            return
        others = list(zip(self.case.tasks, self.jobs, strict=True))[1:]

        def other() -> None:
            for task, job in others:
                self._live_one(task, job, Passes())
            others.clear()

        passes = Passes()
        if (freezing := self.case.freezing) is not None:
            passes.acts.append((freezing.point, freezing.number, lambda: self._stand_still(freezing.seconds)))
        if others:
            passes.acts.append((self.case.together, 1, other))
        self._live_one(self.case.tasks[0], self.jobs[0], passes)
        other()

    def _live_in_threads(self) -> None:
        def live(task: Task, job: Job) -> None:
            try:
                self._live_one(task, job, Passes())
            except BaseException as error:
                self.record.wrong.append(f"a run broke down: {error!r}")

        threads = [threading.Thread(target=live, args=pair) for pair in zip(self.case.tasks, self.jobs, strict=True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive(), "a run hangs"

    def _live_one(self, task: Task, job: Job, passes: Passes) -> None:
        for number, killing in enumerate(task.runs):
            if number:
                self.tide.advance(task.gap_seconds)
            ended = self._run(task, job, passes, killing)
            self.record.ends.append(ended)
            if ended.outcome is not None and ended.outcome.done and not task.repeats:
                return
            passes = Passes()

    def _run(self, task: Task, job: Job, passes: Passes, killing: Killing | None) -> Ended:
        if killing is not None:
            passes.acts.append((killing.point, killing.number, self._kill))
        with closing(open_for_run(self.home)) as store:
            fence = self._begin_run(store, job)
            outcome, was_killed = None, False
            try:
                with self._assigned(store, job, fence, task, passes) as assignment:
                    outcome = _carried_out(assignment)
                    assignment.reporter.finish(outcome)
            except Felled:
                was_killed = True
                self._let_arrive()
            ended = Ended(job.id, fence.run_id, outcome, was_killed, self.tide.now(), self._alive_now())
            self._end_run(store, fence)
        return ended

    def _kill(self) -> None:
        raise Felled

    def _let_arrive(self) -> None:
        """What a killed process had sent is on its way all the same."""
        deadline = time.monotonic() + 0.3
        still = 0
        while still < 3 and time.monotonic() < deadline:
            time.sleep(0.002)
            still = still + 1 if self.platform.under_way == 0 else 0

    @contextmanager
    def _assigned(self, store: SqliteStore, job: Job, fence: Fence, task: Task, passes: Passes) -> Iterator[Assignment]:
        keyring = SealedKeyring(store, self.vault, self.tide)
        stopping = Waiting(self.tide, task.lasts_seconds, self._meanwhile)
        reporter = StoreReporter(store=store, bell=Silence(), clock=self.tide, job=job, fence=fence)
        book = AccountBook(store, self.vault, self.tide)
        found = book.usable(task.names, job.owner, job.origin)
        errand = Errand(
            job_id=job.id, run_id=fence.run_id, fence=fence, owner=job.owner, origin=job.origin, label=job.label
        )
        with closing(self.provider()) as real:
            provider: Any = Watched(real, passes)
            make_desk = partial(
                BookingDesk,
                store=store,
                keyring=keyring,
                provider=provider,
                bell=Silence(),
                clock=self.tide,
                stopping=stopping,
                budget=self.budget,
                errand=errand,
                accounts=found.accounts,
                missing=found.missing,
            )
            with closing(LateDesk(make_desk)) as desk:
                yield Assignment(
                    job=job,
                    zone="Asia/Shanghai",
                    provider=provider,
                    budget=self.budget,
                    desk=desk,
                    reporter=reporter,
                    clock=self.tide,
                    stopping=stopping,
                )

    def _stand_still(self, seconds: float) -> None:
        self.record.struck["a run stands still"] += 1
        until = self.tide.passed + seconds
        while self.tide.passed < until:
            self.tide.advance(min(20.0, until - self.tide.passed))
            asyncio.run(self.keeper.round())

    def _meanwhile(self) -> None:
        if not self.case.with_bookkeeper or self.case.together == "threads" or self.tide.passed - self.kept_at < 5:
            return
        self.kept_at = self.tide.passed
        asyncio.run(self.keeper.round())

    def _alive_now(self) -> frozenset[str]:
        """The orders that are somebody's just now."""
        sales = self.street.call(self.platform.sold)
        return frozenset(sale.id for sale in sales if sale.state.holds)

    def _begin_run(self, store: SqliteStore, job: Job) -> Fence:
        self.runs += 1
        run = Run(
            id=RunId(f"{self.runs:032x}"),
            job_id=job.id,
            status=RunStatus.LIVE,
            epoch=Epoch(1),
            requested_at=self.tide.now(),
            started_at=self.tide.now(),
        )
        store.apply(Change(runs=(run,)))
        return Fence(run_id=run.id, epoch=run.epoch)

    def _end_run(self, store: SqliteStore, fence: Fence) -> None:
        run = store.runs.get(fence.run_id)
        assert run is not None
        store.apply(Change(runs=(replace(run, status=RunStatus.ENDED, ended_at=self.tide.now()),)))

    # Healing.

    def _heal(self) -> None:
        """The platform tells the truth from now on, people log in and do with their orders what they want."""
        self.record.struck += self.street.call(self.platform.count_struck)
        self.street.call(self._make_honest)
        self.timeout_seconds = PATIENT_SECONDS
        self.tide.advance(200)  # whatever quiet was asked for is over
        self._log_in_again()
        self.keep_books(lambda: not self.store.bookings.open(), 35)
        self.record.ordered = self.street.call(self.platform.sold)
        self.record.rows_then = [row for job in self.jobs for row in self.store.bookings.of_job(job.id)]
        self._meet_fates()
        self.keep_books(self.is_quiet, 61)
        self.tide.advance(30)

    def _make_honest(self) -> None:
        self.platform.stop_lying()
        self.platform.simulation.set_habits(
            slider=False, orders_per_minute=0, orders_per_day=0, requests_per_minute=0, rival_chance=0.0
        )

    def _log_in_again(self) -> None:
        for name, account in self.accounts.items():
            now = self.store.accounts.get(account.id)
            assert now is not None
            if now.standing is not Standing.IN or self.record.struck["sign-on ends"]:
                self.log_in(name)

    def _meet_fates(self) -> None:
        office = self.platform.simulation.office
        unpaid = [sale for sale in self.record.ordered if sale.state is State.UNPAID]
        for sale, fate in zip(unpaid, self.case.fates * 4, strict=False):
            if fate == "pay":
                self.street.call(lambda order=sale.id: office.pay(order))
            elif fate == "cancel":
                self.street.call(lambda order=sale.id, user=sale.user: office.cancel(user, order, 1))

    def _close(self) -> None:
        self.record.sales = self.street.call(self.platform.sold)
        self.record.changes = self.street.call(self.platform.simulation.ledger.changes)
        self.record.asked = self.street.call(self.platform.simulation.ledger.requests)
        self.record.knocks = list(self.platform.knocks)
        self.record.hushes = list(self.platform.hushes)
        self.record.given = list(self.budget.given)
        self.record.rows = [row for job in self.jobs for row in self.store.bookings.of_job(job.id)]
        self.record.told = _told(self.store, self.tide)
        self.record.recurs = {job.id: job.recurrence is not None for job in self.jobs}


def _carried_out(assignment: Assignment) -> Outcome:
    """As a run's process does it."""
    try:
        return kind_named(assignment.job.kind).work(assignment)
    except (Refusal, StoreUnavailable, VenueError) as error:
        return Outcome(done=False, sentence=error.sentence)


def _told(store: SqliteStore, tide: Tide) -> list[Any]:
    found: list[Any] = []
    while due := store.deliveries.due(tide.now() + timedelta(days=30), 100):
        for delivery in due:
            store.deliveries.done([delivery.id], None, tide.now())
            found.append(delivery.notification)
    return found


def play(case: Case, street: Street, pristine: Path, home: Path) -> Record:
    """One round on a home of its own. Only two things of the product's are other than in life: its sleep, and how
    large the first rush of requests may be."""
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(pristine, home)
    a_round = Round(case, street, home)
    waking = SimpleNamespace(monotonic=time.monotonic, sleep=a_round.tide.advance)
    with (
        patch.object(site_module, "time", waking),
        patch.object(budget_module, "ORDINARY_BURST", case.ordinary_burst),
        patch.object(budget_module, "HURRIED_BURST", case.hurried_burst),
    ):
        return a_round.play()
