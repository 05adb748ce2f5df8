"""The reading half of the platform's client: blocking, one request at a time, nothing repeated behind one's back."""

import http.client
import ssl
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, partial
from http.client import HTTPResponse, IncompleteRead
from typing import Final

import msgspec
from urllib3.connection import HTTPConnection
from urllib3.exceptions import LocationValueError
from urllib3.util import Url, parse_url

from jobs.models.venue import Day, Preset, Slot
from jobs.ports.aim import ServerDate
from jobs.ports.provider import UnexpectedAnswer, VenueError, VenueUnreachable
from jobs.venues.sjtu.lines import EncryptedLine, Line, PunctualResponse, TooSlow
from jobs.venues.sjtu.presets import PRESETS
from jobs.venues.sjtu.ready import TROUBLES, ReadyQuestion, Tape
from jobs.venues.sjtu.refusals import Answer, quiet_wanted
from jobs.venues.sjtu.wire import read_days, read_second, read_slots

LARGEST_ANSWER: Final = 4 * 1024 * 1024
"""Bytes. A day of twelve courts is about 20 KiB."""

_CHUNK: Final = 16 * 1024
_RETRY_SECONDS: Final = 10.0
_DAYS_PATH: Final = "/manage/fieldDetail/queryFieldReserveSituationIsFull"
_SLOTS_PATH: Final = "/manage/fieldDetail/queryFieldSituation"
_USER_PATH: Final = "/system/user/currentUser"
"""The cheapest question there is: no court, no database, and never answered from a cache."""
_HEADERS: Final = (
    ("Accept", "application/json, text/plain, */*"),
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


class SjtuProvider:
    """Reads days and slots over HTTP. One instance per thread.

    `base_url` has no trailing path; `timeout_seconds` bounds connecting, each wait for bytes, and the whole body.
    """

    def __init__(self, base_url: str, timeout_seconds: float = 10.0) -> None:
        self._base_url = base_url.rstrip("/")
        self._timeout_seconds = timeout_seconds
        self._connection: Line | EncryptedLine | None = None
        self._address_there: str | None = None
        """Where the platform was reached last."""

    @property
    def presets(self) -> Sequence[Preset]:
        return PRESETS

    def days(self, preset: Preset) -> list[Day]:
        """The days the platform lists, soonest first. Raises `VenueError`."""
        return read_days(self._exchange("POST", _DAYS_PATH, _days_question(preset)))

    def prepare_days(self, preset: Preset) -> ReadyQuestion:
        """The same question as bytes. Raises `VenueError` for a preset without a sport."""
        return ReadyQuestion(self, self._spelt("POST", _DAYS_PATH, _days_question(preset)), lambda: self.days(preset))

    def server(self) -> str:
        """`host:port`. Raises `VenueError` for an address that cannot be one."""
        with _venue_errors():
            address = self._address()
            return f"{address.host}:{address.port or _PORTS.get(address.scheme or 'http', 80)}"

    def server_date(self, within_seconds: float) -> ServerDate:
        """What the platform's clock shows, whatever else it answers. Raises `VenueError`."""
        answer = self._exchange("GET", _USER_PATH, None, within_seconds)
        return ServerDate(second=read_second(answer), quiet_seconds=quiet_wanted(answer))

    def slots(self, preset: Preset, day: Day) -> list[Slot]:
        """The free slots of a day, by hour then court. Raises `VenueError`."""
        _require_sport(preset)
        question = {"fieldType": preset.sport_id, "date": day.date.isoformat(), "venueId": preset.venue_id}
        if day.token:
            question["dateId"] = day.token
        return read_slots(self._exchange("POST", _SLOTS_PATH, question), day.date)

    def close(self) -> None:
        """Closes the kept connection; the next request opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def connected(self, within_seconds: float | None = None, *, unresolved: bool = False) -> HTTPConnection:
        """The kept connection, opened, in the time given, where it is not (any more). Raises `HTTPError`, `OSError`.

        `unresolved`: where it was open last, if it was, for no time-out bounds how long a name takes to be resolved.
        """
        connection = self._connection or self._new_connection()
        self._connection = connection
        if connection.sock is None or not connection.is_connected:
            connection.close()
            connection.timeout = within_seconds or self._timeout_seconds
            connection.address, self._address_there = (self._address_there if unresolved else None), None
            connection.connect()
        self._address_there = connection.sock.getpeername()[0] if connection.sock else None
        self._allow(connection, self._timeout_seconds)
        return connection

    def heard(self, connection: HTTPConnection, method: str) -> Answer:
        """The answer on the kept connection, which is closed where it is of no more use. Raises `VenueError`."""
        deadline = time.monotonic() + self._timeout_seconds
        with self._kept_if_whole():
            response = PunctualResponse(connection.sock, method=method, deadline=deadline)
            response.begin()
            answer = self._answer(response)
        if response.will_close:
            self.close()
        return answer

    def _exchange(
        self, method: str, path: str, question: Mapping[str, str] | None, within_seconds: float | None = None
    ) -> Answer:
        deadline = time.monotonic() + (within_seconds or self._timeout_seconds)
        with self._kept_if_whole():
            connection = self.connected(within_seconds)
            if within_seconds is not None:
                self._allow(connection, within_seconds)
            self._write(connection, method, path, question)
            # urllib3's own answers have nothing to do here: they cost each run 0.4 MiB of its own memory.
            connection.response_class = partial(PunctualResponse, deadline=deadline)  # pyright: ignore[reportAttributeAccessIssue]
            return self._answer(http.client.HTTPConnection.getresponse(connection))

    @contextmanager
    def _kept_if_whole(self) -> Generator[None, None, None]:
        """Within it, what goes wrong between two machines is a `VenueUnreachable`, and closes the connection: with half
        an answer in it, it is of no more use; it must not linger either."""
        try:
            with _venue_errors():
                yield
        except BaseException:
            self.close()
            raise

    def _address(self) -> Url:
        """Raises `HTTPError` for an address that cannot be one."""
        address = parse_url(self._base_url)
        if not address.host:
            raise LocationValueError("no host")
        return address

    def _new_connection(self) -> Line | EncryptedLine:
        """A connection that connects when first used. Raises `HTTPError` for an address that cannot be one."""
        address = self._address()
        if address.scheme == "https":
            return EncryptedLine(
                str(address.host), address.port, timeout=self._timeout_seconds, ssl_context=shared_trust()
            )
        return Line(str(address.host), address.port, timeout=self._timeout_seconds)

    @staticmethod
    def _allow(connection: HTTPConnection, seconds: float) -> None:
        """How long any one wait for the other side may take."""
        if connection.sock is not None:
            connection.sock.settimeout(seconds)

    def _write(self, connection: HTTPConnection, method: str, path: str, question: Mapping[str, str] | None) -> None:
        connection.putrequest(method, (self._address().path or "") + path, skip_accept_encoding=True)
        for name, value in _HEADERS:
            connection.putheader(name, value)
        connection.putheader("Referer", f"{self._base_url}/pc/")
        if question is None:
            # Only the clock is asked for without a question; an answer that was kept on the way has an old one.
            connection.putheader("Cache-Control", "no-cache")
            connection.endheaders()
            return
        body = msgspec.json.encode(question)
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)

    def _spelt(self, method: str, path: str, question: Mapping[str, str] | None) -> bytes:
        """The bytes of a request, as they would be sent."""
        with _venue_errors():
            connection, tape = self._new_connection(), Tape()
            connection.sock = tape
            self._write(connection, method, path, question)
            return bytes(tape.recorded)

    def _answer(self, response: HTTPResponse) -> Answer:
        with response:
            header = response.headers.get
            return Answer(
                status=response.status,
                body=self._body(response),
                location=header("Location", ""),
                retry_after=header("Retry-After", ""),
                date=header("Date", ""),
                age=header("Age", ""),
            )

    def _body(self, response: HTTPResponse) -> bytes:
        """The whole body, as long as it is small enough."""
        body = bytearray()
        while chunk := response.read1(_CHUNK):
            body += chunk
            if len(body) > LARGEST_ANSWER:
                raise UnexpectedAnswer("预订平台的答复过长", f"over {LARGEST_ANSWER} bytes", _RETRY_SECONDS)
        if response.length:  # Of what was announced; `read1` ends quietly where the connection does.
            raise IncompleteRead(bytes(body), response.length)
        return bytes(body)


def _days_question(preset: Preset) -> dict[str, str]:
    _require_sport(preset)
    # The platform takes today's date or none; none needs no clock.
    return {"id": preset.venue_id, "feildType": preset.sport_id, "date": ""}


@contextmanager
def _venue_errors() -> Generator[None, None, None]:
    """Within it, what goes wrong between two machines is a `VenueUnreachable`."""
    try:
        yield
    except TooSlow as error:
        raise VenueUnreachable("预订平台答复太慢", "", _RETRY_SECONDS) from error
    except TROUBLES as error:
        raise VenueUnreachable("暂时连不上预订平台", f"{type(error).__name__}: {error}", _RETRY_SECONDS) from error


def _require_sport(preset: Preset) -> None:
    if not preset.sport_id:
        raise VenueError(f"预设{preset.number} {preset.title}没有登记运动项目，查不了场次，请换一个预设")
