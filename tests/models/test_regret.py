"""Changing a job, and taking back what was done to it: the decisions, for any job in any state."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st
from lives_site import CHAT, DAILY, NOW, WORKER, a_job, a_run
from msgspec.structs import replace

from jobs.models import decisions, endings, pausing
from jobs.models.change import Change, Event, OccurrenceStatus
from jobs.models.conduct import Conduct
from jobs.models.editions import EDITED, Edition, Holds, edited, edition_of, when_it_holds
from jobs.models.errors import Refusal
from jobs.models.ids import RunId, UserId
from jobs.models.job import ENDED, Job, Status, Telling
from jobs.models.occasions import Situation, came_due
from jobs.models.people import Actor, Chat, Role
from jobs.models.recurrence import Every, Once, Recurrence
from jobs.models.regret import UNDONE, WITHIN, acted_on, last_act, remembering, undone
from jobs.models.run import Desired, Exit, Run, RunStatus

MING = Actor(user_id=UserId("20001"), role=Role.MEMBER, chat=CHAT)
SOON, LATER = NOW + timedelta(seconds=60), NOW + timedelta(hours=6)
RHYTHMS = (None, DAILY, Every(seconds=3600), Once(at=LATER))
SECOND = timedelta(seconds=1)


def noted(change: Change, id: int = 1) -> Event:
    """The act's own event, as the store would keep it."""
    return replace(change.events[-1], id=id)


def after(change: Change, job: Job, run: Run | None) -> tuple[Job, Run | None]:
    """The job and its open run once a change is true."""
    for one in change.runs:
        run = one
    return (change.jobs[0] if change.jobs else job), (run if run is not None and run.is_open else None)


def act(kind: str, job: Job, run: Run | None) -> tuple[Change, Event]:
    decide = {"stop": decisions.stopped, "delete": decisions.deleted}[kind]
    change = remembering(decide(job, run, MING.label, NOW), job, run, MING)
    return change, noted(change)


def ended(job: Job, run: Run) -> tuple[Job, Run | None]:
    """Its process has left."""
    change = endings.ended(
        job, run, Exit(code=1), NOW + SECOND, conduct=Conduct(), chance=0, next_run_id=RunId("next"), log=[]
    )
    return after(change, job, None)


@st.composite
def standings(draw: st.DrawFn) -> tuple[Job, Run | None]:
    """A job in a state that it can be in, and its open run."""
    rhythm: Recurrence | None = draw(st.sampled_from(RHYTHMS))
    status = draw(st.sampled_from(Status))
    next_at = NOW + timedelta(hours=draw(st.integers(1, 9)))
    waits = rhythm is not None and status in (Status.PENDING, Status.PAUSED)
    if isinstance(rhythm, Once):
        next_at = LATER
    job = a_job(
        status=status,
        recurrence=rhythm,
        next_at=next_at if waits or (rhythm == DAILY and status is Status.RUNNING) else None,
        reason="场馆不存在" if status is Status.FAILED else "",
    )
    if status is Status.RUNNING:
        at = draw(st.sampled_from([None, SOON])) if rhythm is not None and not isinstance(rhythm, Every) else None
        return job, a_run(worker=WORKER, scheduled_at=at)
    if status is Status.PENDING and rhythm is None:
        return job, a_run(status=RunStatus.QUEUED)
    return job, None


