"""What accounts log in with, and their sessions: sealed at rest, opened only where they are used."""

from typing import Protocol

from msgspec import Struct

from jobs.models.accounts import Account, AccountId, Standing


class Credentials(Struct, frozen=True, kw_only=True):
    """What a person types at the login page. Never logged, never told."""

    user: str
    password: str

    def __repr__(self) -> str:
        return "Credentials(…)"


class Keyring(Protocol):
    """Opens and seals. Any method may raise `StoreUnavailable`, and `Refusal` (with the next step) where the key that
    sealed something is gone."""

    def credentials(self, account: Account) -> Credentials: ...

    def session(self, account: Account) -> bytes | None:
        """The session kept last, for `Provider.member`; None: there is none."""
        ...

    def keep_session(self, account: Account, session: bytes | None, standing: Standing, reason: str = "") -> None:
        """Keeps a session and how the account stands; None keeps the session that there is. An account that was removed
        meanwhile is passed over."""
        ...

    def account(self, account_id: AccountId) -> Account | None:
        """The account as it is now."""
        ...
