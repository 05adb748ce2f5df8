"""What is said now and what waits: quiet hours, storms and flapping, decided purely; nothing is ever lost."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st

from jobs.models import notices
from jobs.models.change import Notification
from jobs.models.chats import UNSAID, ChatSettings, QuietHours
from jobs.models.ids import JobId, UserId
from jobs.models.manners import (
    ALTERNATING,
    DIGEST_AT_MOST,
    FLAPPING_WITHIN,
    Decision,
    Hold,
    Leave,
    Send,
    Waiting,
    decide,
    escalates_after,
    mentions_of,
)
from jobs.models.people import Chat

ZONE = ZoneInfo("Asia/Shanghai")
GROUP = Chat(self_id="10000", type="group", peer_id="12345")
MIDNIGHT = datetime(2026, 11, 22, 16, tzinfo=UTC)
"""In Shanghai."""
NOON = MIDNIGHT + timedelta(hours=12)
SLEEPS = ChatSettings(quiet=QuietHours(begins=time(23), ends=time(8)))
SEVEN, EIGHT = JobId("00000007"), JobId("00000008")


def one(
    key: str = "x", topic: str = notices.SLOTS_FREED, job: JobId | None = SEVEN, at: datetime = NOON
) -> Notification:
    return Notification(
        dedupe_key=key, target=GROUP, topic=topic, job_id=job, data={}, created_at=at, is_urgent=topic in notices.URGENT
    )


def decided(
    told: Sequence[Notification],
    at: datetime = NOON,
    settings: ChatSettings = UNSAID,
    before: dict[JobId, dict[str, int]] | None = None,
    *,
    is_begun: bool = False,
) -> Decision:
    waiting = Waiting(notifications=tuple(told), settings=settings, told=before or {}, is_begun=is_begun)
    return decide(waiting, at, ZONE)


def test_up_to_three_go_one_by_one_and_more_as_one_message_of_twenty_at_most() -> None:
    for count in (1, 2, 3):
        assert decided([one()] * count) == Send(places=(0,))
    assert decided([one()] * 4) == Send(places=(0, 1, 2, 3))
    assert decided([one()] * 50) == Send(places=tuple(range(DIGEST_AT_MOST)))


def test_quiet_hours_hold_what_is_ordinary_and_let_pass_what_is_urgent() -> None:
    held = decided([one()], MIDNIGHT, SLEEPS)
    assert isinstance(held, Hold)
    assert MIDNIGHT < held.until <= MIDNIGHT + timedelta(hours=8)
    assert decided([one(topic=notices.PAYMENT_DUE)], MIDNIGHT, SLEEPS) == Send(places=(0,))
    assert decided([one()], MIDNIGHT, UNSAID) == Send(places=(0,))
    almost = MIDNIGHT + timedelta(hours=7, minutes=59)
    assert decided([one()], almost, SLEEPS) == Hold(until=MIDNIGHT + timedelta(hours=8))


def test_what_the_night_has_held_goes_as_one_message_even_if_it_is_only_two() -> None:
    morning = MIDNIGHT + timedelta(hours=8)
    two = [one(at=MIDNIGHT), one(at=MIDNIGHT)]
    assert decided(two, morning, SLEEPS) == Send(places=(0, 1))
    assert decided(two[:1], morning, SLEEPS) == Send(places=(0,))


def test_what_was_tried_before_goes_alone_but_not_at_night() -> None:
    assert decided([one()] * 9, is_begun=True) == Send(places=(0,))
    assert isinstance(decided([one()], MIDNIGHT, SLEEPS, is_begun=True), Hold)


FLAPS = {SEVEN: {notices.OCCURRENCE_FAILED: 2, notices.OCCURRENCE_DONE: 2}}
OFTEN = {SEVEN: {notices.OCCURRENCE_FAILED: 3, notices.OCCURRENCE_DONE: 2}}


def test_a_job_that_flaps_is_told_five_times_and_then_waits_without_holding_up_others() -> None:
    failed = one(topic=notices.OCCURRENCE_FAILED)
    assert decided([failed], before=FLAPS) == Send(places=(0,), announcing=frozenset({0}))
    assert decided([failed], before=OFTEN) == Leave()
    assert decided([failed, one(job=EIGHT)], before=OFTEN) == Send(places=(1,))
    assert decided([failed, one()], before=OFTEN) == Send(places=(1,)), "its courts are news"


def test_what_waited_while_it_flapped_goes_as_one_message_when_the_hour_is_over() -> None:
    both = [one(topic=notices.OCCURRENCE_FAILED), one(topic=notices.OCCURRENCE_DONE)]
    later = NOON + FLAPPING_WITHIN
    assert decided(both, later, before=FLAPS) == Send(places=(0, 1), announcing=frozenset({1}))
    assert decided([*both, one(job=EIGHT)], later) == Send(places=(0, 1))
    assert decided(both) == Send(places=(0,)), "what has just come has not waited"


def test_a_job_that_only_fails_or_only_succeeds_does_not_flap() -> None:
    before = {SEVEN: {notices.OCCURRENCE_DONE: 30, notices.OCCURRENCE_FAILED: 1}}
    assert decided([one(topic=notices.OCCURRENCE_DONE)], before=before) == Send(places=(0,))


def test_an_answer_is_asked_for_only_where_somebody_else_would_be_told() -> None:
    due = one(topic=notices.PAYMENT_DUE)
    named = ChatSettings(escalate_to=UserId("20002"), escalate_after_seconds=600)
    assert escalates_after(due, UNSAID, None) is None
    assert escalates_after(due, named, None) == 10
    assert escalates_after(due, named, 5) == 5
    assert escalates_after(one(), named, 5) is None


def test_only_numbers_are_called_and_only_in_groups() -> None:
    called = Notification(
        dedupe_key="x",
        target=GROUP,
        topic="t",
        job_id=None,
        data={notices.MENTIONS: ["20001", "all", 7]},
        created_at=NOON,
    )
    assert mentions_of([called, called]) == ("20001",)


_TOPICS = st.sampled_from([notices.SLOTS_FREED, notices.BOOKED, *sorted(ALTERNATING)])


@given(
    st.lists(st.tuples(st.integers(0, 90), _TOPICS, st.sampled_from([SEVEN, EIGHT, None])), min_size=1, max_size=60),
    st.sampled_from([UNSAID, SLEEPS]),
    st.integers(0, 23),
)
def test_all_is_told_at_last_each_job_in_order_urgent_ones_at_once(
    written: list[tuple[int, str, JobId | None]], settings: ChatSettings, hour: int
) -> None:
    """A chat for which everything is sent at once when it may be, looked at each minute."""
    at = MIDNIGHT + timedelta(hours=hour)
    coming: list[tuple[datetime, Notification]] = []
    for number, (wait, topic, job) in enumerate(written):
        at += timedelta(minutes=wait)
        coming.append((at, one(str(number), topic, job, at)))
    lanes: dict[bool, list[Notification]] = {True: [], False: []}
    told: list[tuple[datetime, Notification]] = []
    now, last = coming[0][0], coming[-1][0] + timedelta(hours=48)
    while now <= last and (coming or lanes[True] or lanes[False]):
        while coming and coming[0][0] <= now:
            new = coming.pop(0)[1]
            lanes[new.is_urgent].append(new)
        for urgent in (True, False):
            while sent := _sent(lanes[urgent], told, settings, now):
                told += [(now, notification) for notification in sent]
        now += timedelta(minutes=1)
    assert sorted(int(notification.dedupe_key) for _, notification in told) == list(range(len(written)))
    for same in ({SEVEN}, {EIGHT}, {None}):
        for sort in (ALTERNATING, {notices.SLOTS_FREED}, {notices.BOOKED}):
            keys = [int(one.dedupe_key) for _, one in told if one.job_id in same and one.topic in sort]
            assert keys == sorted(keys)
    assert all(now == one.created_at for now, one in told if one.is_urgent)
    assert all(one.is_urgent or settings is UNSAID or not _is_night(now) for now, one in told)


def _sent(
    lane: list[Notification], told: list[tuple[datetime, Notification]], settings: ChatSettings, now: datetime
) -> list[Notification]:
    """Takes out of the lane what goes now, and checks the size of the message."""
    if not lane:
        return []
    before: dict[JobId, dict[str, int]] = {}
    for at, notification in told:
        if notification.job_id is not None and at >= now - FLAPPING_WITHIN:
            topics = before.setdefault(notification.job_id, {})
            topics[notification.topic] = topics.get(notification.topic, 0) + 1
    decision = decided(lane, now, settings, before)
    if not isinstance(decision, Send):
        assert isinstance(decision, Leave) or decision.until > now
        return []
    assert list(decision.places) == sorted(set(decision.places))
    assert len(decision.places) <= (1 if lane[0].is_urgent else DIGEST_AT_MOST)
    sent = [lane[place] for place in decision.places]
    for notification in sent:
        lane.remove(notification)
    return sent


def _is_night(at: datetime) -> bool:
    return SLEEPS.quiet is not None and SLEEPS.quiet.hold(at.astimezone(ZONE).time())
