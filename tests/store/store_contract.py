"""What every store must do, whatever engine is behind it: subclass and give the fixture `store`."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from store_examples import AT, GROUP, MINUTE, OTHER_GROUP, PERSON, a_job, a_notification, a_run

from jobs.models.change import Change, Event, Fence, Inbound, Occurrence, OccurrenceStatus
from jobs.models.ids import Epoch, JobId, JobNumber, RunId, UserId
from jobs.models.job import Job, Status
from jobs.models.queue import Share, Waiting
from jobs.models.recurrence import Once, Weekly
from jobs.models.run import Condemned, Desired, Exit, Identity, Outcome, Run, RunStatus
from jobs.models.watching import Beat
from jobs.ports.store import Awaiting, Conflict, DuplicateInbound, Fenced, Living, Progress, Store


def stored(store: Store, job: Job) -> Job:
    store.apply(Change(jobs=(job,)))
    found = store.jobs.get(job.id)
    assert found is not None
    return found


def keys_due(store: Store, at: datetime = AT, limit: int = 9) -> list[str]:
    return [delivery.notification.dedupe_key for delivery in store.deliveries.due(at, limit)]


class JobsContract:
    @pytest.mark.parametrize(
        "recurrence",
        [
            None,
            Once(at=AT),
            Weekly(time=time(12, 0, 5)),
            Weekly(time=time(7), days=frozenset({0, 2}), zone="Asia/Tokyo"),
        ],
    )
    def test_a_job_comes_back_as_it_was_stored(self, store: Store, recurrence: Once | Weekly | None) -> None:
        job = a_job(
            recurrence=recurrence,
            next_at=datetime(2099, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
            last_result="空 3 场 \N{BADMINTON RACQUET AND SHUTTLECOCK}",
            reason="[CQ:at,qq=all] ' \" ; --",
        )
        assert stored(store, job) == replace(job, number=JobNumber(1), version=1)

    def test_an_instant_in_another_zone_is_the_same_instant(self, store: Store) -> None:
        local = AT.astimezone(ZoneInfo("Asia/Shanghai"))
        assert stored(store, a_job(created_at=local)).created_at == AT

    def test_an_instant_without_a_zone_is_a_defect_and_nothing_is_written(self, store: Store) -> None:
        job = a_job(next_at=AT.replace(tzinfo=None))
        with pytest.raises(TypeError):
            store.apply(Change(jobs=(a_job(), job)))
        assert store.jobs.count() == 0

    def test_numbers_count_up_and_are_never_used_again(self, store: Store) -> None:
        first, second = stored(store, a_job()), stored(store, a_job())
        store.apply(Change(jobs=(replace(second, deleted_at=AT),)))
        third = stored(store, a_job())
        assert [first.number, second.number, third.number] == [1, 2, 3]
        assert store.jobs.numbered(JobNumber(2)) is None
        assert store.jobs.numbered(JobNumber(3)) == third
        assert store.jobs.numbered(JobNumber(10**30)) is None

    def test_an_imported_job_keeps_its_number_unless_it_is_taken(self, store: Store) -> None:
        kept = stored(store, a_job(number=JobNumber(7)))
        moved = stored(store, a_job(number=JobNumber(7)))
        assert (kept.number, moved.number) == (7, 8)

    def test_a_new_job_with_a_known_id_is_a_conflict(self, store: Store) -> None:
        job = stored(store, a_job())
        store.apply(Change(jobs=(replace(job, deleted_at=AT),)))
        with pytest.raises(Conflict):
            store.apply(Change(jobs=(a_job(id=job.id),)))

    def test_a_stale_version_is_a_conflict_and_nothing_of_the_change_is_written(self, store: Store) -> None:
        job, other = stored(store, a_job()), a_job()
        store.apply(Change(jobs=(replace(job, name="一"),)))
        event = Event(job_id=job.id, type="renamed", at=AT)
        with pytest.raises(Conflict):
            store.apply(Change(jobs=(other, replace(job, name="二")), events=(event,)))
        assert store.jobs.get(other.id) is None
        assert store.history.last_id() == 0
        current = store.jobs.get(job.id)
        assert current is not None
        assert (current.name, current.version) == ("一", 2)

    def test_every_field_can_be_replaced_but_the_number(self, store: Store) -> None:
        job = stored(store, a_job())
        changed = replace(
            job,
            kind="schedule",
            name="新",
            status=Status.FAILED,
            config={},
            recurrence=Once(at=AT),
            owner=None,
            origin=None,
            created_at=AT + MINUTE,
            updated_at=AT + MINUTE,
            next_at=AT,
            last_result="a",
            reason="b",
        )
        store.apply(Change(jobs=(changed,)))
        assert store.jobs.get(job.id) == replace(changed, version=2)

    def test_a_job_nobody_stored_cannot_be_replaced(self, store: Store) -> None:
        with pytest.raises(Conflict):
            store.apply(Change(jobs=(a_job(version=3),)))

    def test_a_version_from_the_future_is_a_conflict(self, store: Store) -> None:
        job = stored(store, a_job())
        with pytest.raises(Conflict):
            store.apply(Change(jobs=(replace(job, name="二", version=2),)))
        assert store.jobs.get(job.id) == job

    def test_a_deleted_job_is_invisible_and_so_are_its_memory_and_progress(self, store: Store) -> None:
        job = stored(store, a_job(next_at=AT))
        run = a_run(job)
        store.apply(Change(runs=(run,), memory=(job.id, {"told": ["x"]})))
        store.progress(Fence(run_id=run.id, epoch=run.epoch), Progress(at=AT))
        ended = replace(run, status=RunStatus.ENDED, version=1)
        store.apply(Change(jobs=(replace(job, deleted_at=AT),), runs=(ended,)))
        assert store.jobs.get(job.id) is None
        assert store.jobs.named(job.name, 9) == store.jobs.select() == store.jobs.awaiting(AT + MINUTE) == []
        assert store.jobs.with_id_prefix(job.id, 9) == []
        assert store.jobs.count() == 0
        assert store.jobs.memory(job.id) == {}
        assert store.runs.progress_of([job.id]) == {}

    def test_an_id_prefix_is_taken_literally(self, store: Store) -> None:
        for job_id in ("ab_1", "abc1", "abc2", "abz9", "b"):
            stored(store, a_job(id=JobId(job_id)))
        assert [job.id for job in store.jobs.with_id_prefix("ab", 9)] == ["ab_1", "abc1", "abc2", "abz9"]
        assert [job.id for job in store.jobs.with_id_prefix("ab_", 9)] == ["ab_1"]
        assert [job.id for job in store.jobs.with_id_prefix("abc", 1)] == ["abc1"]
        assert store.jobs.with_id_prefix("%", 9) == store.jobs.with_id_prefix("", 9) == []

    def test_a_selection_holds_every_filter_pages_and_is_counted(self, store: Store) -> None:
        wanted = [
            stored(store, a_job(owner=UserId("1"), status=status))
            for status in (Status.RUNNING, Status.PENDING, Status.RUNNING)
        ]
        stored(store, a_job(owner=UserId("2"), status=Status.RUNNING))
        stored(store, a_job(owner=UserId("1"), status=Status.STOPPED))
        stored(store, a_job(owner=UserId("1"), status=Status.RUNNING, kind="schedule"))
        stored(store, a_job(owner=UserId("1"), status=Status.RUNNING, origin=OTHER_GROUP))
        statuses = [Status.PENDING, Status.RUNNING, Status.RUNNING]
        filters = {"owner": UserId("1"), "origin": GROUP, "statuses": statuses, "kind": "monitor"}
        assert store.jobs.select(**filters) == wanted
        assert store.jobs.count(**filters) == 3
        assert store.jobs.select(**filters, limit=1, offset=1) == wanted[1:2]
        assert [job.number for job in store.jobs.select(statuses=statuses)] == [1, 2, 3, 4, 6, 7]
        assert [job.number for job in store.jobs.select(limit=2, offset=5)] == [6, 7]
        assert store.jobs.count() == 7
        assert store.jobs.count(origin=OTHER_GROUP) == 1

    def test_only_jobs_with_an_instant_that_have_not_ended_are_awaited_soonest_first(self, store: Store) -> None:
        late = stored(store, a_job(next_at=AT + MINUTE))
        soon = stored(store, a_job(next_at=AT, status=Status.RUNNING))
        paused = stored(store, a_job(next_at=AT, status=Status.PAUSED))
        stored(store, a_job())
        stored(store, a_job(next_at=AT, status=Status.STOPPED))
        assert [one.job_id for one in store.jobs.awaiting(AT + MINUTE)] == [soon.id, paused.id, late.id]
        assert store.jobs.awaiting(AT) == [
            Awaiting(job_id=job.id, kind=job.kind, status=job.status, next_at=AT) for job in (soon, paused)
        ]

    def test_only_ended_jobs_unchanged_since_an_instant_are_old(self, store: Store) -> None:
        old = [stored(store, a_job(status=status)) for status in (Status.STOPPED, Status.FAILED, Status.COMPLETED)]
        stored(store, a_job(status=Status.STOPPED, updated_at=AT + MINUTE))
        stored(store, a_job(status=Status.PAUSED))
        assert store.jobs.ended_before(AT + MINUTE) == old
        assert store.jobs.ended_before(AT) == []


class RunsContract:
    def test_a_run_comes_back_as_it_was_stored_and_replaced(self, store: Store) -> None:
        job = stored(store, a_job())
        run = a_run(job, status=RunStatus.QUEUED, epoch=Epoch(0), scheduled_at=AT)
        store.apply(Change(runs=(run,)))
        assert store.runs.get(run.id) == replace(run, version=1)
        ended = Run(
            id=run.id,
            job_id=job.id,
            status=RunStatus.ENDED,
            desired=Desired.RESTARTED,
            node="other",
            epoch=Epoch(4),
            scheduled_at=AT,
            requested_at=AT,
            started_at=AT,
            stop_requested_at=AT + MINUTE,
            ended_at=AT + 2 * MINUTE,
            worker=Identity(boot_id="b", pid=123, start=456),
            exit=Exit(signal=9),
            outcome=Outcome(done=False, sentence="登录失效"),
            condemned=Condemned(sentence="没有进展", again=True),
            not_before_at=AT,
            restarts=7,
            restarted_at=(AT, AT + MINUTE),
            version=1,
        )
        store.apply(Change(runs=(ended,)))
        assert store.runs.get(run.id) == replace(ended, version=2)
        with pytest.raises(Conflict):
            store.apply(Change(runs=(ended,)))

    def test_a_job_has_one_open_run_at_most(self, store: Store) -> None:
        job = stored(store, a_job())
        run = a_run(job)
        store.apply(Change(runs=(run,)))
        with pytest.raises(Conflict):
            store.apply(Change(runs=(a_run(job),)))
        assert store.runs.open_of(job.id) == replace(run, version=1)

    def test_a_run_may_end_and_its_successor_begin_in_one_change(self, store: Store) -> None:
        job = stored(store, a_job())
        run, successor = a_run(job), a_run(job, requested_at=AT + MINUTE)
        store.apply(Change(runs=(run,)))
        store.apply(Change(runs=(successor, replace(run, status=RunStatus.ENDED, version=1))))
        assert store.runs.open_of(job.id) == store.runs.last_of(job.id) == replace(successor, version=1)

    def test_a_run_of_an_unknown_job_is_a_conflict(self, store: Store) -> None:
        with pytest.raises(Conflict):
            store.apply(Change(runs=(a_run(a_job()),)))

    def test_open_runs_are_listed_oldest_request_first(self, store: Store) -> None:
        late, soon, over = (stored(store, a_job()) for _ in range(3))
        store.apply(
            Change(
                runs=(
                    a_run(late, requested_at=AT + MINUTE),
                    a_run(soon),
                    a_run(over, status=RunStatus.ENDED, requested_at=AT - MINUTE),
                )
            )
        )
        assert [run.job_id for run in store.runs.all_open()] == [soon.id, late.id]

    def test_only_runs_that_want_something_done_are_unsettled(self, store: Store) -> None:
        states: list[dict[str, Any]] = [
            {"status": RunStatus.LIVE},
            {"status": RunStatus.ENDED, "desired": Desired.STOPPED},
            {"status": RunStatus.QUEUED},
            {"status": RunStatus.STARTING},
            {"status": RunStatus.LIVE, "desired": Desired.STOPPED},
            {"status": RunStatus.LIVE, "condemned": Condemned(sentence="没有进展", again=True)},
        ]
        runs = [a_run(stored(store, a_job()), requested_at=AT - n * MINUTE, **state) for n, state in enumerate(states)]
        store.apply(Change(runs=tuple(runs)))
        assert [run.id for run in store.runs.unsettled()] == [run.id for run in runs[:1:-1]]

    def test_queued_runs_wait_with_their_owner_oldest_request_first(self, store: Store) -> None:
        mine, ours, live = stored(store, a_job()), stored(store, a_job(owner=None)), stored(store, a_job())
        second = a_run(mine, status=RunStatus.QUEUED, requested_at=AT + MINUTE, not_before_at=AT + 2 * MINUTE)
        first = a_run(ours, status=RunStatus.QUEUED)
        store.apply(Change(runs=(second, first, a_run(live))))
        assert store.runs.waiting() == [
            Waiting(run_id=first.id, owner=None, requested_at=AT),
            Waiting(run_id=second.id, owner=UserId("42"), requested_at=AT + MINUTE, not_before_at=AT + 2 * MINUTE),
        ]

    def test_the_living_are_those_with_a_process_that_nobody_wants_ended_and_their_last_beat(
        self, store: Store
    ) -> None:
        worker = Identity(boot_id="boot", pid=4321, start=77)
        why = Condemned(sentence="没有进展", again=True)
        fates: list[dict[str, Any]] = [
            {"desired": Desired.STOPPED},
            {"condemned": why},
            {"status": RunStatus.ENDED},
            {"status": RunStatus.STARTING},
        ]
        talks, silent = (a_run(stored(store, a_job()), worker=worker) for _ in range(2))
        others = [a_run(stored(store, a_job()), **{"worker": worker, **fate}) for fate in fates]
        store.apply(Change(runs=(talks, silent, *others)))
        fence = Fence(run_id=talks.id, epoch=talks.epoch)
        store.progress(fence, Progress(at=AT, sentence="空场 1 个", next_check_at=AT + MINUTE, checks=3))
        beat = Beat(at=AT, next_check_at=AT + MINUTE, checks=3)
        assert {one.run_id: one for one in store.runs.living()} == {
            talks.id: Living(run_id=talks.id, job_id=talks.job_id, worker=worker, beat=beat),
            silent.id: Living(run_id=silent.id, job_id=silent.job_id, worker=worker, beat=None),
        }

    def test_of_the_runs_with_one_lock_only_one_may_be_active(self, store: Store) -> None:
        first, second = (a_run(stored(store, a_job()), lock="account", status=RunStatus.QUEUED) for _ in range(2))
        store.apply(Change(runs=(first, second)))
        assert store.runs.locks_held() == set()
        store.apply(Change(runs=(replace(first, status=RunStatus.STARTING, version=1),)))
        assert store.runs.locks_held() == {"account"}
        with pytest.raises(Conflict):
            store.apply(Change(runs=(replace(second, status=RunStatus.STARTING, version=1),)))
        store.apply(Change(runs=(replace(first, status=RunStatus.ENDED, version=2),)))
        store.apply(Change(runs=(replace(second, status=RunStatus.STARTING, version=1),)))

    def test_shares_count_what_is_active_and_remember_who_was_served_since(self, store: Store) -> None:
        statuses = (RunStatus.LIVE, RunStatus.STARTING, RunStatus.QUEUED, RunStatus.ENDED)
        mine = [a_run(stored(store, a_job()), status=status) for status in statuses]
        before = a_run(stored(store, a_job(owner=None)), started_at=AT - MINUTE)
        over = a_run(stored(store, a_job(owner=UserId("7"))), status=RunStatus.ENDED, started_at=AT)
        long_over = a_run(stored(store, a_job(owner=UserId("8"))), status=RunStatus.ENDED, started_at=AT - MINUTE)
        store.apply(Change(runs=(*mine, before, over, long_over)))
        assert store.runs.shares(since=AT) == {
            UserId("42"): Share(active=2),
            None: Share(active=1),
            UserId("7"): Share(served_at=AT),
        }

    def test_a_run_that_ended_or_was_never_stored_is_over_and_so_is_a_job_without_an_open_one_idle(
        self, store: Store
    ) -> None:
        runs = [a_run(stored(store, a_job()), status=status) for status in RunStatus]
        store.apply(Change(runs=tuple(runs)))
        assert [run.status for run in runs if store.runs.is_over(run.id)] == [RunStatus.ENDED]
        assert [run.status for run in runs if store.runs.is_idle(run.job_id)] == [RunStatus.ENDED]
        assert store.runs.is_over(RunId("0" * 32))
        assert store.runs.is_idle(JobId("nobody"))

    def test_the_next_epoch_is_above_every_epoch_of_the_job(self, store: Store) -> None:
        job, other = stored(store, a_job()), stored(store, a_job())
        assert store.next_epoch(job.id) == 1
        store.apply(Change(runs=(a_run(job, status=RunStatus.ENDED, epoch=Epoch(6)), a_run(other, epoch=Epoch(9)))))
        store.apply(Change(runs=(a_run(job, status=RunStatus.ENDED, epoch=Epoch(2)),)))
        assert store.next_epoch(job.id) == 7

    def test_progress_is_that_of_the_latest_run(self, store: Store) -> None:
        job, quiet = stored(store, a_job()), stored(store, a_job())
        run = a_run(job)
        fence = Fence(run_id=run.id, epoch=run.epoch)
        store.apply(Change(runs=(run, a_run(quiet))))
        store.progress(fence, Progress(at=AT, sentence="第一次", checks=1))
        latest = Progress(at=AT, sentence="第二次", next_check_at=AT + MINUTE, checks=2)
        store.progress(fence, latest)
        assert store.runs.progress_of([job.id, quiet.id, JobId("nobody")]) == {job.id: latest}
        store.apply(
            Change(
                runs=(replace(run, status=RunStatus.ENDED, version=1), a_run(job, requested_at=AT + MINUTE)),
            )
        )
        assert store.runs.progress_of([job.id]) == {}

    def test_only_the_open_run_of_the_right_epoch_may_write(self, store: Store) -> None:
        job = stored(store, a_job())
        run = a_run(job, epoch=Epoch(3))
        store.apply(Change(runs=(run,)))
        event = Event(job_id=job.id, run_id=run.id, type="noted", at=AT)
        right = Fence(run_id=run.id, epoch=Epoch(3))
        wrong = [Fence(run_id=run.id, epoch=Epoch(2)), Fence(run_id=RunId("0" * 32), epoch=Epoch(3))]
        for fence in wrong:
            with pytest.raises(Fenced):
                store.apply(Change(events=(event,), fence=fence))
            with pytest.raises(Fenced):
                store.progress(fence, Progress(at=AT))
        store.apply(Change(events=(event,), memory=(job.id, {"a": 1}), fence=right))
        store.apply(Change(runs=(replace(run, status=RunStatus.ENDED, version=1),)))
        with pytest.raises(Fenced):
            store.apply(Change(memory=(job.id, {"a": 2}), fence=right))
        with pytest.raises(Fenced):
            store.progress(right, Progress(at=AT))
        assert store.jobs.memory(job.id) == {"a": 1}
        assert store.history.last_id() == 1


class HistoryContract:
    def test_events_are_numbered_in_order_and_come_back_whole(self, store: Store) -> None:
        job, other = stored(store, a_job()), stored(store, a_job())
        first = Event(job_id=job.id, type="created", at=AT, actor="qq:42", data={"深": {"x": [1, None, 2.5]}})
        second = Event(job_id=other.id, type="created", at=AT)
        third = Event(job_id=job.id, type="started", at=AT, run_id=RunId("r"))
        store.apply(Change(events=(first, second)))
        store.apply(Change(events=(third,)))
        numbered = [replace(event, id=index) for index, event in enumerate((first, second, third), 1)]
        assert store.history.after(0, 9) == numbered
        assert store.history.after(1, 1) == numbered[1:2]
        assert store.history.last_id() == 3
        assert store.history.of_job(job.id, 9) == [numbered[2], numbered[0]]

    def test_an_occurrence_is_claimed_once_and_may_then_be_replaced(self, store: Store) -> None:
        job = stored(store, a_job())
        claim = Occurrence(job_id=job.id, scheduled_at=AT, status=OccurrenceStatus.RUNNING)
        later = Occurrence(
            job_id=job.id, scheduled_at=AT + MINUTE, status=OccurrenceStatus.MISSED, run_id=RunId("r"), reason="停机"
        )
        store.apply(Change(claims=(claim,), occurrences=(later,)))
        with pytest.raises(Conflict):
            store.apply(Change(claims=(claim,), jobs=(a_job(),)))
        done = replace(claim, status=OccurrenceStatus.DONE)
        store.apply(Change(occurrences=(done,)))
        assert store.history.occurrences(job.id, 9) == [later, done]
        assert store.history.occurrences(job.id, 1) == [later]
        assert store.jobs.count() == 1

    def test_an_occurrence_never_goes_back_and_keeps_how_late_it_was(self, store: Store) -> None:
        job = stored(store, a_job())
        running = Occurrence(job_id=job.id, scheduled_at=AT, status=OccurrenceStatus.RUNNING, late_seconds=0.00025)
        store.apply(Change(occurrences=(running,)))
        for status in (OccurrenceStatus.DUE, OccurrenceStatus.ARMED):
            store.apply(Change(occurrences=(replace(running, status=status, late_seconds=9.0),)))
            assert store.history.occurrences(job.id, 9) == [running]
        store.apply(Change(occurrences=(replace(running, status=OccurrenceStatus.FAILED, late_seconds=None),)))
        assert store.history.occurrences(job.id, 9) == [replace(running, status=OccurrenceStatus.FAILED)]

    def test_only_an_instant_that_nobody_ran_may_be_claimed_again_and_only_for_a_run(self, store: Store) -> None:
        job = stored(store, a_job())
        skipped = Occurrence(job_id=job.id, scheduled_at=AT, status=OccurrenceStatus.SKIPPED, reason="任务已暂停")
        due = replace(skipped, status=OccurrenceStatus.DUE, run_id=RunId("r"), reason="")
        store.apply(Change(claims=(skipped,)))
        for again in (skipped, replace(skipped, status=OccurrenceStatus.MISSED)):
            with pytest.raises(Conflict):
                store.apply(Change(claims=(again,)))
        store.apply(Change(claims=(due,)))
        assert store.history.occurrences(job.id, 9) == [due]
        for status in OccurrenceStatus:
            if status not in (OccurrenceStatus.SKIPPED, OccurrenceStatus.MISSED):
                with pytest.raises(Conflict):
                    store.apply(Change(claims=(due,)))
                store.apply(Change(occurrences=(replace(due, status=status),)))

    def test_an_occurrence_that_is_due_without_a_run_waits(self, store: Store) -> None:
        job, other = stored(store, a_job()), stored(store, a_job())
        late = Occurrence(job_id=job.id, scheduled_at=AT + MINUTE, status=OccurrenceStatus.DUE)
        soon = Occurrence(job_id=other.id, scheduled_at=AT, status=OccurrenceStatus.DUE)
        taken = Occurrence(job_id=job.id, scheduled_at=AT, status=OccurrenceStatus.DUE, run_id=RunId("r"))
        store.apply(Change(claims=(late, soon, taken)))
        assert store.history.waiting() == [soon, late]


class DeliveriesContract:
    def test_a_notification_is_told_once_however_often_it_is_written(self, store: Store) -> None:
        job = stored(store, a_job())
        store.apply(Change(notifications=(a_notification(job, "k"), a_notification(job, "k"))))
        (first,) = store.deliveries.due(AT, 9)
        assert first.notification == a_notification(job, "k")
        store.deliveries.done([first.id], "77", AT)
        store.apply(Change(notifications=(a_notification(job, "k"), a_notification(job, "l"))))
        assert keys_due(store) == ["l"]

    def test_one_that_a_reply_may_say_waits_and_is_not_sent_where_a_reply_has_said_it(self, store: Store) -> None:
        job = stored(store, a_job())
        waiting = tuple(replace(a_notification(job, key), not_before=AT + MINUTE) for key in ("a", "b"))
        store.apply(Change(notifications=waiting))
        assert keys_due(store) == []
        store.deliveries.said([waiting[0].dedupe_key], AT)
        (late,) = store.deliveries.due(AT + MINUTE, 9)
        assert late.notification.dedupe_key == waiting[1].dedupe_key
        store.deliveries.begin([late.id], AT + MINUTE)
        store.deliveries.said([waiting[1].dedupe_key], AT + MINUTE)
        assert store.deliveries.due(AT + MINUTE, 9), "what has begun is not unsaid"

    def test_only_the_oldest_open_one_of_each_target_is_due_oldest_first(self, store: Store) -> None:
        job = stored(store, a_job())
        written = [("a", GROUP), ("b", GROUP), ("c", OTHER_GROUP), ("d", GROUP), ("e", PERSON), ("f", OTHER_GROUP)]
        store.apply(Change(notifications=tuple(a_notification(job, key, target) for key, target in written)))
        assert keys_due(store) == ["a", "c", "e"]
        assert keys_due(store, limit=2) == ["a", "c"]
        first, second, _ = store.deliveries.due(AT, 9)
        store.deliveries.done([first.id], None, AT)
        store.deliveries.failed([second.id], None, "被拒", uncertain=False)
        assert keys_due(store) == ["b", "e", "f"]

    def test_a_chat_with_many_waiting_crowds_out_no_other(self, store: Store) -> None:
        job = stored(store, a_job())
        many = tuple(a_notification(job, f"many {n}") for n in range(100))
        store.apply(Change(notifications=(*many, a_notification(job, "one", OTHER_GROUP))))
        assert keys_due(store, limit=2) == ["many 0", "one"]

    def test_what_was_written_after_one_that_waits_for_another_try_waits_too(self, store: Store) -> None:
        job = stored(store, a_job())
        store.apply(Change(notifications=(a_notification(job, "k"), a_notification(job, "l"))))
        (head,) = store.deliveries.due(AT, 9)
        store.deliveries.begin([head.id], AT)
        store.deliveries.failed([head.id], AT + MINUTE, "离线", uncertain=False)
        assert keys_due(store) == []
        assert keys_due(store, AT + MINUTE) == ["k"]
        store.deliveries.hasten()
        assert keys_due(store) == ["k"]

    def test_a_confirmed_send_links_the_message_to_the_job(self, store: Store) -> None:
        job = stored(store, a_job())
        store.apply(Change(notifications=(a_notification(job, "k"), a_notification(job, "l"))))
        for message_id in ("-77", None):
            (delivery,) = store.deliveries.due(AT, 9)
            store.deliveries.done([delivery.id], message_id, AT)
        assert store.conversations.linked("10001", "-77") == job.id
        assert store.deliveries.due(AT, 9) == []

    def test_a_failed_send_waits_for_its_next_try(self, store: Store) -> None:
        job = stored(store, a_job())
        store.apply(Change(notifications=(a_notification(job, "k"),)))
        (delivery,) = store.deliveries.due(AT, 9)
        store.deliveries.begin([delivery.id], AT)
        store.deliveries.failed([delivery.id], AT + MINUTE, "离线", uncertain=False)
        assert store.deliveries.due(AT + MINUTE - timedelta(microseconds=1), 9) == []
        (again,) = store.deliveries.due(AT + MINUTE, 9)
        assert (again.attempts, again.uncertain) == (1, 0)
        store.deliveries.begin([again.id], AT)
        store.deliveries.failed([again.id], AT, "超时", uncertain=True)
        (again,) = store.deliveries.due(AT, 9)
        assert (again.attempts, again.uncertain) == (2, 1)

    def test_a_send_that_was_given_up_is_never_due_again(self, store: Store) -> None:
        job = stored(store, a_job())
        store.apply(Change(notifications=(a_notification(job, "k"),)))
        (delivery,) = store.deliveries.due(AT, 9)
        store.deliveries.failed([delivery.id], None, "被拒", uncertain=False)
        store.deliveries.begin([delivery.id], AT)
        assert store.deliveries.due(AT + timedelta(days=999), 9) == []

    def test_a_send_that_never_ended_is_due_and_uncertain(self, store: Store) -> None:
        job = stored(store, a_job())
        store.apply(Change(notifications=(a_notification(job, "k"),)))
        (delivery,) = store.deliveries.due(AT, 9)
        store.deliveries.begin([delivery.id], AT)
        (again,) = store.deliveries.due(AT, 9)
        assert (again.id, again.attempts, again.uncertain) == (delivery.id, 1, 1)
        store.deliveries.begin([delivery.id], AT)
        store.deliveries.failed([delivery.id], AT, "离线", uncertain=False)
        (again,) = store.deliveries.due(AT, 9)
        assert (again.attempts, again.uncertain) == (2, 1)


class ConversationsContract:
    def test_a_message_is_noted_once(self, store: Store) -> None:
        message = Inbound(self_id="10001", message_id="-5", received_at=AT)
        assert store.conversations.note(message)
        assert not store.conversations.note(message)
        assert store.conversations.note(replace(message, self_id="10002"))

    def test_a_message_stays_noted_for_a_day(self, store: Store) -> None:
        message = Inbound(self_id="10001", message_id="5", received_at=AT)
        store.conversations.note(message)
        store.conversations.note(replace(message, message_id="6", received_at=AT + timedelta(days=1)))
        assert not store.conversations.note(message)

    def test_a_message_delivered_twice_acts_once(self, store: Store) -> None:
        message = Inbound(self_id="10001", message_id="5", received_at=AT)
        job = stored(store, a_job())
        store.apply(Change(jobs=(replace(job, name="一"),)).answering(message))
        with pytest.raises(DuplicateInbound):
            store.apply(Change(jobs=(replace(job, name="二"), a_job())).answering(message))
        assert not store.conversations.note(message)
        assert [job.name for job in store.jobs.select()] == ["一"]

    def test_a_change_that_fails_leaves_its_message_unanswered(self, store: Store) -> None:
        message = Inbound(self_id="10001", message_id="5", received_at=AT)
        with pytest.raises(Conflict):
            store.apply(Change(jobs=(a_job(version=1),)).answering(message))
        assert store.conversations.note(message)

    def test_a_link_is_replaced_by_a_later_one(self, store: Store) -> None:
        job, other = stored(store, a_job()), stored(store, a_job())
        assert store.conversations.linked("1", "2") is None
        store.conversations.link("1", "2", job.id)
        store.conversations.link("1", "2", other.id)
        assert store.conversations.linked("1", "2") == other.id
        assert store.conversations.linked("2", "2") is None

    def test_a_question_is_open_until_answered_replaced_or_expired(self, store: Store) -> None:
        store.conversations.ask("g/1", {"what": "场馆"}, AT)
        store.conversations.ask("g/1", {"what": "删除"}, AT + MINUTE)
        assert store.conversations.asked("g/1", AT) == {"what": "删除"}
        assert store.conversations.asked("g/1", AT + MINUTE) is None
        assert store.conversations.asked("g/2", AT) is None
        store.conversations.settle("g/1")
        assert store.conversations.asked("g/1", AT) is None


class MetaContract:
    def test_small_facts_are_kept_and_replaced(self, store: Store) -> None:
        assert store.meta("exits.offset") is None
        store.set_meta("exits.offset", "1")
        store.set_meta("exits.offset", "2")
        assert store.meta("exits.offset") == "2"

    def test_memory_is_empty_at_first_and_replaced_whole(self, store: Store) -> None:
        job = stored(store, a_job())
        assert store.jobs.memory(job.id) == {}
        store.apply(Change(memory=(job.id, {"a": 1, "b": 2})))
        store.apply(Change(memory=(job.id, {"a": 3})))
        assert store.jobs.memory(job.id) == {"a": 3}

    def test_the_data_version_tells_of_others_and_not_of_oneself(self, store: Store, other: Store) -> None:
        before = store.data_version()
        store.set_meta("a", "1")
        assert store.data_version() == before
        other.set_meta("a", "2")
        changed = store.data_version()
        assert changed != before
        assert store.data_version() == changed
        assert store.meta("a") == "2"


class StoreContract(
    JobsContract, RunsContract, HistoryContract, DeliveriesContract, ConversationsContract, MetaContract
):
    """All of it. Fixtures: `store`, an empty store; `other`, a second way into the same store."""
