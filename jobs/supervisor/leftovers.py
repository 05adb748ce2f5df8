"""Files that runs leave behind, and the part of `exits.log` that has been read for good."""

import ctypes
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from jobs.models.cleaning import Pruned
from jobs.models.ids import JobId, RunId, is_job_id
from jobs.supervisor.identity import is_alive
from jobs.supervisor.job_lock import hold_job_lock
from jobs.supervisor.run_files import RunFile

JOURNAL_FREE_FROM_BYTES: Final = 4 * 1024 * 1024
"""About 25,000 ends. Less is not worth the while."""
_JOURNAL_KEPT_BYTES: Final = 64 * 1024
"""Of what was read: for an operator who wants to see the last ends."""
_BLOCK: Final = 4096
_DRAFT_AGE_SECONDS: Final = 86_400.0
"""Whoever writes a draft renames it within a second; one of yesterday's will never be."""
_LOG: Final = re.compile(r"([0-9A-Za-z_-]+)\.log(?:\.[0-9][0-9a-z.]*)?")
_KEEP_SIZE_AND_PUNCH_HOLE: Final = 0x01 | 0x02
"""FALLOC_FL_KEEP_SIZE and FALLOC_FL_PUNCH_HOLE of linux/falloc.h."""


def prune_files(
    home: Path,
    at: datetime,
    *,
    is_open: Callable[[RunId], bool],
    is_known: Callable[[JobId], bool],
    is_deleted: Callable[[JobId], bool],
) -> Pruned:
    """Removes lock files of jobs that are gone, logs of deleted ones, notes of runs that are over, and old drafts.

    The three answer for runs and jobs as the store has them now. A job that it does not know may be one that it has
    lost, and whose log somebody wants; one that was deleted, and whose runs are over, is gone for good.
    """
    removed, freed = 0, 0
    left = (*_locks(home, is_known), *_logs(home, is_deleted), *_run_files(home, at, is_open), *_drafts(home, at))
    for path, remove in left:
        with suppress(FileNotFoundError):
            size = path.stat().st_size
            if remove():
                removed, freed = removed + 1, freed + size
    return Pruned(files=removed, freed_bytes=freed)


def free_journal(journal: Path, read_bytes: int) -> int:
    """Gives back the disk space of what has been read of `exits.log`; returns how many bytes came free.

    The file keeps its length, so that every offset still holds, and whoever appends to it notices nothing: the bytes
    that were read become a hole. Nothing is renamed or copied, hence nothing can be lost at any point. Where the
    system knows no holes (anything but Linux, some file systems) the file stays as it is: some 150 bytes an end.
    """
    end = (read_bytes - _JOURNAL_KEPT_BYTES) // _BLOCK * _BLOCK
    if sys.platform != "linux" or end <= 0:
        return 0
    try:
        if journal.stat().st_blocks * 512 < JOURNAL_FREE_FROM_BYTES or journal.stat().st_size < read_bytes:
            return 0  # Little is in use; or it is not the file that was read.
        before = journal.stat().st_blocks
        descriptor = os.open(journal, os.O_WRONLY)
    except FileNotFoundError:
        return 0
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        # A refusal (EOPNOTSUPP and the like) leaves everything as it is, and nothing comes free.
        libc.fallocate(descriptor, _KEEP_SIZE_AND_PUNCH_HOLE, ctypes.c_int64(0), ctypes.c_int64(end))
    finally:
        os.close(descriptor)
    return max(0, before - journal.stat().st_blocks) * 512


Removal = tuple[Path, Callable[[], bool]]


def _locks(home: Path, is_known: Callable[[JobId], bool]) -> Iterator[Removal]:
    for path in (home / "lock").glob("*"):
        if is_job_id(path.name) and not is_known(JobId(path.name)):
            yield path, lambda path=path: _remove_lock(home, path)


def _remove_lock(home: Path, path: Path) -> bool:
    """Only while holding it: then no process has it, and none will ask, for ids are not given twice."""
    hold = hold_job_lock(home, JobId(path.name))
    if hold is None:
        return False
    with hold:
        path.unlink()
    return True


def _logs(home: Path, is_deleted: Callable[[JobId], bool]) -> Iterator[Removal]:
    """The log and its older parts: whoever deletes a job removes them, unless killed before."""
    for path in (home / "jobs").glob("*.log*"):
        job = _LOG.fullmatch(path.name)
        if job and is_deleted(JobId(job[1])):
            yield path, lambda path=path: _removed(path)


def _run_files(home: Path, at: datetime, is_open: Callable[[RunId], bool]) -> Iterator[Removal]:
    for path in (home / "run").glob("*.json"):
        # In this order: a run whose keeper comes late to its claim ended long ago, but the keeper lives.
        if is_job_id(path.stem) and not is_open(RunId(path.stem)) and not _has_living(path, at):
            yield path, lambda path=path: _removed(path)


def _has_living(path: Path, at: datetime) -> bool:
    """Whether the keeper or the worker that the file names lives. What names none is left for a day."""
    try:
        file = msgspec.json.decode(path.read_bytes(), type=RunFile)
    except FileNotFoundError:
        return True
    except (msgspec.DecodeError, UnicodeDecodeError, OSError):
        return not _is_of_yesterday(path, at)
    return is_alive(file.keeper) or (file.worker is not None and is_alive(file.worker))


def _drafts(home: Path, at: datetime) -> Iterator[Removal]:
    """What was to be renamed into place and never was."""
    for path in (*home.glob("run/*.json.*"), *home.glob("jobs/.*.partial*"), *home.glob("backups/.*.partial*")):
        if path.is_file() and _is_of_yesterday(path, at):
            yield path, lambda path=path: _removed(path)


def _removed(path: Path) -> bool:
    path.unlink()
    return True


def _is_of_yesterday(path: Path, at: datetime) -> bool:
    with suppress(FileNotFoundError):
        return at.timestamp() - path.stat().st_mtime > _DRAFT_AGE_SECONDS
    return False
