"""What the oracle believes: of each job ever asked for, which wishes it may have by what was said and answered."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from jobs.cli.onebot import Posted

Wish = Literal["absent", "up", "stopped"]
"""Not there (never made, or deleted), to be kept running, or stopped by a person."""
Deed = Literal["create", "start", "stop", "restart", "delete"]

INTENSITY: Final = 5
"""Restarts of a monitor within ten minutes; the kill after that makes it fail."""

_ANSWER: Final = re.compile(
    r"^(✅ 已(创建|启动|重启)|🔴 已停止|🗑️ 已删除|⏳ 正在|❌ .* 启动后失败"
    r"|⚠️ .*(不用(启动|停止|重启)|正在(停止|删除|排队)|没有找到|没有在运行|已经在|已经不在|再发一次))"
)
"""Replies, as against what the bot tells by itself: administrators hear of trouble with the same sign."""
_AFTER: Final[dict[Deed, Wish]] = {
    "create": "up",
    "start": "up",
    "stop": "stopped",
    "restart": "up",
    "delete": "absent",
}
_WORDS: Final[dict[Deed, str]] = {
    "create": "!创建监控 {name} 预设=13",
    "start": "!启动任务 {number}",
    "stop": "!停止任务 {number}",
    "restart": "!重启任务 {number}",
    "delete": "!删除任务 {number} 确认",
}


@dataclass(eq=False)
class Known:
    """One job. `brief`: it ends by itself, done, at its first look. `kills` counts what may have used up restarts."""

    name: str
    brief: bool = False
    may: set[Wish] = field(default_factory=lambda: {"absent"})
    number: int | None = None
    id: str | None = None
    asked: int = 0
    kills: int = 0
    kills_before: int = 0
    """As of the beginning of the round."""
    all_kills: int = 0
    last_signal: int | None = None
    touched: bool = False
    """A command or a keeper's death in this round may explain an end other than our signal's."""

    def struck(self, number: int | None = None) -> None:
        """One more reason for its run to end."""
        self.kills += 1
        self.all_kills += 1
        self.last_signal = number


@dataclass(eq=False)
class Sent:
    """A command somebody sent, and what came back."""

    deed: Deed
    job: Known
    event: dict[str, Any]
    chat: Any
    since: int
    answer: str | None = None

    def find_answer(self, said: Sequence[Posted]) -> bool:
        """Looks for the answer among what the bot said; whether there is one."""
        if self.answer is None:
            here = (posted.text for posted in said[self.since :] if posted.chat == self.chat)
            self.answer = next((text for text in here if _ANSWER.match(text)), None)
        return self.answer is not None


def words_for(deed: Deed, job: Known) -> str:
    return _WORDS[deed].format(name=job.name, number=job.number) + (" 自动" if deed == "create" and job.brief else "")


def believe(sent: Sent, *, again: bool = False) -> None:
    """What may be true after a command: done if it was acknowledged, either way if nobody answered.

    `again`: the answer came when the same message was handed over a second time.
    """
    job, after = sent.job, _AFTER[sent.deed]
    if sent.answer is not None and sent.answer.startswith("⚠️"):
        return
    if after == "up" and not again:
        job.asked += 1
    if sent.answer is None:
        job.may |= {after}
        return
    job.may = {after}
    if after == "up":
        # What was struck in this round may have come after the start.
        job.kills, job.kills_before = job.kills - job.kills_before, 0
    if sent.deed == "create":
        found = re.match(r"✅ 已创建监控 #(\d+) · (\S+)", sent.answer)
        assert found, sent.answer
        job.number, job.id = int(found[1]), found[2]


def new_round(job: Known) -> None:
    job.touched, job.last_signal, job.kills_before = False, None, job.kills


def misfits(jobs: Sequence[Known], listing: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Where the list of jobs is not one the model allows; afterwards the model knows which of its cases came true."""
    by_name: dict[str, list[dict[str, Any]]] = {}
    for row in listing:
        by_name.setdefault(row["name"], []).append(row)
    for name in by_name.keys() - {job.name for job in jobs}:
        yield f"nobody made a job {name!r}"
    for job in jobs:
        yield from _misfit(job, by_name.get(job.name, []))


def learn(job: Known, row: dict[str, Any] | None) -> None:
    """Takes over what became of a command that nobody answered.

    A job that still runs may be about to end: the wish is durable, and its process was not yet asked. So it stays open.
    """
    if row is None:
        job.may = {"absent"}
        return
    if row["status"] == "stopped":
        job.may = {"stopped"}
    elif job.id is None:
        job.may = {"up"}
    job.number, job.id = row["number"], row["id"]


def _misfit(job: Known, rows: list[dict[str, Any]]) -> Iterator[str]:
    if len(rows) > 1:
        yield f"{job.name} was made {len(rows)} times"
    elif not rows:
        if "absent" not in job.may:
            yield f"{job.name} is lost (it should be {sorted(job.may)})"
    else:
        yield from _misfit_of_row(job, rows[0])


def _misfit_of_row(job: Known, row: dict[str, Any]) -> Iterator[str]:
    if job.id is not None and (row["id"], row["number"]) != (job.id, job.number):
        yield f"{job.name} was #{job.number} {job.id} and is #{row['number']} {row['id']}"
    status = row["status"]
    if status not in _statuses(job):
        yield f"{job.name} is {status} ({row['reason']}): by what was said {sorted(job.may)}, {job.kills} kills"
    if status == "pending" and job.last_signal is not None and not job.touched:
        told = f"被信号 {job.last_signal} 终止"
        if told not in (row["reason"] or ""):
            yield f"{job.name} was ended by signal {job.last_signal}, its reason is {row['reason']!r}"


def _statuses(job: Known) -> set[str]:
    allowed: set[str] = set()
    if "up" in job.may:
        allowed |= {"running"}
        allowed |= {"pending"} if job.kills else set()
        allowed |= {"completed"} if job.brief else set()
        allowed |= {"failed"} if job.kills > INTENSITY else set()
    if "stopped" in job.may:
        allowed |= {"stopped"}
    return allowed
