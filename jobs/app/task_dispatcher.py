"""The TaskDispatcher's verbs, for code that used it: thin over the same engine, on a home of its own.

What differs, and why, is in docs/dispatcher.md.
"""

import logging
import os
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from jobs.app.dispatch_adding import draft_of, refuse_second, task_of
from jobs.app.dispatch_answer import Answer, end_of, for_a_program
from jobs.app.dispatch_home import DispatchHome
from jobs.clock import SystemClock
from jobs.config import Settings
from jobs.engine import Engine
from jobs.models.errors import Refusal
from jobs.models.ids import JobId
from jobs.models.job import Job, Status
from jobs.models.people import OPERATOR
from jobs.models.recurrence import Every
from jobs.models.routines import DEFAULT_INTERVAL_SECONDS
from jobs.models.text import quote
from jobs.ports.store import Store
from jobs.store.dispatch_export import dispatch_task, dispatch_tasks, tasks_by_account
from jobs.store.dispatch_task import ROUTINE, job_id_of

_log = logging.getLogger("sja.dispatcher")


class TaskDispatcher:
    """Routines, by the names and words of the TaskDispatcher; a task's `task_type` names the template that it runs.

    `dispatcher_dir` is a home of the engine: its store is there, its `templates.toml`, its logs, and
    `dispatch_config.json`, which is imported once and from then on written after every verb and every run. Between
    `start` and `stop` tasks run; at other times the verbs write down what shall be so. `settings`: other than the
    defaults, with nothing read from the environment.

    Verbs raise `StoreUnavailable` when the directory cannot be used; `add_task` raises `ValueError`.
    """

    def __init__(
        self, dispatcher_dir: str | os.PathLike[str] = "app/manager/dispatcher/", *, settings: Settings | None = None
    ) -> None:
        self._home = DispatchHome(dispatcher_dir, settings)

    @property
    def is_running(self) -> bool:
        return self._home.is_running

    @property
    def account_tasks(self) -> dict[str, list[str]]:
        """The ids of each account's tasks."""
        return tasks_by_account(self.get_all_tasks())

    async def start(self) -> None:
        """Begins to run what is due. Raises `Refusal` when another process does so in this directory."""
        await self._home.start()

    async def stop(self) -> None:
        """Runs nothing more. A run in progress goes on by itself and is looked after again from the next `start`."""
        await self._home.stop()

    async def add_task(
        self,
        sys_type: object = None,
        task_type: object = None,
        *,
        xhs_account_id: str | None = None,
        xhs_account_name: str | None = None,
        user_query: str | None = None,
        task_end_time: date | str | None = None,
        interval: float = DEFAULT_INTERVAL_SECONDS,
        valid_time_range: list[int] | tuple[int, int] | None = None,
        valid_time_rage: list[int] | tuple[int, int] | None = None,
        **kwargs: object,
    ) -> str:
        """A new task; returns its id. It runs at once, or when its window opens.

        `interval` in seconds, at least 60, from the end of a run to the next; `valid_time_range`: the first and the
        last hour, both whole, in either spelling; `task_end_time`: the first day without a run, None: in 30 days.
        `kwargs` are kept, and given to the template as far as it takes them.

        Raises `ValueError` without an account, for a second task of one type and account, and for what cannot be.
        """
        fields = {"sys_type": sys_type, "task_type": task_type, "task_end_time": task_end_time, "interval": interval}
        fields["valid_time_range"] = valid_time_range if valid_time_range is not None else valid_time_rage
        whose = {"xhs_account_id": xhs_account_id, "xhs_account_name": xhs_account_name}
        now = SystemClock().now()
        draft = draft_of(task_of(fields, whose, {"user_query": user_query, **kwargs}, now), now)
        with self._home.acting() as here:
            refuse_second(here.store, draft)
            return here.engine.create(OPERATOR, draft).id

    def remove_task(self, task_id: str) -> Answer:
        """Deletes a task; a run in progress is stopped."""
        return self._act(task_id, lambda engine, job: engine.delete(OPERATOR, job))

    def pause_task(self, task_id: str) -> Answer:
        """Pauses a task; a run in progress is stopped."""
        return self._act(task_id, lambda engine, job: engine.pause(OPERATOR, job))

    def resume_task(self, task_id: str) -> Answer:
        """Lets a paused task go on; while its run is still leaving, as soon as that has left."""
        return self._act(task_id, lambda engine, job: engine.resume(OPERATOR, job))

    def reorder_task(self, task_id: str, priority_offset: float) -> Answer:
        """Shifts the next run by so many seconds, earlier where negative; kept within the window.

        Not done for a task that runs, is paused or has ended, nor beyond its end date.
        """
        try:
            shift = timedelta(seconds=priority_offset)
        except (ValueError, OverflowError):
            return _refused(task_id, f"调整的秒数不对：{priority_offset}，例如 -1800")
        return self._act(task_id, lambda engine, job: engine.reorder(OPERATOR, job, shift))

    async def execute_task_immediately(self, task_id: str, update_next: bool = True) -> Answer:
        """Runs a task once now, whatever its window, and waits for the end, half an hour at most: was it done?

        `update_next`: the next run is counted from this one; otherwise it stays when it was. Before `start` the run
        is written down, and begins then.
        """
        with self._home.reading() as here:
            before = _found(here.store, task_id)
            asked = self._act(task_id, lambda engine, job: engine.run_now(OPERATOR, job))
            run = here.store.runs.open_of(before.id) if asked and before else None
            if before is None or run is None:
                return asked
            if not here.bot_runs:
                return Answer(True, "已记下，启动后就执行")
            answer = await end_of(here.store, run.id)
            after, over = here.store.jobs.get(before.id), here.store.runs.get(run.id)
        if update_next and after is not None and over is not None and over.ended_at is not None:
            self._count_from(over.ended_at, after)
        return answer

    def get_task_status(self, task_id: str) -> dict[str, Any] | None:
        """The task as `dispatch_config.json` has it, and how it stands; None: there is none.

        `last_result` and `reason` are in words, `reason` also says why the last run failed; `failures` counts those
        in a row.
        """
        with self._home.reading() as here:
            job = _found(here.store, task_id)
            task = dispatch_task(here.store, job) if job else None
        if job is None or task is None:
            return None
        reason = job.reason or (job.last_result if job.failures else "")
        said = {"last_result": for_a_program(job.last_result), "reason": for_a_program(reason)}
        return {**task, **said, "failures": job.failures}

    def get_account_tasks(self, account_id: str) -> list[str]:
        """The ids of an account's tasks."""
        return self.account_tasks.get(str(account_id), [])

    def get_all_tasks(self) -> list[dict[str, Any]]:
        """Every task as `dispatch_config.json` has it."""
        with self._home.reading() as here:
            return dispatch_tasks(here.store)

    def _count_from(self, ended_at: datetime, job: Job) -> None:
        """The next run of a task that waits is an interval after this one, as if it had not been an extra one."""
        rhythm = job.recurrence
        if job.status is Status.PENDING and job.next_at is not None and isinstance(rhythm, Every):
            shift = ended_at + timedelta(seconds=rhythm.seconds) - job.next_at
            self._act(job.id, lambda engine, found: engine.reorder(OPERATOR, found, shift))

    def _act(self, task_id: str, act: Callable[[Engine, JobId], object]) -> Answer:
        try:
            with self._home.acting() as here:
                job = _found(here.store, task_id)
                if job is None:
                    return _refused(task_id, f"没有任务{quote(str(task_id))}")
                act(here.engine, job.id)
        except Refusal as refusal:
            return _refused(task_id, for_a_program(refusal.sentence))
        return Answer(True)


def _found(store: Store, task_id: str) -> Job | None:
    job = store.jobs.get(job_id_of(str(task_id)))
    return job if job is not None and job.kind == ROUTINE else None


def _refused(task_id: str, reason: str) -> Answer:
    _log.warning("task %s: %s", task_id, reason)
    return Answer(False, reason)
