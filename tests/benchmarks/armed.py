"""A house whose jobs are schedules, each for one instant, on a platform that stamps what it is asked."""

from collections.abc import Sequence
from datetime import UTC, datetime
from math import ceil
from pathlib import Path
from time import time
from typing import Final

import msgspec
from house import MING, House
from stamps import StampingServer

from jobs.kinds import kind_named
from jobs.models.change import Occurrence
from jobs.models.configs import ScheduleConfig, Timetable
from jobs.models.drafts import Draft
from jobs.models.job import ENDED, Job, Status
from jobs.models.recurrence import Once
from jobs.models.venue import Target

_TIME_TO_CREATE_SECONDS: Final = 8
"""Between the first command and the start of the first run: a few hundred jobs, and peers that load slowly."""
_PRESET: Final = 13


class ArmedHouse(House):
    """Its engine looks at the stamping server's `port` as the `sjtu` platform."""

    def __init__(self, home: Path, server: StampingServer, port: str) -> None:
        super().__init__(home)
        platform = {"sja_provider": "sjtu", "sja_sjtu_base_url": server.url(port)}
        self.settings = self.settings.model_copy(update=platform)

    def schedules(self, instants: Sequence[float]) -> list[Job]:
        """A job for each instant (seconds since 1970)."""
        return [self._schedule(number, at) for number, at in enumerate(instants)]

    async def lateness_reported(self, jobs: Sequence[Job]) -> list[float]:
        """What the runs themselves said, once they all have succeeded."""
        await self.until(lambda: all(self._ended(job) for job in jobs), "every job has ended")
        ends = {self._present(job).status for job in jobs}
        assert ends == {Status.COMPLETED}, (ends, self.log(jobs[0]).path.read_text("utf-8"))
        reported = [late for job in jobs if (late := self._occurrence(job).late_seconds) is not None]
        assert len(reported) == len(jobs)
        return reported

    def _schedule(self, number: int, at: float) -> Job:
        due = datetime.fromtimestamp(at, UTC)
        config = ScheduleConfig(
            target=Target(preset=_PRESET), schedule=Timetable(hour=due.hour, minute=due.minute, second=due.second)
        )
        draft = Draft(
            kind="schedule", name=f"定时{number}", config=msgspec.to_builtins(config), recurrence=Once(at=due)
        )
        return self.bot.engine.create(MING, draft)

    def _ended(self, job: Job) -> bool:
        return self._present(job).status in ENDED

    def _present(self, job: Job) -> Job:
        present = self.store.jobs.get(job.id)
        assert present is not None
        return present

    def _occurrence(self, job: Job) -> Occurrence:
        (occurrence,) = self.store.history.occurrences(job.id, 2)
        return occurrence


def first_instant() -> float:
    """The first whole second for which jobs that are made now are armed in good time."""
    return ceil(time() + kind_named("schedule").conduct.lead_seconds + _TIME_TO_CREATE_SECONDS)
