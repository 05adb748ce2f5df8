"""The `Keyring` of a home: opens with its vault what its store keeps."""

from hashlib import sha256

import msgspec

from jobs.accounts.vault import Locked, Vault
from jobs.models.accounts import Account, AccountId, Standing
from jobs.models.errors import Refusal
from jobs.ports.accounts import Credentials
from jobs.ports.clock import Clock
from jobs.ports.store import Store


class SealedKeyring:
    """Used by the thread that the store belongs to."""

    def __init__(self, store: Store, vault: Vault, clock: Clock) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._read: dict[AccountId, str] = {}
        """Which credentials were current when something of the account was read last."""

    def credentials(self, account: Account) -> Credentials:
        sealed = self._store.accounts.credentials(account.id)
        if sealed is None:
            raise Refusal(f"账号 {account.nickname} 没有保存密码，请私聊我发送 !账号 更新 {account.nickname} 学号 密码")
        self._note(account)
        try:
            return msgspec.json.decode(self._opened(sealed, account), type=Credentials)
        except msgspec.DecodeError:
            raise Locked("内容无法辨认", account) from None  # The cause would quote it.

    def session(self, account: Account) -> bytes | None:
        self._note(account)
        sealed = self._store.accounts.session(account.id)
        return None if sealed is None else self._opened(sealed, account)

    def keep_session(self, account: Account, session: bytes | None, standing: Standing, reason: str = "") -> None:
        """Also passed over: what was found out with credentials that have been replaced since. It may be another's."""
        if self._read.get(account.id, self._current(account)) != self._current(account):
            return
        sealed = None
        if session is not None:
            # Beside a password under another key it would look as if this key were the right one.
            if (login := self._store.accounts.credentials(account.id)) is not None:
                self._opened(login, account)
            sealed = self._vault.seal(session, account.owner, account.id)
        self._store.accounts.keep_session(account.id, sealed, standing, reason, self._clock.now())

    def account(self, account_id: AccountId) -> Account | None:
        return self._store.accounts.get(account_id)

    def _opened(self, sealed: bytes, account: Account) -> bytes:
        try:
            return self._vault.open(sealed, account.owner, account.id)
        except Locked as locked:
            raise Locked(locked.why, account) from None

    def _note(self, account: Account) -> None:
        self._read[account.id] = self._current(account)

    def _current(self, account: Account) -> str:
        return sha256(self._store.accounts.credentials(account.id) or b"").hexdigest()


def packed(credentials: Credentials) -> bytes:
    """As `SealedKeyring.credentials` reads them."""
    return msgspec.json.encode(credentials)
