"""Bugs to be planted into the bot under torture, so that it is known that the oracle sees them."""

import os
import sqlite3
import uuid
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final, NamedTuple

from attacks_site import Act, Attack

from jobs.models.change import Change
from jobs.models.ids import RunId
from jobs.models.run import UNSEEN_EXIT, Exit, Run, RunStatus


class Bug(NamedTuple):
    """`plant` is called in the bot before it starts; `attacks` bring the bug out; `seen` is how the oracle says it."""

    plant: Callable[[], None]
    attacks: Sequence[Attack]
    seen: str


def _attack(*deeds: Any, victims: str = "nobody", arm: str = "", delay: float = 0.5) -> Attack:
    # Fractions so small that each means the first job, and each another person.
    acts = tuple(Act(deed=deed, which=n * 0.0015, brief=False, resent=True) for n, deed in enumerate(deeds))
    return Attack(acts, victims, delay, 0.0, 0.0, 9, arm, 1, bool(arm))


def _twice() -> None:
    """The claim of a run keeps nobody out: each start starts two."""
    for launcher in _launchers():

        async def start(self: Any, spec: Any, first: Any = launcher.start) -> Any:
            from msgspec.structs import replace

            started = await first(self, spec)
            await first(self, replace(spec, run_id=RunId(uuid.uuid4().hex)))
            return started

        launcher.start = start


def _launchers() -> list[Any]:
    from jobs.supervisor.portable import PortableLauncher
    from jobs.supervisor.warden.launcher import WardenLauncher

    return [PortableLauncher, WardenLauncher]


def _forgets_living_runs() -> None:
    """Recovery takes every run for dead."""
    from jobs.supervisor.loop import Supervisor

    first = Supervisor.recover_lost

    async def recover_lost(self: Any) -> None:
        for run in self._store.runs.all_open():
            if run.status is RunStatus.LIVE:
                self._settling.settle(run.id, UNSEEN_EXIT)
        await first(self)

    Supervisor.recover_lost = recover_lost


def _loses_the_last_job() -> None:
    """What was committed last is not there after a crash."""
    database = Path(os.environ["SJA_HOME"]) / "jobs" / "jobs.db"
    if database.exists():
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("UPDATE jobs SET deleted_at = 1 WHERE number = (SELECT max(number) FROM jobs)")
            connection.commit()


def _misreads_exits() -> None:
    """Whoever was killed is taken for done."""
    from jobs.supervisor.settling import Settling

    first = Settling._end_of

    def end_of(self: Any, run: Run, exit: Exit, *more: Any, **named: Any) -> Change:
        return first(self, run, Exit(code=exit.code or 0), *more, **named)

    Settling._end_of = end_of


def _tells_twice() -> None:
    """Each notification leaves two times."""
    from plugins._onebot.notifier import OneBotNotifier

    first = OneBotNotifier.send

    async def send(self: Any, notifications: Any, tag: str) -> Any:
        await first(self, notifications, tag)
        return await first(self, notifications, tag)

    OneBotNotifier.send = send


def _acts_on_repeated_messages() -> None:
    """No message is known to have been answered before."""
    import jobs.store.apply

    jobs.store.apply.write_inbound = lambda *_: True


def _forgets_to_kill() -> None:
    """A stopped run is said to be gone, and lives."""
    from jobs.supervisor.loop import Supervisor

    async def stop(self: Any, run: Any, *_: Any) -> None:
        return None

    for launcher in _launchers():
        launcher.stop = stop
    first = Supervisor._oversee

    def oversee(self: Any, run: Any, *more: Any) -> Any:
        if str(run.desired) != "up":
            self._settling.settle(run.id, Exit(signal=15))
            return None
        return first(self, run, *more)

    Supervisor._oversee = oversee


BUGS: Final[dict[str, Bug]] = {
    "a run started twice": Bug(_twice, [_attack("create")], "second copy|has had 2 runs|two workers"),
    "living runs forgotten": Bug(
        _forgets_living_runs, [_attack("create"), _attack(victims="bot")], "has had 2 runs|orphan|two workers"
    ),
    "a committed job lost": Bug(_loses_the_last_job, [_attack("create"), _attack(victims="bot")], "is lost"),
    "an exit misread": Bug(_misreads_exits, [_attack("create"), _attack(victims="worker")], "is completed"),
    "a notice told twice": Bug(_tells_twice, [_attack("create"), _attack()], "was told 2 times"),
    "a message acted on twice": Bug(
        _acts_on_repeated_messages,
        [_attack(victims="bot", arm="before ack"), _attack("create")],
        "made 2 times|told 2 times",
    ),
    "a stopped run left alive": Bug(_forgets_to_kill, [_attack("create", "create"), _attack("stop")], "orphan"),
}
