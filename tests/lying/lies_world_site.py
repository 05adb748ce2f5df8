"""The surroundings of one round: a platform, a home with accounts that are logged in, a bookkeeper; no runs yet."""

import asyncio
from collections.abc import Callable
from contextlib import closing
from datetime import time as time_of_day
from pathlib import Path
from typing import Any, Final

import msgspec
from lies_between_site import Counted, Silence
from lies_drawing_site import Case, Happening, Task
from lies_platform_site import LyingPlatform, Moment, Street
from lies_record_site import Record
from tide_site import Tide

from jobs.accounts.book import AccountBook
from jobs.accounts.keyring import SealedKeyring
from jobs.accounts.vault import Vault
from jobs.booking.bookkeeper import Bookkeeper
from jobs.budget import SharedBudget
from jobs.models.accounts import Account, Standing
from jobs.models.change import Change
from jobs.models.ids import JobId, JobNumber, UserId
from jobs.models.job import Job, Status
from jobs.models.people import Actor, Chat, Role
from jobs.models.recurrence import Weekly
from jobs.ports.accounts import Credentials
from jobs.store.opening import open_store
from jobs.store.store import SqliteStore
from jobs.supervisor.kernel_lock import take
from jobs.venues.demo.control import Control
from jobs.venues.demo.ledger import State
from jobs.venues.sjtu.client import SjtuProvider
from jobs.venues.sjtu.presets import PRESETS

OWNER: Final = UserId("20001")
GROUP: Final = Chat(self_id="10000", type="group", peer_id="12345")
HOME: Final = Chat(self_id="10000", type="private", peer_id=OWNER)
HASTY_SECONDS: Final = 0.25
"""Real ones, before a client gives up on an answer while the platform lies: it counts as ten of the tide's."""
PATIENT_SECONDS: Final = 20.0
_HEALING_STEPS: Final = 400


class World:
    """Everything of one round but what happens in it."""

    def __init__(self, case: Case, street: Street, home: Path) -> None:
        self.case = case
        self.street = street
        self.home = home
        self.tide = Tide(street.loop)
        self.platform = LyingPlatform(self.tide, case.world, case.period_seconds)
        self.store: SqliteStore = open_store(home, self.tide).store
        self.vault = Vault(home)
        self.keyring = SealedKeyring(self.store, self.vault, self.tide)
        self.budget = Counted(SharedBudget(home / "budget", self.tide, take, case.per_minute), self.tide)
        self.accounts: dict[str, Account] = {}
        self.jobs: list[Job] = []
        self.record = Record(case=case)
        self.timeout_seconds = PATIENT_SECONDS
        self.keeper = self.new_keeper()
        self.kept_at = 0.0
        self.runs = 0
        self.place = PRESETS[case.preset - 1]
        self.day = self.platform.simulation.world.visible(self.tide.now())[case.days_ahead]

    def provider(self) -> Any:
        return SjtuProvider(self.street.places(), self.timeout_seconds, budget=self.budget)

    def add_account(self, name: str) -> None:
        book = AccountBook(self.store, self.vault, self.tide)
        actor = Actor(user_id=OWNER, role=Role.MEMBER, chat=HOME)
        self.accounts[name] = book.add(actor, name, Credentials(user=f"u-{name}", password="demo"))
        self.log_in(name)

    def log_in(self, name: str) -> None:
        """A person does, with eyes for captchas."""
        account = self.accounts[name]
        with closing(self.provider()) as provider, closing(provider.begin_login()) as attempt:
            attempt.picture()
            captcha = Control.at(self.street.url, self.platform.simulation.control_key).last_captcha()
            assert attempt.submit(Credentials(user=f"u-{name}", password="demo"), captcha) is None
            self.keyring.session(account)
            self.keyring.keep_session(account, attempt.session(), Standing.IN)

    def begin_to_lie(self) -> None:
        for name in self.case.held_by_hand:
            self.street.call(lambda user=f"u-{name}": self.platform.order_by_hand(user, self.place, self.day, 21))
        self.timeout_seconds = HASTY_SECONDS
        self.street.call(lambda: self.platform.simulation.set_habits(**msgspec.structs.asdict(self.case.habits)))
        self.platform.delays.set(self.case.delays, self.case.world)
        self.platform.simulation.set_faults(self.case.faults, self.case.world)
        self.platform.moments = [self._moment(each) for each in self.case.happenings]

    def _moment(self, happening: Happening) -> Moment:
        simulation = self.platform.simulation

        def end(user: str, *, sign_on: bool) -> None:
            simulation.sessions.end(user or None)
            if sign_on:
                simulation.signed_on.take_back(user or None)

        def stale(_: str) -> None:
            simulation.set_habits(sign_generation=simulation.habits.sign_generation + 1)

        def rival(_: str) -> None:
            simulation.office.rivals_next = 1

        def fate(user: str, act: Callable[[str], object]) -> None:
            for sale in self.platform.sold():
                if sale.user == user and sale.state is State.UNPAID:
                    act(sale.id)

        acts: dict[str, Callable[[str], object]] = {
            "session ends": lambda user: end(user, sign_on=False),
            "sign-on ends": lambda user: end(user, sign_on=True),
            "signs go stale": stale,
            "a rival buys": rival,
            "a slider": lambda _: simulation.set_habits(slider=True),
            "cancelled by hand": lambda user: fate(user, lambda order: simulation.office.cancel(user, order, 1)),
            "paid by hand": lambda user: fate(user, simulation.office.pay),
        }
        return Moment(path=happening.path, number=happening.number, act=acts[happening.what], name=happening.what)

    def rows_of(self, sale: Any) -> list[dict[str, Any]]:
        return self.record.rows_in(self.home / "jobs" / "jobs.db", sale)

    def new_job(self, number: int, task: Task) -> Job:
        at = self.tide.now()
        job = Job(
            id=JobId(f"{number:08x}"),
            number=JobNumber(0),
            kind=task.kind,
            name=f"第{number}个",
            status=Status.RUNNING,
            config=self._config(task),
            recurrence=Weekly(time=time_of_day(12)) if task.recurs else None,
            owner=OWNER,
            origin=GROUP,
            created_at=at,
            updated_at=at,
        )
        self.store.apply(Change(jobs=(job,)))
        stored = self.store.jobs.get(job.id)
        assert stored is not None
        return stored

    def _config(self, task: Task) -> dict[str, Any]:
        target = {"preset": self.case.preset, "date": self.day.isoformat(), "duration_hours": task.length}
        if task.kind == "schedule":
            plan = {"schedule": {"hour": 12, "preferred_hours": task.hours}}
        elif task.kind == "monitor":
            plan = {"plan": {"interval_seconds": 40, "auto_book": True, "preferred_hours": task.hours}}
        else:
            plan = {"plan": {"preferred_hours": task.hours}}
        return msgspec.to_builtins({"target": target, **plan, "accounts": task.names})

    def new_keeper(self) -> Bookkeeper:
        return Bookkeeper(
            store=self.store,
            keyring=self.keyring,
            open_provider=self.provider,
            bell=Silence(),
            clock=self.tide,
        )

    def keep_books(self, is_enough: Callable[[], bool], step: float) -> None:
        for _ in range(_HEALING_STEPS):
            asyncio.run(self.keeper.round())
            if is_enough():
                return
            self.tide.advance(step)
        self.record.wrong.append("the books never became quiet")

    def is_quiet(self) -> bool:
        living = [sale for sale in self.street.call(self.platform.sold) if sale.state is State.UNPAID]
        return not living and not self.store.bookings.open() and not self.store.bookings.unpaid()