@given(standings(), st.sampled_from(["stop", "delete"]), st.booleans())
def test_whatever_is_taken_back_is_as_it_was(standing: tuple[Job, Run | None], kind: str, has_left: bool) -> None:
    """With and without waiting for its process to leave."""
    job, run = standing
    try:
        change, event = act(kind, job, run)
    except Refusal:
        return
    then, open_run = after(change, job, run)
    if has_left and open_run is not None:
        then, open_run = ended(then, open_run)
    back, open_run = after(undone(event, then, open_run, RunId("r2"), MING, NOW + 2 * SECOND), then, open_run)
    if open_run is not None and open_run.desired is not Desired.UP:
        back, open_run = ended(back, open_run)
    assert back.deleted_at is None
    assert (back.config, back.recurrence, back.number, back.id) == (job.config, job.recurrence, job.number, job.id)
    if job.status is not Status.RUNNING:
        assert (back.status, back.next_at) == (job.status, job.next_at)
        assert (open_run is None) == (run is None)
    elif job.recurrence is None:
        assert back.status is Status.PENDING
        assert open_run is not None
        assert open_run.status is RunStatus.QUEUED
    else:
        instants = {back.next_at, open_run.scheduled_at if open_run else None}
        assert back.status is Status.PENDING
        assert instants != {None} or isinstance(job.recurrence, Every)
        if run is not None and run.scheduled_at == SOON:
            assert SOON in instants


@given(standings(), st.sampled_from(RHYTHMS))
def test_an_edit_taken_back_leaves_the_job_as_it_was(
    standing: tuple[Job, Run | None], rhythm: Recurrence | None
) -> None:
    job, run = standing
    if (rhythm is None) != (job.recurrence is None):
        rhythm = job.recurrence
    wanted = replace(edition_of(job), name="周末监控", config={"interval": 60}, recurrence=rhythm)
    change = remembering(edited(job, run, wanted, MING.label, NOW), job, run, MING)
    then, open_run = after(change, job, run)
    assert then.status is job.status
    assert edition_of(then) == wanted
    assert then.next_at is None or then.next_at >= NOW
    back, _ = after(undone(noted(change), then, open_run, RunId("r2"), MING, NOW), then, open_run)
    assert (edition_of(back), back.status) == (edition_of(job), job.status)
    if open_run is None:
        assert back.next_at == job.next_at


def test_a_live_monitor_begins_anew_and_a_queued_one_just_changes() -> None:
    job = a_job(status=Status.RUNNING)
    wanted = replace(edition_of(job), config={"plan": 1})
    live = edited(job, a_run(), wanted, "qq:1", NOW)
    assert live.runs[0].desired is Desired.RESTARTED
    assert when_it_holds(job, a_run(), wanted, NOW) is Holds.WITH_A_NEW_RUN
    assert edited(a_job(), a_run(status=RunStatus.QUEUED), wanted, "qq:1", NOW).runs == ()


@given(standings(), st.booleans())
def test_another_name_or_chat_to_tell_cuts_no_run_short(standing: tuple[Job, Run | None], is_undone: bool) -> None:
    """Nor does taking that back."""
    job, run = standing
    telling = Telling(target=Chat(self_id="1", type="private", peer_id="20001"), mentions_owner=True)
    wanted = replace(edition_of(job), name="周末监控", telling=telling)
    change = remembering(edited(job, run, wanted, MING.label, NOW), job, run, MING)
    then, _ = after(change, job, run)
    if is_undone:
        change = undone(noted(change), then, run, RunId("r2"), MING, NOW)
    assert change.runs == ()
    assert change.jobs[0].next_at == job.next_at
    assert when_it_holds(job, run, wanted, NOW) is Holds.NOW


def test_a_shot_that_is_about_to_be_fired_stays_as_it_was() -> None:
    job = a_job(status=Status.RUNNING, kind="schedule", recurrence=DAILY, next_at=SOON + timedelta(days=1))
    run = a_run(scheduled_at=SOON)
    wanted = replace(edition_of(job), recurrence=Every(seconds=60, anchor=NOW))
    assert when_it_holds(job, run, wanted, NOW) is Holds.AFTER_THIS_RUN
    change = edited(job, run, wanted, "qq:1", NOW)
    assert change.runs == ()
    assert change.jobs[0].next_at == SOON + timedelta(seconds=60)


