"""A booking platform, as small as it can be said. Blocking: a run has one job and needs no event loop."""

from collections.abc import Sequence
from enum import StrEnum
from typing import ClassVar, Protocol

from msgspec import Struct

from jobs.models.orders import Order, OrderId, Payment
from jobs.models.release import ReleaseRule
from jobs.models.venue import Day, Preset, Slot
from jobs.ports.accounts import Credentials
from jobs.ports.aim import DatedServer, Ready


class Remedy(StrEnum):
    """What helps against an error."""

    NOTHING = "permanent"
    """Asking again makes no sense; something else must change first, and the sentence says what."""
    WAIT = "retry_after"
    """The same again, after `retry_after_seconds`."""
    PERSON = "ask_a_person"
    """Somebody must log in, solve a slider, mend a profile."""
    OTHER_SLOT = "lost_race"
    """This slot is gone; another may be free."""
    READ_ORDERS = "read_orders"
    """Nobody knows whether the order was made: it is never sent again, the orders tell."""


class VenueError(Exception):
    """What went wrong with a platform: `sentence` for people, `detail` for the operator.

    `retry_after_seconds` None: asking again makes no sense by itself; otherwise the shortest sensible wait.
    """

    lasting: ClassVar[Remedy] = Remedy.NOTHING
    """What helps where waiting does not."""

    def __init__(self, sentence: str, detail: str = "", retry_after_seconds: float | None = None) -> None:
        super().__init__(f"{sentence} {detail}".strip())
        self.sentence = sentence
        self.detail = detail
        self.retry_after_seconds = retry_after_seconds

    @property
    def remedy(self) -> Remedy:
        return self.lasting if self.retry_after_seconds is None else Remedy.WAIT


class VenueUnreachable(VenueError):
    """No answer: connection refused, reset, timed out, or an HTTP 5xx. Of an order: it was surely not sent."""


class RateLimited(VenueError):
    """The platform asks for fewer requests, or our own budget for it is used up."""


class NotLoggedIn(VenueError):
    """The session is missing or over, in any of its disguises (302, an HTML login page, code 401, nobody there)."""

    lasting = Remedy.PERSON


class UnexpectedAnswer(VenueError):
    """The platform answered something this client does not understand."""


class SlotGone(VenueError):
    """Somebody else was faster."""

    lasting = Remedy.OTHER_SLOT


class SlotStale(VenueError):
    """The slot's `sign` is stale: look again, then order again. `retry_after_seconds` is 0."""


class HasOrder(VenueError):
    """The account holds an order that forbids this one."""


class OrderRefused(VenueError):
    """The platform does not accept such an order, whoever sends it."""


class SliderWanted(VenueError):
    """Code 1002: only a person can go on."""

    lasting = Remedy.PERSON


class ProfileIncomplete(VenueError):
    """Code 10001: the account's owner must complete the profile on the site."""

    lasting = Remedy.PERSON


class OutcomeUnknown(VenueError):
    """An order was sent, wholly or in part, and no answer that can be understood came back."""

    lasting = Remedy.READ_ORDERS


class WrongCaptcha(VenueError):
    """The letters were wrong; a new picture may be asked for in the same attempt."""

    lasting = Remedy.PERSON


class WrongCredentials(VenueError):
    """Name or password are not accepted. Not tried again by itself: accounts are locked for that."""


class AccountLocked(WrongCredentials):
    """The account is locked or frozen at the login page: only its owner can have it unlocked, there. Stop at once."""


class AttemptOver(VenueError):
    """The login attempt is too old, or was never begun: begin another."""

    lasting = Remedy.PERSON


class ReadyDays(Ready, Protocol):
    """The question for the days a platform lists, ready to be sent."""

    def answer(self) -> list[Day]:
        """The answer to what was sent, as `Provider.days`. Where sending or hearing failed it is asked once more, at
        once and on a fresh connection. May raise any `VenueError`."""
        ...


class ReadyOrder(Ready, Protocol):
    """An order, ready to be sent: encrypted, with a key of its own, when this was made. Sent once at most."""

    def is_answered(self, within_seconds: float) -> bool:
        """Waits until `answer` has something to say at once, for so long at most: when the answer has begun to come,
        when none will come any more, or when nothing was sent. Raises nothing."""
        ...

    def answer(self) -> OrderId:
        """What the platform said: its id of the order, which is proof of nothing before the order was read back.

        Its patience is counted from when the order was sent.

        Raises the typed refusal; `VenueUnreachable` where surely nothing was sent; `OutcomeUnknown` where something
        was, and no answer that can be understood came. Never sends again.
        """
        ...


