"""The bots a warden talks to. None of them can make it wait."""

import os
import select
import selectors
import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final

from msgspec import Struct

from jobs.models.run import Identity
from jobs.supervisor.warden.frames import BadFrame, peer_uid, receive, send
from jobs.supervisor.warden.protocol import (
    PROTOCOL,
    REQUEST_MAX_BYTES,
    Hello,
    Message,
    Request,
    Retire,
    Unwelcome,
    Welcome,
    decode_request,
    encode,
)

BACKLOG_FRAMES: Final = 4096
"""Of answers a bot has not taken. Whoever lets more pile up is disconnected; it can connect again and ask anew."""


class Asked(Struct, frozen=True):
    """A request, and the descriptor that came with it, which is the holder's to close."""

    request: Request
    fd: int | None


Attend = Callable[["Peer", int], None]
"""What is done with a peer for which the selector has seen events."""


class Peer:
    """One connection. `is_gone`: it is closed. The data of its key in the selector is called with the events."""

    def __init__(self, connection: socket.socket, selector: selectors.BaseSelector, on_requests: Attend) -> None:
        self.is_gone = False
        self.is_introduced = False
        self._connection = connection
        self._selector = selector
        self._unsent: deque[bytes] = deque()
        self._attend: Callable[[int], None] = partial(on_requests, self)
        selector.register(connection, selectors.EVENT_READ, self._attend)

    def hear(self) -> Asked | None:
        """The next request; None when there is none, or when the peer said something it should not have."""
        if self.is_gone:
            return None
        try:
            frame, fd = receive(self._connection, REQUEST_MAX_BYTES)
        except BlockingIOError:
            return None
        except (BadFrame, OSError):
            self.close()
            return None
        try:
            return Asked(decode_request(frame), fd)
        except (ValueError, RecursionError):
            # msgspec.DecodeError and UnicodeDecodeError both; and the empty frame of a peer that has left.
            close(fd)
            self.close()
            return None

    def has_hung_up(self) -> bool:
        """Whether nobody is there any more to whom an answer could go, whatever is still to be heard."""
        if self.is_gone:
            return True
        poll = select.poll()
        poll.register(self._connection, 0)
        return bool(poll.poll(0))

    def say(self, message: Message) -> None:
        """Sends, now or as soon as the peer takes it."""
        if self.is_gone:
            return
        self._unsent.append(encode(message))
        self.flush()
        if len(self._unsent) > BACKLOG_FRAMES:
            self.close()

    def flush(self) -> None:
        """Sends what the peer takes now."""
        try:
            while self._unsent:
                send(self._connection, self._unsent[0])
                self._unsent.popleft()
        except BlockingIOError:
            self._listen_for(selectors.EVENT_READ | selectors.EVENT_WRITE)
        except OSError:
            self.close()
        else:
            self._listen_for(selectors.EVENT_READ)

    def introduce(self, request: Request, generation: str, warden: Identity) -> bool:
        """Answers a first frame. False: there is nothing to say to this peer, or nothing more."""
        match request:
            case Hello(protocol=protocol) if protocol == PROTOCOL:
                self.is_introduced = True
                self.say(Welcome(generation, warden))
                return False
            case Retire():
                return True
            case Hello(protocol=protocol):
                reason = f"this warden speaks protocol {PROTOCOL}, not {protocol}"
            case _:
                reason = "a connection begins with hello"
        self.say(Unwelcome(PROTOCOL, reason))
        self.close()
        return False

    def close(self) -> None:
        """Idempotent."""
        if not self.is_gone:
            self.is_gone = True
            self._selector.unregister(self._connection)
            self._connection.close()

    def _listen_for(self, events: int) -> None:
        if not self.is_gone and self._selector.get_key(self._connection).events != events:
            self._selector.modify(self._connection, events, self._attend)


def is_our_user(connection: socket.socket) -> bool:
    """Whether the other end runs as the same user."""
    with suppress(OSError):
        return peer_uid(connection) == os.geteuid()
    return False


def close(fd: int | None) -> None:
    if fd is not None:
        os.close(fd)
