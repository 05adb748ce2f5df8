"""Whom else something urgent is told that nobody acknowledges, and when. Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from msgspec import Struct

from jobs.models.change import Notification
from jobs.models.chats import ChatSettings
from jobs.models.ids import UserId
from jobs.models.notices import ESCALATED, SECOND_NAMED, TO_ACKNOWLEDGE
from jobs.models.people import PAGER, Chat

_KEPT: Final = frozenset(
    {"number", "name", "venue", "slots", "account", "order_id", "amount", "pay_until", "reason", "given_up", "listed"}
)
"""What others may read of it: no more than the chat was told."""


class Arrival(StrEnum):
    """Whether a chat has seen it."""

    CONFIRMED = "confirmed"
    UNKNOWN = "unknown"
    """It was sent, and no answer came."""
    NEVER = "never"
    """Not that anybody knew: the chat is away, or takes nothing."""


class Unheeded(Struct, frozen=True, kw_only=True):
    """A notification that nobody has acknowledged since `told_at`: when it arrived, else when it was written.

    `settings` are its chat's; `is_given_up`: it is not tried any more, and no other chat was told the same.
    """

    notification: Notification
    told_at: datetime
    settings: ChatSettings
    arrival: Arrival = Arrival.CONFIRMED
    is_given_up: bool = False


def escalations(unheeded: Unheeded, pager_after: timedelta | None, at: datetime) -> tuple[Notification, ...]:
    """Whom it is told besides, of those whose time has come. The same again and again: each has a dedupe key.

    What was given up waits for no answer: the first of them is told at once. `pager_after` None: there is no pager.
    What can be paid no longer helps nobody.
    """
    notification = unheeded.notification
    pay_until = notification.data.get("pay_until")
    if notification.topic not in TO_ACKNOWLEDGE or (pay_until and datetime.fromisoformat(pay_until) <= at):
        return ()
    ways = tuple(_ways(unheeded, pager_after))
    first = ways[:1] if unheeded.is_given_up else ()
    return tuple(_told(unheeded, way[0], at) for way in ways if way in first or unheeded.told_at + way[1] <= at)


def escalation_key(notification: Notification, target: Chat) -> str:
    """The dedupe key of what `target` is told of the fact: once, however many chats were told it."""
    return f"{ESCALATED}/{target.place}/{fact_key(notification)}"


def second_of(notification: Notification, settings: ChatSettings) -> Chat | None:
    """The private chat of the person who is told of what is not acknowledged; None: there is none but who was told."""
    if settings.escalate_to is None:
        return None
    told = notification.target
    second = Chat(platform=told.platform, self_id=told.self_id, type="private", peer_id=settings.escalate_to)
    return None if second.place == told.place else second


def place_in_words(chat: Chat) -> str:
    """`群 12345`, `QQ 20001 的私聊`."""
    return f"群 {chat.peer_id}" if chat.is_group else f"QQ {chat.peer_id} 的私聊"


def second_named(chat: Chat, second: UserId, minutes: int, by: str, at: datetime) -> Notification:
    """Tells a person, once for each chat, that it names them. `by`: who has, as the audit names them."""
    private = Chat(platform=chat.platform, self_id=chat.self_id, type="private", peer_id=second)
    return Notification(
        dedupe_key=f"{SECOND_NAMED}/{chat.place}/{second}",
        target=private,
        topic=SECOND_NAMED,
        job_id=None,
        data={"chat": place_in_words(chat), "minutes": minutes, "by": by.removeprefix("qq:")},
        created_at=at,
    )


def _ways(unheeded: Unheeded, pager_after: timedelta | None) -> Iterator[tuple[Chat, timedelta]]:
    if second := second_of(unheeded.notification, unheeded.settings):
        yield second, timedelta(seconds=unheeded.settings.escalate_after_seconds)
    if pager_after is not None:
        yield PAGER, pager_after


def _told(unheeded: Unheeded, target: Chat, at: datetime) -> Notification:
    told = unheeded.notification
    return Notification(
        dedupe_key=escalation_key(told, target),
        target=target,
        topic=ESCALATED,
        job_id=None if target == PAGER else told.job_id,
        data={
            "topic": told.topic,
            "data": {key: value for key, value in told.data.items() if key in _KEPT},
            "told_at": unheeded.told_at.isoformat(),
            "chat": place_in_words(told.target),
            "arrival": unheeded.arrival.value,
            "minutes": max(1, round((at - unheeded.told_at).total_seconds() / 60)),
        },
        created_at=at,
        is_urgent=True,
    )


def fact_key(notification: Notification) -> str:
    """The same for a fact that two chats were told: acknowledged in one, it is acknowledged."""
    return notification.dedupe_key.removesuffix("/owner")
