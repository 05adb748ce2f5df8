"""Requests ready to be sent: their bytes, and the connection they go through."""

import logging
import time
from collections.abc import Callable

from jobs.models.orders import OrderId
from jobs.models.venue import Day
from jobs.ports.provider import (
    OrderRefused,
    OutcomeUnknown,
    RateLimited,
    UnexpectedAnswer,
    VenueError,
    VenueUnreachable,
)
from jobs.venues.sjtu.answers import Answer
from jobs.venues.sjtu.lines import Line
from jobs.venues.sjtu.order_answers import read_order_id, unknown
from jobs.venues.sjtu.requests import Request
from jobs.venues.sjtu.site import Site
from jobs.venues.sjtu.wire import read_days

_log = logging.getLogger("sja.venue")


class _Ready:
    """Implements `ports.aim.Ready`. `request` makes the request anew, `greet` asks something cheap of the same site.

    Its place in the budget is taken when it is warmed or mended. What comes without one takes it when it is sent, if it
    can be had at once: nobody waits at an instant.
    """

    def __init__(self, site: Site, request: Callable[[], Request], greet: Callable[[float], object]) -> None:
        self._site = site
        self._request = request
        self._greet = greet
        self._made: Request | None = None
        self._bytes = b""
        self._stamp = ("", -1)
        self._connection: Line | None = None
        """What the request goes through, as far as it is known to be open."""
        self._has_place = False
        self.trouble: VenueError | None = None
        """Why it cannot be sent, as things stand."""
        self._make()

    def warm(self, within_seconds: float) -> None:
        if not self._take_place(within_seconds):
            return
        try:
            self._greet(within_seconds)
        except VenueError as error:
            _log.warning("预热连接没有成功：%s", error)
        # By now cookies may be others, and an order says when it was made.
        self._make()

    def mend(self, within_seconds: float) -> None:
        self._take_place(within_seconds)
        self._connect(within_seconds)

    def _ready_to_send(self) -> Line | None:
        """For what was never warmed, or has lost its connection or its place since."""
        if not self._take_place(0.0):
            return None
        if not self._bytes:
            self._make()
        if self._connection is None or not self._connection.is_open():
            self._connect(None)
        return self._connection if self._bytes else None

    def _connect(self, within_seconds: float | None) -> None:
        try:
            self._connection = self._site.connected(within_seconds, unresolved=True)
            is_current = self._stamp == self._site.stamp()
        except VenueError as error:
            self._lose(error)
            return
        if not is_current:
            # The other side has moved, or has changed a cookie.
            self._make()
        if self._bytes == b"":
            self._connection = None

    def _make(self) -> None:
        try:
            self._stamp = self._site.stamp()
            self._made = self._request()
            self._bytes = self._site.spelt(self._made)
        except VenueError as error:
            self.trouble, self._bytes, self._stamp = error, b"", ("", -1)

    def _take_place(self, within_seconds: float) -> bool:
        if self._has_place:
            return True
        try:
            self._site.take_place(within_seconds)
        except VenueError as error:
            _log.warning("没有轮到这个请求：%s", error)
            self.trouble = error
            return False
        self._has_place = True
        return True

    def _heard(self, since: float | None = None) -> Answer:
        assert self._connection is not None
        assert self._made is not None
        return self._site.heard(self._connection, self._made, self, since)

    def _lose(self, error: VenueError) -> None:
        _log.warning("预备的连接用不了：%s", error)
        self.trouble = error
        self._connection = None
        self._site.close()


class ReadyQuestion(_Ready):
    """Implements `ports.provider.ReadyDays`. `ask_anew` asks the same in the ordinary way."""

    def __init__(
        self,
        site: Site,
        request: Callable[[], Request],
        greet: Callable[[float], object],
        ask_anew: Callable[[], list[Day]],
    ) -> None:
        super().__init__(site, request, greet)
        self._ask_anew = ask_anew
        self._was_sent = False

    def send(self) -> None:
        if self._has_place and self._bytes and self._connection is not None and self._sent_on(self._connection):
            self._was_sent = True
            return
        connection = self._ready_to_send()
        self._was_sent = connection is not None and self._sent_on(connection)

    def answer(self) -> list[Day]:
        if not self._was_sent:
            return self._ask_anew()
        self._has_place = self._was_sent = False
        try:
            heard = self._heard()
        except VenueUnreachable as error:
            _log.warning("第一问没有得到回答，立即再问：%s", error)
            return self._ask_anew()
        return read_days(heard)

    def _sent_on(self, connection: Line) -> bool:
        trouble = _sent(connection, self._bytes)
        self._site.awaited_by = self
        if trouble is not None:
            self._lose(trouble)
        return trouble is None


class ReadyOrder(_Ready):
    """Implements `ports.provider.ReadyOrder`: whatever happens, its bytes leave once at most."""

    def __init__(self, site: Site, request: Callable[[], Request], greet: Callable[[float], object]) -> None:
        super().__init__(site, request, greet)
        self._was_sent = False
        self._broken: VenueError | None = None
        """What went wrong while it was sent: some of it may have got through."""
        self._said: OrderId | VenueError | None = None
        self._sent_at = 0.0

    def send(self) -> None:
        if self._was_sent or self._said is not None:
            return
        connection = self._connection
        if connection is None or not self._has_place or not self._bytes or not connection.is_open():
            # So far nothing was sent; once something was, it is not sent again.
            connection = self._ready_to_send()
        if connection is None:
            return
        self._was_sent, self._sent_at = True, time.monotonic()
        self._broken = _sent(connection, self._bytes)
        self._site.awaited_by = self
        if self._broken is not None:
            self._lose(self._broken)

    def is_answered(self, within_seconds: float) -> bool:
        if self._said is not None or not self._was_sent or self._broken is not None or self._connection is None:
            return True
        return self._site.is_answered(self._connection, self, self._sent_at, within_seconds)

    def answer(self) -> OrderId:
        if self._said is None:
            self._said = self._outcome()
        if isinstance(self._said, VenueError):
            raise self._said
        return self._said

    def _outcome(self) -> OrderId | VenueError:
        if not self._was_sent:
            return _never_sent(self.trouble)
        if self._broken is not None:
            return unknown(self._broken.detail)
        try:
            return read_order_id(self._heard(self._sent_at))
        except (VenueUnreachable, UnexpectedAnswer) as error:
            return _in_doubt(error)
        except VenueError as error:
            return error


def _sent(connection: Line, request: bytes) -> VenueUnreachable | None:
    """None: it is on its way. Nothing here may take longer than it must."""
    try:
        connection.sock.sendall(request)  # pyright: ignore[reportOptionalMemberAccess]
    except (OSError, AttributeError) as error:
        return VenueUnreachable("暂时连不上预订平台", f"{type(error).__name__}: {error}", 0.0)
    return None


def _never_sent(trouble: VenueError | None) -> VenueError:
    """Among the errors after which there is surely no order, the one that says why."""
    if trouble is None:
        return VenueUnreachable("订单还没有发出", "never sent", 0.0)
    if isinstance(trouble, VenueUnreachable | RateLimited):
        return trouble
    refusal = OrderRefused(trouble.sentence, f"never sent: {trouble.detail}", trouble.retry_after_seconds)
    refusal.__cause__ = trouble
    return refusal


def _in_doubt(error: VenueError) -> OutcomeUnknown:
    doubt = unknown(f"{error.sentence} {error.detail}".strip())
    doubt.__cause__ = error
    return doubt
