"""The reading half of the platform's client: blocking, one request at a time, nothing repeated behind one's back."""

import http.client
import ssl
import time
from collections.abc import Mapping, Sequence
from functools import cache
from http.client import HTTPException, HTTPResponse, IncompleteRead
from typing import Final

import msgspec
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, LocationValueError
from urllib3.util import parse_url

from jobs.models.venue import Day, Preset, Slot
from jobs.ports.provider import UnexpectedAnswer, VenueError, VenueUnreachable
from jobs.venues.sjtu.presets import PRESETS
from jobs.venues.sjtu.refusals import Answer
from jobs.venues.sjtu.wire import read_days, read_slots

LARGEST_ANSWER: Final = 4 * 1024 * 1024
"""Bytes. A day of twelve courts is about 20 KiB."""

_CHUNK: Final = 16 * 1024
_RETRY_SECONDS: Final = 10.0
_DAYS_PATH: Final = "/manage/fieldDetail/queryFieldReserveSituationIsFull"
_SLOTS_PATH: Final = "/manage/fieldDetail/queryFieldSituation"
_HEADERS: Final = (
    ("Accept", "application/json, text/plain, */*"),
    # Compressed answers could grow without bound when unpacked; plain ones are small enough.
    ("Accept-Encoding", "identity"),
    ("Content-Type", "application/json"),
    ("User-Agent", "Mozilla/5.0 (compatible; sja-bot)"),
)
_TROUBLES: Final = (HTTPError, HTTPException, OSError)
"""What goes wrong between two machines, TLS included."""


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
        self._path = ""
        self._connection: HTTPConnection | None = None

    @property
    def presets(self) -> Sequence[Preset]:
        return PRESETS

    def days(self, preset: Preset) -> list[Day]:
        """The days the platform lists, soonest first. Raises `VenueError`."""
        _require_sport(preset)
        # The platform takes today's date or none; none needs no clock.
        question = {"id": preset.venue_id, "feildType": preset.sport_id, "date": ""}
        return read_days(self._post(_DAYS_PATH, question))

    def slots(self, preset: Preset, day: Day) -> list[Slot]:
        """The free slots of a day, by hour then court. Raises `VenueError`."""
        _require_sport(preset)
        question = {"fieldType": preset.sport_id, "date": day.date.isoformat(), "venueId": preset.venue_id}
        if day.token:
            question["dateId"] = day.token
        return read_slots(self._post(_SLOTS_PATH, question), day.date)

    def close(self) -> None:
        """Closes the kept connection; the next request opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _post(self, path: str, question: Mapping[str, str]) -> Answer:
        deadline = time.monotonic() + self._timeout_seconds
        try:
            connection = self._connection or self._open()
            try:
                return self._answer(self._ask(connection, path, msgspec.json.encode(question)), deadline)
            except BaseException:
                # With half an answer in it, the connection is of no more use; it must not linger either.
                connection.close()
                raise
        except _TROUBLES as error:
            raise VenueUnreachable("暂时连不上预订平台", f"{type(error).__name__}: {error}", _RETRY_SECONDS) from error

    def _open(self) -> HTTPConnection:
        """A connection that connects when first used. Raises `HTTPError` for an address that cannot be one."""
        address = parse_url(self._base_url)
        if not address.host:
            raise LocationValueError("no host")
        self._path = address.path or ""
        if address.scheme == "https":
            self._connection = HTTPSConnection(
                address.host, address.port, timeout=self._timeout_seconds, ssl_context=shared_trust()
            )
        else:
            self._connection = HTTPConnection(address.host, address.port, timeout=self._timeout_seconds)
        return self._connection

    def _ask(self, connection: HTTPConnection, path: str, body: bytes) -> HTTPResponse:
        """Connects by urllib3, and reads the answer as `http.client` does.

        urllib3's pools, retries and decoding have nothing to do here, and cost each run 0.4 MiB of its own memory.
        """
        if not connection.is_connected:
            connection.close()
        connection.putrequest("POST", self._path + path, skip_accept_encoding=True)
        for name, value in _HEADERS:
            connection.putheader(name, value)
        connection.putheader("Referer", f"{self._base_url}/pc/")
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        return http.client.HTTPConnection.getresponse(connection)

    def _answer(self, response: HTTPResponse, deadline: float) -> Answer:
        with response:
            header = response.headers.get
            return Answer(
                status=response.status,
                body=self._body(response, deadline),
                location=header("Location", ""),
                retry_after=header("Retry-After", ""),
                date=header("Date", ""),
            )

    def _body(self, response: HTTPResponse, deadline: float) -> bytes:
        """The whole body, as long as it is small enough and there in time."""
        body = bytearray()
        while chunk := response.read1(_CHUNK):
            body += chunk
            if len(body) > LARGEST_ANSWER:
                raise UnexpectedAnswer("预订平台的答复过长", f"over {LARGEST_ANSWER} bytes", _RETRY_SECONDS)
            if time.monotonic() > deadline:
                raise VenueUnreachable("预订平台答复太慢", f"over {self._timeout_seconds} s", _RETRY_SECONDS)
        if response.length:  # Of what was announced; `read1` ends quietly where the connection does.
            raise IncompleteRead(bytes(body), response.length)
        return bytes(body)


def _require_sport(preset: Preset) -> None:
    if not preset.sport_id:
        raise VenueError(f"预设{preset.number} {preset.title}没有登记运动项目，查不了场次，请换一个预设")
