"""One site over one kept connection: blocking, one request at a time, nothing repeated behind one's back."""

import http.client
import ssl
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import cache, partial
from http.client import HTTPException, HTTPResponse, IncompleteRead
from typing import Final

from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError, LocationValueError
from urllib3.util import Url, parse_url

from jobs.ports.budget import Budget
from jobs.ports.provider import UnexpectedAnswer, VenueUnreachable
from jobs.venues.sjtu.jar import Jar
from jobs.venues.sjtu.lines import EncryptedLine, Line, PunctualResponse, Tape, TooSlow
from jobs.venues.sjtu.refusals import Answer, pause_wanted
from jobs.venues.sjtu.requests import Request
from jobs.venues.sjtu.server_clock import ServerClock
from jobs.venues.sjtu.wire import read_second

LARGEST_ANSWER: Final = 4 * 1024 * 1024
"""Bytes. A day of twelve courts is about 20 KiB."""

_CHUNK: Final = 16 * 1024
_RETRY_SECONDS: Final = 10.0
_AT_HAND: Final = 0.25
"""Seconds for reading an answer that came in time, while its reader was busy."""
_LEAST_SECONDS: Final = 0.001
"""For a socket 0 means not to wait, and less nothing at all."""
_TROUBLES: Final = (HTTPError, HTTPException, OSError, UnicodeError)
"""What goes wrong between two machines, TLS included."""
_ALWAYS: Final = (
    # Compressed answers could grow without bound when unpacked; plain ones are small enough.
    ("Accept-Encoding", "identity"),
    ("User-Agent", "Mozilla/5.0 (compatible; sja-bot)"),
)
_PORTS: Final = {"http": 80, "https": 443}


@cache
def shared_trust() -> ssl.SSLContext:
    """Whom an encrypted connection believes: the machine's authorities, read once (some 20 ms and 2 MiB).

    Made before a fork it is shared by all that are forked.
    """
    return ssl.create_default_context()


