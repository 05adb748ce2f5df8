"""Reads the original program's `jobs.json`: pure, entry by entry, so that a bad one hides no other."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast

from msgspec import Struct

from jobs.models.change import Change, Event
from jobs.models.errors import Refusal
from jobs.models.ids import JobId, is_job_id
from jobs.models.job import Job
from jobs.models.run import Run
from jobs.ports.store import Conflict, Store
from jobs.store.original import BadEntry, job_of_entry, last_run_of_entry, require_storable

MAX_BYTES: Final = 256 * 1024 * 1024
"""A file of 100,000 jobs has about 70 MB; what is larger is not a `jobs.json`."""

_SHOWN_ID_LENGTH: Final = 24
_GREATEST: Final = 1 << 64
"""Greater integers than SQLite's JSON reader takes back become floating-point numbers."""
_CHUNK: Final = 500
"""Jobs stored in one transaction: some tens of milliseconds for which a bot beside us may have to wait."""


class UnreadableImport(Refusal):
    """The file as a whole is no `jobs.json`. `detail` is for the operator."""

    def __init__(self, sentence: str, detail: str = "") -> None:
        super().__init__(sentence)
        self.detail = detail


class Imported(Struct, frozen=True, kw_only=True):
    """What a `jobs.json` held. Numbers are wishes, 0 where there is none; `runs` are the last ones, all ended.

    `skipped`: one Chinese sentence for each entry that could not be taken over.
    """

    jobs: tuple[Job, ...] = ()
    runs: tuple[Run, ...] = ()
    skipped: tuple[str, ...] = ()


def read_original(data: bytes, at: datetime) -> Imported:
    """Reads a `jobs.json`, the original program's or our mirror; `at` becomes `updated_at`.

    Nothing read starts by itself: what ran, and what waited for an instant, is STOPPED and says so.
    Times without a zone are Asia/Shanghai's. Raises `UnreadableImport`.
    """
    return _read(_entries(data), at)


def import_jobs(store: Store, data: bytes, at: datetime) -> Imported:
    """Stores what `data` holds and the store does not know; returns what was stored, and a sentence for the rest.

    Raises `UnreadableImport`; then nothing is stored. After a `StoreUnavailable` the first part may be: importing
    again takes over the rest.
    """
    entries = _entries(data)
    taken = {key for key in entries if is_job_id(key) and store.jobs.get(JobId(key)) is not None}
    found = _read({key: entry for key, entry in entries.items() if key not in taken}, at)
    stored = store_new(store, found, at, "jobs.json")
    taken |= {job.id for job in found.jobs} - stored
    return Imported(
        jobs=tuple(job for job in found.jobs if job.id in stored),
        runs=tuple(run for run in found.runs if run.job_id in stored),
        skipped=(
            *found.skipped,
            *(f"任务 {_shown(key)} 无法导入：编号已存在或曾被删除，已跳过" for key in sorted(taken)),
        ),
    )


def store_new(store: Store, found: Imported, at: datetime, source: str) -> set[JobId]:
    """Stores jobs with their runs; returns the ids of those stored: whose id was never taken. `source` names the file.

    After a `StoreUnavailable` the first part may be stored.
    """
    # Wished-for numbers first, before the next free one is given away.
    new = sorted(found.jobs, key=lambda job: job.number == 0)
    run_of = {run.job_id: run for run in found.runs}
    chunks = (new[start : start + _CHUNK] for start in range(0, len(new), _CHUNK))
    return {job_id for chunk in chunks for job_id in _store_all(store, chunk, run_of, at, source)}


def _read(entries: dict[str, Any], at: datetime) -> Imported:
    jobs: list[Job] = []
    runs: list[Run] = []
    skipped: list[str] = []
    for key, entry in entries.items():
        try:
            job = job_of_entry(key, entry, at)
            run = last_run_of_entry(job, entry, at)
            require_storable(job)
        except BadEntry as why:
            skipped.append(f"任务 {_shown(key)} 无法导入：{why}，已跳过")
        else:
            jobs.append(job)
            runs.extend(run)
    return Imported(jobs=tuple(jobs), runs=tuple(runs), skipped=tuple(skipped))


def _store_all(store: Store, jobs: Sequence[Job], run_of: Mapping[JobId, Run], at: datetime, source: str) -> set[JobId]:
    """All in one transaction; one by one only where one of them stands in the way. Returns the ids stored."""
    try:
        store.apply(_change(jobs, run_of, at, source))
    except Conflict:
        if len(jobs) == 1:
            return set()
        return {job_id for job in jobs for job_id in _store_all(store, (job,), run_of, at, source)}
    return {job.id for job in jobs}


def _change(jobs: Sequence[Job], run_of: Mapping[JobId, Run], at: datetime, source: str) -> Change:
    return Change(
        jobs=tuple(jobs),
        runs=tuple(run_of[job.id] for job in jobs if job.id in run_of),
        events=tuple(Event(job_id=job.id, type="imported", at=at, data={"from": source}) for job in jobs),
    )


def _entries(data: bytes) -> dict[str, Any]:
    if len(data) > MAX_BYTES:
        raise UnreadableImport("jobs.json 超过 256 MB，无法导入")
    try:
        # The standard parser, as the original wrote with it: it also takes NaN and lone surrogates.
        entries: object = json.loads(data.decode("utf-8-sig"), parse_int=whole_number)
    except (ValueError, RecursionError) as error:
        raise UnreadableImport("jobs.json 不是完整的 JSON 文件，无法导入", str(error)) from error
    if not isinstance(entries, dict):
        raise UnreadableImport("jobs.json 的内容不是“编号: 任务”的对象，无法导入")
    return cast(dict[str, Any], entries)


def whole_number(digits: str) -> int | float:
    """Python refuses to read integers of thousands of digits, and the store takes none back of more than 64 bits."""
    number = int(digits) if len(digits) <= 20 else _GREATEST
    return number if -_GREATEST // 2 <= number < _GREATEST else float(digits)


def _shown(key: str) -> str:
    shown = "".join(letter if letter.isprintable() else "?" for letter in key[:_SHOWN_ID_LENGTH])
    return shown if len(key) <= _SHOWN_ID_LENGTH else shown + "…"
