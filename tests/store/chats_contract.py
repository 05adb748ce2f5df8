"""What every store must do for chats: lanes, acknowledgement, settings, sightings, and what can be regretted."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from msgspec.structs import replace
from store_contract import keys_due, stored
from store_examples import AT, GROUP, MINUTE, OTHER_GROUP, PERSON, a_booking, a_job, a_notification, a_run

from jobs.models.bookings import BookingState
from jobs.models.change import Change, Event, Fence, Notification, Occurrence, OccurrenceStatus
from jobs.models.chats import UNSAID, ChatSettings, QuietHours, group_place
from jobs.models.escalating import Arrival
from jobs.models.ids import JobId, UserId
from jobs.models.job import Job, Telling
from jobs.models.notices import ASKED, BOOKED, JOB_FAILED, ORDER_ENDED
from jobs.models.orders import OrderId
from jobs.models.people import PAGER, Chat
from jobs.models.run import UNSEEN_EXIT, Condemned, Desired, Exit, Outcome, RunStatus
from jobs.ports.rows import Delivery, Progress, Sighting, Tally
from jobs.ports.store import Conflict, Fenced, Store

DAY = timedelta(days=1)


def urgent(job: Job, key: str, target: Chat = GROUP, topic: str = BOOKED) -> Notification:
    return replace(a_notification(job, key, target), topic=topic, is_urgent=True)


def written(store: Store, *notifications: Notification) -> None:
    store.apply(Change(notifications=notifications))


def keys_of(deliveries: list[Delivery]) -> list[str]:
    return [delivery.notification.dedupe_key for delivery in deliveries]


def tell(store: Store, at: datetime, message_id: str | None = None) -> list[int]:
    """Everything that is due has arrived."""
    told: list[int] = []
    while due := store.deliveries.due(at, 9):
        ids = [delivery.id for delivery in due]
        store.deliveries.done(ids, message_id, at)
        told += ids
    return told


class LanesContract:
    def test_an_urgent_one_goes_before_and_beside_the_ordinary_ones_of_its_chat(self, store: Store) -> None:
        job = stored(store, a_job())
        written(store, *(a_notification(job, key) for key in ("a", "b")), urgent(job, "u"), urgent(job, "v"))
        written(store, urgent(job, "w", OTHER_GROUP))
        assert keys_due(store) == ["u", "w", "a"]
        assert keys_due(store, limit=1) == ["u"]
        lanes = store.deliveries.due(AT, 9)
        assert [delivery.notification.is_urgent for delivery in lanes] == [True, True, False]
        store.deliveries.failed([lanes[2].id], AT + MINUTE, "离线", uncertain=False)
        assert keys_due(store) == ["u", "w"], "an ordinary one that waits holds up no urgent one"
        store.deliveries.done([lanes[0].id], None, AT)
        assert keys_due(store) == ["v", "w"]

    def test_what_is_held_waits_counts_no_try_and_is_passed_by_what_is_written_later(self, store: Store) -> None:
        job = stored(store, a_job())
        written(store, a_notification(job, "a"), a_notification(job, "b"), urgent(job, "u"))
        ordinary = store.deliveries.due(AT, 9)[1]
        store.deliveries.hold([ordinary.id], AT + MINUTE)
        assert keys_due(store) == ["u", "b"]
        store.deliveries.hasten()
        assert keys_due(store) == ["u", "b"], "a chat that comes online has its quiet hours all the same"
        assert keys_due(store, AT + MINUTE) == ["u", "a"]
        assert store.deliveries.due(AT + MINUTE, 9)[1].attempts == 0
        store.deliveries.hold([ordinary.id], AT)
        assert keys_due(store) == ["u", "a"], "quiet hours may be taken back"

    def test_what_a_reply_may_say_is_not_hastened(self, store: Store) -> None:
        job = stored(store, a_job())
        written(store, replace(a_notification(job, "a"), not_before=AT + MINUTE))
        store.deliveries.hasten()
        assert keys_due(store) == []
        assert keys_due(store, AT + MINUTE) == ["a"]

    def test_those_behind_the_head_that_may_go_with_it_are_of_its_lane_and_fresh(self, store: Store) -> None:
        job = stored(store, a_job())
        written(store, *(a_notification(job, key) for key in "abcdef"), urgent(job, "u"))
        written(store, a_notification(job, "x", OTHER_GROUP))
        urgent_one, head, _ = store.deliveries.due(AT, 9)
        assert keys_of(store.deliveries.together(head, AT, 9)) == list("abcdef")
        assert keys_of(store.deliveries.together(head, AT, 3)) == list("abc")
        assert keys_of(store.deliveries.together(urgent_one, AT, 9)) == ["u"]
        whole = store.deliveries.together(head, AT, 9)
        store.deliveries.hold([whole[4].id], AT + MINUTE)
        assert keys_of(store.deliveries.together(head, AT, 9)) == list("abcdf")
        assert keys_of(store.deliveries.together(head, AT + MINUTE, 9)) == list("abcdef")
        store.deliveries.begin([whole[2].id], AT)
        assert keys_of(store.deliveries.together(head, AT, 9)) == list("ab")

    def test_a_head_that_is_done_takes_nothing_with_it(self, store: Store) -> None:
        job = stored(store, a_job())
        written(store, a_notification(job, "a"), a_notification(job, "b"))
        (head,) = store.deliveries.due(AT, 9)
        store.deliveries.said(["a"], AT)
        assert store.deliveries.together(head, AT, 9) == []

    def test_several_are_begun_failed_and_done_as_one(self, store: Store) -> None:
        job = stored(store, a_job())
        written(store, *(a_notification(job, key) for key in "abc"))
        ids = [one.id for one in store.deliveries.together(store.deliveries.due(AT, 9)[0], AT, 9)]
        store.deliveries.begin(ids, AT)
        store.deliveries.failed(ids, AT, "超时", uncertain=True)
        (head,) = store.deliveries.due(AT, 9)
        assert (head.attempts, head.uncertain) == (1, 1)
        written(store, a_notification(job, "d"))
        assert keys_of(store.deliveries.together(head, AT, 2)) == list("abc"), "it may have arrived: the same again"
        store.deliveries.begin(ids, AT)
        for one in ids:
            store.deliveries.failed([one], AT, "拒绝", uncertain=False)
        assert keys_of(store.deliveries.together(head, AT, 9)) == ["a"], "one of them may be what is refused"
        store.deliveries.done(ids, None, AT)
        assert keys_due(store) == ["d"]

    def test_what_a_crash_cut_short_is_repeated_as_one(self, store: Store) -> None:
        job = stored(store, a_job())
        written(store, *(a_notification(job, key) for key in "abcd"))
        (head,) = store.deliveries.due(AT, 9)
        store.deliveries.begin([one.id for one in store.deliveries.together(head, AT, 3)], AT)
        (head,) = store.deliveries.due(AT, 9)
        again = store.deliveries.together(head, AT, 9)
        assert keys_of(again) == list("abc")
        assert {one.uncertain for one in again} == {1}

    def test_what_was_not_sent_at_all_was_no_try(self, store: Store) -> None:
        job = stored(store, a_job())
        written(store, a_notification(job, "a"), a_notification(job, "b"))
        (head,) = store.deliveries.due(AT, 9)
        store.deliveries.begin([head.id], AT)
        store.deliveries.failed([head.id], AT + MINUTE, "离线", uncertain=False, counts=False)
        assert store.deliveries.due(AT, 9) == []
        (head,) = store.deliveries.due(AT + MINUTE, 9)
        assert (head.attempts, head.uncertain) == (0, 0)
        assert keys_of(store.deliveries.together(head, AT + MINUTE, 9)) == ["a", "b"]

    @pytest.mark.parametrize("crashes", [False, True])
    def test_a_send_that_was_looked_for_and_is_not_there_is_in_doubt_no_more(self, store: Store, crashes: bool) -> None:
        job = stored(store, a_job())
        written(store, a_notification(job, "a"))
        (head,) = store.deliveries.due(AT, 9)
        for _ in range(2):
            store.deliveries.begin([head.id], AT)
            if not crashes:
                store.deliveries.failed([head.id], AT, "超时", uncertain=True)
        (head,) = store.deliveries.due(AT, 9)
        assert (head.attempts, head.uncertain, head.begun_at) == (2, 2, AT)
        store.deliveries.absent([head.id])
        (head,) = store.deliveries.due(AT, 9)
        assert (head.attempts, head.uncertain) == (2, 1)

    def test_a_message_about_several_jobs_is_linked_to_none(self, store: Store) -> None:
        job, other = stored(store, a_job()), stored(store, a_job())
        written(store, *(a_notification(job, key) for key in "ab"), a_notification(other, "c"))
        (head,) = store.deliveries.due(AT, 9)
        ids = [one.id for one in store.deliveries.together(head, AT, 9)]
        store.deliveries.done(ids, "77", AT)
        assert store.conversations.linked("10001", "77") is None
        store.deliveries.done(ids[:2], "78", AT)
        assert store.conversations.linked("10001", "78") == job.id

    def test_the_pager_is_a_target_like_any_other(self, store: Store) -> None:
        job = stored(store, a_job())
        written(store, urgent(job, "p", PAGER))
        (delivery,) = store.deliveries.due(AT, 9)
        assert delivery.notification.target == PAGER


class ToldContract:
    def test_what_a_job_was_told_of_counts_once_it_arrived_unless_somebody_asked_for_it(self, store: Store) -> None:
        job, other = stored(store, a_job()), stored(store, a_job())
        first = replace(a_notification(job, "a"), topic=JOB_FAILED)
        asked = replace(first, dedupe_key="asked", data={ASKED: True})
        written(store, first, asked, a_notification(job, "c"), a_notification(other, "d"))
        tell(store, AT)
        written(store, replace(first, dedupe_key="b"))
        tell(store, AT + MINUTE)
        written(store, replace(first, dedupe_key="waits"))
        assert store.deliveries.told_of(job.id, [JOB_FAILED], AT) == [(JOB_FAILED, AT + MINUTE), (JOB_FAILED, AT)]
        assert len(store.deliveries.told_of(job.id, [JOB_FAILED, "slots_freed"], AT)) == 3
        assert store.deliveries.told_of(job.id, [JOB_FAILED], AT + 2 * MINUTE) == []

    def test_an_urgent_one_that_wants_it_waits_to_be_acknowledged_from_its_arrival_on(self, store: Store) -> None:
        job = stored(store, a_job())
        written(store, urgent(job, "a"), urgent(job, "over", topic=ORDER_ENDED), a_notification(job, "c"))
        tell(store, AT + MINUTE)
        (told,) = store.deliveries.unacknowledged(AT + MINUTE)
        assert (told.notification, told.told_at, told.arrival) == (urgent(job, "a"), AT + MINUTE, Arrival.CONFIRMED)
        assert store.deliveries.unacknowledged(AT + DAY + MINUTE) == [told]
        assert store.deliveries.unacknowledged(AT + DAY + 2 * MINUTE) == []

    def test_an_urgent_one_waits_from_its_writing_on_whatever_becomes_of_it(self, store: Store) -> None:
        job = stored(store, a_job())

        def how() -> tuple[datetime, Arrival, bool]:
            (told,) = store.deliveries.unacknowledged(AT)
            return told.told_at, told.arrival, told.is_given_up

        written(store, urgent(job, "a"))
        assert how() == (AT, Arrival.NEVER, False)
        (head,) = store.deliveries.due(AT, 9)
        store.deliveries.begin([head.id], AT + MINUTE)
        assert how() == (AT, Arrival.UNKNOWN, False), "whoever sends it may be dead"
        store.deliveries.failed([head.id], AT, "拒绝", uncertain=False)
        assert how() == (AT, Arrival.NEVER, False)
        store.deliveries.begin([head.id], AT + DAY)
        store.deliveries.failed([head.id], None, "超时", uncertain=True)
        assert how() == (AT, Arrival.UNKNOWN, True)
        assert store.deliveries.unacknowledged(AT + DAY + DAY), "a day from the last try"

    def test_the_oldest_is_first_and_what_is_older_than_a_day_is_minded_no_more(self, store: Store) -> None:
        job = stored(store, a_job())
        for key, at in (("old", AT - 2 * DAY), ("first", AT - MINUTE), ("second", AT)):
            written(store, urgent(job, key))
            tell(store, at)
        keys = [told.notification.dedupe_key for told in store.deliveries.unacknowledged(AT)]
        assert keys == ["first", "second"]

    def test_whoever_is_first_takes_note_of_it(self, store: Store) -> None:
        job = stored(store, a_job())
        written(store, urgent(job, "a"), urgent(job, "b", PERSON), urgent(job, "c", OTHER_GROUP))
        tell(store, AT)
        first, second, third = (told.id for told in store.deliveries.unacknowledged(AT))
        store.deliveries.acknowledge([first], "qq:42", AT)
        store.deliveries.acknowledge([first], "qq:43", AT)
        assert [told.id for told in store.deliveries.unacknowledged(AT)] == [second, third]
        store.deliveries.acknowledge([second, third], "qq:42", AT)
        assert store.deliveries.unacknowledged(AT) == []


class SettledContract:
    SETTLED = ChatSettings(
        is_enabled=False,
        default_preset=13,
        quiet=QuietHours(begins=time(23), ends=time(8)),
        prefers_pictures=True,
        max_jobs=0,
        managers=(UserId("42"), UserId("43")),
        escalate_to=UserId("7"),
        escalate_after_seconds=60,
    )

    def test_a_chat_that_has_settled_nothing_says_nothing(self, store: Store) -> None:
        assert store.chats.of(group_place("555")) == UNSAID
        assert store.chats.all() == {}

    def test_what_a_chat_settles_comes_back_and_is_replaced_whole(self, store: Store) -> None:
        place = group_place("555")
        store.apply(Change(chats=((place, self.SETTLED),)))
        assert store.chats.of(place) == replace(self.SETTLED, version=1)
        store.apply(Change(chats=((place, ChatSettings(max_jobs=3, version=1)), ("b", self.SETTLED))))
        assert store.chats.all() == {
            place: ChatSettings(max_jobs=3, version=2),
            "b": replace(self.SETTLED, version=1),
        }

    @pytest.mark.parametrize("version", [0, 2])
    def test_settling_over_somebody_else_is_a_conflict_and_nothing_is_written(self, store: Store, version: int) -> None:
        place = group_place("555")
        store.apply(Change(chats=((place, self.SETTLED),)))
        with pytest.raises(Conflict):
            store.apply(Change(chats=((place, replace(UNSAID, version=version)),), jobs=(a_job(),)))
        assert store.chats.of(place) == replace(self.SETTLED, version=1)
        assert store.jobs.count() == 0


class SightingsContract:
    def test_what_is_seen_in_a_day_is_replaced_with_the_progress(self, store: Store) -> None:
        job = stored(store, a_job())
        run = a_run(job)
        fence = Fence(run_id=run.id, epoch=run.epoch)
        store.apply(Change(runs=(run,)))
        days = [date(2025, 11, 27), date(2025, 11, 28)]
        for looks, day in ((1, days[1]), (3, days[0]), (2, days[1])):
            seen = Sighting(day=day, looks=looks, hours={19: 1, 21: looks})
            store.progress(fence, Progress(at=AT, checks=looks, ticks="+-!"), seen)
        seen = [Sighting(day=day, looks=looks, hours={19: 1, 21: looks}) for looks, day in ((3, days[0]), (2, days[1]))]
        assert store.jobs.sightings(job.id, days[0]) == seen
        assert store.jobs.sightings(job.id, days[1]) == seen[1:]
        assert store.runs.progress_of([job.id]) == {job.id: Progress(at=AT, checks=2, ticks="+-!")}
        store.progress(fence, Progress(at=AT, ticks="--"))
        assert store.jobs.sightings(job.id, days[0]) == seen
        assert store.runs.progress_of([job.id])[job.id].ticks == "--"

    def test_a_run_that_is_over_has_seen_nothing(self, store: Store) -> None:
        job = stored(store, a_job())
        run = a_run(job, status=RunStatus.ENDED)
        store.apply(Change(runs=(run,)))
        with pytest.raises(Fenced):
            store.progress(
                Fence(run_id=run.id, epoch=run.epoch),
                Progress(at=AT),
                Sighting(day=date(2025, 11, 28), looks=1, hours={}),
            )
        assert store.jobs.sightings(job.id, date(2025, 1, 1)) == []


class RegretContract:
    def test_whom_a_job_tells_is_kept(self, store: Store) -> None:
        job = stored(store, a_job(telling=Telling(target=PERSON, mentions_owner=True)))
        assert job.telling == Telling(target=PERSON, mentions_owner=True)
        store.apply(Change(jobs=(replace(job, telling=Telling()),)))
        assert stored(store, a_job()).telling == store.jobs.select()[0].telling == Telling()

    def test_a_deleted_job_can_be_read_and_comes_back_with_its_memory_and_sightings(self, store: Store) -> None:
        job = stored(store, a_job())
        run = a_run(job)
        seen = Sighting(day=date(2025, 11, 28), looks=1, hours={19: 1})
        store.apply(Change(runs=(run,), memory=(job.id, {"told": ["x"]})))
        store.progress(Fence(run_id=run.id, epoch=run.epoch), Progress(at=AT), seen)
        store.apply(
            Change(jobs=(replace(job, deleted_at=AT),), runs=(replace(run, status=RunStatus.ENDED, version=1),))
        )
        deleted = store.jobs.even_deleted(job.id)
        assert deleted == replace(job, deleted_at=AT, version=2)
        assert store.jobs.memory(job.id) == {}
        store.apply(Change(jobs=(replace(deleted, deleted_at=None),)))
        assert store.jobs.get(job.id) == store.jobs.even_deleted(job.id) == replace(job, version=3)
        assert store.jobs.memory(job.id) == {"told": ["x"]}
        assert store.jobs.sightings(job.id, seen.day) == [seen]
        assert store.jobs.even_deleted(JobId("nobody")) is None

    def test_what_people_did_is_found_latest_first_and_what_the_engine_did_is_not(self, store: Store) -> None:
        job, other = stored(store, a_job()), stored(store, a_job())
        acts = [("a", "qq:1", job, AT - MINUTE), ("b", None, job, AT), ("c", "qq:2", job, AT), ("d", "qq:1", other, AT)]
        for word, actor, of, at in acts:
            store.apply(Change(events=(Event(job_id=of.id, type=word, at=at, actor=actor, data={"was": word}),)))
        store.apply(Change(jobs=(replace(other, deleted_at=AT),)))

        def found(since: datetime, limit: int = 9, actor: str | None = None) -> str:
            return "".join(event.type for event in store.history.acts(since, limit, actor=actor))

        assert found(AT - MINUTE) == "dca"
        assert found(AT) == "dc"
        assert found(AT - MINUTE, limit=1) == "d"
        assert found(AT - MINUTE, actor="qq:1") == "da"
        assert found(AT, actor="qq:2") == "c"
        assert store.history.acts(AT, 1)[0].data == {"was": "d"}


class TalliesContract:
    def test_occurrences_count_by_how_they_ended(self, store: Store) -> None:
        job, other, idle = (stored(store, a_job()) for _ in range(3))
        ends = ["done", "done", "failed", "missed", "skipped", "due", "armed", "running"]
        rows = [
            Occurrence(job_id=job.id, scheduled_at=AT + n * MINUTE, status=OccurrenceStatus(end))
            for n, end in enumerate(ends)
        ]
        early = Occurrence(job_id=other.id, scheduled_at=AT - MINUTE, status=OccurrenceStatus.DONE)
        store.apply(Change(occurrences=(*rows, early)))
        assert store.history.tallies([job.id, other.id, idle.id], AT) == {
            job.id: Tally(done=2, failed=1, missed=1, skipped=1)
        }
        assert store.history.tallies([], AT) == {}

    def test_long_runs_count_as_they_ended_by_themselves(self, store: Store) -> None:
        job = stored(store, a_job())
        done, bad = Outcome(done=True, sentence="约到了"), Outcome(done=False, sentence="登录失效")
        why = Condemned(sentence="没有进展", again=True)
        ends = [
            {"outcome": done, "exit": Exit(code=0)},
            {"outcome": done, "exit": Exit(signal=9), "desired": Desired.STOPPED},
            {"exit": Exit(code=0)},
            {"outcome": bad, "exit": Exit(code=1)},
            {"exit": UNSEEN_EXIT},
            {"exit": Exit(code=0), "condemned": why},
            {"exit": Exit(code=0), "desired": Desired.STOPPED},
            {"exit": Exit(code=0), "outcome": done, "scheduled_at": AT},
            {"exit": Exit(code=0), "outcome": done, "ended_at": AT - MINUTE},
            {"exit": None, "outcome": None},
            {"exit": Exit(code=0), "started_at": None},
        ]
        over = {"status": RunStatus.ENDED, "started_at": AT, "ended_at": AT}
        store.apply(Change(runs=tuple(a_run(job, **{**over, **end}) for end in ends)))
        assert store.history.tallies([job.id], AT) == {job.id: Tally(done=3, failed=3)}

    def test_orders_that_were_read_back_count_once_however_many_slots_they_have(self, store: Store) -> None:
        job = stored(store, a_job())
        booked = {"job_id": job.id, "state": BookingState.BOOKED, "settled_at": AT}
        rows = [
            a_booking(**{**booked, "order_id": OrderId("1")}),
            a_booking(**{**booked, "order_id": OrderId("1")}),
            a_booking(**{**booked, "order_id": OrderId("2"), "state": BookingState.PAID}),
            a_booking(**{**booked, "order_id": OrderId("3"), "settled_at": AT - MINUTE}),
            a_booking(**{**booked, "order_id": OrderId("4"), "state": BookingState.OPEN, "settled_at": None}),
            a_booking(**{**booked, "state": BookingState.REFUSED}),
        ]
        store.apply(Change(bookings=tuple(rows)))
        assert store.history.tallies([job.id], datetime(2025, 11, 28, 4, tzinfo=UTC)) == {job.id: Tally(booked=2)}


class ChatsContract(LanesContract, ToldContract, SettledContract, SightingsContract, RegretContract, TalliesContract):
    """All of it."""
