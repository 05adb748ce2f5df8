"""The bot's office that goes on where runs have left off: settles open intents, follows orders until they end."""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from jobs.booking.books import cases_of
from jobs.booking.late import LateOrders
from jobs.booking.looking import Answer, Question, looked
from jobs.booking.proof import Holders, holders_now
from jobs.booking.sessions import Sessions
from jobs.models.accounts import Account, AccountId, Standing
from jobs.models.booking_decisions import reminders
from jobs.models.booking_following import Look, Standpoint, followed, hour_is_over, is_ripe, next_look, order_among
from jobs.models.booking_telling import Case
from jobs.models.bookings import Booking, BookingState
from jobs.models.errors import Refusal
from jobs.ports.accounts import Keyring
from jobs.ports.bell import Bell
from jobs.ports.clock import Clock
from jobs.ports.provider import NotLoggedIn, Provider
from jobs.ports.store import Conflict, Store, StoreUnavailable
from jobs.ports.threads import InThread

_log = logging.getLogger("sja.bookkeeper")

_ROUND_SECONDS: Final = 5.0
"""It costs two questions to the store; a reminder is late by as much at most."""
_SECONDS_EACH: Final = 2.0
"""The more accounts are followed, the rarer each is looked at: two or three requests every two seconds in all, which is
half of what a platform is asked at most. Reminders come when they are due all the same."""
_FOLLOWED: Final = frozenset({BookingState.OPEN, BookingState.BOOKED, BookingState.PAID})
_AT_ONCE: Final = 4
"""Accounts read at the same time."""
_JITTER: Final = 0.2
_AFTER_TROUBLE: Final = (30.0, 60.0, 120.0, 300.0, 600.0)
"""Seconds after so many failures in a row. After a login it is looked at once."""

_Try = tuple[str, datetime]


class _Watch:
    """What is remembered of an account between rounds; a bot that starts anew begins with a look."""

    def __init__(self) -> None:
        self.next_at = 0.0
        self.looked_at = float("-inf")
        self.failures = 0
        self.is_out = False
        self.known: frozenset[_Try] = frozenset()
        """What was looked for; anything else is looked for at once."""
        self.absences: dict[str, int] = {}
        """How often running an order was not there, by the key of its first slot."""


