"""Which acts people can still take back."""

from typing import Final

from jobs.models.change import Event
from jobs.models.errors import NotFound
from jobs.models.ids import JobId
from jobs.models.people import Actor, may_see
from jobs.models.regret import WITHIN, acted_on, last_act
from jobs.models.text import clean, quote
from jobs.ports.clock import Clock
from jobs.ports.store import Store

_ACTS_READ: Final = 500
"""Of one person within ten minutes: more than anybody types."""
_NOTHING: Final = "没有可以撤销的：只能撤销你自己十分钟内的修改、停止和删除"


class Regrets:
    """Reads what one person did within the last minutes; deleted jobs are found here, too."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def last(self, actor: Actor, job_id: JobId | None = None) -> Event:
        """The actor's latest act that can be taken back: of that job, else of those said in this chat. Raises
        `NotFound`."""
        now = self._clock.now()
        place = actor.chat.place if actor.chat else None
        act = last_act(self._acts(actor), now, place=place, job_id=job_id)
        if act is None:
            created = self._created(actor, place) if job_id is None else None
            raise NotFound(created or f"{_NOTHING}{'' if job_id is None else '，这个任务没有'}")
        return act

    def _created(self, actor: Actor, place: str | None) -> str | None:
        """What to do with the job that the actor has just created in that place; None: there is none."""
        made = (one.job_id for one in self._acts(actor) if one.type == "job.created")
        for job in (self._store.jobs.get(job_id) for job_id in made):
            if job is not None and (job.origin.place if job.origin else None) == place:
                return f"没有可以撤销的修改、停止和删除；刚创建的 #{job.number} 不想要：!删除任务 {job.number}"
        return None

    def named(self, actor: Actor, reference: str) -> JobId:
        """The job, deleted or not, that the actor has acted on lately and that is called so, where it may be seen.
        Raises `NotFound`."""
        said = clean(reference)
        digits = said.removeprefix("#")
        for job_id in acted_on(self._acts(actor), self._clock.now()):
            job = self._store.jobs.even_deleted(job_id)
            if job is None or not may_see(actor, job.ownership):
                continue
            if digits == str(job.number) or said in (job.id, job.name):
                return job_id
        raise NotFound(f"最近十分钟里你没有动过任务{quote(reference)}，没有可以撤销的")

    def concerns(self, actor: Actor, job_id: JobId) -> bool:
        """Whether the actor has acted on that job lately, deleted or not, and may see it: there is, or was, something
        to take back."""
        job = self._store.jobs.even_deleted(job_id)
        is_seen = job is not None and may_see(actor, job.ownership)
        return is_seen and job_id in acted_on(self._acts(actor), self._clock.now())

    def _acts(self, actor: Actor) -> list[Event]:
        return self._store.history.acts(self._clock.now() - WITHIN, _ACTS_READ, actor=actor.label)