class Site:
    """`where` says the base URL, whenever a connection is opened; it may raise `VenueError`. `called`: in sentences.

    `jar` None: no cookies. `clock` None: nobody wants to know what the server's shows. Who only polls pays for neither,
    for a thousand do.

    `timeout_seconds` bounds connecting, each wait for bytes, and the whole body. Everything public but `close` may
    raise `VenueError`, and nothing else.
    """

    def __init__(
        self,
        where: Callable[[], str],
        *,
        timeout_seconds: float,
        budget: Budget | None = None,
        clock: ServerClock | None = None,
        jar: Jar | None = None,
        called: str = "预订平台",
    ) -> None:
        self.jar = jar
        self.clock = clock
        self.awaited_by: object | None = None
        """Who has sent something on the kept connection and not heard the answer yet."""
        self._where = where
        self._timeout_seconds = timeout_seconds
        self._budget = budget
        self._called = called
        self._connection: Line | None = None
        self._base = Url()
        """Where the kept connection leads."""
        self._server = ""
        self._address_there: str | None = None
        """Where the site was reached last, in numbers."""

    @property
    def base_url(self) -> str:
        """Without a trailing slash."""
        return self._where().rstrip("/")

    def server(self) -> str:
        """`host:port`."""
        with self.understood():
            return _server_of(self._where_now())

    def ask(self, request: Request, within_seconds: float | None = None) -> Answer:
        """What the site answers, once there is a place for the request in the budget. `within_seconds`: no longer than
        that for the place, and again for the answer; 0 or less: no time at all; None: as long as anything may take."""
        self.take_place(within_seconds)
        deadline = time.monotonic() + self._given(within_seconds)
        with self._kept_if_whole():
            connection = self.connected(within_seconds)
            if within_seconds is not None:
                self._allow(connection, self._given(within_seconds))
            sent_at = self.clock.wall() if self.clock is not None else 0.0
            self._write(connection, request)
            # urllib3's own answers have nothing to do here: they cost each run 0.4 MiB of its own memory.
            connection.response_class = partial(PunctualResponse, deadline=deadline)  # pyright: ignore[reportAttributeAccessIssue]
            answer = self._answer(http.client.HTTPConnection.getresponse(connection))
        if self.clock is not None and (second := read_second(answer)) is not None:
            self.clock.learn(sent_at, self.clock.wall(), second)
        return answer

    def is_answered(self, connection: Line, by: object, since: float, within_seconds: float) -> bool:
        """Whether `heard` has something to say at once, or as soon as an answer that has begun is there: waits so long
        at most, and never beyond the patience that began at `since`."""
        left = since + self._timeout_seconds - time.monotonic()
        if self.awaited_by is not by or left <= 0:
            return True
        return connection.is_answered(min(within_seconds, left)) or within_seconds >= left

    def take_place(self, within_seconds: float | None = None) -> None:
        """Waits until there is a place for one more request in the budget; `within_seconds`: no longer; 0 or less: not
        at all."""
        if self._budget is None:
            return
        if within_seconds is not None:
            within_seconds = max(within_seconds, 0.0)
        # Where it is connected to it needs not ask where that is.
        self._budget.take(self._server if self._connection is not None else self.server(), within_seconds)

    def spelt(self, request: Request) -> bytes:
        """The bytes of a request, as they would be sent now."""
        with self.understood():
            base = self._where_now()
            connection, tape = self._new_connection(base), Tape()
            connection.sock = tape
            self._write(connection, request, base)
            return bytes(tape.recorded)

    def stamp(self) -> tuple[str, int]:
        """Changes when the same request would be spelt in other bytes."""
        return self.base_url, self.jar.changes if self.jar is not None else 0

    def connected(self, within_seconds: float | None = None, *, unresolved: bool = False) -> Line:
        """The kept connection, opened, in the time given, where it is not (any more).

        `unresolved`: where it was open last, if it was, for no time-out bounds how long a name takes to be resolved.
        """
        with self.understood():
            connection = self._connection
            if connection is None or self.awaited_by is not None or not connection.is_open():
                # An answer that is still to come would be taken for the next one's.
                connection = self._reached(within_seconds, unresolved=unresolved)
            self._address_there = connection.sock.getpeername()[0] if connection.sock else None
            self._allow(connection, self._timeout_seconds)
            return connection

    def heard(self, connection: Line, request: Request, by: object, since: float | None = None) -> Answer:
        """The answer to what somebody has sent on the kept connection, which is closed where it is of no more use.

        `since`: when patience began, on the machine's monotonic clock; None: now.
        """
        if self.awaited_by is not by:
            raise VenueUnreachable(f"没有等到{self._called}的答复", "the connection was used by another", 0.0)
        self.awaited_by = None
        now = time.monotonic()
        deadline = now + self._timeout_seconds if since is None else max(since + self._timeout_seconds, now + _AT_HAND)
        herald, connection.herald = connection.herald, b""
        with self._kept_if_whole():
            response = PunctualResponse(connection.sock, method=request.method, deadline=deadline, herald=herald)
            response.begin()
            answer = self._answer(response)
        if response.will_close:
            self.close()
        return answer

    def close(self) -> None:
        """Closes the kept connection; the next request opens another."""
        self.awaited_by = None
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextmanager
    def understood(self) -> Generator[None, None, None]:
        """Within it, what goes wrong between two machines is a `VenueUnreachable`."""
        try:
            yield
        except TooSlow as error:
            raise VenueUnreachable(f"{self._called}答复太慢", "", _RETRY_SECONDS) from error
        except _TROUBLES as error:
            detail = f"{type(error).__name__}: {error}"
            raise VenueUnreachable(f"暂时连不上{self._called}", detail, _RETRY_SECONDS) from error

    @contextmanager
    def _kept_if_whole(self) -> Generator[None, None, None]:
        """Within it, what goes wrong closes the connection: with half an answer in it, it is of no more use; it must
        not linger either."""
        try:
            with self.understood():
                yield
        except BaseException:
            self.close()
            raise

    def _where_now(self) -> Url:
        """Raises `HTTPError` for an address that cannot be one."""
        base = parse_url(self.base_url)
        if not base.host:
            raise LocationValueError("no host")
        return base

    def _reached(self, within_seconds: float | None, *, unresolved: bool) -> Line:
        self.awaited_by = None
        base = self._where_now()
        if self._connection is not None and base == self._base:
            self._connection.close()
        else:
            self.close()
            self._connection, self._base, self._server = self._new_connection(base), base, _server_of(base)
        connection, address = self._connection, self._address_there if unresolved else None
        self._address_there = None
        connection.timeout = self._given(within_seconds)
        connection.address = address
        connection.connect()
        return connection

    def _new_connection(self, base: Url) -> Line:
        """A connection that connects when told to."""
        if base.scheme == "https":
            return EncryptedLine(str(base.host), base.port, timeout=self._timeout_seconds, ssl_context=shared_trust())
        return Line(str(base.host), base.port, timeout=self._timeout_seconds)

    def _given(self, within_seconds: float | None) -> float:
        return self._timeout_seconds if within_seconds is None else max(within_seconds, _LEAST_SECONDS)

    @staticmethod
    def _allow(connection: HTTPConnection, seconds: float) -> None:
        """How long any one wait for the other side may take."""
        if connection.sock is not None:
            connection.sock.settimeout(seconds)

    def _write(self, connection: HTTPConnection, request: Request, base: Url | None = None) -> None:
        base = base or self._base
        path = (base.path or "") + request.path
        connection.putrequest(request.method, path, skip_accept_encoding=True)
        connection.putheader("Accept", request.accept)
        for name, value in (*_ALWAYS, *request.headers):
            connection.putheader(name, value)
        connection.putheader("Referer", request.referer or f"{base.url}/pc/")
        if self.jar is not None and (cookies := self.jar.header(path, request.path)):
            connection.putheader("Cookie", cookies)
        if request.body is None:
            # An answer that was kept on the way has an old clock, an old session and old orders.
            connection.putheader("Cache-Control", "no-cache")
            connection.endheaders()
            return
        connection.putheader("Content-Type", request.content_type)
        connection.putheader("Content-Length", str(len(request.body)))
        connection.endheaders(request.body)

    def _answer(self, response: HTTPResponse) -> Answer:
        with response:
            header = response.headers.get
            answer = Answer(
                status=response.status,
                body=self._body(response),
                location=header("Location", ""),
                retry_after=header("Retry-After", ""),
                date=header("Date", ""),
                age=header("Age", ""),
            )
            if self.jar is not None:
                self.jar.keep(response.headers.get_all("Set-Cookie", ()))
        if self._budget is not None and (seconds := pause_wanted(answer)):
            self._budget.quiet(self._server, seconds)
        return answer

    def _body(self, response: HTTPResponse) -> bytes:
        """The whole body, as long as it is small enough."""
        body = bytearray()
        while chunk := response.read1(_CHUNK):
            body += chunk
            if len(body) > LARGEST_ANSWER:
                raise UnexpectedAnswer(f"{self._called}的答复过长", f"over {LARGEST_ANSWER} bytes", _RETRY_SECONDS)
        if response.length:  # Of what was announced; `read1` ends quietly where the connection does.
            raise IncompleteRead(bytes(body), response.length)
        return bytes(body)


def _server_of(base: Url) -> str:
    return f"{base.host}:{base.port or _PORTS.get(base.scheme or 'http', 80)}"