def test_a_rehearsing_race_begins_anew_for_the_same_instant_and_claims_nothing_twice() -> None:
    """The very decisions of the end and of the scheduler."""
    job = a_job(status=Status.RUNNING, kind="auto_booking", recurrence=Once(at=NOW + timedelta(minutes=9)))
    run = a_run(scheduled_at=NOW + timedelta(minutes=9))
    change = edited(job, run, replace(edition_of(job), config={"hours": [19]}), "qq:1", NOW)
    then, leaving = after(change, job, run)
    assert leaving is not None
    over = endings.ended(
        then, leaving, Exit(code=1), NOW + SECOND, conduct=Conduct(), chance=0, next_run_id=RunId("r2"), log=[]
    )
    assert over.occurrences == ()
    assert over.runs[1].scheduled_at == run.scheduled_at
    assert over.jobs[0].status is Status.PENDING


def test_a_race_for_another_day_leaves_its_instant_and_the_new_one_can_be_claimed() -> None:
    lead = Conduct(lead_seconds=660)
    old, new = NOW + timedelta(minutes=9), NOW + timedelta(days=1)
    job, run = a_job(status=Status.RUNNING, kind="auto_booking", recurrence=Once(at=old)), a_run(scheduled_at=old)
    change = edited(job, run, replace(edition_of(job), recurrence=Once(at=new)), "qq:1", NOW)
    then, leaving = after(change, job, run)
    assert leaving is not None
    assert leaving.desired is Desired.MOVED
    over = endings.ended(
        then, leaving, Exit(code=1), NOW + SECOND, conduct=lead, chance=0, next_run_id=RunId("r2"), log=[]
    )
    (skipped,) = over.occurrences
    assert (skipped.scheduled_at, skipped.status, skipped.reason) == (old, OccurrenceStatus.SKIPPED, "到点前被中止")
    waiting = over.jobs[0]
    assert (waiting.status, waiting.next_at) == (Status.PENDING, new)
    fired = came_due(waiting, Situation(open_run=None), RunId("r3"), new - lead.lead, lead)
    assert fired is not None
    assert [claim.scheduled_at for claim in fired.claims] == [new]
    # Taken back before it comes: the skipped instant may be claimed again.
    back, _ = after(
        undone(noted(remembering(change, job, run, MING)), waiting, None, RunId("r4"), MING, NOW + 2 * SECOND),
        waiting,
        None,
    )
    assert back.next_at == old


def test_paused_stays_paused_and_ended_stays_ended() -> None:
    for status in (Status.PAUSED, *ENDED):
        job = a_job(status=status, recurrence=DAILY, next_at=LATER if status is Status.PAUSED else None)
        change = edited(job, None, replace(edition_of(job), recurrence=Every(seconds=600, anchor=NOW)), "qq:1", NOW)
        assert change.jobs[0].status is status
        assert (change.jobs[0].next_at is None) == (status in ENDED)
        assert change.runs == ()


def test_a_routines_lock_goes_with_its_account_and_its_interval_counts_from_its_last_end() -> None:
    ended_at = NOW - timedelta(minutes=10)
    job = a_job(kind="routine", recurrence=Every(seconds=3600), next_at=ended_at + timedelta(hours=1), lock="routine/a")
    change = edited(job, None, replace(edition_of(job), recurrence=Every(seconds=1800), lock="routine/b"), "qq:1", NOW)
    assert change.jobs[0].next_at == ended_at + timedelta(minutes=30)
    assert change.jobs[0].lock == "routine/b"
    soon = edited(job, None, replace(edition_of(job), recurrence=Every(seconds=300)), "qq:1", NOW)
    assert soon.jobs[0].next_at == NOW
    queued = edited(
        job, a_run(status=RunStatus.QUEUED, lock="routine/a"), replace(edition_of(job), lock="routine/b"), "qq:1", NOW
    )
    assert queued.runs[0].lock == "routine/b"


def test_nothing_new_and_a_time_that_is_over_are_refused() -> None:
    with pytest.raises(Refusal, match="本来就是这样"):
        edited(a_job(), None, edition_of(a_job()), "qq:1", NOW)
    once = a_job(recurrence=Once(at=LATER), next_at=LATER)
    with pytest.raises(Refusal, match="已经过去"):
        edited(once, None, replace(edition_of(once), recurrence=Once(at=NOW - SECOND)), "qq:1", NOW)


