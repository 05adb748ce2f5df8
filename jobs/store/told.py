"""Notifications that were told, or should have been: how often, and who has taken note of those that want it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from jobs.models.escalating import Arrival
from jobs.ports.rows import Told
from jobs.store.codec import Row, instant, micros, notification_of, readable, reads, text
from jobs.store.sqlite import Database

_MINDED: Final = timedelta(days=1)
"""Whatever nobody has acknowledged by then, nobody will."""
_LAST: Final = "coalesce(ended_at, begun_at, created_at)"
"""When anything became of it last: it arrived, or was tried, or was written."""
_WAITING: Final = f"""
    SELECT * FROM notifications WHERE urgent = 1 AND acknowledged_at IS NULL
    AND topic IN ('booked', 'booking_uncertain', 'login_wanted', 'payment_due')
    AND {_LAST} >= ? ORDER BY {_LAST}, id"""  # noqa: S608
"""As the index `notifications_unacknowledged` has it: `notices.TO_ACKNOWLEDGE`."""


def unacknowledged(database: Database, at: datetime) -> list[Told]:
    """See `Deliveries.unacknowledged`."""
    return readable(_told_of, database.rows(_WAITING, micros(at - _MINDED)))


def acknowledge(database: Database, ids: Sequence[int], by: str, at: datetime) -> None:
    """Who was first counts."""
    database.run(
        """UPDATE notifications SET acknowledged_at = ?, acknowledged_by = ?
           WHERE id IN (SELECT value FROM json_each(?)) AND acknowledged_at IS NULL""",
        micros(at),
        by,
        text(list(ids)),
    )


@reads
def _told_of(row: Row) -> Told:
    return Told(
        id=row["id"],
        notification=notification_of(row),
        told_at=instant(row["created_at"] if row["ended_at"] is None else row["ended_at"]),
        arrival=_arrival_of(row),
        is_given_up=row["state"] == "given_up",
        message_id=row["message_id"],
    )


def _arrival_of(row: Row) -> Arrival:
    if row["state"] == "sent":
        return Arrival.CONFIRMED
    return Arrival.UNKNOWN if row["uncertain"] or row["state"] == "sending" else Arrival.NEVER
