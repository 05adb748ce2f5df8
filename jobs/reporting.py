"""A run talks back: its facts go straight into the store, fenced by its epoch, and the bell is rung."""

import logging
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from msgspec.structs import replace

from jobs.models import notices
from jobs.models.change import Change, Event, Fence, Occurrence, OccurrenceStatus
from jobs.models.job import Job
from jobs.models.people import Chat
from jobs.models.run import Outcome, Run
from jobs.models.venue import Slot
from jobs.ports.bell import Bell
from jobs.ports.clock import Clock
from jobs.ports.rows import Progress, Sighting
from jobs.ports.store import Conflict, Fenced, Store, StoreUnavailable

_log = logging.getLogger("sja.run")

_TRIES: Final = 20
"""The bot writes the run's row at most a few times; twenty conflicts in a row would mean a defect."""
_EVENT_SLOTS: Final = 50
"""Slots kept in one event of the history."""


class StoreReporter:
    """Implements `ports.reporter.Reporter` for one claimed run."""

    def __init__(self, *, store: Store, bell: Bell, clock: Clock, job: Job, fence: Fence) -> None:
        self._store = store
        self._bell = bell
        self._clock = clock
        self._job = job
        self._fence = fence

    def progress(
        self,
        sentence: str,
        *,
        checks: int,
        next_check_at: datetime | None,
        ticks: str = "",
        sighting: Sighting | None = None,
    ) -> None:
        progress = Progress(
            at=self._clock.now(), sentence=sentence, next_check_at=next_check_at, checks=checks, ticks=ticks
        )
        try:
            self._store.progress(self._fence, progress, sighting)
        except StoreUnavailable as trouble:
            _log.warning("%s", trouble)

    def looks_before(self, today: date) -> tuple[str, Sighting | None]:
        stored = self._store.runs.progress_of([self._job.id]).get(self._job.id)
        seen = self._store.jobs.sightings(self._job.id, today)
        return stored.ticks if stored else "", next((one for one in seen if one.day == today), None)

    def scheduled_at(self) -> datetime | None:
        """The instant this run is for, None for one that a person asked for. Raises as facts do."""
        return self._run().scheduled_at

    def recall(self) -> dict[str, Any]:
        return self._store.jobs.memory(self._job.id)

    def slots_freed(self, check: int, slots: Sequence[Slot], memory: dict[str, Any], **data: Any) -> None:
        now = self._clock.now()
        found = [slot.as_data() for slot in slots[:_EVENT_SLOTS]]
        self._write(
            Change(
                fence=self._fence,
                memory=(self._job.id, memory),
                events=(self._event("slots.freed", now, count=len(slots), slots=found),),
                notifications=notices.slots_freed(self._job_now(), self._fence.run_id, check, slots, now, **data),
            )
        )

    def remember(self, memory: dict[str, Any]) -> None:
        self._write(Change(fence=self._fence, memory=(self._job.id, memory)))

    def event(self, type: str, **data: Any) -> None:
        self._write(Change(fence=self._fence, events=(self._event(type, self._clock.now(), **data),)))

    def tell(self, topic: str, key: str, **data: Any) -> None:
        now = self._clock.now()
        told = notices.notify(self._job_now(), topic, key, now, **data)
        if told and self._store.deliveries.has_arrived(told[0].dedupe_key) is not None:
            return
        self._write(Change(fence=self._fence, events=(self._event(topic, now, **data),), notifications=told))

    def was_told(self, topic: str, key: str) -> bool | None:
        told = notices.notify(self._job_now(), topic, key, self._clock.now())
        return self._store.deliveries.has_arrived(told[0].dedupe_key) if told else None

    def told_in(self) -> Chat | None:
        return self._job_now().told_in

    def fired(self, late_seconds: float, **data: Any) -> None:
        try:
            run = self._run()
            if run.scheduled_at is not None:
                self._write(self._firing(run, run.scheduled_at, late_seconds, data))
        except StoreUnavailable as trouble:
            _log.warning("%s", trouble)

    def finish(self, outcome: Outcome) -> None:
        for _ in range(_TRIES):
            try:
                self._write(Change(fence=self._fence, runs=(replace(self._run(), outcome=outcome),)))
            except Conflict:
                continue
            return
        raise Conflict

    def _firing(self, run: Run, instant: datetime, late_seconds: float, data: dict[str, Any]) -> Change:
        occurrence = Occurrence(
            job_id=self._job.id,
            scheduled_at=instant,
            status=OccurrenceStatus.RUNNING,
            run_id=run.id,
            late_seconds=late_seconds,
        )
        late_ms = round(late_seconds * 1000, 3)
        happened = self._event("occurrence.fired", self._clock.now(), late_ms=late_ms, **data)
        return Change(fence=self._fence, occurrences=(occurrence,), events=(happened,))

    def _job_now(self) -> Job:
        """With the name and the chat that people have given it since this run began."""
        return self._store.jobs.get(self._job.id) or self._job

    def _run(self) -> Run:
        run = self._store.runs.get(self._fence.run_id)
        if run is None:
            raise Fenced
        return run

    def _event(self, type: str, at: datetime, **data: Any) -> Event:
        return Event(job_id=self._job.id, type=type, at=at, run_id=self._fence.run_id, data=data)

    def _write(self, change: Change) -> None:
        self._store.apply(change)
        self._bell.ring()
