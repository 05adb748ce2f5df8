"""What is said now and what waits: quiet hours, storms and flapping, decided purely; nothing is ever lost."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from unittest.mock import ANY
from zoneinfo import ZoneInfo

from hypothesis import given, settings, strategies as st

from jobs.models import notices
from jobs.models.change import Notification
from jobs.models.chats import UNSAID, ChatSettings, QuietHours
from jobs.models.ids import JobId, UserId
from jobs.models.manners import (
    ALTERNATING,
    DIGEST_AT_MOST,
    FLAPPING_WITHIN,
    SUMMED_UP,
    Decision,
    Hold,
    Send,
    ToldAt,
    Waiting,
    decide,
    escalates_after,
    mentions_of,
    summed_up,
)
from jobs.models.people import Chat

ZONE = ZoneInfo("Asia/Shanghai")
GROUP = Chat(self_id="10000", type="group", peer_id="12345")
MIDNIGHT = datetime(2026, 11, 22, 16, tzinfo=UTC)
"""In Shanghai."""
NOON = MIDNIGHT + timedelta(hours=12)
SLEEPS = ChatSettings(quiet=QuietHours(begins=time(23), ends=time(8)))
SEVEN, EIGHT = JobId("00000007"), JobId("00000008")


FAILED, DONE = notices.OCCURRENCE_FAILED, notices.OCCURRENCE_DONE


def one(
    key: str = "x", topic: str = notices.SLOTS_FREED, job: JobId | None = SEVEN, at: datetime = NOON, **data: Any
) -> Notification:
    return Notification(
        dedupe_key=key,
        target=GROUP,
        topic=topic,
        job_id=job,
        data=data,
        created_at=at,
        is_urgent=notices.is_urgent(topic, data),
    )


def alone(*places: int) -> Send:
    """Each a line of its own."""
    return Send(lines=tuple((place,) for place in places))


def ago(*topics: str) -> dict[JobId, ToldAt]:
    """What seven was told before noon, a minute apart, the last of them a minute ago."""
    return {SEVEN: [(topic, NOON - timedelta(minutes=number)) for number, topic in enumerate(reversed(topics), 1)]}


def decided(
    told: Sequence[Notification],
    at: datetime = NOON,
    settings: ChatSettings = UNSAID,
    before: Mapping[JobId, ToldAt] | None = None,
    *,
    is_begun: bool = False,
) -> Decision:
    waiting = Waiting(notifications=tuple(told), settings=settings, told=before or {}, is_begun=is_begun)
    return decide(waiting, at, ZONE)


def test_up_to_three_go_one_by_one_and_more_as_one_message_of_twenty_at_most() -> None:
    for count in (1, 2, 3):
        assert decided([one()] * count) == alone(0)
    assert decided([one()] * 4) == alone(0, 1, 2, 3)
    assert decided([one()] * 50) == alone(*range(DIGEST_AT_MOST))


def test_quiet_hours_hold_what_is_ordinary_and_let_pass_what_is_urgent() -> None:
    held = decided([one(), one()], MIDNIGHT, SLEEPS)
    assert isinstance(held, Hold)
    assert set(held.until) == {0, 1}
    assert MIDNIGHT < held.until[0] <= MIDNIGHT + timedelta(hours=8)
    assert decided([one(topic=notices.PAYMENT_DUE)], MIDNIGHT, SLEEPS) == alone(0)
    assert decided([one()], MIDNIGHT, UNSAID) == alone(0)
    almost = MIDNIGHT + timedelta(hours=7, minutes=59)
    assert decided([one()], almost, SLEEPS) == Hold(until={0: MIDNIGHT + timedelta(hours=8)})


def test_a_rehearsal_that_found_what_is_wrong_passes_quiet_hours_and_asks_for_no_answer() -> None:
    wrong, well = one(topic=notices.REHEARSED, goes=False), one(topic=notices.REHEARSED, goes=True)
    assert decided([wrong], MIDNIGHT, SLEEPS) == alone(0)
    assert isinstance(decided([well], MIDNIGHT, SLEEPS), Hold)
    assert escalates_after(wrong, UNSAID, 5) is None


def test_what_the_night_has_held_goes_as_one_message_even_if_it_is_only_two() -> None:
    morning = MIDNIGHT + timedelta(hours=8)
    two = [one(at=MIDNIGHT), one(at=MIDNIGHT)]
    assert decided(two, morning, SLEEPS) == alone(0, 1)
    assert decided(two[:1], morning, SLEEPS) == alone(0)


def test_what_was_tried_before_goes_as_it_was_tried_but_not_at_night() -> None:
    assert decided([one()] * 25, is_begun=True) == alone(*range(25))
    assert isinstance(decided([one()], MIDNIGHT, SLEEPS, is_begun=True), Hold)
    assert decided([one(topic=FAILED)], before=OFTEN, is_begun=True) == Send(lines=((0,),), announcing=frozenset({0}))


FLAPS = ago(FAILED, DONE, FAILED, DONE)
OFTEN = ago(FAILED, DONE, FAILED, DONE, FAILED)


def test_a_job_that_flaps_is_told_five_times_and_then_waits_without_holding_up_others() -> None:
    failed = one(topic=FAILED)
    assert decided([failed], before=FLAPS) == Send(lines=((0,),), announcing=frozenset({0}))
    held = decided([failed, one(job=EIGHT), one(), failed], before=OFTEN)
    assert isinstance(held, Hold)
    assert set(held.until) == {0, 3}, "its courts are news"


def test_it_waits_until_as_much_as_makes_it_calm_has_left_the_hour() -> None:
    told = {SEVEN: [(FAILED, NOON)] * 3 + [(DONE, NOON - timedelta(minutes=n)) for n in (20, 30, 40, 50)]}
    held = decided([one(topic=FAILED)], before=told)
    assert isinstance(held, Hold)
    (until,) = held.until.values()
    assert timedelta(0) <= until - (NOON - timedelta(minutes=30) + FLAPPING_WITHIN) <= timedelta(seconds=1)
    assert isinstance(decided([one(topic=FAILED)], until, before=told), Send)


def test_what_waited_while_it_flapped_is_one_line_when_the_hour_is_over() -> None:
    many = [one(str(n), (FAILED, DONE)[n % 2]) for n in range(55)]
    later = NOON + FLAPPING_WITHIN - timedelta(minutes=5)
    assert decided(many, later, before=OFTEN) == Hold(until=dict.fromkeys(range(55), ANY))
    later = NOON + FLAPPING_WITHIN
    assert decided(many, later, before=OFTEN) == Send(lines=(tuple(range(55)),), announcing=frozenset({0}))
    storm = [many[0], *[one(job=EIGHT)] * 4, many[1]]
    assert decided(storm, before=FLAPS) == Send(lines=((1,), (2,), (3,), (4,), (0, 5)), announcing=frozenset({4}))


def test_several_are_summed_up_by_the_last_of_them() -> None:
    told = summed_up([one("a", FAILED), one("b", DONE), one("c", FAILED, name="x")])
    assert (told.dedupe_key, told.data) == ("c", {"name": "x", SUMMED_UP: {"failed": 2, "recovered": 1}})
    assert summed_up([told]) == told


def test_a_job_that_only_fails_or_only_succeeds_does_not_flap() -> None:
    assert decided([one(topic=DONE)], before=ago(FAILED, *[DONE] * 30)) == alone(0)


def test_the_end_of_a_job_and_what_somebody_asked_for_is_told_however_it_flaps() -> None:
    for told in (
        one(topic=notices.JOB_FAILED),
        one(topic=notices.JOB_COMPLETED),
        one(topic=FAILED, asked=True),
        one(topic=DONE, asked=True),
    ):
        assert decided([told], before=OFTEN) == alone(0)


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


_TOPICS = st.sampled_from([notices.SLOTS_FREED, notices.BOOKED, notices.JOB_FAILED, *ALTERNATING])


@given(
    st.lists(st.tuples(st.integers(0, 90), _TOPICS, st.sampled_from([SEVEN, EIGHT, None])), min_size=1, max_size=60),
    st.sampled_from([UNSAID, SLEEPS]),
    st.integers(0, 23),
)
def test_all_is_told_within_the_hour_each_job_in_order_others_and_urgent_ones_at_once(
    written: list[tuple[int, str, JobId | None]], settled: ChatSettings, hour: int
) -> None:
    """A chat for which everything is sent at once when it may be, looked at each minute."""
    at = MIDNIGHT + timedelta(hours=hour)
    coming: list[tuple[datetime, Notification]] = []
    for number, (wait, topic, job) in enumerate(written):
        at += timedelta(minutes=wait)
        coming.append((at, one(str(number), topic, job, at)))
    chat = _Chat(settled)
    now, last = coming[0][0], coming[-1][0] + timedelta(hours=48)
    while now <= last and (coming or chat.lanes[True] or chat.lanes[False]):
        while coming and coming[0][0] <= now:
            new = coming.pop(0)[1]
            chat.lanes[new.is_urgent].append(new)
        chat.tell(now)
        now += timedelta(minutes=1)
    told = chat.told
    assert sorted(int(notification.dedupe_key) for _, notification in told) == list(range(len(written)))
    for same in ({SEVEN}, {EIGHT}, {None}):
        for sort in (ALTERNATING, {notices.SLOTS_FREED}, {notices.BOOKED}):
            keys = [int(one.dedupe_key) for _, one in told if one.job_id in same and one.topic in sort]
            assert keys == sorted(keys)
    assert all(now == one.created_at for now, one in told if one.is_urgent)
    if settled is UNSAID:
        assert all(now == one.created_at for now, one in told if one.topic not in ALTERNATING or one.job_id is None)
        assert all(now - one.created_at <= FLAPPING_WITHIN + timedelta(minutes=1) for now, one in told)
    else:
        assert all(one.is_urgent or not _is_night(now) for now, one in told)


@given(st.lists(st.sampled_from([FAILED, DONE]), min_size=300, max_size=300))
@settings(max_examples=15, deadline=None)
def test_what_a_job_tells_each_minute_stays_few_messages_and_a_bounded_lane(topics: list[str]) -> None:
    chat, now = _Chat(UNSAID), NOON
    for number, topic in enumerate(topics):
        now += timedelta(minutes=1)
        chat.lanes[False].append(one(str(number), topic, SEVEN, now))
        if number % 7 == 0:
            chat.lanes[False].append(one(f"other {number}", notices.SLOTS_FREED, EIGHT, now))
        chat.tell(now)
        assert len(chat.lanes[False]) <= FLAPPING_WITHIN / timedelta(minutes=1) + 1
        assert all(waiting.job_id == SEVEN for waiting in chat.lanes[False]), "nobody else waits"


class _Chat:
    """The lanes of a chat as a store keeps them."""

    def __init__(self, settings: ChatSettings) -> None:
        self.settings = settings
        self.lanes: dict[bool, list[Notification]] = {True: [], False: []}
        self.held: dict[str, datetime] = {}
        self.told: list[tuple[datetime, Notification]] = []

    def tell(self, now: datetime) -> None:
        for urgent in (True, False):
            while self._told_or_held(urgent, now):
                pass

    def _told_or_held(self, urgent: bool, now: datetime) -> bool:
        lane = [one for one in self.lanes[urgent] if self.held.get(one.dedupe_key, now) <= now]
        if not lane:
            return False
        before: dict[JobId, list[tuple[str, datetime]]] = {}
        for at, notification in reversed(self.told):
            if notification.job_id is not None and at >= now - FLAPPING_WITHIN and notification.topic in ALTERNATING:
                before.setdefault(notification.job_id, []).append((notification.topic, at))
        decision = decided(lane, now, self.settings, before)
        if isinstance(decision, Hold):
            assert decision.until
            assert all(until > now for until in decision.until.values())
            self.held |= {lane[place].dedupe_key: until for place, until in decision.until.items()}
            return True
        places = [place for line in decision.lines for place in line]
        assert len(set(places)) == len(places)
        assert len(decision.lines) <= (1 if urgent else DIGEST_AT_MOST)
        for place in places:
            self.lanes[urgent].remove(lane[place])
            self.told.append((now, lane[place]))
        return True


def _is_night(at: datetime) -> bool:
    return SLEEPS.quiet is not None and SLEEPS.quiet.hold(at.astimezone(ZONE).time())
