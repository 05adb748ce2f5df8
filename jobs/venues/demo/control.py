"""A small blocking client of a simulator's control endpoints, for tests and for whoever runs one."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import urllib3

from jobs.venues.demo.files import address, control_key


class ControlError(Exception):
    """There is no simulator, it did not answer, or it refused; the text says which."""


class Control:
    """Steers the simulator of a home. Every method raises `ControlError`."""

    def __init__(self, home: Path) -> None:
        self._home: Path | None = home
        self._url = self._key = ""

    @classmethod
    def at(cls, url: str, key: str) -> "Control":
        """Of a simulator that has no home."""
        control = cls(Path())
        control._home, control._url, control._key = None, url, key
        return control

    def ledger(self) -> list[dict[str, Any]]:
        """Every order, newest first: `id user state venue_id venue sport_id sport date created_at expires_at paid_at
        spaces changes`. A space has `court_id court hour place price`, a change `state why at`; states are the
        platform's numbers (0 unpaid, 1 paid, 2 cancelled, 7 used, 8 expired), instants seconds since 1970 by the
        platform's clock. Orders of the user `rival` are other people's.
        """
        return self._ask("GET", "ledger")["orders"]

    def requests(self, last: int = 50_000) -> list[dict[str, Any]]:
        """The latest requests, oldest first: `at monotonic method path user status verdict`. A verdict is `ok`, or
        why not, or `fault: …`; a status of 0: nobody was answered."""
        return self._ask("GET", f"requests?last={last}")["requests"]

    def status(self) -> dict[str, Any]:
        """`now`, `offset_seconds`, `habits`, `release`."""
        return self._ask("GET", "status")

    def set_clock(self, offset_seconds: float) -> None:
        """How far the platform's clock is ahead of the machine's."""
        self._ask("POST", "clock", offset_seconds=offset_seconds)

    def set_release(self, release: str) -> None:
        """Another time of day at which dates open: `12:00:00`. Until the simulator ends."""
        self._ask("POST", "release", release=release)

    def set_faults(self, rules: Sequence[dict[str, Any]] = (), seed: int = 0) -> None:
        """Replaces all rules; see `jobs.venues.demo.faults.Rule` for their fields. None: nothing goes wrong."""
        self._ask("POST", "faults", rules=list(rules), seed=seed)

    def set_habits(self, **habits: Any) -> None:
        """Changes settings; see `jobs.venues.demo.habits.Habits`."""
        self._ask("POST", "habits", **habits)

    def captcha(self, uuid: str) -> str:
        """The letters of a login page's picture, "" when it has none that is still good."""
        return self._ask("GET", f"captcha?uuid={uuid}")["letters"]

    def last_captcha(self) -> str:
        """The letters of the picture shown last."""
        return self._ask("GET", "captcha")["letters"]

    def last_code(self) -> str:
        """The second factor sent last, or what the app shows."""
        return self._ask("GET", "code")["code"]

    def pay(self, order_id: str) -> bool:
        """Whether the order could be paid."""
        return self._ask("POST", "pay", order_id=order_id)["paid"]

    def end_sessions(self, user: str | None = None, *, sign_on: bool = False) -> int:
        """Ends a user's sessions, or everybody's. `sign_on`: single sign-on is over too."""
        return self._ask("POST", "end-sessions", user=user, sign_on=sign_on)["ended"]

    def solve_slider(self, token: str | None = None) -> str | None:
        """Does what a person does to a puzzle, or to the last one: the `tid` for one order."""
        return self._ask("POST", "slider", token=token)["verification"]

    def rivals(self, next_orders: int) -> None:
        """So many of the next orders find their first slot just taken."""
        self._ask("POST", "rivals", next=next_orders)

    def take(self, preset: int, day: date, hour: int, court: str) -> bool:
        """Somebody else buys one place now; False where none is left."""
        return self._ask("POST", "take", preset=preset, date=day.isoformat(), hour=hour, court=court)["taken"]

    def _ask(self, method: str, what: str, **body: Any) -> dict[str, Any]:
        url = address(self._home) if self._home else self._url
        key = control_key(self._home) if self._home else self._key
        if not url or not key:
            raise ControlError(f"no simulator in {self._home}")
        headers, asked = {"X-Demo-Key": key}, body if method == "POST" else None
        try:
            answer = urllib3.request(method, f"{url}/_demo/{what}", headers=headers, json=asked, retries=False)
            said: dict[str, Any] = answer.json()
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            raise ControlError(str(error)) from error
        if answer.status != 200:
            raise ControlError(f"{answer.status}: {said.get('error')}")
        return said