class Person(Struct, frozen=True, kw_only=True):
    """Who is logged in, as the platform names them."""

    user_id: str
    name: str = ""


class Member(Protocol):
    """The platform as one account sees it, with connections of its own. Every method but `prepare_order` and `close`
    may raise any `VenueError`, and may renew `session` (the platform changes cookies as it likes)."""

    @property
    def session(self) -> bytes:
        """What to keep so that the next `Provider.member` goes on from here. Secret."""
        ...

    def check(self) -> Person:
        """Asks who is logged in. Raises `NotLoggedIn` in every disguise of it."""
        ...

    def renew(self) -> Person:
        """Begins a new session by single sign-on, without a person. Raises `NotLoggedIn` where the login page wants a
        name, a password and a captcha."""
        ...

    def prepare_order(self, preset: Preset, day: Day, slots: Sequence[Slot]) -> ReadyOrder:
        """An order for these slots of one court. Does not connect."""
        ...

    def warm(self, within_seconds: float) -> None:
        """Opens the connection the order will go through, if it is not open. Raises nothing."""
        ...

    def orders(self) -> list[Order]:
        """The account's latest orders, newest first: as many as a person would scroll through (at least 40)."""
        ...

    def order(self, order_id: OrderId) -> Order | None:
        """One order with `pay_seconds`, None where the platform knows none of that id."""
        ...

    def time_to_pay(self, order_id: OrderId) -> float | None:
        """For how many seconds one order can still be paid; None: it does not say. One question, where `order` may ask
        several."""
        ...

    def cancel(self, order_id: OrderId) -> None:
        """Gives an order back. Returns once the platform has said yes; reading the orders is the proof."""
        ...

    def start_payment(self, order_id: OrderId) -> Payment:
        """Where a person can pay an existing order. Never makes one."""
        ...

    def close(self) -> None: ...


class CodeWanted(Struct, frozen=True, kw_only=True):
    """The login page wants a second factor. `ways`: what it offers, of `app`, `email`, `sms`."""

    ways: tuple[str, ...]


class LoginAttempt(Protocol):
    """One visit to the login page. A wrong answer does not end it. Every method may raise any `VenueError`."""

    def picture(self) -> bytes:
        """A captcha, as an image file's bytes. Each call brings another picture, and makes the last one worthless."""
        ...

    def submit(self, credentials: Credentials, captcha: str) -> CodeWanted | None:
        """Sends the form. None: logged in. Raises `WrongCaptcha`, `WrongCredentials`, `AttemptOver`."""
        ...

    def send_code(self, way: str) -> None:
        """Asks for a code by email or sms; `app` shows its own, and need not be asked for."""
        ...

    def submit_code(self, code: str) -> None:
        """Sends the second factor, and trusts this client from now on. Logged in afterwards. Raises `WrongCaptcha`."""
        ...

    def session(self) -> bytes:
        """After a login: as `Member.session`. Secret."""
        ...

    def close(self) -> None: ...


class Provider(DatedServer, Protocol):
    """A client of one platform. Every method but `prepare_…`, `member` and `close` may raise any `VenueError`.

    Requests wait for their place in the budget it was opened with.
    """

    @property
    def presets(self) -> Sequence[Preset]: ...

    @property
    def release(self) -> ReleaseRule: ...

    def catalogue(self) -> list[Preset]:
        """The venues and sports the platform lists now. Those of a known preset have its number, others 0."""
        ...

    def days(self, preset: Preset) -> list[Day]:
        """The days the platform lists for a preset, soonest first."""
        ...

    def prepare_days(self, preset: Preset) -> ReadyDays:
        """The same question, to be sent at an instant: all that can be done before is done before. Does not connect."""
        ...

    def slots(self, preset: Preset, day: Day) -> list[Slot]:
        """The free slots of a day, by hour then court; only those that are selectable and have a place left."""
        ...

    def member(self, session: bytes | None) -> Member:
        """The platform as the account with that session sees it; None: as nobody. Does not connect."""
        ...

    def begin_login(self, session: bytes | None = None) -> LoginAttempt:
        """Opens the login page. `session`: the account's last one, over or not, by which the page knows this client
        again (one that it trusts is asked for no second factor); nobody is logged in by it."""
        ...

    def close(self) -> None:
        """Lets go of what is kept open; the next question opens it again. Idempotent."""
        ...
