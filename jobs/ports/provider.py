"""A booking platform, as small as it can be said. Blocking: a run has one job and needs no event loop."""

from collections.abc import Sequence
from typing import Protocol

from jobs.models.venue import Day, Preset, Slot
from jobs.ports.aim import DatedServer, Ready


class VenueError(Exception):
    """What went wrong with a platform: `sentence` for people, `detail` for the operator.

    `retry_after_seconds` None: asking again makes no sense by itself; otherwise the shortest sensible wait.
    """

    def __init__(self, sentence: str, detail: str = "", retry_after_seconds: float | None = None) -> None:
        super().__init__(f"{sentence} {detail}".strip())
        self.sentence = sentence
        self.detail = detail
        self.retry_after_seconds = retry_after_seconds


class VenueUnreachable(VenueError):
    """No answer: connection refused, reset, timed out, or an HTTP 5xx."""


class RateLimited(VenueError):
    """The platform asks for fewer requests."""


class NotLoggedIn(VenueError):
    """The session is missing or over, in any of its disguises (302, an HTML login page, code 401)."""


class UnexpectedAnswer(VenueError):
    """The platform answered something this client does not understand."""


class ReadyDays(Ready, Protocol):
    """The question for the days a platform lists, ready to be sent."""

    def answer(self) -> list[Day]:
        """The answer to what was sent, as `Provider.days`. Where sending or hearing failed it is asked once more, at
        once and on a fresh connection. May raise any `VenueError`."""
        ...


class Provider(DatedServer, Protocol):
    """Reading half. Every method but `prepare_days` may raise any `VenueError`."""

    @property
    def presets(self) -> Sequence[Preset]: ...

    def days(self, preset: Preset) -> list[Day]:
        """The days the platform lists for a preset, soonest first."""
        ...

    def prepare_days(self, preset: Preset) -> ReadyDays:
        """The same question, to be sent at an instant: all that can be done before is done before. Does not connect."""
        ...

    def slots(self, preset: Preset, day: Day) -> list[Slot]:
        """The free slots of a day, by hour then court; only those that are selectable and have a place left."""
        ...

    def close(self) -> None:
        """Lets go of what is kept open; the next question opens it again. Idempotent."""
        ...
