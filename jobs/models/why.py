"""Why a job stands where it does: what happened, from its stored events, and what that means. Pure."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from jobs.models.change import Event
from jobs.models.ids import RunId
from jobs.models.job import Job, Status
from jobs.models.race_words import Told, entries, number, step_words, text, told_of
from jobs.models.run import Exit

_LINES_AT_MOST: Final = 40
_FIRST_LINES: Final = 8
_IN_MILLISECONDS_BELOW: Final = 10_000
_IN_SECONDS_BELOW: Final = 600_000
"""Farther from the instant the time of day says more."""
_LAST_CHECK_MS: Final = 2_000
_WITH_INSTANT: Final = {"occurrence.due": "scheduled_at", "race.ended": "instant"}
_OUTCOMES: Final = ("bought", "refused")


class _Moment(Struct, frozen=True, kw_only=True):
    """What happened, so many milliseconds after the instant the run was for; or by the clock, where it was for none."""

    at: datetime
    ms: float | None
    words: str


class _Story(Struct, frozen=True, kw_only=True):
    """One run: its events, the instant it was for, and how far the platform's clock was ahead of ours then."""

    events: tuple[Event, ...]
    instant: datetime | None
    ahead_ms: float

    def ms(self, at: datetime) -> float | None:
        if self.instant is None:
            return None
        return (at - self.instant).total_seconds() * 1000 + self.ahead_ms


def why(events: Sequence[Event], job: Job, zone: ZoneInfo) -> str:
    """What happened last, in time order, ending in a conclusion. `events` are the job's, in any order: at least those
    of its last run. Times relative to a release are in milliseconds, by the platform's clock as far as it is known.

    Never raises for what is stored, however old or odd.
    """
    ordered = sorted(events, key=lambda event: (event.at, event.id))
    story = _last_story(ordered)
    lines = _cut([_line(moment, zone) for moment in _moments(story)])
    return "\n".join([_title(story, job, zone), *lines, _conclusion(story, job, zone)])


def _last_story(ordered: Sequence[Event]) -> _Story:
    """The last run's events, and what befell the job after it began."""
    last = next((event.run_id for event in reversed(ordered) if event.run_id is not None), None)
    mine = [event for event in ordered if last is not None and event.run_id == last]
    begun_at = mine[0].at if mine else None
    told = tuple(
        event
        for event in ordered
        if _is_of(event, last) or (event.run_id is None and (begun_at is None or event.at >= begun_at))
    )
    ahead = next((number(event.data.get("offset_seconds")) for event in mine if event.type == "occurrence.fired"), None)
    instants = [_instant(event) for event in mine if event.type in _WITH_INSTANT]
    return _Story(events=told, instant=next(filter(None, reversed(instants)), None), ahead_ms=(ahead or 0) * 1000)


def _is_of(event: Event, run_id: RunId | None) -> bool:
    return run_id is not None and event.run_id == run_id


def _moments(story: _Story) -> list[_Moment]:
    """Every event that says something, and the steps of a race, in order."""
    attempted = {str(event.data.get("account")) for event in story.events if event.type.startswith("booking.")}
    moments: list[_Moment] = []
    for event in story.events:
        if event.type == "race.ended":
            moments += _steps(event, attempted)
        else:
            moments += (_moment(told, event, story) for told in told_of(event))
    if story.instant is None:
        return moments
    return sorted(moments, key=lambda moment: moment.ms if moment.ms is not None else float("inf"))


def _moment(told: Told, event: Event, story: _Story) -> _Moment:
    ms = told.ms if told.ms is not None else story.ms(event.at)
    return _Moment(at=event.at, ms=None if ms is None else ms - told.earlier_ms, words=told.words)


def _steps(event: Event, attempted: set[str]) -> Iterable[_Moment]:
    """How it went for accounts of which the orders' own events tell is left to those."""
    for step in entries(event.data.get("steps")):
        if text(step, "what") in _OUTCOMES and text(step, "account") in attempted:
            continue
        if words := step_words(step):
            yield _Moment(at=event.at, ms=number(step.get("ms")), words=words)


def _line(moment: _Moment, zone: ZoneInfo) -> str:
    return f"{_when(moment, zone)} {moment.words}"


def _when(moment: _Moment, zone: ZoneInfo) -> str:
    """`+23 毫秒`, `-1.5 秒`; far from the instant `11:50:03`, and without one `11-22 12:00:03`."""
    ms = moment.ms
    if ms is None:
        return f"{moment.at.astimezone(zone):%m-%d %H:%M:%S}"
    if -_LAST_CHECK_MS < ms < _IN_MILLISECONDS_BELOW:
        return f"{ms:+.1f} 毫秒" if abs(ms) < 10 else f"{ms:+.0f} 毫秒"
    if 0 < ms < _IN_SECONDS_BELOW:
        return f"{ms / 1000:+.1f} 秒"
    return f"{moment.at.astimezone(zone):%H:%M:%S}"


def _cut(lines: list[str]) -> list[str]:
    if len(lines) <= _LINES_AT_MOST:
        return lines
    rest = _LINES_AT_MOST - _FIRST_LINES
    return [*lines[:_FIRST_LINES], f"……（略去 {len(lines) - _LINES_AT_MOST} 条）", *lines[-rest:]]


def _title(story: _Story, job: Job, zone: ZoneInfo) -> str:
    label = f"{job.status.icon} {job.label}"
    if story.instant is None:
        return label
    return f"{label}：为 {story.instant.astimezone(zone):%m-%d %H:%M:%S} 而运行"


def _conclusion(story: _Story, job: Job, zone: ZoneInfo) -> str:
    """How it stands now, and how it came to that."""
    types = {event.type for event in story.events}
    waits = f"，在等 {job.next_at.astimezone(zone):%m-%d %H:%M:%S}" if job.next_at is not None else ""
    has_run = any(type.startswith("run.") for type in types)
    if job.status in (Status.PENDING, Status.PAUSED) and not has_run and not job.last_result:
        state = "" if waits and job.status is Status.PENDING else f"，{job.status.words}"
        return f"结论：还没有运行过{state}{waits}"
    if job.status is Status.RUNNING:
        return f"结论：还在运行{f'：{job.last_result}' if job.last_result else ''}"
    said = _said(story, job)
    return f"结论：{job.status.words}{f'：{said}' if said else ''}{waits}"


def _said(story: _Story, job: Job) -> str:
    """The best reason there is: the job's own, what its last run said, or how its process ended."""
    if said := job.reason or job.last_result:
        return said
    ended = next((event for event in reversed(story.events) if event.type == "run.ended"), None)
    if ended is None:
        return ""
    code, signal = ended.data.get("code"), ended.data.get("signal")
    return Exit(code=code if isinstance(code, int) else None, signal=signal if isinstance(signal, int) else None).words


def _instant(event: Event) -> datetime | None:
    try:
        at = datetime.fromisoformat(text(event.data, _WITH_INSTANT[event.type]))
    except ValueError:
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
