"""What is written down of a virtual day."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from world_bot_site import Chats
from world_drawing_site import Day
from world_machine_site import Machine

from jobs.models.ids import JobId
from jobs.models.job import Job


@dataclass(frozen=True)
class Deed:
    """What a person asked for and got. `before` and `after`: the job in the store; `had_run`: it had an open run."""

    at: float
    wall: datetime
    verb: str
    plan: int
    before: Job | None
    after: Job | None
    had_run: bool
    was_done: bool


@dataclass(frozen=True)
class Leap:
    """The wall was set from one time to another. `was_seen`: by a bot."""

    at: float
    before: datetime
    after: datetime
    was_seen: bool


@dataclass
class Record:
    """All that a judge may know of a day, besides the store's file."""

    day: Day
    database: Path
    jobs: dict[int, JobId] = field(default_factory=dict)
    deeds: list[Deed] = field(default_factory=list)
    leaps: list[Leap] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    history: list[str] = field(default_factory=list)
    machine: Machine | None = None
    chats: Chats | None = None
    starts: list[float] = field(default_factory=list)
    ended: float = 0.0
    ends: datetime | None = None
