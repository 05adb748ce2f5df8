"""What jAccount remembers between the requests of one login: the visit, its picture, its second factor."""

import secrets
from collections import OrderedDict
from typing import Final

_KEPT: Final = 500
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz"
"""Those that are not mistaken for each other."""


class Visit:
    """One visit to the login page, from the address that led there."""

    def __init__(self, query: str) -> None:
        self.query = query
        """Of the authorization that goes on once somebody is logged in."""
        self.client = secrets.token_urlsafe(24)
        self.returl = secrets.token_urlsafe(36)
        self.se = secrets.token_urlsafe(36)
        self.v = ""
        self.uuid = ""
        self.letters = ""
        """Of the picture shown last; "" when there is none that is still good."""
        self.shown_at = 0.0
        self.candidate = ""
        """Whose password was right, while a second factor is wanted."""
        self.code = ""
        self.code_at = 0.0

    def new_page(self) -> None:
        """Another page of the same visit: its pictures have an id of their own."""
        self.uuid = secrets.token_hex(16)
        self.letters = ""

    def new_letters(self, now: float) -> str:
        self.letters = "".join(secrets.choice(_LETTERS) for _ in range(4 + secrets.randbelow(2)))
        self.shown_at = now
        return self.letters

    def use_letters(self, answer: str, now: float, good_seconds: float) -> bool:
        """Whether the picture was read rightly; no answer is good twice."""
        letters, self.letters = self.letters, ""
        return bool(letters) and now - self.shown_at <= good_seconds and answer.strip().lower() == letters


class Visits:
    """The latest visits, found by any of their names."""

    def __init__(self) -> None:
        self._by_se: OrderedDict[str, Visit] = OrderedDict()
        self._by_session: OrderedDict[str, Visit] = OrderedDict()
        self.last: Visit | None = None
        """The one whose picture was shown last."""
        self.last_code = ""

    def begin(self, query: str) -> Visit:
        visit = Visit(query)
        self._by_se[visit.se] = visit
        while len(self._by_se) > _KEPT:
            self._by_se.popitem(last=False)
        return visit

    def by_se(self, se: str) -> Visit | None:
        return self._by_se.get(se)

    def by_uuid(self, uuid: str) -> Visit | None:
        return next((visit for visit in reversed(self._by_se.values()) if uuid and visit.uuid == uuid), None)

    def wait_for_code(self, session: str, visit: Visit) -> None:
        """The browser with this session is to bring the visit's second factor."""
        self._by_session[session] = visit
        while len(self._by_session) > _KEPT:
            self._by_session.popitem(last=False)

    def waiting(self, sessions: list[str]) -> tuple[str, Visit] | None:
        return next(((name, self._by_session[name]) for name in sessions if name in self._by_session), None)

    def end(self, visit: Visit) -> None:
        """The visit has led to a login."""
        self._by_se.pop(visit.se, None)
        for session in [name for name, other in self._by_session.items() if other is visit]:
            del self._by_session[session]
