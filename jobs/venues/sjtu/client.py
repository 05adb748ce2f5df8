"""The reading half of the platform's client: blocking, one request at a time, nothing repeated behind one's back."""

import ssl
import time
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

import msgspec
import urllib3
from urllib3 import HTTPConnectionPool
from urllib3.response import BaseHTTPResponse
from urllib3.util import parse_url

from jobs.models.venue import Day, Preset, Slot
from jobs.ports.provider import UnexpectedAnswer, VenueError, VenueUnreachable
from jobs.venues.sjtu.presets import PRESETS
from jobs.venues.sjtu.refusals import Answer
from jobs.venues.sjtu.wire import read_days, read_slots

LARGEST_ANSWER: Final = 4 * 1024 * 1024
"""Bytes. A day of twelve courts is about 20 KiB."""

_CHUNK: Final = 64 * 1024
_RETRY_SECONDS: Final = 10.0
_DAYS_PATH: Final = "/manage/fieldDetail/queryFieldReserveSituationIsFull"
_SLOTS_PATH: Final = "/manage/fieldDetail/queryFieldSituation"


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
        self._pool: HTTPConnectionPool | None = None

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
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    def _post(self, path: str, question: Mapping[str, str]) -> Answer:
        deadline = time.monotonic() + self._timeout_seconds
        try:
            pool = self._pool or self._open()
            response = pool.urlopen(
                "POST", self._path + path, body=msgspec.json.encode(question), redirect=False, preload_content=False
            )
            try:
                return _answer(response, self._body(response, deadline))
            except BaseException:
                # With half an answer in it, the connection is of no more use; it must not linger either.
                response.close()
                raise
        except urllib3.exceptions.HTTPError as error:
            raise VenueUnreachable("暂时连不上预订平台", f"{type(error).__name__}: {error}", _RETRY_SECONDS) from error

    def _open(self) -> HTTPConnectionPool:
        """One pool, not urllib3's manager of pools: there is one host, and each of a thousand runs loads less.

        Raises `HTTPError` for an address that cannot be one.
        """
        address = parse_url(self._base_url)
        self._path = address.path or ""
        trust = {"ssl_context": shared_trust()} if address.scheme == "https" else {}
        self._pool = urllib3.connection_from_url(
            self._base_url,
            **trust,
            maxsize=1,
            retries=False,
            timeout=urllib3.Timeout(connect=self._timeout_seconds, read=self._timeout_seconds),
            headers={
                "Accept": "application/json, text/plain, */*",
                # Compressed answers could grow without bound when unpacked; plain ones are small enough.
                "Accept-Encoding": "identity",
                "Content-Type": "application/json",
                "Referer": f"{self._base_url}/pc/",
                "User-Agent": "Mozilla/5.0 (compatible; sja-bot)",
            },
        )
        return self._pool

    def _body(self, response: BaseHTTPResponse, deadline: float) -> bytes:
        """The whole body, as long as it is small enough and there in time."""
        body = bytearray()
        while chunk := response.read1(_CHUNK, decode_content=False):
            body += chunk
            if len(body) > LARGEST_ANSWER:
                raise UnexpectedAnswer("预订平台的答复过长", f"over {LARGEST_ANSWER} bytes", _RETRY_SECONDS)
            if time.monotonic() > deadline:
                raise VenueUnreachable("预订平台答复太慢", f"over {self._timeout_seconds} s", _RETRY_SECONDS)
        return bytes(body)


def _answer(response: BaseHTTPResponse, body: bytes) -> Answer:
    headers = response.headers
    return Answer(
        status=response.status,
        body=body,
        location=headers.get("Location", ""),
        retry_after=headers.get("Retry-After", ""),
        date=headers.get("Date", ""),
    )


def _require_sport(preset: Preset) -> None:
    if not preset.sport_id:
        raise VenueError(f"预设{preset.number} {preset.title}没有登记运动项目，查不了场次，请换一个预设")
