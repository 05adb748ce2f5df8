"""A home with a book of accounts, a vault and a real store; people who speak; and a clock that is told the time."""

from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from jobs.accounts.book import AccountBook
from jobs.accounts.keyring import SealedKeyring
from jobs.accounts.vault import Vault
from jobs.models.ids import UserId
from jobs.models.people import Actor, Chat, Role
from jobs.ports.accounts import Credentials
from jobs.store.opening import open_store
from jobs.store.store import SqliteStore

AT = datetime(2026, 11, 22, 4, tzinfo=UTC)
GROUP = Chat(self_id="10001", type="group", peer_id="555555")
LOGIN = Credentials(user="5210001", password="s3cret-passw0rd")


class TickingClock:
    """A second later whenever it is asked."""

    def __init__(self) -> None:
        self.at = AT

    def now(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at

    def monotonic(self) -> float:
        return 0.0


def person(number: int = 42424, chat: Chat | None = None, role: Role = Role.MEMBER) -> Actor:
    """Somebody who speaks, in private unless told otherwise."""
    private = Chat(self_id="10001", type="private", peer_id=str(number))
    return Actor(user_id=UserId(str(number)), role=role, chat=chat or private)


def login(user: str, password: str = "p w") -> Credentials:
    return Credentials(user=user, password=password)


@dataclass(frozen=True)
class Site:
    home: Path
    store: SqliteStore
    vault: Vault
    book: AccountBook
    keyring: SealedKeyring
    clock: TickingClock

    @property
    def key(self) -> Path:
        return self.home / "secrets.key"


@contextmanager
def a_site(home: Path) -> Generator[Site]:
    clock, vault = TickingClock(), Vault(home)
    with closing(open_store(home, clock).store) as store:
        book, keyring = AccountBook(store, vault, clock), SealedKeyring(store, vault, clock)
        yield Site(home=home, store=store, vault=vault, book=book, keyring=keyring, clock=clock)
