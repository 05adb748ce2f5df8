"""Bugs to be planted into the engine for a virtual day, so that it is known that the judge sees them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, NamedTuple

from jobs.models import occasions, outlook, pausing
from jobs.models.change import Change
from jobs.models.punctuality import Punctuality
from jobs.scheduler import scheduler
from jobs.store import apply
from jobs.supervisor import loop, settling

Patch = Callable[[Any, str, Any], None]
"""As `pytest.MonkeyPatch.setattr`."""


class Bug(NamedTuple):
    """`plant` puts it in; `seen` is how the judge says it; `seed` is that of a day that brings it out."""

    plant: Callable[[Patch], None]
    seen: str
    seed: str


def _claims_twice(patch: Patch) -> None:
    """The row of an instant keeps nobody out."""
    patch(apply, "_CLAIM", apply._CLAIM.partition("ON CONFLICT")[0].replace("INSERT", "INSERT OR REPLACE"))


def _forgets_the_lead(patch: Patch) -> None:
    patch(scheduler, "wakes_at", lambda next_at, status, conduct: next_at)


def _counts_from_the_shifted(patch: Patch) -> None:
    """The rhythm goes on from where a person has put one run."""
    for module in (outlook, occasions):
        patch(module, "rhythm_of", lambda job, instant: instant)


def _knows_no_grace(patch: Patch) -> None:
    patch(Punctuality, "grace", property(lambda _: timedelta(days=365)))


def _starts_whatever_was_claimed(patch: Patch) -> None:
    """What virtual days found: the grace is looked at when an instant is claimed, and never again."""
    patch(settling, "too_late", lambda *_: None)


def _records_no_missed(patch: Patch) -> None:
    first = occasions._missed

    def missed(*given: Any) -> Change:
        from msgspec.structs import replace

        return replace(first(*given), claims=())

    patch(occasions, "_missed", missed)


def _tells_each_of_its_own(patch: Patch) -> None:
    patch(scheduler, "missed_together", list)


def _forgets_the_pause(patch: Patch) -> None:
    for module in (pausing, occasions):
        patch(module, "skipped_in_a_pause", lambda *_: ())


def _runs_in_a_pause(patch: Patch) -> None:
    from jobs.models.job import Status
    from jobs.models.lifecycle import TRANSITIONS, Trigger

    patch(occasions, "_passed_over", None)
    assert TRANSITIONS[Status.PAUSED, Trigger.CLAIM] is Status.RUNNING
    first = occasions.came_due

    def came_due(job: Any, *given: Any) -> Change | None:
        from msgspec.structs import replace

        return first(replace(job, status=Status.PENDING) if job.status is Status.PAUSED else job, *given)

    patch(scheduler, "came_due", came_due)


def _acts_on_repeated_messages(patch: Patch) -> None:
    patch(apply, "write_inbound", lambda *_: True)


def _begins_anew_after_a_crash(patch: Patch) -> None:
    """A run that was claimed and is not alive is taken for lost, and the instant given to another."""
    first = loop.Supervisor.recover_lost

    async def recover_lost(self: Any) -> None:
        for run in self._store.runs.all_open():
            if run.scheduled_at is not None:
                self._settling.settle(run.id, loop.UNSEEN_EXIT)
        await first(self)

    patch(loop.Supervisor, "recover_lost", recover_lost)


def _never_wakes_for_the_far(patch: Patch) -> None:
    """Only the first look plans."""
    first = scheduler.Scheduler._set_alarms

    def set_alarms(self: Any, wanted: Any) -> None:
        if not hasattr(self, "has_planned"):
            self.has_planned = True
            first(self, wanted)

    patch(scheduler.Scheduler, "_set_alarms", set_alarms)


BUGS: Final[dict[str, Bug]] = {
    "an instant claimed twice": Bug(_claims_twice, "ran 2 times", "101"),
    "the lead forgotten": Bug(_forgets_the_lead, "was not prepared", "0"),
    "the rhythm counted from a shifted run": Bug(
        _counts_from_the_shifted, "was shifted away|was never due|on no record", "10"
    ),
    "no grace": Bug(_knows_no_grace, "began .* late", "0"),
    "a claimed run started hours later": Bug(_starts_whatever_was_claimed, "began .* late", "16"),
    "the missed not recorded": Bug(_records_no_missed, "is on no record|were told", "0"),
    "the missed told one by one": Bug(_tells_each_of_its_own, "told twice of one absence", "9"),
    "the pause not recorded": Bug(_forgets_the_pause, "is on no record", "50"),
    "a run in a pause": Bug(_runs_in_a_pause, "had said pause|is paused|failed", "5"),
    "a message acted on twice": Bug(_acts_on_repeated_messages, "the same message acted twice", "1"),
    "living runs forgotten": Bug(_begins_anew_after_a_crash, "two live processes|has a process and is|ran and", "23"),
    "alarms that are never set": Bug(_never_wakes_for_the_far, "should have been due|late", "4"),
}
