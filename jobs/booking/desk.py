"""Where a run books: accounts made ready, connections warm, one purchase for all of them, and what they have."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from jobs.booking.books import Books, cases_of
from jobs.booking.buyer import Buyer
from jobs.booking.circumstances import Circumstances
from jobs.booking.errand import Errand
from jobs.booking.looking import NEVER_IN
from jobs.booking.race import Race
from jobs.booking.sessions import Sessions
from jobs.models.accounts import Account, AccountId, Standing, how_to_log_in
from jobs.models.booking_following import IN_DOUBT_FOR, doubt_in_words, in_doubt_until
from jobs.models.bookings import Booking, BookingState
from jobs.models.errors import Refusal
from jobs.ports.accounts import Keyring
from jobs.ports.bell import Bell
from jobs.ports.budget import Budget
from jobs.ports.clock import Clock
from jobs.ports.desk import Bought, Offer, Readiness
from jobs.ports.kind import Stopping
from jobs.ports.provider import Member, NotLoggedIn, Person, Provider, VenueError, VenueUnreachable
from jobs.ports.store import Store, StoreUnavailable

_HELD = frozenset({BookingState.BOOKED, BookingState.PAID})
_ENDED = frozenset({BookingState.CANCELLED, BookingState.EXPIRED})


class BookingDesk:
    """Implements `ports.desk.Desk` for one errand. Single-threaded. Opens nothing before it is used."""

    def __init__(
        self,
        *,
        store: Store,
        keyring: Keyring,
        provider: Provider,
        bell: Bell,
        clock: Clock,
        stopping: Stopping,
        budget: Budget,
        errand: Errand,
        accounts: Sequence[Account],
        missing: Sequence[str] = (),
    ) -> None:
        self.accounts = tuple(accounts)
        self.missing = tuple(missing)
        self._store = store
        self._keyring = keyring
        self._provider = provider
        self._bell = bell
        self._clock = clock
        self._stopping = stopping
        self._budget = budget
        self._errand = errand
        self._sessions = Sessions(store, keyring, bell, clock)
        self._members: dict[AccountId, Member] = {}
        self._begun: dict[AccountId, bytes | None] = {}
        """The sessions that the members began with, or that were kept since."""

    def get_ready(self, until: datetime | None = None) -> list[Readiness]:
        return [
            _not_looked_at(account) if until is not None and self._clock.now() >= until else self._readiness(account)
            for account in self.accounts
        ]

    def warm(self, within_seconds: float) -> None:
        deadline = self._clock.monotonic() + within_seconds
        for account in self.accounts:
            if (left := deadline - self._clock.monotonic()) <= 0:
                return
            with suppress(Refusal, StoreUnavailable):
                self._member(account).warm(left)

    def buy(self, offers: Sequence[Offer], look_again: Callable[[], Sequence[Offer]]) -> list[Bought]:
        books = Books(self._store, self._bell, self._clock, self._errand)
        answered_in = self._errand.origin if self._errand.job_id is None else None
        around = Circumstances(books, self._provider, self._clock, self._newer, self._wants_login, answered_in)
        settled, buyers = self._buyers(books, offers)
        with self._budget.hurrying():
            bought = Race(around, self._stopping, buyers, offers, look_again).run()
        for buyer in buyers:
            if not isinstance(buyer.error, NotLoggedIn):
                self._keep_session(buyer.account)
        by_account = {one.account.id: one for one in (*settled, *bought)}
        return [by_account[account.id] for account in self.accounts]

    def bought_before(self) -> list[Booking]:
        if self._errand.job_id is None:
            return []
        now = self._clock.now()
        return [row for row in self._rows() if _was_had(row) and self._ends_at(row) > now]

    def close(self) -> None:
        for member in self._members.values():
            member.close()
        self._members.clear()

    def _buyers(self, books: Books, offers: Sequence[Offer]) -> tuple[list[Bought], list[Buyer]]:
        """Those who want something, and how it stands with the others."""
        settled: list[Bought] = []
        buyers: list[Buyer] = []
        held, mine = self.bought_before(), self._rows() if self._errand.job_id is not None else []
        wanted = {offer.day.date for offer in offers}
        now, doubted = self._clock.now(), dict[AccountId, list[Booking]]()
        for row in self._store.bookings.refused(now - IN_DOUBT_FOR):
            doubted.setdefault(row.account_id, []).append(row)
        for account in self.accounts:
            has = [row for row in held if row.account_id == account.id]
            if self._has_enough(books, has, wanted):
                still = tuple(row for row in has if row.state in _HELD)
                sentence = "之前已经订到" if still else "之前订到过，后来取消或过期了，不再重订"
                settled.append(Bought(account=account, bookings=still, sentence=sentence))
                continue
            try:
                self._check_allowed(account)
                # With the session of now: somebody may have logged in since this run began.
                member = self._member(account, fresh=True)
            except Refusal as refusal:
                settled.append(Bought(account=account, sentence=refusal.sentence, error=_locked(refusal)))
                continue
            if (until := in_doubt_until(doubted.get(account.id, ()), now)) is not None:
                settled.append(Bought(account=account, sentence=doubt_in_words(until, now), is_uncertain=True))
                continue
            # Those for other days are the bookkeeper's: they must not hold up what is wanted now.
            is_open = [
                row
                for row in mine
                if row.account_id == account.id and row.state is BookingState.OPEN and row.date in wanted
            ]
            earlier = cases_of(is_open, account, books.job)
            buyers.append(Buyer(account, member, earlier, {row.date for row in has}))
        return settled, buyers

    def _has_enough(self, books: Books, has: Sequence[Booking], wanted: set[date]) -> bool:
        """One order for a job; of one that recurs, one for each date, and one for each run."""
        if not has:
            return False
        if books.job is None or books.job.recurrence is None:
            return True
        return any(row.run_id == self._errand.run_id for row in has) or wanted <= {row.date for row in has}

    def _check_allowed(self, account: Account) -> None:
        """A run may live for weeks: raises `Refusal` where the account was removed, or is not shared any more."""
        if self._errand.job_id is None:
            return
        now = self._keyring.account(account.id)
        if now is None:
            raise Refusal(f"账号 {account.nickname} 已经被主人移除")
        if not now.is_for(self._errand.owner, self._errand.origin):
            raise Refusal(f"账号 {account.nickname} 不再共享给这里")

    def _rows(self) -> list[Booking]:
        assert self._errand.job_id is not None
        return self._store.bookings.of_job(self._errand.job_id)

    def _ends_at(self, row: Booking) -> datetime:
        zone = ZoneInfo(self._provider.release.zone)
        return datetime.combine(row.date, time(row.hour), tzinfo=zone) + timedelta(hours=1)

    def _readiness(self, account: Account) -> Readiness:
        try:
            self._check_allowed(account)
            member = self._member(account, fresh=True)
            self._logged_in(account, member)
        except Refusal as refusal:
            return Readiness(account=account, sentence=refusal.sentence, error=_locked(refusal))
        except NotLoggedIn as error:
            self._sessions.over(account, self._begun[account.id], error.sentence, self._errand.origin)
            sentence = f"{account.nickname} 没有登录：{how_to_log_in(account, self._errand.owner)}"
            return Readiness(account=account, sentence=sentence, error=error)
        except VenueError as error:
            return Readiness(account=account, sentence=f"{account.nickname}：{error.sentence}", error=error)
        self._keep_session(account)
        # Without the person's name: rehearsals and progress are read in groups.
        return Readiness(account=account, sentence=f"{account.nickname} 已登录")

    def _logged_in(self, account: Account, member: Member) -> Person:
        if self._begun[account.id] is None:
            raise NotLoggedIn(NEVER_IN)
        try:
            return member.check()
        except NotLoggedIn:
            return member.renew()

    def _member(self, account: Account, *, fresh: bool = False) -> Member:
        """`fresh`: with the session that is kept now. Raises `Refusal` where that cannot be opened."""
        member = self._members.get(account.id)
        if member is not None and not fresh:
            return member
        session = self._sessions.of(account)
        if member is not None and session == self._begun[account.id]:
            return member
        if member is not None:
            member.close()
        self._begun[account.id] = session
        self._members[account.id] = member = self._provider.member(session)
        return member

    def _newer(self, buyer: Buyer) -> Member | None:
        before = self._members[buyer.account.id]
        with suppress(Refusal, StoreUnavailable):
            member = self._member(buyer.account, fresh=True)
            return None if member is before else member
        return None

    def _wants_login(self, buyer: Buyer, error: NotLoggedIn) -> NotLoggedIn:
        """For the platform nobody is logged in who never was; people are told which of the two it is."""
        begun = self._begun[buyer.account.id]
        if begun is None and buyer.account.standing is Standing.NEVER:
            error = NotLoggedIn(NEVER_IN)
        self._sessions.over(buyer.account, begun, error.sentence, self._errand.origin)
        return error

    def _keep_session(self, account: Account) -> None:
        """For whoever comes next, and as what this member began with from now on."""
        begun, now = self._begun[account.id], self._members[account.id].session
        if begun is not None:
            self._sessions.held(account, begun, now)
            self._begun[account.id] = now


class _Barred(NotLoggedIn):
    """The account cannot be used, logged in or not: it was taken away, or the key that sealed its session is gone. The
    sentence says what helps."""


def _was_had(row: Booking) -> bool:
    """Whether there is, or was, an order that was read back."""
    return row.state in _HELD or (row.state in _ENDED and row.order_id is not None)


def _locked(refusal: Refusal) -> VenueError:
    return _Barred(refusal.sentence)


def _not_looked_at(account: Account) -> Readiness:
    sentence = f"{account.nickname} 没有检查"
    return Readiness(account=account, sentence=sentence, error=VenueUnreachable(sentence, "no time left", 0.0))
