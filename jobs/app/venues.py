"""Wires what people do with the platform other than by jobs: accounts, logins, and the counter where they book."""

from collections.abc import Callable
from functools import partial

from msgspec import Struct

from jobs.accounts.book import AccountBook
from jobs.accounts.keyring import SealedKeyring
from jobs.accounts.logins import Logins
from jobs.accounts.vault import Vault
from jobs.app.equipment import open_budget
from jobs.app.impatience import Impatient
from jobs.app.platform import allowance, provider_config
from jobs.app.threads import Threads
from jobs.booking.bookkeeper import Bookkeeper
from jobs.booking.counter import Counter
from jobs.clock import SystemExactClock
from jobs.config import Settings
from jobs.ports.bell import Bell
from jobs.ports.clock import Clock
from jobs.ports.provider import Provider
from jobs.ports.store import Store
from jobs.store.opening import open_for_run
from jobs.venues import open_provider, warm_up


class Venues(Struct, frozen=True):
    """What people have of the platform."""

    accounts: AccountBook
    logins: Logins
    counter: Counter
    threads: tuple[Threads, ...]

    def close(self) -> None:
        """Gives up open logins, and what nobody has begun to ask yet. Use in the event loop's thread."""
        self.logins.close()
        for threads in self.threads:
            threads.close()


def wire_venues(settings: Settings, store: Store, clock: Clock, bell: Bell) -> Venues:
    """The store is used in the thread this is called from; what blocks has clients, and stores, of its own.

    `bell` may be rung by any thread.
    """
    home, vault = settings.sja_home, Vault(settings.sja_home)
    book, keyring = AccountBook(store, vault, clock), SealedKeyring(store, vault, clock)
    asking, logging_in = Threads("counter"), Threads("logins")
    counter = Counter(
        book=book,
        open_store=partial(open_for_run, home),
        open_keyring=lambda store: SealedKeyring(store, vault, clock),
        open_provider=provider_opener(settings),
        budget=open_budget(home, allowance(settings)),
        bell=bell,
        clock=clock,
        zone=settings.sja_timezone,
        open_briefly=partial(_open_briefly, settings),
        in_thread=asking,
    )
    logins = Logins(book, keyring, provider_opener(settings), clock, in_thread=logging_in)
    return Venues(book, logins, counter, (asking, logging_in))


def wire_bookkeeper(settings: Settings, store: Store, clock: Clock, bell: Bell) -> Bookkeeper:
    """Who follows bookings to their end."""
    return Bookkeeper(
        store=store,
        keyring=SealedKeyring(store, Vault(settings.sja_home), clock),
        open_provider=provider_opener(settings),
        bell=bell,
        clock=clock,
        zone=settings.sja_timezone,
        in_thread=Threads("bookkeeper"),
    )


def _open_briefly(settings: Settings) -> Provider:
    """A client for one question, whose answer somebody waits for."""
    budget = Impatient(open_budget(settings.sja_home, allowance(settings)), SystemExactClock())
    return open_provider(provider_config(settings), budget)


def provider_opener(settings: Settings) -> Callable[[], Provider]:
    """Opens clients of the platform, one for each thread; all are within the one budget."""
    warm_up()  # In one thread: where two import the same for the first time, one may find it half made.
    budget = open_budget(settings.sja_home, allowance(settings))
    return partial(open_provider, provider_config(settings), budget)
