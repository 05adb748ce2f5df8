"""One person's open visit to the login page: what it waits for, and how much patience is left. Blocking."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from jobs.models.accounts import Account
from jobs.ports.provider import AttemptOver, LoginAttempt, Provider

PICTURE_LIVES: Final = timedelta(seconds=60)
"""How long an answer to a picture is worth sending; the brief for people says so too."""
VISIT_LIVES: Final = timedelta(minutes=10)
WRONG_ANSWERS_AT_MOST: Final = 5
"""Of captchas, and of codes, before a visit ends: the platform locks accounts that go on for ever."""
TROUBLES_AT_MOST: Final = 5
"""Unclear answers of the platform before a visit ends."""


class Visit:
    """Holds the connections and cookies of one login, never its password. `ways` empty: a captcha is awaited.

    May be closed while a thread still asks for it: what that opens afterwards is closed at once (`AttemptOver`).
    """

    def __init__(self, account: Account, open_provider: Callable[[], Provider], began_at: datetime) -> None:
        self.account = account
        self.ends_at = began_at + VISIT_LIVES
        self.picture_ends_at = began_at
        self.ways: Sequence[str] = ()
        self.way = ""
        self.wrong = 0
        self.troubles = 0
        self.known: bytes | None = None
        """The session before, by which the page knows this client; let go of once the page is open."""
        self._open_provider = open_provider
        self._provider: Provider | None = None
        self._attempt: LoginAttempt | None = None
        self._is_closed = False
        self._lock = threading.Lock()

    @property
    def left(self) -> int:
        """How many wrong answers are still forgiven."""
        return WRONG_ANSWERS_AT_MOST - self.wrong

    @property
    def provider(self) -> Provider:
        """May raise `AttemptOver`."""
        with self._lock:
            if self._is_closed:
                raise AttemptOver("这次登录已经结束")
            if self._provider is None:
                self._provider = self._open_provider()
            return self._provider

    def attempt(self) -> LoginAttempt:
        """The visit to the login page, begun where it was not. May raise any `VenueError`."""
        if self._attempt is None:
            begun = self.provider.begin_login(self.known)
            with self._lock:
                if self._is_closed:
                    begun.close()
                    raise AttemptOver("这次登录已经结束")
                self._attempt = begun
            self.known = None
        return self._attempt

    @property
    def is_at_page(self) -> bool:
        """Whether the login page is open."""
        return self._attempt is not None

    def picture(self) -> bytes:
        """Another captcha. May raise any `VenueError`."""
        return self.attempt().picture()

    def begin_again(self) -> None:
        """The page has forgotten us: the next question opens it anew."""
        if self._attempt is not None:
            self._attempt.close()
        self._attempt = None
        self.ways, self.way = (), ""

    def close(self) -> None:
        """Lets go of connections and cookies, for good."""
        with self._lock:
            self._is_closed = True
        self.begin_again()
        if self._provider is not None:
            self._provider.close()
        self._provider = None
