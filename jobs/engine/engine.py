"""Acts on jobs: decide, apply, ring. No loop is called and no process touched from here."""

import secrets
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from jobs.engine.cleaning import Cleaner
from jobs.engine.quotas import Limits, require_room
from jobs.engine.regretting import Regrets
from jobs.models import decisions, pausing
from jobs.models.change import Change, Inbound
from jobs.models.cleaning import Cleaning
from jobs.models.drafts import Draft
from jobs.models.editions import Edition, edited
from jobs.models.errors import NotFound, Refusal
from jobs.models.ids import JobId, JobNumber, RunId, UserId
from jobs.models.job import ENDED, Job, Status
from jobs.models.people import Actor, Chat, Role, require_act
from jobs.models.recurrence import first_due
from jobs.models.regret import Undone, act_of, remembering, undone
from jobs.models.run import Desired, Run, RunStatus
from jobs.models.spending import check_spending
from jobs.ports.bell import Listening
from jobs.ports.clock import Clock
from jobs.ports.dispatcher import Dispatcher
from jobs.ports.housekeeping import Housekeeping
from jobs.ports.logs import Logs
from jobs.ports.store import Conflict, Store

_TRIES: Final = 8
"""A conflict means that another writer was first; eight in a row would mean a defect."""
_TRY_AGAIN: Final = "任务正被别人操作，请再发一次"


