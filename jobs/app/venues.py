"""Wires what people do with the platform other than by jobs: accounts, logins, and the counter where they book."""

from collections.abc import Callable
from datetime import time
from functools import partial
from typing import Final

from msgspec import Struct

from jobs.accounts.book import AccountBook
from jobs.accounts.keyring import SealedKeyring
from jobs.accounts.logins import Logins
from jobs.accounts.vault import Vault
from jobs.app.equipment import open_budget
from jobs.booking.bookkeeper import Bookkeeper
from jobs.booking.counter import Counter
from jobs.config import Settings
from jobs.models.release import ReleaseRule
from jobs.ports.bell import Bell
from jobs.ports.clock import Clock
from jobs.ports.provider import Provider
from jobs.ports.store import Store
from jobs.store.opening import open_for_run
from jobs.venues import ProviderConfig, open_provider, requests_per_minute

_DEMO: Final = "demo"


class Venues(Struct, frozen=True):
    """What people have of the platform."""

    accounts: AccountBook
    logins: Logins
    counter: Counter


def wire_venues(settings: Settings, store: Store, clock: Clock, bell: Bell) -> Venues:
    """The store is used in the thread this is called from; what blocks has clients, and stores, of its own.

    `bell` may be rung by any thread.
    """
    home, vault = settings.sja_home, Vault(settings.sja_home)
    book, keyring = AccountBook(store, vault, clock), SealedKeyring(store, vault, clock)
    counter = Counter(
        book=book,
        open_store=partial(open_for_run, home),
        open_keyring=lambda store: SealedKeyring(store, vault, clock),
        open_provider=provider_opener(settings),
        budget=open_budget(home, allowance(settings)),
        bell=bell,
        clock=clock,
        zone=settings.sja_timezone,
    )
    return Venues(book, Logins(book, keyring, provider_opener(settings), clock), counter)


def wire_bookkeeper(settings: Settings, store: Store, clock: Clock, bell: Bell) -> Bookkeeper:
    """Who follows bookings to their end."""
    return Bookkeeper(
        store=store,
        keyring=SealedKeyring(store, Vault(settings.sja_home), clock),
        open_provider=provider_opener(settings),
        bell=bell,
        clock=clock,
        zone=settings.sja_timezone,
    )


def provider_opener(settings: Settings) -> Callable[[], Provider]:
    """Opens clients of the platform, one for each thread; all are within the one budget."""
    budget = open_budget(settings.sja_home, allowance(settings))
    return partial(open_provider, provider_config(settings), budget)


def provider_config(settings: Settings) -> ProviderConfig:
    """Which platform, and how to reach it."""
    return ProviderConfig(
        name=settings.sja_provider,
        base_url=settings.sja_sjtu_base_url,
        jaccount_url=settings.sja_jaccount_base_url,
        public_key=settings.sja_sjtu_public_key,
        home=str(settings.sja_home),
        release=settings.sja_demo_release,
    )


def release_of(settings: Settings) -> ReleaseRule:
    """When the platform opens a date."""
    if settings.sja_provider != _DEMO:
        return ReleaseRule()
    return ReleaseRule(time=time.fromisoformat(settings.sja_demo_release))


def allowance(settings: Settings) -> int:
    """Requests per minute to the platform, of everybody together."""
    return settings.sja_venue_requests_per_minute or requests_per_minute(settings.sja_provider)
