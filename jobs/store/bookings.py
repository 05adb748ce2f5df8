"""`Bookings` on SQLite."""

import datetime
from collections.abc import Collection
from typing import Final

from jobs.models.accounts import AccountId
from jobs.models.bookings import Booking, BookingState
from jobs.models.ids import JobId, RunId, UserId
from jobs.models.orders import OrderId
from jobs.store.codec import (
    Row,
    chat_of,
    first,
    instant,
    instant_or_none,
    micros,
    micros_or_none,
    readable,
    reads,
    text_or_none,
)
from jobs.store.rows import write_row
from jobs.store.sqlite import Database, Value

_KEY: Final = ("account_id", "slot_key")
_OLDEST_FIRST: Final = "ORDER BY opened_at, account_id, slot_key"


class SqliteBookings:
    """Intents, and what became of them. A row whose content was damaged is left out, but its key stays taken."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, account_id: AccountId, slot_key: str) -> Booking | None:
        sql = "SELECT * FROM bookings WHERE account_id = ? AND slot_key = ?"
        return first(_booking_of, self._database.row(sql, account_id, slot_key))

    def open(self) -> list[Booking]:
        return self._all(f"state = 'open' {_OLDEST_FIRST}")

    def unpaid(self) -> list[Booking]:
        return self._all(f"state = 'booked' {_OLDEST_FIRST}")

    def paid(self, since: datetime.date) -> list[Booking]:
        return self._all(f"state = 'paid' AND date >= ? {_OLDEST_FIRST}", since.isoformat())

    def refused(self, since: datetime.datetime) -> list[Booking]:
        return self._all(f"state = 'refused' AND settled_at >= ? {_OLDEST_FIRST}", micros(since))

    def ordered(self, dates: Collection[datetime.date]) -> list[Booking]:
        marks = ", ".join("?" * len(dates))
        days = (date.isoformat() for date in dates)
        return self._all(f"order_id IS NOT NULL AND date IN ({marks}) {_OLDEST_FIRST}", *days)

    def of_job(self, job_id: JobId) -> list[Booking]:
        return self._all(f"job_id = ? {_OLDEST_FIRST}", job_id)

    def of_account(self, account_id: AccountId, limit: int) -> list[Booking]:
        return self._all("account_id = ? ORDER BY opened_at DESC, slot_key DESC LIMIT ?", account_id, limit)

    def of_order(self, account_id: AccountId, order_id: OrderId) -> list[Booking]:
        return self._all(f"account_id = ? AND order_id = ? {_OLDEST_FIRST}", account_id, order_id)

    def of_owner(self, owner: UserId, limit: int) -> list[Booking]:
        return self._all("owner = ? ORDER BY opened_at DESC, account_id, slot_key LIMIT ?", owner, limit)

    def _all(self, where: str, *values: Value) -> list[Booking]:
        return readable(_booking_of, self._database.rows(f"SELECT * FROM bookings WHERE {where}", *values))  # noqa: S608


def write_booking(database: Database, booking: Booking) -> None:
    """In a transaction."""
    write_row(database, "bookings", _columns_of(booking), booking.version, _KEY)


def _columns_of(booking: Booking) -> dict[str, Value]:
    """Every column but `version`."""
    return {
        "account_id": booking.account_id,
        "slot_key": booking.slot_key,
        "nickname": booking.nickname,
        "owner": booking.owner,
        "origin": text_or_none(booking.origin),
        "preset": booking.preset,
        "venue": booking.venue,
        "date": booking.date.isoformat(),
        "hour": booking.hour,
        "court": booking.court,
        "price": booking.price,
        "state": booking.state.value,
        "order_id": booking.order_id,
        "job_id": booking.job_id,
        "run_id": booking.run_id,
        "opened_at": micros(booking.opened_at),
        "settled_at": micros_or_none(booking.settled_at),
        "pay_until": micros_or_none(booking.pay_until),
        "reason": booking.reason,
        "attempts": booking.attempts,
        "reminded": booking.reminded,
    }


@reads
def _booking_of(row: Row) -> Booking:
    if not 0 <= row["hour"] <= 23:
        raise ValueError(f"no hour: {row['hour']}")
    return Booking(
        account_id=AccountId(row["account_id"]),
        slot_key=row["slot_key"],
        nickname=row["nickname"],
        owner=None if row["owner"] is None else UserId(row["owner"]),
        origin=None if row["origin"] is None else chat_of(row["origin"]),
        preset=row["preset"],
        venue=row["venue"],
        date=datetime.date.fromisoformat(row["date"]),
        hour=row["hour"],
        court=row["court"],
        price=row["price"],
        state=BookingState(row["state"]),
        order_id=None if row["order_id"] is None else OrderId(row["order_id"]),
        job_id=None if row["job_id"] is None else JobId(row["job_id"]),
        run_id=None if row["run_id"] is None else RunId(row["run_id"]),
        opened_at=instant(row["opened_at"]),
        settled_at=instant_or_none(row["settled_at"]),
        pay_until=instant_or_none(row["pay_until"]),
        reason=row["reason"],
        attempts=row["attempts"],
        reminded=row["reminded"],
        version=row["version"],
    )
