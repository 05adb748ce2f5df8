"""The clock was set back, and a job was begun anew in the time that comes again: what was decided stays so, and of
what was not, nothing is passed over unsaid."""

from datetime import timedelta

from lives_site import DAILY, NOW, a_job

from jobs.models.job import Status
from jobs.models.occasions import decided_before, waits_anew
from jobs.models.recurrence import Bounds, Every, Window, next_after

HOURLY = Every(seconds=3600, anchor=NOW)


def test_only_the_decided_instant_is_passed_over_though_the_next_has_passed_as_well() -> None:
    job = a_job(recurrence=HOURLY, next_at=NOW)
    (after,) = decided_before(job, NOW + timedelta(hours=5)).jobs
    assert (after.status, after.next_at) == (Status.PENDING, NOW + timedelta(hours=1))


def test_a_rhythm_that_follows_its_runs_goes_on_when_the_opening_it_waits_for_was_decided() -> None:
    opening = NOW.replace(hour=0)  # 8 o'clock in Shanghai
    rhythm = Every(seconds=1800, anchor=None, bounds=Bounds(window=Window(first=8, last=22)))
    (after,) = decided_before(a_job(recurrence=rhythm, next_at=opening), opening).jobs
    assert (after.status, after.next_at) == (Status.PENDING, next_after(rhythm, opening))


def test_what_lies_ahead_and_was_decided_is_passed_over_too() -> None:
    ahead = NOW + timedelta(seconds=30)
    (after,) = decided_before(a_job(recurrence=DAILY, next_at=ahead), NOW).jobs
    assert after.next_at == next_after(DAILY, ahead)


def test_instants_that_were_missed_by_a_clock_that_was_wrong_are_waited_for_again() -> None:
    ahead = NOW + timedelta(hours=1)
    (job,) = waits_anew(a_job(recurrence=DAILY, next_at=ahead + timedelta(days=2)), NOW).jobs
    assert job.next_at == ahead
    (routine,) = waits_anew(a_job(recurrence=Every(seconds=60), next_at=NOW + timedelta(hours=2)), NOW).jobs
    assert routine.next_at == NOW + timedelta(seconds=60)


def test_what_is_next_by_the_right_clock_too_or_was_shifted_stays() -> None:
    ahead = NOW + timedelta(hours=1)
    assert waits_anew(a_job(recurrence=DAILY, next_at=ahead), NOW).jobs == ()
    later = ahead + timedelta(hours=2)
    assert waits_anew(a_job(recurrence=DAILY, next_at=later, served_until=ahead), NOW).jobs == ()
