"""Who is logged in: cookies the simulator gave out. Its ledger keeps their digests, which open nothing."""

import hashlib
import secrets
from collections.abc import Callable
from http.cookies import SimpleCookie
from typing import Final

from starlette.types import Scope

from jobs.ports.clock import Clock
from jobs.venues.demo.habits import Habits
from jobs.venues.demo.ledger import Ledger

SESSION: Final = "JSESSIONID"
NODE: Final = "NSC_tqpsut"
"""The load balancer's cookie: which node knows the session."""
NODE_VALUE: Final = "ffffffff0973a13f45525d5f4f58455e445a4a423660"


def cookies(scope: Scope) -> list[tuple[str, str]]:
    """Every cookie of a request in order; a name may come twice, from two paths."""
    found: list[tuple[str, str]] = []
    for name, value in scope["headers"]:
        if name == b"cookie":
            pairs = (pair.partition("=") for pair in value.decode("latin-1").split(";"))
            found += [(name.strip(), text.strip()) for name, _, text in pairs]
    return found


def set_cookie(name: str, value: str, path: str = "/", max_age: int | None = None) -> tuple[str, str]:
    """A header that sets one."""
    jar: SimpleCookie = SimpleCookie()
    jar[name] = value
    jar[name]["path"] = path
    jar[name]["httponly"] = True
    if max_age is not None:
        jar[name]["max-age"] = max_age
    return "set-cookie", jar[name].OutputString()


class Sessions:
    """The sessions of the platform itself. One that was idle for longer than `Habits.session_seconds` is over."""

    _KIND: Final = "session"

    def __init__(self, ledger: Ledger, clock: Clock, habits: Callable[[], Habits]) -> None:
        self._ledger = ledger
        self._clock = clock
        self._habits = habits
        self._users = ledger.tokens(self._KIND)
        self._seen = dict.fromkeys(self._users, clock.monotonic())

    def begin(self, user: str) -> list[tuple[str, str]]:
        """A new session; the headers that hand it out."""
        now, most = self._clock.monotonic(), self._habits().session_seconds
        self._forget([token for token, seen in self._seen.items() if now - seen > most])
        token = secrets.token_hex(16).upper()
        kept = _digest(token)
        self._ledger.keep_token(self._KIND, kept, user)
        self._users[kept], self._seen[kept] = user, now
        return self.headers(token)

    def begin_for_nobody(self) -> list[tuple[str, str]]:
        """As the platform greets everybody; it is no login."""
        return self.headers(secrets.token_hex(16).upper())

    @staticmethod
    def headers(token: str) -> list[tuple[str, str]]:
        return [set_cookie(SESSION, token), set_cookie(NODE, NODE_VALUE)]

    def user(self, scope: Scope) -> str:
        """Whose session the cookies name, "" for none. Being asked keeps a session alive."""
        sent = cookies(scope)
        shown = [_digest(value) for name, value in sent if name == SESSION]
        tokens = [token for token in shown if token in self._users]
        if not tokens or (self._habits().node_cookie_required and (NODE, NODE_VALUE) not in sent):
            return ""
        token, now = tokens[0], self._clock.monotonic()
        if now - self._seen[token] > self._habits().session_seconds:
            self._forget([token])
            return ""
        self._seen[token] = now
        return self._users[token]

    def end(self, user: str | None) -> int:
        """Ends a user's sessions, or everybody's; how many there were."""
        over = [token for token, owner in self._users.items() if user in (None, owner)]
        self._forget(over)
        return len(over)

    def _forget(self, tokens: list[str]) -> None:
        self._ledger.drop_tokens(self._KIND, tokens)
        for token in tokens:
            del self._users[token], self._seen[token]


class Passes:
    """Cookies that last: jAccount's single sign-on, a trusted browser."""

    def __init__(self, ledger: Ledger, cookie: str) -> None:
        self._ledger = ledger
        self._cookie = cookie
        self._users = ledger.tokens(cookie)

    def give(self, user: str, path: str) -> tuple[str, str]:
        """The header that hands out a new one."""
        token = secrets.token_urlsafe(32)
        self._ledger.keep_token(self._cookie, _digest(token), user)
        self._users[_digest(token)] = user
        return set_cookie(self._cookie, token, path, max_age=30 * 24 * 3600)

    def users(self, scope: Scope) -> set[str]:
        """Whom the passes shown are for."""
        shown = (_digest(value) for name, value in cookies(scope) if name == self._cookie)
        return {self._users[token] for token in shown if token in self._users}

    def take_back(self, user: str | None) -> None:
        over = [token for token, owner in self._users.items() if user in (None, owner)]
        self._ledger.drop_tokens(self._cookie, over)
        for token in over:
            del self._users[token]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