class Bookkeeper:
    """An office of the bot. The store and the keyring are used in the loop's thread only."""

    def __init__(
        self,
        *,
        store: Store,
        keyring: Keyring,
        open_provider: Callable[[], Provider],
        bell: Bell,
        clock: Clock,
        zone: str = "Asia/Shanghai",
        in_thread: InThread = asyncio.to_thread,
    ) -> None:
        self._store = store
        self._sessions = Sessions(store, keyring, bell, clock)
        self._open_provider = open_provider
        self._bell = bell
        self._clock = clock
        self._zone = ZoneInfo(zone)
        self._watches: dict[AccountId, _Watch] = {}
        self._in_thread = in_thread
        self._late = LateOrders(store.bookings)
        self._holders = Holders(())
        """As of this round, and what was found in it."""

    async def run(self) -> None:
        """Looks for ever; cancel to stop. What is being read then, the next bot reads again."""
        while True:
            await self.round()
            await asyncio.sleep(_ROUND_SECONDS)

    async def round(self) -> None:
        """Looks after every account whose turn it is, a few at a time."""
        due = list(self._due().items())
        for start in range(0, len(due), _AT_ONCE):
            await asyncio.gather(*(self._look_after(*one) for one in due[start : start + _AT_ONCE]))

    def _due(self) -> dict[AccountId, list[Booking]]:
        """The accounts whose turn it is, with their rows."""
        try:
            by_account = self._ripe()
            for account_id in self._watches.keys() - by_account.keys():
                del self._watches[account_id]
            due = {account_id: rows for account_id, rows in by_account.items() if self._is_due(account_id, rows)}
            self._holders = holders_now(self._store.bookings, {row.date for rows in due.values() for row in rows})
        except StoreUnavailable as trouble:
            _log.warning("%s", trouble)
            return {}
        return due

    def _ripe(self) -> dict[AccountId, list[Booking]]:
        """The rows that want looking after."""
        now, bookings = self._clock.now(), self._store.bookings
        paid = bookings.paid(now.astimezone(self._zone).date())
        rows = [row for row in (*bookings.open(), *bookings.unpaid()) if is_ripe(row, self._run_is_over(row), now)]
        rows += [row for row in paid if not hour_is_over(row, now, self._zone)]
        found: dict[AccountId, list[Booking]] = {}
        for row in (*rows, *self._late.due(now)):
            found.setdefault(row.account_id, []).append(row)
        return found

    def _as_now(self, rows: Sequence[Booking]) -> list[Booking]:
        """The same as they are stored now, without those that are settled."""
        found = [(row, self._store.bookings.get(row.account_id, row.slot_key)) for row in rows]
        return [
            now
            for row, now in found
            if now is not None and now.opened_at == row.opened_at and (now.state in _FOLLOWED or now.state is row.state)
        ]

    def _run_is_over(self, row: Booking) -> bool:
        return row.run_id is not None and self._store.runs.is_over(row.run_id)

    def _is_due(self, account_id: AccountId, rows: Sequence[Booking]) -> bool:
        watch, now = self._watches.setdefault(account_id, _Watch()), self._clock.monotonic()
        if watch.next_at <= now or self._came_back(account_id, watch):
            return True
        if now - watch.looked_at < _ROUND_SECONDS:
            return False
        is_new = not watch.failures and not _tries_of(rows) <= watch.known
        return is_new or any(map(self._wants_reminding, rows))

    def _came_back(self, account_id: AccountId, watch: _Watch) -> bool:
        """Whether somebody has logged in since the session ended."""
        account = self._store.accounts.get(account_id) if watch.is_out else None
        return account is not None and account.standing is Standing.IN

    def _wants_reminding(self, row: Booking) -> bool:
        if row.state is not BookingState.BOOKED:
            return False
        return sum(instant <= self._clock.now() for instant in reminders(row)) > row.reminded

    async def _look_after(self, account_id: AccountId, rows: Sequence[Booking]) -> None:
        """One look at an account's orders, and what follows from it. A defect is this account's alone."""
        watch = self._watches[account_id]
        watch.next_at = self._clock.monotonic() + _AFTER_TROUBLE[0]
        watch.known |= _tries_of(rows)
        try:
            account = self._store.accounts.get(account_id)
            answer = await self._answer(account, rows)
            watch.looked_at = self._clock.monotonic()
            watch.failures = 0 if answer.look.orders is not None else watch.failures + 1
            watch.is_out = isinstance(answer.error, NotLoggedIn)
            self._follow(account, self._as_now(rows), watch, answer.look)
            left = [row for row in self._as_now(rows) if row.state in _FOLLOWED]
        except StoreUnavailable as trouble:
            _log.warning("%s", trouble)
        except Exception:
            _log.exception("the orders of account %s could not be followed", account_id)
            watch.failures += 1
            watch.next_at = self._clock.monotonic() + _after_failures(watch.failures)
        else:
            watch.known = _tries_of(left)
            watch.next_at = self._clock.monotonic() + self._pause(watch, left, answer)

    async def _answer(self, account: Account | None, rows: Sequence[Booking]) -> Answer:
        if account is None:
            return Answer(look=Look(orders=None))
        try:
            begun = self._sessions.of(account)
        except Refusal as refusal:
            return Answer(look=Look(orders=None, trouble=refusal.sentence))
        cases = self._cases(account, rows)
        question = Question(session=begun, cases=tuple((case, self._holders.others(case)) for case in cases))
        answer = await self._in_thread(partial(looked, self._open_provider, self._clock, question))
        if isinstance(answer.error, NotLoggedIn):
            # Nobody is asked to log in only for what is paid.
            if any(row.state is not BookingState.PAID for row in rows):
                self._sessions.over(account, begun, answer.look.trouble)
        elif begun is not None and answer.session is not None:
            self._sessions.held(account, begun, answer.session)
        return answer

    def _follow(self, account: Account | None, rows: Sequence[Booking], watch: _Watch, look: Look) -> None:
        """Decides case by case, of the rows as they are now."""
        for case in self._cases(account, rows):
            others = self._holders.others(case)
            key = case.first.slot_key
            if look.orders is not None:
                for row in case.bookings:
                    self._late.looked(row)
                is_there = order_among(case, look, others) is not None
                watch.absences[key] = 0 if is_there else watch.absences.get(key, 0) + 1
            here = Standpoint(
                run_is_over=self._run_is_over(case.first), absences=watch.absences.get(key, 0), others=others
            )
            change = followed(case, look, here, self._clock.now(), self._zone)
            if change is None:
                continue
            try:
                self._store.apply(change)
            except Conflict as conflict:
                _log.info("%s: looked at again", conflict)
                continue
            self._holders.note(change.bookings)
            self._bell.ring()

    def _cases(self, account: Account | None, rows: Sequence[Booking]) -> list[Case]:
        by_job: dict[str | None, list[Booking]] = {}
        for row in rows:
            by_job.setdefault(row.job_id, []).append(row)
        return [
            case
            for same in by_job.values()
            for case in cases_of(same, account, self._store.jobs.get(same[0].job_id) if same[0].job_id else None)
        ]

    def _pause(self, watch: _Watch, rows: Sequence[Booking], answer: Answer) -> float:
        seconds = max(next_look(rows, self._clock.now()).total_seconds(), _SECONDS_EACH * len(self._watches))
        if watch.failures:
            seconds = max(seconds, _after_failures(watch.failures))
        if answer.error is not None:
            seconds = max(seconds, answer.error.retry_after_seconds or 0.0)
        return seconds * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - spreads requests, hides nothing


def _after_failures(failures: int) -> float:
    return _AFTER_TROUBLE[min(failures, len(_AFTER_TROUBLE)) - 1]


def _tries_of(rows: Sequence[Booking]) -> frozenset[_Try]:
    return frozenset((row.slot_key, row.opened_at) for row in rows)
