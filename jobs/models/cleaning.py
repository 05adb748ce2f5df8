"""What cleaning did, and how it is said, in chat, on a terminal and to administrators alike."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from jobs.models.ids import JobId, RunId
from jobs.models.job import Job

_WORTH_SAYING_BYTES: Final = 2**20


class Orphan(Struct, frozen=True, kw_only=True):
    """A process of this home that worked for a run which is over. `run_id` or `job_id` says how it was known."""

    pid: int
    run_id: RunId | None = None
    job_id: JobId | None = None


class Pruned(Struct, frozen=True, kw_only=True):
    """What was tidied away: files removed, old rows, and how much room on the disk came free."""

    files: int = 0
    rows: int = 0
    freed_bytes: int = 0


class Cleaning(Struct, frozen=True, kw_only=True):
    """What cleaning did: jobs whose process was gone, processes whose run was over, ended jobs past their time.

    `freed_bytes` counts the logs of the deleted jobs and what was pruned. `is_complete` False: without a bot only
    ended jobs were deleted.
    """

    mended: tuple[Job, ...] = ()
    orphans: tuple[Orphan, ...] = ()
    deleted: tuple[Job, ...] = ()
    pruned: Pruned = Pruned()
    freed_bytes: int = 0
    is_complete: bool = True


def cleaning_in_words(cleaning: Cleaning, named: int = 10) -> list[str]:
    """A sentence for each thing that was done, none where there was nothing to do; `named` of each are named."""
    mended, orphans, deleted, pruned = cleaning.mended, cleaning.orphans, cleaning.deleted, cleaning.pruned
    became = [f"{job.label}（{job.status.words}）" for job in mended]
    gone, pids = [job.label for job in deleted], [str(orphan.pid) for orphan in orphans]
    said = [
        (len(mended), f"修正 {len(mended)} 个进程已不在的任务：{_listed(became, named)}"),
        (len(orphans), f"结束 {len(orphans)} 个没有主人的进程（{_listed(pids, named)}）"),
        (len(deleted), f"删除 {len(deleted)} 个已结束的任务：{_listed(gone, named)}"),
        (pruned.files, f"清掉 {pruned.files} 个已无用的运行记录文件"),
        (pruned.rows, f"删除 {pruned.rows} 行旧记录"),
        (cleaning.freed_bytes // _WORTH_SAYING_BYTES, f"释放 {cleaning.freed_bytes / 2**20:.1f} MB"),
    ]
    return [sentence for count, sentence in said if count]


def _listed(words: Sequence[str], named: int) -> str:
    return "、".join(words[:named]) + ("…" if len(words) > named else "")
