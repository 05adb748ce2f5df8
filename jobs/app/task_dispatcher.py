"""The TaskDispatcher's verbs, for code that used it: thin over the same engine, on a home of its own.

What differs, and why, is in docs/dispatcher.md.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Coroutine, Generator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from jobs.app.beside import Beside, beside
from jobs.app.bot import Bot, start_bot
from jobs.app.dispatch_adding import draft_of, refuse_second
from jobs.app.dispatch_file import DispatchFile
from jobs.app.unattended import LoggedAdministrators, Nobody
from jobs.clock import SystemClock
from jobs.config import Settings
from jobs.engine import Engine
from jobs.models.endings import verdict
from jobs.models.errors import Refusal
from jobs.models.ids import JobId, RunId
from jobs.models.job import Job, Status
from jobs.models.people import OPERATOR
from jobs.models.run import Desired, Exit
from jobs.models.text import quote
from jobs.ports.store import Store
from jobs.store.dispatch_export import dispatch_tasks, tasks_by_account
from jobs.store.dispatch_task import DEFAULT_INTERVAL_SECONDS, ROUTINE, ZONE, job_id_of
from jobs.store.opening import open_store
from jobs.supervisor.locks import hold_home

_log = logging.getLogger("sja.dispatcher")

_USUAL_LIFE: Final = timedelta(days=30)
"""Of a task that is added without an end date, as in the TaskDispatcher."""
_LOOK_EVERY_SECONDS: Final = 0.2
_LONGEST_WAIT_SECONDS: Final = 1800.0
"""For a run that was asked for, as in the TaskDispatcher."""
_LEAVING_SECONDS: Final = 60.0
"""A paused run has SJA_STOP_GRACE_SECONDS to leave; whoever resumes its task meanwhile waits no longer than this."""


class Answer:
    """What became of a verb: true where it was done. May be awaited or not: the TaskDispatcher's callers do both."""

    def __init__(self, is_done: bool, reason: str = "") -> None:
        self.is_done = is_done
        self.reason = reason
        """One Chinese sentence; empty where there is nothing to say."""

    def __bool__(self) -> bool:
        return self.is_done

    def __await__(self) -> Generator[None, None, "Answer"]:
        yield from ()
        return self

    def __repr__(self) -> str:
        return f"Answer({self.is_done}, {self.reason!r})"


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
        home = Path(dispatcher_dir).absolute()
        # Without a venue nothing is asked of one; with a shim per run no process stays behind.
        chosen = settings or Settings(sja_provider="sjtu", sja_launcher="portable")
        self._settings = chosen.model_copy(update={"sja_home": home})
        self._clock = SystemClock()
        self._home = home
        self._file = DispatchFile(home, self._clock)
        self._bot: Bot | None = None
        self._beside: set[asyncio.Task[None]] = set()
        """What goes on beside the engine between `start` and `stop`."""
        self._open()

    @property
    def is_running(self) -> bool:
        return self._bot is not None

    @property
    def account_tasks(self) -> dict[str, list[str]]:
        """The ids of each account's tasks."""
        return tasks_by_account(self.get_all_tasks())

    async def start(self) -> None:
        """Begins to run what is due. Raises `Refusal` when another process does so in this directory."""
        if self._bot is not None:
            _log.warning("the dispatcher of %s is running already", self._home)
            return
        self._bot = await start_bot(self._settings, Nobody(), LoggedAdministrators())
        for finding in self._bot.findings:
            _log.warning("%s", finding)
        self._go_on(self._file.follow())

    async def stop(self) -> None:
        """Runs nothing more. A run in progress goes on by itself and is looked after again from the next `start`."""
        bot, self._bot = self._bot, None
        if bot is None:
            return
        for task in self._beside:
            task.cancel()
        await asyncio.gather(*self._beside, return_exceptions=True)
        await bot.close()
        with beside(self._settings) as here:
            self._file.save(here.store)

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

        `interval` in seconds, from the end of a run to the next; `valid_time_range`: the first and the last hour, both
        whole, in either spelling; `task_end_time`: the first day without a run, None: in 30 days. `kwargs` are kept,
        and given to the template as far as it takes them.

        Raises `ValueError` without an account, for a second task of one type and account, and for what cannot be.
        """
        now = self._clock.now()
        arguments = {"user_query": user_query, **kwargs}
        whose = {"task_type": task_type, "xhs_account_id": xhs_account_id, "xhs_account_name": xhs_account_name}
        task = {
            "account_id": xhs_account_id,
            "account_name": xhs_account_name or xhs_account_id,
            "task_type": task_type,
            "status": "pending",
            "interval": interval,
            "valid_time_range": valid_time_range if valid_time_range is not None else valid_time_rage,
            "task_end_time": task_end_time or now.astimezone(ZoneInfo(ZONE)).date() + _USUAL_LIFE,
            "kwargs": {**whose, **{key: value for key, value in arguments.items() if value is not None}},
            "sys_type": sys_type,
        }
        draft = draft_of(task, now)
        with beside(self._settings) as here:
            refuse_second(here.store, draft)
            job = here.engine.create(OPERATOR, draft)
            self._file.save(here.store)
        return job.id

    def remove_task(self, task_id: str) -> Answer:
        """Deletes a task; a run in progress is stopped."""
        return self._act(task_id, lambda engine, job: engine.delete(OPERATOR, job))

    def pause_task(self, task_id: str) -> Answer:
        """Pauses a task; a run in progress is stopped."""
        return self._act(task_id, lambda engine, job: engine.pause(OPERATOR, job))

    def resume_task(self, task_id: str) -> Answer:
        """Lets a paused task go on; while its run is still leaving, as soon as that has left."""
        if self._bot is not None and self._is_leaving(task_id):
            self._go_on(self._resume_later(task_id))
            return Answer(True, "这次运行退出后就继续")
        return self._act(task_id, lambda engine, job: engine.resume(OPERATOR, job))

    def reorder_task(self, task_id: str, priority_offset: float) -> Answer:
        """Shifts the next run by so many seconds, earlier where negative; kept within the window.

        Not done for a task that runs, is paused or has ended, nor beyond its end date.
        """
        try:
            shift = timedelta(seconds=priority_offset)
        except (ValueError, OverflowError):
            return self._refused(task_id, f"调整的秒数不对：{priority_offset}，例如 -1800")
        return self._act(task_id, lambda engine, job: engine.reorder(OPERATOR, job, shift))

    async def execute_task_immediately(self, task_id: str, update_next: bool = True) -> Answer:
        """Runs a task once now, whatever its window, and waits for the end, half an hour at most: was it done?

        `update_next`: the next run is counted from this one; otherwise it stays when it was. Before `start` the run
        is written down, and begins then.
        """
        with beside(self._settings) as here:
            before = _found(here.store, task_id)
            asked = self._act(task_id, lambda engine, job: engine.run_now(OPERATOR, job))
            run = here.store.runs.open_of(before.id) if asked and before else None
            if before is None or run is None:
                return asked
            if not here.bot_runs:
                return Answer(True, "已记下，启动后就执行")
            answer = await _end_of(here, run.id)
            after = here.store.jobs.get(before.id)
            if not update_next and before.next_at and after and after.next_at and after.status is Status.PENDING:
                shift = before.next_at - after.next_at
                self._act(task_id, lambda engine, job: engine.reorder(OPERATOR, job, shift))
        return answer

    def get_task_status(self, task_id: str) -> dict[str, Any] | None:
        """The task as `dispatch_config.json` has it, with `last_result` and `reason` in words; None: there is none."""
        job_id = job_id_of(str(task_id))
        with beside(self._settings) as here:
            job = here.store.jobs.get(job_id)
            task = next(
                (task for task in dispatch_tasks(here.store) if job_id_of(str(task["task_id"])) == job_id), None
            )
        return {**task, "last_result": job.last_result, "reason": job.reason} if job and task else None

    def get_account_tasks(self, account_id: str) -> list[str]:
        """The ids of an account's tasks."""
        return self.account_tasks.get(str(account_id), [])

    def get_all_tasks(self) -> list[dict[str, Any]]:
        """Every task as `dispatch_config.json` has it."""
        with beside(self._settings) as here:
            return dispatch_tasks(here.store)

    # -- inside -------------------------------------------------------------------------------------------------
    def _open(self) -> None:
        """The store mended and of today's schema, with the tasks of a file that was there before it."""
        hold = hold_home(self._home)
        if hold is None:
            return  # Whoever runs there has done so.
        with hold:
            opened = open_store(self._home, self._clock)
            for finding in opened.findings:
                _log.warning("%s", finding)
            with closing(opened.store) as store:
                self._file.adopt(store)

    def _act(self, task_id: str, act: Callable[[Engine, JobId], object]) -> Answer:
        with beside(self._settings) as here:
            job = _found(here.store, task_id)
            if job is None:
                return self._refused(task_id, f"没有任务{quote(str(task_id))}")
            try:
                act(here.engine, job.id)
            except Refusal as refusal:
                return self._refused(task_id, refusal.sentence)
            self._file.save(here.store)
        return Answer(True)

    def _refused(self, task_id: str, reason: str) -> Answer:
        _log.warning("task %s: %s", task_id, reason)
        return Answer(False, reason)

    def _is_leaving(self, task_id: str) -> bool:
        """Whether the run of a task that was paused is still about to end."""
        with beside(self._settings) as here:
            job = _found(here.store, task_id)
            run = here.store.runs.open_of(job.id) if job else None
        return run is not None and run.desired is Desired.PAUSED

    async def _resume_later(self, task_id: str) -> None:
        async with asyncio.timeout(_LEAVING_SECONDS):
            while self._is_leaving(task_id):  # noqa: ASYNC110 - it is a process that is waited for
                await asyncio.sleep(_LOOK_EVERY_SECONDS)
        self._act(task_id, lambda engine, job: engine.resume(OPERATOR, job))

    def _go_on(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._beside.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _log.error("the dispatcher of %s: %r", self._home, error)


def _found(store: Store, task_id: str) -> Job | None:
    job = store.jobs.get(job_id_of(str(task_id)))
    return job if job is not None and job.kind == ROUTINE else None


async def _end_of(here: Beside, run_id: RunId) -> Answer:
    try:
        async with asyncio.timeout(_LONGEST_WAIT_SECONDS):
            while not here.store.runs.is_over(run_id):  # noqa: ASYNC110 - it is a process that is waited for
                await asyncio.sleep(_LOOK_EVERY_SECONDS)
    except TimeoutError:
        return Answer(False, "半小时内没有结束，它还在继续运行")
    run = here.store.runs.get(run_id)
    return Answer(*verdict(run, run.exit or Exit())) if run else Answer(False, "没有运行")
