"""The warden's loop: answers bots, reaps children, and does nothing else."""

import gc
import logging
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Final

from jobs.models.run import Identity
from jobs.supervisor.claims import spell_identity
from jobs.supervisor.locks import hold_home
from jobs.supervisor.run_files import require_file_name
from jobs.supervisor.warden.appearance import adopt_descendants, name_thread
from jobs.supervisor.warden.deaths import Deaths
from jobs.supervisor.warden.door import Door
from jobs.supervisor.warden.nursery import Nursery
from jobs.supervisor.warden.peers import Asked, Peer, close, is_our_user
from jobs.supervisor.warden.protocol import (
    EXIT_HELD,
    PAGE_RUNS,
    READY,
    Ended,
    Exited,
    Hello,
    Kept,
    List,
    Listed,
    Refused,
    Retire,
    Retired,
    Signal,
    Signalled,
    Spawn,
    Spawned,
    Taken,
)

OFFICE: Final = "warden"
LOOK_AROUND_SECONDS: Final = 2.0
"""Between two looks whether there still is a home."""
IDLE_SECONDS: Final = 600.0
"""Without a run and without a bot for so long, a warden leaves: the next bot starts a new one."""
TURN_REQUESTS: Final = 16
"""Of one bot, before others and the dead have their turn."""
CROWDED_SECONDS: Final = 1.0
"""For so long nobody is let in after there was no descriptor for somebody."""

_log: Final = logging.getLogger("sja.warden")


def serve(
    home: Path,
    generation: str,
    *,
    work: Callable[[], int],
    preload: Callable[[], None],
    fork: Callable[[], int] = os.fork,
) -> int:
    """Keeps the runs of `home` until there is nothing to keep and nobody to keep it for; returns the exit code.

    `preload` imports all that `work` will need: nothing is imported after it. `work` is what each child does.
    """
    os.umask(0o077)
    hold = hold_home(home, OFFICE)
    if hold is None:
        return EXIT_HELD
    _outlive_terminal()
    os.chdir(home)
    _log_to_standard_error()
    preload()
    name_thread("sja warden")
    adopt_descendants()
    warden = Warden(home, generation, Nursery(home, work, fork), Door(home, hold))
    # Nothing that is here now is ever looked at by the collector again: in a child, looking is copying.
    gc.collect()
    gc.freeze()
    _say_ready()
    warden.run()
    return 0


