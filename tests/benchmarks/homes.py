"""What every engine that is measured has in common: its settings, and nobody to tell."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

import psutil

from jobs.app.wiring import wire_launcher
from jobs.config import Settings
from jobs.models.change import Notification
from jobs.models.people import Chat
from jobs.ports.notifier import DeliveryOutcome, DeliveryReport
from jobs.supervisor.portable import PortableLauncher

Launcher = Literal["auto", "portable"]

QUIET_SECONDS: Final = 3600
"""Between two looks of a monitor that rests."""


class Silent:
    """Implements `Notifier` and `Administrators`: takes everything, says nothing."""

    def reaches(self, target: Chat) -> bool:
        return True

    def tell(self, topic: str, sentence: str) -> None:
        """As `Administrators`."""

    async def turn(self, target: Chat) -> None:
        """Never waits."""

    async def send(self, notifications: Sequence[Notification], tag: str) -> DeliveryReport:
        return DeliveryReport(outcome=DeliveryOutcome.SENT)

    async def look_for(self, notification: Notification, since: datetime) -> DeliveryReport:
        return DeliveryReport(outcome=DeliveryOutcome.UNCERTAIN)


def settings_of(home: Path, launcher: Launcher) -> Settings:
    """One person may have, and one machine run, as many jobs as a benchmark wants."""
    return Settings(
        sja_home=home,
        sja_launcher=launcher,
        sja_stop_grace_seconds=5,
        sja_max_running=10_000,
        sja_max_jobs_per_user=10_000,
    )


def launchers(directory: Path) -> dict[str, Launcher]:
    """The launchers that this machine has, the default one first, by the name of their row in a table."""
    portable: dict[str, Launcher] = {"我们（portable）": "portable"}
    usual = wire_launcher(settings_of(directory / "never-started", "auto"))
    return portable if isinstance(usual, PortableLauncher) else {"我们（warden）": "auto", **portable}


def warden_of(workers: Iterable[int]) -> psutil.Process | None:
    """The one parent of all these runs; None where each has its own."""
    parents = {psutil.Process(pid).ppid() for pid in workers}
    return psutil.Process(parents.pop()) if len(parents) == 1 else None
