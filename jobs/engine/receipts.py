"""Who has taken note of what wants a person to act: acknowledging, in words or by doing it."""

from collections.abc import Iterator, Sequence
from typing import Final

from jobs.models.accounts import AccountId, Standing
from jobs.models.bookings import BookingState
from jobs.models.change import Change, Notification
from jobs.models.escalating import Arrival, escalation_key, fact_key, second_named, second_of
from jobs.models.ids import JobId, UserId
from jobs.models.job import Job
from jobs.models.notices import BOOKED, BOOKING_UNCERTAIN, LOGIN_WANTED, PAYMENT_DUE
from jobs.models.orders import OrderId
from jobs.models.people import PAGER, Actor, Chat, Role, may_act
from jobs.ports.bell import Bell
from jobs.ports.clock import Clock
from jobs.ports.rows import Told
from jobs.ports.store import Store

BY_ITSELF: Final = "engine"
"""Who acknowledges what is settled."""


class Receipts:
    """What waits for a person."""

    def __init__(self, store: Store, clock: Clock, bell: Bell) -> None:
        self._store = store
        self._clock = clock
        self._bell = bell

    def waiting(self) -> list[Told]:
        """What nobody has acknowledged, arrived or not, oldest first; what has arrived and was settled meanwhile is
        acknowledged by that."""
        told = self._unacknowledged()
        settled = [one for one in told if self._is_settled(one.notification)]
        if arrived := [one for one in settled if one.arrival is Arrival.CONFIRMED]:
            self._note(arrived, BY_ITSELF)
        return [one for one in told if one not in settled]

    def has_any(self) -> bool:
        """Whether anything at all waits for anybody; cheap, for it is asked whenever somebody says “got it”."""
        return bool(self._unacknowledged())

    def acknowledge(
        self, actor: Actor, *, job_id: JobId | None = None, quoted: str | None = None
    ) -> tuple[Notification, ...]:
        """Notes that a person has taken note of what waits and is theirs to act on; returns that, oldest first.

        `job_id`: of this job, wherever it was told. `quoted`: what that message of this chat says. Neither: in a group
        what was told there, in private what was told this person and what their own jobs told elsewhere; of that
        nothing which they cannot have seen.
        """
        waiting = self.waiting()
        meant = [one for one in waiting if self._is_meant(actor, one, job_id, quoted)]
        facts = {fact_key(one.notification): one.notification for one in meant}
        if meant:
            # Who was told the same elsewhere need not be troubled either.
            self._note([one for one in waiting if fact_key(one.notification) in facts], actor.label)
        return tuple(facts.values())

    def _unacknowledged(self) -> list[Told]:
        return self._store.deliveries.unacknowledged(self._clock.now())

    def introduce(self, actor: Actor, chat: Chat, second: UserId, minutes: int) -> None:
        """Tells somebody in private, once for each chat, that it names them as who is told of what it leaves unread."""
        told = second_named(chat, second, minutes, actor.label, self._clock.now())
        if self._store.deliveries.has_arrived(told.dedupe_key) is None:
            self._store.apply(Change(notifications=(told,)))
            self._bell.ring()

    def _note(self, told: Sequence[Told], by: str) -> None:
        """What is about to be passed on need not be any more."""
        now, deliveries = self._clock.now(), self._store.deliveries
        deliveries.acknowledge([one.id for one in told], by, now)
        deliveries.withdraw([key for one in told for key in self._passed_on_as(one.notification)], now)

    def _passed_on_as(self, notification: Notification) -> Iterator[str]:
        second = second_of(notification, self._store.chats.of(notification.target.place))
        for other in (second, PAGER):
            if other is not None:
                yield escalation_key(notification, other)

    def _is_meant(self, actor: Actor, told: Told, job_id: JobId | None, quoted: str | None) -> bool:
        notification, chat = told.notification, actor.chat
        job = self._store.jobs.even_deleted(notification.job_id) if notification.job_id else None
        if chat is None:
            return actor.role is Role.OPERATOR and job_id in (None, notification.job_id)
        is_here = chat.place == notification.target.place
        if quoted is not None:
            return is_here and told.message_id == quoted and _may(actor, notification, job)
        if job_id is not None:
            return notification.job_id == job_id and (_may(actor, notification, job) or (is_here and not chat.is_group))
        if told.arrival is Arrival.NEVER:
            return self._was_told_instead(actor, notification)
        if chat.is_group:
            return is_here and _may(actor, notification, job)
        is_own = job is not None and job.owner is not None and job.owner == actor.user_id
        return is_here or is_own or self._was_told_instead(actor, notification)

    def _was_told_instead(self, actor: Actor, notification: Notification) -> bool:
        """Whether the chat's second person is speaking, in private, after being told."""
        second = second_of(notification, self._store.chats.of(notification.target.place))
        if second is None or actor.chat is None or second.place != actor.chat.place:
            return False
        return self._store.deliveries.has_arrived(escalation_key(notification, second)) is not None

    def _is_settled(self, notification: Notification) -> bool:
        """Whether there is nothing to do any more: paid, cancelled, over, found out, logged in."""
        account_id = AccountId(notification.dedupe_key.split("/")[1])
        match notification.topic:
            case topic if topic in (BOOKED, PAYMENT_DUE):
                order_id = OrderId(str(notification.data.get("order_id")))
                rows = self._store.bookings.of_order(account_id, order_id)
                return all(row.state is not BookingState.BOOKED for row in rows)
            case topic if topic == LOGIN_WANTED:
                account = self._store.accounts.get(account_id)
                return account is None or account.standing is Standing.IN
            case topic if topic == BOOKING_UNCERTAIN and not notification.data.get("given_up"):
                tries = (f"/{row.slot_key}/{row.opened_at.isoformat()}" for row in self._store.bookings.open())
                return not any(one in notification.dedupe_key for one in tries)
            case _:
                return False


def _may(actor: Actor, notification: Notification, job: Job | None) -> bool:
    """Whoever may act on the job. Of what has no job, or is told elsewhere than where its job was made: in private who
    was told, in a group its owner and the administrators."""
    if job is not None and may_act(actor, job.ownership):
        return True
    if actor.chat is None or actor.chat.place != notification.target.place:
        return False
    if not actor.chat.is_group or actor.role in (Role.GROUP_ADMIN, Role.SUPERUSER):
        return True
    owner = job.owner if job is not None else notification.data.get("owner")
    return owner is not None and owner == actor.user_id
