"""A bot of a virtual day: the real offices on a real store, mortal between any two of its writes."""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import copy_context
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from virtual_loop_site import Wall
from world_machine_site import OWNER, Machine

from jobs.bell import LoopBell
from jobs.engine import Engine, Limits
from jobs.models.change import Notification
from jobs.models.cleaning import Orphan, Pruned
from jobs.models.conduct import Conduct, Retry
from jobs.models.ids import JobId
from jobs.models.people import Chat
from jobs.models.punctuality import Misfire, Punctuality
from jobs.outbox import Outbox
from jobs.ports.clockwork import Ring
from jobs.ports.notifier import DeliveryOutcome, DeliveryReport
from jobs.scheduler import Scheduler
from jobs.store.store import SqliteStore
from jobs.supervisor.loop import Supervisor
from jobs.supervisor.settling import Settling

KINDS: Final[Mapping[str, Conduct]] = {
    "plain": Conduct(),
    "armed": Conduct(lead_seconds=30),
    "routine": Conduct(
        punctuality=Punctuality(misfire=Misfire.ONCE, grace_seconds=365 * 86400), retry=Retry(), tells_each=False
    ),
}
GRACE_SECONDS: Final = 10.0
_WRITES: Final = frozenset({"apply", "set_meta", "begin", "done", "failed"})


class Killed(BaseException):
    """The bot's process is gone: nothing of it goes on."""


class Life:
    """How long a bot lives: until `end`, or until it has written so many times more (before or after the last)."""

    def __init__(self, mourn: Callable[[], None]) -> None:
        self.is_over = False
        self._left: int | None = None
        self._after = False
        self._mourn = mourn

    def doom(self, writes: int, *, after: bool) -> None:
        self._left, self._after = writes, after

    def write(self, work: Callable[[], Any]) -> Any:
        self.require()
        if self._left is not None:
            self._left -= 1
        if self._left is not None and self._left <= 0:
            if self._after:
                work()
            self.end()
            raise Killed
        return work()

    def require(self) -> None:
        if self.is_over:
            raise Killed

    def end(self) -> None:
        if not self.is_over:
            self.is_over = True
            self._mourn()


class Mortal:
    """A part of the store as the bot has it: with the bot's life, its use ends. Reads and writes go through."""

    def __init__(self, part: Any, life: Life) -> None:
        self._part = part
        self._life = life

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._part, name)
        if not callable(found):
            self._life.require()
            return Mortal(found, self._life)
        if name in _WRITES:
            return lambda *given, **named: self._life.write(lambda: found(*given, **named))

        def asked(*given: Any, **named: Any) -> Any:
            self._life.require()
            return found(*given, **named)

        return asked


class Alarms:
    """Implements `Clockwork`: like a timer, it waits by the monotonic clock for what it read off the wall."""

    def __init__(self, wall: Wall) -> None:
        self._wall = wall
        self._ring: Ring | None = None
        self._set: dict[JobId, tuple[datetime, asyncio.TimerHandle]] = {}

    def start(self, ring: Ring) -> None:
        self.stop()
        self._ring = ring

    def set(self, job_id: JobId, at: datetime) -> None:
        self.unset(job_id)
        loop = asyncio.get_running_loop()
        self._set[job_id] = at, loop.call_later(self._wall.wait_for(at), self._go_off, job_id)

    def unset(self, job_id: JobId) -> None:
        if job_id in self._set:
            self._set.pop(job_id)[1].cancel()

    def reread(self) -> None:
        for job_id, (at, _) in list(self._set.items()):
            self.set(job_id, at)

    def stop(self) -> None:
        for job_id in list(self._set):
            self.unset(job_id)
        self._ring = None

    def _go_off(self, job_id: JobId) -> None:
        at, _ = self._set.pop(job_id)
        if self._wall.now() < at:
            self.set(job_id, at)
        elif self._ring is not None:
            self._ring(job_id)


class Chats:
    """Implements `Notifier` and `Administrators`; remembers what was said, and when by the wall."""

    def __init__(self, wall: Wall, note: Callable[[str], None]) -> None:
        self._wall = wall
        self._note = note
        self.heard: list[tuple[datetime, Notification, str]] = []

    def reaches(self, target: Chat) -> bool:
        return True

    async def turn(self, target: Chat) -> None:
        await asyncio.sleep(0.01)

    async def send(self, notifications: Sequence[Notification], tag: str) -> DeliveryReport:
        await asyncio.sleep(0.05)
        for notification in notifications:
            self.heard.append((self._wall.now(), notification, tag))
            self._note(f"told {notification.target.peer_id}: {notification.topic} {notification.job_id or ''}{tag}")
        await asyncio.sleep(0.05)
        return DeliveryReport(outcome=DeliveryOutcome.SENT)

    async def look_for(self, notification: Notification, since: datetime) -> DeliveryReport:
        return DeliveryReport(outcome=DeliveryOutcome.UNCERTAIN)

    def tell(self, topic: str, sentence: str) -> None:
        """The administrators hear of refused launches; that is no concern here."""


