"""Real clients against the simulated platform, and what its ledger says of the bookings made through them."""

import asyncio
import itertools
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from booking_site import GROUP, OWNER, Silence
from demo_site import BADMINTON, RunningPlatform
from msgspec.structs import replace

from jobs.accounts.book import AccountBook
from jobs.accounts.keyring import SealedKeyring
from jobs.accounts.vault import Vault
from jobs.booking.bookkeeper import Bookkeeper
from jobs.booking.desk import BookingDesk
from jobs.booking.errand import Errand
from jobs.budget import SharedBudget
from jobs.clock import SystemExactClock
from jobs.models.accounts import Account, Standing
from jobs.models.bookings import Booking
from jobs.models.change import Change, Fence, Notification
from jobs.models.ids import Epoch, JobId, JobNumber, RunId
from jobs.models.job import Job, Status
from jobs.models.people import Actor, Chat, Role
from jobs.models.run import Run, RunStatus
from jobs.models.venue import Day
from jobs.models.wishes import Wishes, choices
from jobs.ports.accounts import Credentials
from jobs.ports.desk import Offer
from jobs.store.opening import open_store
from jobs.supervisor.kernel_lock import take
from jobs.venues.demo.provider import DemoProvider

HURRY = 20
"""How much faster waits go by than in life: half a minute of reading orders is a second and a half."""
PATIENT_SECONDS = 20.0
_numbers = itertools.count(1)


class HurriedClock:
    """Tells the true time, put forward by `skip`; what is waited for goes by faster."""

    def __init__(self) -> None:
        self.skipped = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.skipped

    def monotonic(self) -> float:
        return time.monotonic() * HURRY + self.skipped.total_seconds()

    def skip(self, seconds: float) -> None:
        self.skipped += timedelta(seconds=seconds)


class Waiting:
    """Implements `Stopping`."""

    def is_set(self) -> bool:
        return False

    def wait(self, seconds: float) -> bool:
        time.sleep(seconds / HURRY)
        return False


class Home:
    """A home whose accounts are logged in at the platform, for one job after another."""

    def __init__(self, platform: RunningPlatform, users: Sequence[str]) -> None:
        assert platform.home is not None
        self.platform = platform
        self.clock = HurriedClock()
        self.store = open_store(platform.home, self.clock).store
        self.vault = Vault(platform.home)
        self.keyring = SealedKeyring(self.store, self.vault, self.clock)
        self.budget = SharedBudget(platform.home / "budget", SystemExactClock(), take, 60_000)
        self.accounts = [self._logged_in(user) for user in users]
        self._provider = self.provider()

    def provider(self, timeout_seconds: float = PATIENT_SECONDS) -> DemoProvider:
        assert self.platform.home is not None
        return DemoProvider(self.platform.home, timeout_seconds, budget=self.budget)

    def new_job(self) -> tuple[Job, Fence]:
        """A job with a live run."""
        number = next(_numbers)
        at = self.clock.now()
        job = Job(
            id=JobId(f"{number:08x}"),
            number=JobNumber(0),
            kind="auto_booking",
            name=f"抢票{number}",
            status=Status.RUNNING,
            config={},
            owner=OWNER,
            origin=GROUP,
            created_at=at,
            updated_at=at,
        )
        run = Run(
            id=RunId(f"{number:032x}"),
            job_id=job.id,
            status=RunStatus.LIVE,
            epoch=Epoch(1),
            requested_at=at,
            started_at=at,
        )
        self.store.apply(Change(jobs=(job,), runs=(run,)))
        return job, Fence(run_id=run.id, epoch=run.epoch)

    def end(self, fence: Fence) -> None:
        run = self.store.runs.get(fence.run_id)
        assert run is not None
        self.store.apply(Change(runs=(replace(run, status=RunStatus.ENDED, ended_at=self.clock.now()),)))

    def desk(self, job: Job, fence: Fence, timeout_seconds: float = PATIENT_SECONDS) -> BookingDesk:
        errand = Errand(job_id=job.id, run_id=fence.run_id, fence=fence, owner=OWNER, origin=GROUP, label=job.label)
        return BookingDesk(
            store=self.store,
            keyring=self.keyring,
            provider=self.provider(timeout_seconds),
            bell=Silence(),
            clock=self.clock,
            stopping=Waiting(),
            budget=self.budget,
            errand=errand,
            accounts=self.accounts,
        )

    def offers(self, days_ahead: int, hours: Sequence[int]) -> list[Offer]:
        """What is free, read from the platform."""
        wanted: date = self.platform.clock.today() + timedelta(days=days_ahead)
        day: Day = next(day for day in self._provider.days(BADMINTON) if day.date == wanted)
        ranked = choices(self._provider.slots(BADMINTON, day), Wishes(hours=tuple(hours)))
        return [Offer(preset=BADMINTON, day=day, slots=choice) for choice in ranked]

    def settle(self, seconds: float = 700, step: float = 40) -> None:
        """The bookkeeper's rounds, until nothing is open any more, or so much time has gone by."""
        keeper = Bookkeeper(
            store=self.store,
            keyring=self.keyring,
            open_provider=self.provider,
            bell=Silence(),
            clock=self.clock,
        )
        gone_by = 0.0
        host = self._provider.server()
        until(lambda: self.budget.left(host) > 0, "the platform wants quiet for a second at most")
        while self.store.bookings.open() and gone_by < seconds:
            asyncio.run(keeper.round())
            self.skip(step)
            gone_by += step

    def skip(self, seconds: float) -> None:
        """Time goes by, here and at the platform."""
        self.clock.skip(seconds)
        self.platform.clock.advance(seconds=seconds)

    def rows(self, job: Job) -> list[Booking]:
        return self.store.bookings.of_job(job.id)

    def told(self) -> list[Notification]:
        """What was told since the last time this was asked."""
        found: list[Notification] = []
        while due := self.store.deliveries.due(self.clock.now() + timedelta(days=1), 100):
            for delivery in due:
                self.store.deliveries.done([delivery.id], None, self.clock.now())
                found.append(delivery.notification)
        return found

    def ledger(self) -> list[dict[str, Any]]:
        """The orders of our users, newest first."""
        return [order for order in self.platform.control.ledger() if order["user"] != "rival"]

    def close(self) -> None:
        self._provider.close()
        self.store.close()

    def _logged_in(self, user: str) -> Account:
        book = AccountBook(self.store, self.vault, self.clock)
        home = Chat(self_id="10001", type="private", peer_id=OWNER)
        actor = Actor(user_id=OWNER, role=Role.MEMBER, chat=home)
        credentials = Credentials(user=user, password="demo")
        account = book.add(actor, user, credentials)
        with closing(self.provider()) as provider, closing(provider.begin_login()) as attempt:
            attempt.picture()
            assert attempt.submit(credentials, self.platform.control.last_captcha()) is None
            self.keyring.keep_session(account, attempt.session(), Standing.IN)
        found = self.store.accounts.get(account.id)
        assert found is not None
        return found


def until(fact: Callable[[], object], what: str, seconds: float = 30) -> None:
    """Waits for a fact, with a deadline that only a broken program meets."""
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, f"not in {seconds} s: {what}"
        time.sleep(0.01)


def free_home(path: Path) -> Path:
    path.mkdir(mode=0o700)
    return path
