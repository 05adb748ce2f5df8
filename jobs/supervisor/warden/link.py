"""A bot's connection to a warden: requests answered by number, in any order, and ends told unasked."""

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Final

from msgspec import Struct

from jobs.models.run import Identity
from jobs.supervisor.warden.frames import BadFrame, address_in, new_socket, open_directory, peer_uid, receive, send
from jobs.supervisor.warden.protocol import (
    ANSWER_MAX_BYTES,
    PROTOCOL,
    Ended,
    Exited,
    Hello,
    List,
    Message,
    Reply,
    Request,
    Retire,
    Signal,
    Spawn,
    Unwelcome,
    Welcome,
    decode_message,
    encode,
)

_NO_ID: Final = 0


class Patience(Struct, frozen=True, kw_only=True):
    """For one answer, in seconds. A warden that is well answers within milliseconds; on a dying disk it takes seconds.

    `look`: where there is another way to go on without it. `start`: where there is none.
    """

    look: float = 3.0
    start: float = 10.0


class LinkLost(Exception):
    """The connection is gone, or was never there: it is not known whether the request was carried out."""


class Silent(LinkLost):
    """There is a warden, and it does not answer: it was stopped, or its disk holds it up."""


class Link:
    """An open connection. `warden` and `generation` are known once `greet` has returned.

    A warden that does not answer in time costs its connection: what it had not begun by then, it will not begin.
    """

    warden: Identity
    generation: str

    def __init__(self, connection: socket.socket, on_ends: Callable[[list[Ended]], None]) -> None:
        self.is_lost = False
        self._connection = connection
        self._on_ends = on_ends
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[int, asyncio.Future[Message]] = {}
        self._numbers = count(_NO_ID + 1)
        self._sending = asyncio.Lock()
        self._loop.add_reader(connection, self._read)

    async def greet(self, generation: str, patience_seconds: float) -> Welcome | Unwelcome:
        """Says hello; raises `LinkLost`."""
        answer = await self._exchange(_NO_ID, Hello(PROTOCOL, generation), patience_seconds)
        if isinstance(answer, Welcome):
            self.warden, self.generation = answer.warden, answer.generation
            return answer
        if isinstance(answer, Unwelcome):
            return answer
        raise LinkLost(f"an answer to hello: {answer}")

    async def ask(
        self,
        request: Callable[[int], Spawn | Signal | List | Retire],
        patience_seconds: float,
        fd: int | None = None,
    ) -> Reply:
        """Sends the request under a number of its own, and returns its answer; raises `LinkLost`."""
        number = next(self._numbers)
        answer = await self._exchange(number, request(number), patience_seconds, fd)
        if isinstance(answer, Welcome | Unwelcome | Exited):
            raise LinkLost(f"no answer: {answer}")
        return answer

    def close(self) -> None:
        """Idempotent."""
        self._lose("closed")

    async def _exchange(self, number: int, request: Request, patience_seconds: float, fd: int | None = None) -> Message:
        answer = self._waiting[number] = self._loop.create_future()
        try:
            async with asyncio.timeout(patience_seconds):
                await self._send(encode(request), fd)
                return await answer
        except TimeoutError as late:
            self.close()
            raise Silent(f"no answer within {patience_seconds:g} s") from late
        finally:
            self._waiting.pop(number, None)

    async def _send(self, frame: bytes, fd: int | None) -> None:
        async with self._sending:
            while True:
                if self.is_lost:
                    raise LinkLost("closed")
                try:
                    send(self._connection, frame, [] if fd is None else [fd])
                except BlockingIOError:
                    await self._writable()
                except OSError as error:
                    self._lose(str(error))
                else:
                    return

    async def _writable(self) -> None:
        ready = asyncio.Event()
        self._loop.add_writer(self._connection, ready.set)
        try:
            await ready.wait()
        finally:
            if not self.is_lost:
                self._loop.remove_writer(self._connection)

    def _read(self) -> None:
        while not self.is_lost:
            try:
                frame, fd = receive(self._connection, ANSWER_MAX_BYTES)
                if fd is not None:
                    os.close(fd)
                message = decode_message(frame)
            except BlockingIOError:
                return
            except (OSError, BadFrame, ValueError, RecursionError) as trouble:
                # ValueError: what msgspec cannot decode, the empty frame of a warden that has gone among it.
                self._lose(str(trouble))
                return
            self._take(message)

    def _take(self, message: Message) -> None:
        if isinstance(message, Exited):
            self._on_ends(message.ends)
            return
        number = _NO_ID if isinstance(message, Welcome | Unwelcome) else message.id
        waiting = self._waiting.get(number)
        if waiting is not None and not waiting.done():
            waiting.set_result(message)

    def _lose(self, reason: str) -> None:
        if self.is_lost:
            return
        self.is_lost = True
        self._loop.remove_reader(self._connection)
        self._loop.remove_writer(self._connection)
        self._connection.close()
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(LinkLost(reason))


def connect(home: Path, on_ends: Callable[[list[Ended]], None]) -> Link | None:
    """A connection to the home's warden; None when there is none.

    Raises `Silent` where too many wait for it already, and `OSError` where this process cannot make one now.
    """
    directory = open_directory(home)
    connection = new_socket()
    try:
        connection.connect(address_in(directory))
        if peer_uid(connection) != os.geteuid():
            raise PermissionError(f"{home}: the warden's socket is another user's")
    except (FileNotFoundError, ConnectionRefusedError):
        connection.close()
        return None
    except BlockingIOError as full:
        connection.close()
        raise Silent("it has let nobody in for long") from full
    except BaseException:
        connection.close()
        raise
    finally:
        with suppress(OSError):
            os.close(directory)
    return Link(connection, on_ends)
