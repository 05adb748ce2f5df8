"""What sources disagree on, what nobody recorded, and what a test may want: the simulator's settings."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

_Positive = Annotated[float, Meta(gt=0)]
_Count = Annotated[int, Meta(ge=0)]


class Disguise(StrEnum):
    """How the platform says that nobody is logged in; the real one does all three."""

    CODE = "code"
    REDIRECT = "redirect"
    PAGE = "page"


class Malformed(StrEnum):
    """How it refuses an order it cannot read."""

    CODE = "code"
    PAGE = "page"


class Scope(StrEnum):
    """Which other order of an account forbids one: of the same date, of the same sport, none."""

    DAY = "day"
    SPORT = "sport"
    NONE = "none"


class LoginPage(StrEnum):
    """Where the login page keeps its context: in a script (now), in hidden inputs (older)."""

    SCRIPT = "script"
    INPUTS = "inputs"


class LoginAnswers(StrEnum):
    """How the login form is answered: JSON (now), a redirect or the page again (older)."""

    JSON = "json"
    PAGES = "pages"


class Week(StrEnum):
    """How `week` of an order must number the days: Sunday 0 to Saturday 6, Monday 1 to Sunday 7, always 0."""

    SUNDAY = "sunday"
    MONDAY = "monday"
    ZERO = "zero"


class Tensity(StrEnum):
    """What `tensity` of an order must be: what the court says, always 1, anything."""

    COURT = "court"
    ONE = "one"
    ANY = "any"


class Free(StrEnum):
    """By what an hour is shown to be free: status 0 and a count, that status alone (the count is always 0), a count
    alone (the status is always 1)."""

    BOTH = "both"
    STATUS = "status"
    COUNT = "count"


class Remaining(StrEnum):
    """How `remainingTime` is written: 599, `9分59秒`, `9:59`, 599000, not at all."""

    SECONDS = "seconds"
    WORDS = "words"
    CLOCK = "clock"
    MILLISECONDS = "milliseconds"
    MISSING = "missing"


class Habits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Each with the strictest default that lets a right client through. Limits of 0 are none."""

    date_id_required: bool = True
    date_id_forbidden: bool = False
    """An order that says it is refused."""
    week: Week = Week.SUNDAY
    tensity: Tensity = Tensity.ANY
    free: Free = Free.BOTH
    venue_list: str = ""
    """The last part of the one path that lists venues; empty: both do."""
    venue_flag: str = ""
    """The one `flag` with which venues are listed; empty: any."""
    logged_out: Disguise = Disguise.CODE
    malformed: Malformed = Malformed.CODE
    tim_tolerance_seconds: _Positive = 600.0
    """How far an order's `tim` may be from the platform's clock, or from the machine's."""

    conflict: Scope = Scope.DAY
    orders_per_minute: _Count = 0
    """Tries of one account, whatever becomes of them."""
    orders_per_day: _Count = 0
    requests_per_minute: _Count = 0
    """Of everybody together, but for the login."""

    slider: bool = False
    """Every order wants a solved slider."""
    incomplete: tuple[str, ...] = ()
    """The users whose profile is not complete."""
    rival_chance: Annotated[float, Meta(ge=0, le=1)] = 0.0
    """Of an order, that somebody else takes its first slot just before."""
    sign_seconds: _Positive | None = None
    sign_generation: int = 0

    unpaid_seconds: _Positive = 600.0
    """Nobody recorded how long the real platform waits for the money."""
    unpaid_state: Annotated[int, Meta(ge=0, le=8)] = 0
    """The number of an order that waits for it: 0, or 8 as those that have expired."""
    remaining: Remaining = Remaining.SECONDS
    cancel_code: int = 4
    """What says that a cancelling has begun."""
    cancel_steps: Annotated[int, Meta(ge=1, le=3)] = 1
    """After how many of its three requests a cancellation is done: sources disagree."""

    session_seconds: _Positive = 1800.0
    """How long a session may be idle."""
    node_cookie_required: bool = True
    """Whether a session is only known together with the load balancer's cookie."""
    login_page: LoginPage = LoginPage.SCRIPT
    login_answers: LoginAnswers = LoginAnswers.JSON
    captcha_seconds: _Positive = 60.0
    second_factor_for_all: bool = False
    """Otherwise only for users whose name ends in `2fa`; a trusted client is asked for none."""
    app_code: str = "123456"
    """What the authenticator app of every user shows."""
