"""A question ready to be sent: its bytes, and the connection they go through."""

import logging
from collections.abc import Callable
from http.client import HTTPException
from typing import Final, Protocol

from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError

from jobs.models.venue import Day
from jobs.ports.aim import ServerDate
from jobs.ports.provider import VenueError, VenueUnreachable
from jobs.venues.sjtu.refusals import Answer
from jobs.venues.sjtu.wire import read_days

_log = logging.getLogger("sja.venue")

TROUBLES: Final = (HTTPError, HTTPException, OSError)
"""What goes wrong between two machines, TLS included."""


class Tape:
    """In a socket's place, takes down what would be sent."""

    def __init__(self) -> None:
        self.recorded = bytearray()

    def sendall(self, data: bytes) -> None:
        self.recorded += data


class _Line(Protocol):
    """The client whose connection is used."""

    def connected(self, within_seconds: float | None = None, *, unresolved: bool = False) -> HTTPConnection: ...

    def heard(self, connection: HTTPConnection, method: str) -> Answer: ...

    def server_date(self, within_seconds: float) -> ServerDate: ...

    def close(self) -> None: ...


class ReadyQuestion:
    """Implements `ports.provider.ReadyDays`. `ask_anew` asks the same in the ordinary way."""

    def __init__(self, line: _Line, question: bytes, ask_anew: Callable[[], list[Day]]) -> None:
        self._line = line
        self._question = question
        self._ask_anew = ask_anew
        self._connection: HTTPConnection | None = None
        """What the question goes through, as far as it is known to be open."""
        self._was_sent = False

    def warm(self, within_seconds: float) -> None:
        try:
            self._line.server_date(within_seconds)
        except VenueError as error:
            _log.warning("预热连接没有成功：%s", error)

    def mend(self, within_seconds: float) -> None:
        try:
            self._connection = self._line.connected(within_seconds, unresolved=True)
        except TROUBLES as error:
            self._lose(error)

    def send(self) -> None:
        self._was_sent = self._connection is not None and self._sent_on(self._connection)
        if self._was_sent:
            return
        try:
            self._connection = self._line.connected(unresolved=True)
        except TROUBLES as error:
            self._lose(error)
        else:
            self._was_sent = self._sent_on(self._connection)

    def answer(self) -> list[Day]:
        if self._connection is None or not self._was_sent:
            return self._ask_anew()
        try:
            heard = self._line.heard(self._connection, "POST")
        except VenueUnreachable as error:
            _log.warning("第一问没有得到回答，立即再问：%s", error)
            return self._ask_anew()
        return read_days(heard)

    def _sent_on(self, connection: HTTPConnection) -> bool:
        try:
            assert connection.sock is not None
            connection.sock.sendall(self._question)
        except TROUBLES as error:
            self._lose(error)
            return False
        return True

    def _lose(self, error: Exception) -> None:
        _log.warning("预备的连接用不了：%s", error)
        self._connection = None
        self._line.close()