class Nothing:
    """Implements `Logs` and `Housekeeping` of a home without files."""

    is_complete = False

    def tail(self, *_: Any, **__: Any) -> list[str]:
        return []

    def append(self, *_: Any) -> None:
        """Gone."""

    def remove(self, *_: Any) -> None:
        """There was nothing."""

    async def end_orphans(self) -> tuple[Orphan, ...]:
        return ()

    async def log_sizes(self) -> Mapping[JobId, int]:
        return {}

    async def prune(self, before: datetime) -> Pruned:
        return Pruned()


class VirtualBot:
    """One life of the bot. `fail` is told of an office that ends by itself, which none may."""

    def __init__(
        self, database: Path, wall: Wall, machine: Machine, chats: Chats, fail: Callable[[str], None], life: Life
    ) -> None:
        self.life = life
        self._fail = fail
        self._store = SqliteStore(database)
        self.bell = LoopBell(database.parent)
        store: Any = Mortal(self._store, life)
        conduct_of, nothing = lambda name: KINDS[name], Nothing()
        settling = Settling(
            store=store, exits=machine, launcher=machine, logs=nothing, clock=wall, bell=self.bell,
            conduct_of=conduct_of,
        )  # fmt: skip
        self._supervisor = Supervisor(
            store=store, launcher=machine, settling=settling, clock=wall, bell=self.bell, listening=self.bell,
            payload_of=_no_payload, administrators=chats, max_running=50, max_locks=20, grace_seconds=GRACE_SECONDS,
        )  # fmt: skip
        scheduler = Scheduler(
            store=store, dispatcher=self._supervisor, clock=wall, bell=self.bell, clockwork=Alarms(wall),
            conduct_of=conduct_of, longest_lead=max(conduct.lead for conduct in KINDS.values()),
        )  # fmt: skip
        outbox = Outbox(store=store, notifier=chats, clock=wall, bell=self.bell, listening=self.bell)
        self._offices = {"supervisor": self._supervisor.run, "scheduler": scheduler.run, "outbox": outbox.run}
        self.engine = Engine(
            store=store, dispatcher=self._supervisor, clock=wall, logs=nothing, bell=self.bell, housekeeping=nothing,
            limits=Limits(max_jobs_per_user=1000, retention_days=365),
        )  # fmt: skip
        self._context = copy_context()
        self._context.run(OWNER.set, self)
        self.tasks: set[asyncio.Task[Any]] = set()
        """All that live and die with the bot; kept by the loop's task factory."""

    async def boot(self) -> None:
        """As `jobs.app.bot` does. May be killed meanwhile."""
        recovery = self._own(self._supervisor.recover_lost())
        await asyncio.wait([recovery])
        if not recovery.cancelled() and isinstance(error := recovery.exception(), Exception):
            self._fail(f"recovery failed: {error!r}")
        if not self.life.is_over:
            for name, office in self._offices.items():
                self._own(self._keep(name, office))

    async def bury(self) -> None:
        """Whatever of the bot still waits will never go on."""
        while left := [task for task in self.tasks if not task.done()]:
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
        self._store.close()

    def _own(self, work: Awaitable[Any]) -> asyncio.Task[Any]:
        return asyncio.get_running_loop().create_task(work, context=self._context.copy())  # type: ignore[arg-type]

    async def _keep(self, name: str, office: Callable[[], Awaitable[None]]) -> None:
        try:
            await office()
        except Exception as error:
            self._fail(f"the {name} failed: {error!r}")
            raise


def owned_tasks(loop: asyncio.AbstractEventLoop, work: Any, **named: Any) -> asyncio.Task[Any]:
    """A task factory: each task belongs to the bot in whose context it was made."""
    task = asyncio.Task(work, loop=loop, **named)
    context = named.get("context")
    owner = context.get(OWNER) if context is not None else OWNER.get()
    if isinstance(owner, VirtualBot):
        owner.tasks.add(task)
        task.add_done_callback(owner.tasks.discard)
    return task


@contextmanager
def quiet_looks() -> Generator[None]:
    """Offices that look around for what nobody rang for do so each half hour: in the virtual world no bell is lost, and
    a clock that was set is rung for (`World`). Without this a virtual day would be mostly looking around."""
    import jobs.outbox
    import jobs.scheduler.scheduler
    import jobs.supervisor.loop

    seconds = 1800.0
    paces = {
        (jobs.supervisor.loop, "_LOOK_EVERY_SECONDS"): seconds,
        (jobs.outbox, "_LOOK_EVERY_SECONDS"): seconds,
        (jobs.scheduler.scheduler, "_LOOK_EVERY_SECONDS"): seconds,
        (jobs.scheduler.scheduler, "_TICK_SECONDS"): seconds,
        (jobs.scheduler.scheduler, "_AHEAD"): timedelta(seconds=3 * seconds),
    }
    before = {(module, name): getattr(module, name) for module, name in paces}
    for (module, name), pace in paces.items():
        setattr(module, name, pace)
    try:
        yield
    finally:
        for (module, name), pace in before.items():
            setattr(module, name, pace)


async def _no_payload(*_: object) -> bytes:
    return b""
