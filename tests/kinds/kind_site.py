"""A run's surroundings, written by hand: a platform, a reporter, a clock and a wish to stop."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from jobs.models.ids import JobId, JobNumber
from jobs.models.job import Job, Status
from jobs.models.run import Outcome
from jobs.models.venue import Day, Preset, Slot
from jobs.ports.aim import ServerDate
from jobs.ports.kind import Assignment, Kind
from jobs.ports.provider import VenueError
from jobs.ports.store import StoreUnavailable

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
TODAY = date(2026, 11, 22)
PRESET = Preset(number=13, venue="南洋北苑健身房", venue_id="v", sport="健身房", sport_id="s")
LOCKED = StoreUnavailable("任务库被别的程序占用太久，请稍后再试", "locked")


def slot(hour: int, court: str = "1号场", days_ahead: int = 0) -> Slot:
    return Slot(
        date=TODAY + timedelta(days=days_ahead), hour=hour, court=court, court_id=court, price="30.00", remaining=1
    )


class HandClock:
    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


class Platform:
    """Implements `Provider`: each look finds the next of `answers`, the last one for ever."""

    presets: Sequence[Preset] = (PRESET,)

    def __init__(self, *answers: list[Slot] | VenueError, days_listed: int = 3) -> None:
        self.answers = list(answers)
        self.days_listed = days_listed
        self.looks = 0
        self._free: list[Slot] = []

    def days(self, preset: Preset) -> list[Day]:
        self.looks += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, VenueError):
            raise answer
        self._free = answer
        return [
            Day(date=TODAY + timedelta(days=n), token=str(n), is_full=False, is_open=True)
            for n in range(self.days_listed)
        ]

    def prepare_days(self, preset: Preset) -> "Prepared":
        return Prepared(self, preset)

    def server(self) -> str:
        return "sports.example:443"

    def server_date(self, within_seconds: float) -> ServerDate:
        raise AssertionError("an aim asks for it, not a kind")

    def slots(self, preset: Preset, day: Day) -> list[Slot]:
        return [slot for slot in self._free if slot.date == day.date]


class Prepared:
    """Implements `ReadyDays`."""

    def __init__(self, platform: Platform, preset: Preset) -> None:
        self._platform = platform
        self._preset = preset
        self.was_sent = False

    def warm(self, within_seconds: float) -> None: ...

    def mend(self, within_seconds: float) -> None: ...

    def send(self) -> None:
        self.was_sent = True

    def answer(self) -> list[Day]:
        assert self.was_sent
        return self._platform.days(self._preset)


class Notebook:
    """Implements `Reporter`. Each write of a fact asks `troubles` for what shall go wrong with it; None: nothing."""

    def __init__(self, memory: dict[str, Any] | None = None) -> None:
        self.memory = memory or {}
        self.told: list[tuple[list[str], bool]] = []
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.said: list[str] = []
        self.promised: list[datetime | None] = []
        self.late: list[float] = []
        self.troubles: list[StoreUnavailable | None] = []

    def progress(self, sentence: str, *, checks: int, next_check_at: datetime | None) -> None:
        self.said.append(sentence)
        self.promised.append(next_check_at)

    def recall(self) -> dict[str, Any]:
        return self.memory

    def slots_freed(self, check: int, slots: Sequence[Slot], memory: dict[str, Any], **data: Any) -> None:
        self._stumble()
        self.told.append(([slot.key for slot in slots], data["first"]))
        self.memory = memory

    def remember(self, memory: dict[str, Any]) -> None:
        self._stumble()
        self.memory = memory

    def event(self, type: str, **data: Any) -> None:
        self._stumble()
        self.events.append((type, data))

    def fired(self, late_seconds: float, **data: Any) -> None:
        self.late.append(late_seconds)
        self.events.append(("occurrence.fired", data))

    def finish(self, outcome: Outcome) -> None:
        raise AssertionError("the run finishes, not its kind")

    def _stumble(self) -> None:
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble is not None:
            raise trouble


class Patience:
    """Implements `Stopping`: the run shall leave in its wait number `waits`. Waiting moves the clock."""

    def __init__(self, clock: HandClock, waits: int) -> None:
        self._clock = clock
        self._left = waits
        self.waited: list[float] = []

    def is_set(self) -> bool:
        return self._left <= 0

    def wait(self, seconds: float) -> bool:
        self._left -= 1
        self.waited.append(seconds)
        if not self.is_set():
            self._clock.at += timedelta(seconds=seconds)
        return self.is_set()


class Site:
    """One run of a kind, from its beginning to its end or to its wait number `waits`."""

    def __init__(
        self,
        kind: Kind,
        config: dict[str, Any],
        platform: Platform,
        *,
        waits: int = 1,
        book: Notebook | None = None,
        aim: Any = None,
    ) -> None:
        self.platform = platform
        self.book = book or Notebook()
        self.clock = HandClock()
        self.stopping = Patience(self.clock, waits)
        job = Job(
            id=JobId("1e95803d"),
            number=JobNumber(7),
            kind=kind.name,
            name="晚场",
            status=Status.RUNNING,
            config=config,
            created_at=NOW,
            updated_at=NOW,
        )
        self._work: Callable[[], Outcome] = lambda: kind.work(
            Assignment(
                job=job,
                zone="Asia/Shanghai",
                provider=platform,
                reporter=self.book,
                clock=self.clock,
                stopping=self.stopping,
                aim=aim,
            )
        )

    def work(self) -> Outcome:
        return self._work()

    @property
    def told(self) -> list[list[str]]:
        return [keys for keys, _ in self.book.told]