def test_the_telling_survives_its_way_through_an_event() -> None:
    job = a_job(telling=Telling(target=Chat(self_id="1", type="private", peer_id="20001"), mentions_owner=True))
    change = remembering(
        edited(job, None, replace(edition_of(job), telling=Telling()), MING.label, NOW), job, None, MING
    )
    then = change.jobs[0]
    back, _ = after(undone(noted(change), then, None, RunId("r2"), MING, NOW), then, None)
    assert back.telling == job.telling


def test_what_was_changed_since_is_not_overwritten() -> None:
    job = a_job(config={"a": 1})
    change = remembering(edited(job, None, replace(edition_of(job), config={"a": 2}), MING.label, NOW), job, None, MING)
    another = replace(change.jobs[0], config={"a": 3})
    with pytest.raises(Refusal, match="又被改过"):
        undone(noted(change), another, None, RunId("r2"), MING, NOW)


def test_a_job_that_was_started_again_needs_no_undoing() -> None:
    job = a_job(status=Status.RUNNING)
    _, event = act("stop", job, a_run())
    with pytest.raises(Refusal, match="不用撤销"):
        undone(event, replace(job, status=Status.RUNNING), a_run(id=RunId("r2")), RunId("r3"), MING, NOW)


def test_a_single_instant_that_has_passed_meanwhile() -> None:
    job = a_job(recurrence=Once(at=SOON), next_at=SOON)
    change, stop = act("stop", job, None)
    with pytest.raises(Refusal, match="已经过去"):
        undone(stop, change.jobs[0], None, RunId("r2"), MING, SOON + SECOND)
    change, delete = act("delete", job, None)
    back = undone(delete, change.jobs[0], None, RunId("r2"), MING, SOON + SECOND).jobs[0]
    assert (back.deleted_at, back.status) == (None, Status.COMPLETED)


def an_act(id: int, **fields: Any) -> Event:
    data = {"before": {"status": "pending"}, "place": CHAT.place}
    return Event(**{"id": id, "job_id": a_job().id, "type": "job.stopped", "at": NOW, "data": data, **fields})


def test_the_last_act_is_taken_back_first_and_none_twice_or_late() -> None:
    events, place, job_id = [an_act(2), an_act(1)], CHAT.place, a_job().id
    second = an_act(3, type=UNDONE, data={"event": 2})
    first = an_act(4, type=UNDONE, data={"event": 1})

    def found(events: list[Event], at: timedelta = timedelta(0), **which: Any) -> int | None:
        event = last_act(events, NOW + at, **{"place": place, "job_id": None, **which})
        return event.id if event else None

    assert found(events) == 2
    assert found([second, *events]) == 1
    assert found([first, second, *events]) is None
    assert found(events, WITHIN + SECOND) is None
    assert found(events, place="elsewhere") is None
    assert found(events, place="elsewhere", job_id=job_id) == 2
    assert found([an_act(5, data={})]) is None, "a cleaning's deletion says nothing of before"
    assert acted_on(events, NOW) == [a_job().id]


def test_stopping_twice_is_one_act() -> None:
    job, run = a_job(status=Status.RUNNING), a_run(desired=Desired.STOPPED)
    change = remembering(decisions.stopped(job, run, MING.label, NOW), job, run, MING)
    assert "before" not in change.events[-1].data


def test_an_edit_is_an_event_of_its_own() -> None:
    wanted = Edition(name="b", config={})
    assert edited(a_job(), None, wanted, "qq:1", NOW).events[0].type == EDITED
    with pytest.raises(Refusal, match="正在删除"):
        edited(a_job(), a_run(desired=Desired.DELETED), wanted, "qq:1", NOW)


def test_a_stopped_pause_is_a_pause_again() -> None:
    job = pausing.paused(a_job(recurrence=DAILY, next_at=LATER), None, "qq:1", NOW).jobs[0]
    change, event = act("stop", job, None)
    back = undone(event, change.jobs[0], None, RunId("r2"), MING, NOW).jobs[0]
    assert (back.status, back.next_at) == (Status.PAUSED, LATER)
