"""Which instants of a job were due in a virtual day, and whether each is on record.

What "due" means: an instant of the rhythm that the wall comes to show while the job is wanted (made or started, and
not stopped), whether the hand gets there or leaps over it. Each counts once: when the wall is set back and shows it
again, it was decided already and is not due a second time, unless it was only missed. What follows its runs waits anew
then, for no longer than its interval; what the wall then shows of the time before the job was made may be kept, too.
What it showed while no bot lived, and was set back from before one did, nobody can have seen. Of a job that is paused
the instants are due too, and are skipped. A person who shifts the next run makes another instant due in its place.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from world_bot_site import KINDS
from world_case_site import Case
from world_record_site import Deed
from world_rhythms_site import Chain
from world_telling_site import instant_of

MARGIN: Final = timedelta(seconds=20)
"""Before the end of the world: what came due then may still be on its way."""
_NOTICED: Final = timedelta(seconds=5)
"""A clock that is set is seen by then."""
BEGINS: Final = ("make", "start", "restart")
_RETRIES: Final = (60, 120, 240, 480, 900)
"""Seconds from the end of a failure of a row, the first, the second, …, to the next try of a routine."""


@dataclass(frozen=True)
class Stretch:
    """A job is wanted, from one time on the wall to the latest that it showed meanwhile."""

    begin: datetime
    end: datetime
    is_open: bool


# -- every instant of the rhythm -------------------------------------------------------------------------------
def unrecorded(case: Case) -> Iterator[str]:
    """Instants that should have a row and have none, and rows of what never was an instant."""
    required, allowed, banned = _due_instants(case)
    jitter = timedelta(seconds=case.plan.rhythm.limits.jitter)
    for nominal in sorted(required):
        if not any(nominal <= due <= nominal + jitter for due in case.rows):
            yield f"{nominal} is on no record"
    for due in case.rows:
        if due in banned and not jitter:
            yield f"{due} was shifted away and came all the same"
        elif not any(nominal <= due <= nominal + jitter for nominal in required | allowed):
            yield f"{due} is on record and was never due"


def _due_instants(case: Case) -> tuple[set[datetime], set[datetime], set[datetime]]:
    """Nominal instants that must be on record, that may be, and that must not."""
    rhythm = case.plan.rhythm
    jitter = timedelta(seconds=rhythm.limits.jitter)
    lead = KINDS[case.plan.kind].lead
    required: set[datetime] = set()
    allowed: set[datetime] = set()
    for stretch in _stretches(case):
        sure = min(stretch.end, case.ends) if not stretch.is_open else stretch.end - MARGIN
        required |= set(rhythm.instants(stretch.begin, sure - jitter))
        earliest = min([stretch.begin, *(leap.after for leap in case.record.leaps if leap.after < leap.before)])
        allowed |= set(rhythm.instants(earliest - jitter, stretch.end + lead))
    for deed in _fuzzy_stops(case):
        allowed |= set(rhythm.instants(deed.wall, case.ends + lead))
    banned: set[datetime] = set()
    for was, now, is_sure in _shifts(case):
        shifted = {nominal for nominal in required if nominal <= was <= nominal + jitter}
        required -= shifted
        if is_sure and now <= case.ends - MARGIN:
            required.add(now)
            banned |= {was} - {now}
        else:
            allowed |= {was, now, *shifted}
    return required, allowed, banned - required


def _stretches(case: Case) -> list[Stretch]:
    found: list[Stretch] = []
    begun: Deed | None = None
    for deed in case.deeds:
        if deed.verb in BEGINS and not (deed.had_run and begun is not None):  # With a run, only that is begun anew.
            # In a time that comes again, what lies between is due where it was not before.
            if begun is not None:
                found.append(Stretch(begun.wall, _latest(case, begun.at, deed.at, deed.wall), is_open=False))
            begun = deed
        elif deed.verb == "stop" and begun is not None:
            found.append(Stretch(begun.wall, _latest(case, begun.at, deed.at, deed.wall), is_open=False))
            begun = None
    if begun is not None:
        found.append(Stretch(begun.wall, _latest(case, begun.at, case.record.ended, case.ends), is_open=True))
    return found


def _latest(case: Case, since: float, until: float, shown: datetime) -> datetime:
    """The latest that the wall showed a bot between two moments, at the second of which it showed `shown`."""
    seen = [leap.before for leap in case.record.leaps if since <= leap.at <= until and leap.was_seen]
    return max([shown, *seen])


def _fuzzy_stops(case: Case) -> list[Deed]:
    """Stops of a job whose process lived: until it is gone, instants may still be dealt with."""
    return [deed for deed in case.deeds if deed.verb == "stop" and deed.had_run]


def _shifts(case: Case) -> Iterator[tuple[datetime, datetime, bool]]:
    """Nominal instants that a person shifted, where to, and whether nobody interfered afterwards."""
    was: datetime | None = None
    now: datetime | None = None
    for deed, after in zip(case.deeds, [*case.deeds[1:], None], strict=True):
        if deed.verb != "reorder" or deed.before is None or deed.after is None or deed.before.next_at is None:
            was = None
            continue
        was = was if was is not None and deed.before.next_at == now else deed.before.next_at
        now = deed.after.next_at
        assert now is not None
        is_sure = after is None or after.wall > max(was, now) + MARGIN
        yield was, now, is_sure and not _leapt_back_over(case, was)


def _leapt_back_over(case: Case, instant: datetime) -> bool:
    return any(leap.after <= instant <= leap.before for leap in case.record.leaps)


def _waited_anew(case: Case, rhythm: Chain, due: datetime) -> bool:
    """Whether it is one interval behind a moment at which a bot saw that the clock had been set back."""
    noticed = [
        due - timedelta(seconds=rhythm.seconds) - leap.after for leap in case.record.leaps if leap.after < leap.before
    ]
    return any(timedelta(0) <= late <= _NOTICED for late in noticed)


# -- a rhythm that follows its runs ------------------------------------------------------------------------------
def unlinked(case: Case, rhythm: Chain) -> Iterator[str]:
    """Instants that nothing has led to: each is some wait behind an end, or where a person wished it, or an opening."""
    targets = set(_targets(case, rhythm))
    missed = [row.due for row in case.rows.values() if row.status == "missed"]
    for due, row in case.rows.items():
        is_opening = rhythm.limits.admit(due) and not rhythm.limits.admit(due - timedelta(microseconds=1))
        if not rhythm.limits.admit(due):
            yield f"{due} lies outside the hours"
        elif (
            due not in targets
            and not (is_opening and any(one < due for one in missed))
            and not _waited_anew(case, rhythm, due)
        ):
            yield f"{due} ({row.status}) follows no end, no wish, no beginning"


def _targets(case: Case, rhythm: Chain) -> Iterator[datetime]:
    causes: list[datetime] = []
    for deed in case.deeds:
        if deed.verb in (*BEGINS, "resume"):
            causes.append(deed.wall)
        if deed.verb == "reorder" and deed.after is not None and deed.after.next_at is not None:
            yield deed.after.next_at
    for run in case.runs:
        if run["ended_at"] is not None:
            end = instant_of(run["ended_at"])
            causes.append(end + timedelta(seconds=rhythm.seconds))
            if b'"done":true' not in (run["outcome"] or "").encode():
                causes += [end + timedelta(seconds=wait) for wait in _RETRIES]
    if any(leap.after < leap.before for leap in case.record.leaps):
        # An opening that comes again was decided: the rhythm goes on behind it.
        causes += [due + timedelta(seconds=rhythm.seconds) for due in case.rows]
    for cause in causes:
        if (target := rhythm.limits.first_open(cause)) is not None:
            yield target