class Engine:
    """Everything a person may do to jobs. Every method checks who asks; `inbound` is the message that asked.

    All raise `Refusal` (nothing was changed) and `DuplicateInbound` (it was done before).
    """

    def __init__(
        self,
        *,
        store: Store,
        dispatcher: Dispatcher,
        clock: Clock,
        logs: Logs,
        bell: Listening,
        housekeeping: Housekeeping,
        limits: Limits,
    ) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._clock = clock
        self._bell = bell
        self.limits = limits
        """What holds from now on."""
        self.regrets = Regrets(store, clock)
        self._cleaner = Cleaner(store=store, dispatcher=dispatcher, clock=clock, logs=logs, housekeeping=housekeeping)

    def create(self, actor: Actor, draft: Draft, inbound: Inbound | None = None) -> Job:
        """Stores a new job of the actor's, made in the actor's chat, and starts it unless told otherwise."""
        if actor.role is not Role.SUPERUSER:
            self._check_quota(actor, actor.user_id, actor.chat)
        queue_now = draft.start and draft.recurrence is None
        for _ in range(_TRIES):
            job = self._drawn_up(actor, draft)
            change = decisions.created(job, new_run_id() if queue_now else None, actor.label)
            try:
                self._store.apply(change.answering(inbound))
            except Conflict:
                continue  # Eight random digits that another job has already: draw again.
            self._dispatcher.submit(job.id)
            return self._present(job.id)
        raise Refusal(_TRY_AGAIN)

    def start(self, actor: Actor, job_id: JobId, inbound: Inbound | None = None) -> Job:
        """Starts a job, or lets it wait for its next instant."""

        def decide(job: Job, run: Run | None) -> Change:
            self._check_quota_of(actor, job)
            return decisions.started(job, run, new_run_id(), actor.label, self._now())

        return self._act(actor, job_id, inbound, decide)

    def stop(self, actor: Actor, job_id: JobId, inbound: Inbound | None = None) -> Job:
        """Asks a job to stop; `settled` tells when its process is gone."""

        def decide(job: Job, run: Run | None) -> Change:
            return remembering(decisions.stopped(job, run, actor.label, self._now()), job, run, actor)

        return self._act(actor, job_id, inbound, decide)

    def restart(self, actor: Actor, job_id: JobId, inbound: Inbound | None = None) -> Job:
        """Ends the present run, then starts a new one."""

        def decide(job: Job, run: Run | None) -> Change:
            self._check_quota_of(actor, job)
            return decisions.restarted(job, run, new_run_id(), actor.label, self._now())

        return self._act(actor, job_id, inbound, decide)

    def pause(self, actor: Actor, job_id: JobId, inbound: Inbound | None = None) -> Job:
        """Pauses a job; a run in progress is stopped, and `settled` tells when its process is gone."""
        return self._act(actor, job_id, inbound, lambda job, run: pausing.paused(job, run, actor.label, self._now()))

    def resume(self, actor: Actor, job_id: JobId, inbound: Inbound | None = None) -> Job:
        """Lets a paused job go on."""

        def decide(job: Job, run: Run | None) -> Change:
            return pausing.resumed(job, run, new_run_id(), actor.label, self._now())

        return self._act(actor, job_id, inbound, decide)

    def run_now(self, actor: Actor, job_id: JobId, inbound: Inbound | None = None) -> Job:
        """One extra run of a job with a rhythm."""

        def decide(job: Job, run: Run | None) -> Change:
            self._check_quota_of(actor, job)
            return pausing.run_now(job, run, new_run_id(), actor.label, self._now())

        return self._act(actor, job_id, inbound, decide)

    def reorder(self, actor: Actor, job_id: JobId, shift: timedelta, inbound: Inbound | None = None) -> Job:
        """Shifts the next run, earlier where `shift` is negative."""

        def decide(job: Job, run: Run | None) -> Change:
            return pausing.reordered(job, run, shift, actor.label, self._now())

        return self._act(actor, job_id, inbound, decide)

    def delete(self, actor: Actor, job_id: JobId, inbound: Inbound | None = None) -> Job:
        """Deletes a job, now or as soon as its process is gone. Returns it as it was.

        Its log stays until nobody can take that back any more.
        """

        def decide(job: Job, run: Run | None) -> Change:
            return remembering(decisions.deleted(job, run, actor.label, self._now()), job, run, actor)

        return self._act(actor, job_id, inbound, decide)

    def edit(self, actor: Actor, job_id: JobId, draw: Callable[[Job], Edition], inbound: Inbound | None = None) -> Job:
        """Changes a job into what `draw` makes of it as it is, again where somebody else was first. A live run that
        goes by the old begins anew, but for a shot that is about to be fired (`editions.when_it_holds`). What is spent
        in its owner's name is only theirs to change (`spending`)."""

        def decide(job: Job, run: Run | None) -> Change:
            wanted = draw(job)
            check_spending(actor, job, wanted, self._store.accounts.all())
            return remembering(edited(job, run, wanted, actor.label, self._now()), job, run, actor)

        return self._act(actor, job_id, inbound, decide)

    def undo(self, actor: Actor, inbound: Inbound | None = None, job_id: JobId | None = None) -> Undone:
        """Takes back the actor's own last edit, deletion or stop: of that job, or of those said in this chat."""
        for _ in range(_TRIES):
            act = self.regrets.last(actor, job_id)
            job = self._store.jobs.even_deleted(act.job_id)
            if job is None:
                raise NotFound("这个任务已经清理掉了，撤销不了")
            require_act(actor, job.ownership, job.label)
            change = undone(act, job, self._store.runs.open_of(job.id), new_run_id(), actor, self._now())
            comes_back = job.deleted_at is not None or job.status in ENDED
            if comes_back and actor.role is not Role.SUPERUSER and any(one.status not in ENDED for one in change.jobs):
                self._check_quota(actor, job.owner, job.origin)
            try:
                self._store.apply(change.answering(inbound))
            except Conflict:
                continue
            self._tell_dispatcher(job.id)
            became = next(iter(change.jobs), job)
            return Undone(act=act_of(act), acted_at=act.at, job=self._present(job.id), was=job, became=became)
        raise Refusal(_TRY_AGAIN)

    async def clean(self, actor: Actor, days: int | None = None) -> Cleaning:
        """Puts this home in order, and says what was done.

        Mends jobs whose process is gone; ends processes whose run is over; deletes jobs that ended more than `days`
        days ago and that the actor may act on, with their logs; removes files and rows that nobody needs. All jobs
        are mended, but only those that the actor may see are named. Never holds up the loop; may take seconds.
        """
        kept_days = self.limits.retention_days
        return await self._cleaner.clean(actor, kept_days if days is None else days, kept_days)

    async def settled(self, job_id: JobId, timeout_seconds: float) -> Job | None:
        """Waits until what was asked has happened: a due or queued run live, a stopping one gone. Then the job.

        None: the job is deleted. After the timeout the job comes back as it is, unsettled.
        """
        ear = self._bell.listen()
        deadline = self._clock.monotonic() + timeout_seconds
        try:
            while not self.is_settled(job_id):
                left = deadline - self._clock.monotonic()
                if left <= 0 or not await ear.wait(left):
                    break
        finally:
            ear.close()
        return self._store.jobs.get(job_id)

    def is_settled(self, job_id: JobId) -> bool:
        """Whether nothing that was asked of the job is still outstanding."""
        run = self._store.runs.open_of(job_id)
        if run is None:
            return not self._is_due(job_id)
        return run.status is RunStatus.LIVE and run.desired is Desired.UP

    # -- inside -------------------------------------------------------------------------------------------------
    def _act(
        self,
        actor: Actor,
        job_id: JobId,
        inbound: Inbound | None,
        decide: Callable[[Job, Run | None], Change],
    ) -> Job:
        """One decision over the present state, again when somebody else was first. Returns the job afterwards."""
        for _ in range(_TRIES):
            job = self._present(job_id)
            require_act(actor, job.ownership, job.label)
            try:
                self._store.apply(decide(job, self._store.runs.open_of(job_id)).answering(inbound))
            except Conflict:
                continue
            self._tell_dispatcher(job_id)
            return self._store.jobs.get(job_id) or job
        raise Refusal(_TRY_AGAIN)

    def _tell_dispatcher(self, job_id: JobId) -> None:
        run = self._store.runs.open_of(job_id)
        if run is not None and run.desired is not Desired.UP:
            self._dispatcher.request_stop(job_id)
        else:
            self._dispatcher.submit(job_id)

    def _present(self, job_id: JobId) -> Job:
        job = self._store.jobs.get(job_id)
        if job is None:
            raise NotFound("这个任务已经不在了，发送 !任务列表 查看现有的任务")
        return job

    def _drawn_up(self, actor: Actor, draft: Draft) -> Job:
        now = self._now()
        waits = draft.start and draft.recurrence is not None
        return Job(
            id=JobId(secrets.token_hex(4)),
            number=JobNumber(0),
            kind=draft.kind,
            name=draft.name,
            status=Status.PENDING,
            config=draft.config,
            recurrence=draft.recurrence,
            owner=actor.user_id,
            origin=actor.chat,
            created_at=now,
            updated_at=now,
            punctuality=draft.punctuality,
            lock=draft.lock,
            next_at=first_due(draft.recurrence, now) if waits and draft.recurrence else None,
            reason="" if draft.start else "创建时没有启动",
        )

    def _is_due(self, job_id: JobId) -> bool:
        """Whether the job's instant has come, and nobody has seen to it yet."""
        job = self._store.jobs.get(job_id)
        return (
            job is not None and job.status is Status.PENDING and job.next_at is not None and job.next_at <= self._now()
        )

    def _check_quota_of(self, actor: Actor, job: Job) -> None:
        """An ended job that is started again counts anew."""
        if job.status in ENDED and actor.role is not Role.SUPERUSER:
            self._check_quota(actor, job.owner, job.origin)

    def _check_quota(self, actor: Actor, owner: UserId | None, origin: Chat | None) -> None:
        require_room(self._store, self.limits, owner, origin, actor.user_id)

    def _now(self) -> datetime:
        return self._clock.now()


def new_run_id() -> RunId:
    """A run id that no run has had."""
    return RunId(uuid.uuid4().hex)