class Warden:
    """One thread that never waits for anybody."""

    def __init__(self, home: Path, generation: str, nursery: Nursery, door: Door) -> None:
        self._generation = generation
        self._identity = Identity(**spell_identity(os.getpid()))
        self._nursery = nursery
        self._door = door
        self._deaths = Deaths(home, nursery, self._tell)
        self._selector = selectors.DefaultSelector()
        self._peers: set[Peer] = set()
        self._alarm = _alarm()
        self._selector.register(self._alarm, selectors.EVENT_READ, self._hear_alarm)
        self._selector.register(door.listener, selectors.EVENT_READ, self._let_in)
        self._needed_at = time.monotonic()
        self._crowded_until: float | None = None

    def run(self) -> None:
        """Returns when there is nothing left to do."""
        while not self._is_done():
            for key, events in self._selector.select(self._patience_seconds()):
                key.data(events)
            self._deaths.look()
            self._let_in_again()
            self._peers = {peer for peer in self._peers if not peer.is_gone}
        self._door.shut()

    def _hear_alarm(self, _: int) -> None:
        self._alarm.recv(4096)

    def _let_in(self, _: int) -> None:
        try:
            while (connection := self._door.let_in()) is not None:
                if is_our_user(connection):
                    self._peers.add(Peer(connection, self._selector, self._attend))
                else:
                    _log.warning("another user's process was turned away")
                    connection.close()
        except OSError:
            # They wait on, and so does this process: left in the selector, they would keep it busy.
            self._selector.unregister(self._door.listener)
            self._crowded_until = time.monotonic() + CROWDED_SECONDS

    def _let_in_again(self) -> None:
        if self._crowded_until is not None and time.monotonic() > self._crowded_until and not self._door.is_shut:
            self._crowded_until = None
            self._selector.register(self._door.listener, selectors.EVENT_READ, self._let_in)

    def _attend(self, peer: Peer, events: int) -> None:
        if events & selectors.EVENT_WRITE:
            peer.flush()
        self._listen_to(peer)

    def _listen_to(self, peer: Peer) -> None:
        for _ in range(TURN_REQUESTS):
            asked = peer.hear()
            if asked is None:
                return
            try:
                if peer.is_introduced or peer.introduce(asked.request, self._generation, self._identity):
                    self._answer(peer, asked)
            finally:
                close(asked.fd)

    def _answer(self, peer: Peer, asked: Asked) -> None:
        match asked.request:
            case Spawn() as request:
                self._spawn(peer, request, asked.fd)
            case Signal(id, run, number) if number in signal.valid_signals():
                peer.say(Signalled(id, self._nursery.signal(run, number)))
            case List(id, after):
                peer.say(self._list(id, after))
            case Retire(id):
                self._retire()
                peer.say(Retired(id))
            case Signal() | Hello():
                peer.close()

    def _spawn(self, peer: Peer, request: Spawn, payload: int | None) -> None:
        if peer.has_hung_up():
            # Whoever gave up waiting for it may have decided otherwise since.
            return
        if self._door.is_shut:
            peer.say(Retired(request.id))
            return
        try:
            if payload is None:
                raise ValueError("no payload")
            require_file_name(request.run)
            require_file_name(request.job)
            newborn = self._nursery.spawn(request.run, request.job, request.epoch, payload)
        except (OSError, ValueError) as error:
            peer.say(Refused(request.id, getattr(error, "errno", None) or 0, str(error)))
            return
        if newborn is None:
            peer.say(Taken(request.id))
        else:
            self._introduce(peer, newborn.line, Spawned(request.id, newborn.worker))

    def _introduce(self, peer: Peer, line: socket.socket, answer: Spawned) -> None:
        """Tells of a worker as soon as others can tell it by its looks, or it has died already."""

        def tell(_: int) -> None:
            self._selector.unregister(line)
            line.close()
            peer.say(answer)

        self._selector.register(line, selectors.EVENT_READ, tell)

    def _list(self, id: int, after: str) -> Listed:
        page = self._nursery.page(after, PAGE_RUNS + 1)
        runs = [Kept(child.run, child.worker.pid, child.worker.start) for child in page[:PAGE_RUNS]]
        return Listed(id, runs, more=len(page) > PAGE_RUNS)

    def _tell(self, ends: list[Ended]) -> None:
        for first in range(0, len(ends), PAGE_RUNS):
            for peer in self._peers:
                if peer.is_introduced:
                    peer.say(Exited(ends[first : first + PAGE_RUNS]))

    def _retire(self) -> None:
        if not self._door.is_shut:
            if self._crowded_until is None:
                self._selector.unregister(self._door.listener)
            self._door.shut()

    def _is_done(self) -> bool:
        now = time.monotonic()
        if self._door.home_is_gone():
            self._deaths.give_up()
            return self._nursery.is_empty
        if not self._nursery.is_empty or (self._peers and not self._door.is_shut):
            self._needed_at = now
        return self._nursery.is_empty and (self._door.is_shut or now - self._needed_at > IDLE_SECONDS)

    def _patience_seconds(self) -> float:
        retry = self._deaths.seconds_to_retry()
        return LOOK_AROUND_SECONDS if retry is None else min(retry, LOOK_AROUND_SECONDS)


def _alarm() -> socket.socket:
    """What becomes readable when a child has ended."""
    hears, rings = socket.socketpair()
    hears.setblocking(False)
    rings.setblocking(False)
    signal.set_wakeup_fd(rings.detach(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, _ignore)
    return hears


def _outlive_terminal() -> None:
    """A warden leaves when it is no longer needed, and for no other reason a signal could ask for politely."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)


def _ignore(number: int, frame: FrameType | None) -> None:
    """A handler, so that the signal wakes the loop."""


def _log_to_standard_error() -> None:
    """For the warden's own words alone: how a run logs is for the run to say, and it must find nothing said yet."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    _log.addHandler(handler)
    _log.propagate = False


def _say_ready() -> None:
    os.write(1, READY)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)
    os.close(nowhere)
