"""Sessions: taken from the keyring, put back when the platform has changed them, asked for when they are over."""

import logging

from jobs.models.accounts import Account, Standing
from jobs.models.booking_telling import login_wanted
from jobs.models.change import Change
from jobs.models.errors import Refusal
from jobs.models.people import Chat
from jobs.ports.accounts import Keyring
from jobs.ports.bell import Bell
from jobs.ports.clock import Clock
from jobs.ports.store import Conflict, Store, StoreUnavailable

_log = logging.getLogger("sja.booking")


class Sessions:
    """Used in the store's thread. Whoever else has begun a new session meanwhile is right: it is never overwritten."""

    def __init__(self, store: Store, keyring: Keyring, bell: Bell, clock: Clock) -> None:
        self._store = store
        self._keyring = keyring
        self._bell = bell
        self._clock = clock

    def of(self, account: Account) -> bytes | None:
        """As it is kept. Raises `Refusal` where it cannot be opened, and `StoreUnavailable`."""
        return self._keyring.session(account)

    def held(self, account: Account, begun: bytes, now: bytes) -> None:
        """What was begun with `begun` has worked; it is `now` by now."""
        try:
            if self.of(account) == begun:
                self._keyring.keep_session(account, None if now == begun else now, Standing.IN)
        except (Refusal, StoreUnavailable) as trouble:
            _log.warning("%s", trouble)

    def over(self, account: Account, begun: bytes | None, reason: str, otherwise: Chat | None = None) -> None:
        """It has ended, and only a person can begin another: the owner is asked, once for each session."""
        try:
            if self.of(account) != begun:
                return
            standing = Standing.OUT if begun is not None else Standing.NEVER
            self._keyring.keep_session(account, None, standing, reason)
            current = self._keyring.account(account.id) or account
            told = login_wanted(current, begun, reason, self._clock.now(), otherwise)
            if told:
                self._store.apply(Change(notifications=told))
                self._bell.ring()
        except (Refusal, Conflict, StoreUnavailable) as trouble:
            _log.warning("%s", trouble)
