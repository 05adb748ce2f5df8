"""What a bot and a warden say to each other: one msgpack document a frame.

`Hello`, `Welcome`, `Unwelcome` and `Retire` have the same form in every version, so that a bot can always tell whom it
has met, and replace it.
"""

from typing import Final

import msgspec
from msgspec import Struct

from jobs.models.ids import Epoch, JobId, RunId
from jobs.models.run import Exit, Identity

PROTOCOL: Final = 1

REQUEST_MAX_BYTES: Final = 4096
ANSWER_MAX_BYTES: Final = 64 * 1024
PAGE_RUNS: Final = 400
"""Of one answer. A run id has 64 characters at most, so that a page stays far below `ANSWER_MAX_BYTES`."""


READY: Final = b"ready\n"
"""Written to standard output when bots can connect."""
EXIT_HELD: Final = 3
"""Another warden keeps this home."""


class Hello(Struct, frozen=True, tag="hello"):
    """The first frame of a connection. `generation` names the program that is to do the work."""

    protocol: int
    generation: str


class Welcome(Struct, frozen=True, tag="welcome"):
    """The answer of a warden that speaks the same protocol, whatever its generation."""

    generation: str
    warden: Identity


class Unwelcome(Struct, frozen=True, tag="unwelcome"):
    """The answer to a peer of another protocol, after which the connection is closed. `reason` is for the operator."""

    protocol: int
    reason: str


class Spawn(Struct, frozen=True, tag="spawn"):
    """Starts a run. Comes with one descriptor, from which the run's process reads what it is to do."""

    id: int
    run: RunId
    job: JobId
    epoch: Epoch


class Signal(Struct, frozen=True, tag="signal"):
    """Signals the process group of a run's worker."""

    id: int
    run: RunId
    number: int


class List(Struct, frozen=True, tag="list"):
    """Asks for the runs whose ids are greater than `after`, at most `PAGE_RUNS` of them."""

    id: int
    after: str = ""


class Retire(Struct, frozen=True, tag="retire"):
    """Starts nothing more, gives up lock and socket, and leaves when the last run has ended."""

    id: int


class Spawned(Struct, frozen=True, tag="spawned"):
    id: int
    worker: Identity


class Taken(Struct, frozen=True, tag="taken"):
    """The run is, or was, in somebody's hands already; its run file says in whose."""

    id: int


class Refused(Struct, frozen=True, tag="refused"):
    """Nothing was started. `errno` says why."""

    id: int
    errno: int
    detail: str


class Signalled(Struct, frozen=True, tag="signalled"):
    """`known`: the run's worker had not ended, and has been signalled."""

    id: int
    known: bool


class Kept(Struct, frozen=True, array_like=True):
    """A run in a warden's hands: its worker lives, or its end is not written down yet."""

    run: RunId
    pid: int
    start: int


class Listed(Struct, frozen=True, tag="listed"):
    """`more`: ask again, after the last of these."""

    id: int
    runs: list[Kept]
    more: bool


class Retired(Struct, frozen=True, tag="retired"):
    """The answer to `Retire`, and to a `Spawn` that comes too late."""

    id: int


class Ended(Struct, frozen=True, array_like=True):
    run: RunId
    exit: Exit


class Exited(Struct, frozen=True, tag="exited"):
    """Said unasked to every bot: the lines of these runs are in `exits.log`, durably."""

    ends: list[Ended]


Request = Hello | Spawn | Signal | List | Retire
Reply = Spawned | Taken | Refused | Signalled | Listed | Retired
Message = Welcome | Unwelcome | Exited | Reply

_encoder: Final = msgspec.msgpack.Encoder()
_requests: Final = msgspec.msgpack.Decoder(Request)
_messages: Final = msgspec.msgpack.Decoder(Message)


def encode(document: Request | Message) -> bytes:
    return _encoder.encode(document)


def decode_request(frame: bytes) -> Request:
    """Raises `msgspec.DecodeError`, or `UnicodeDecodeError` for text that is none."""
    return _requests.decode(frame)


def decode_message(frame: bytes) -> Message:
    """Raises as `decode_request`."""
    return _messages.decode(frame)
