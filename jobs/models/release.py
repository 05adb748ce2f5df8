"""When a platform opens a date for booking. Pure."""

import datetime as calendar
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct


class ReleaseRule(Struct, frozen=True, kw_only=True):
    """Date D opens at `time` of the day `days` before it, by the wall clock of `zone`.

    The real platform: 12:00:00 on D-7 (two independent sources).
    """

    days: int = 7
    time: calendar.time = time(12)
    zone: str = "Asia/Shanghai"

    def opens_at(self, day: calendar.date) -> datetime:
        """The instant at which a date opens, UTC."""
        return datetime.combine(day - timedelta(days=self.days), self.time, tzinfo=ZoneInfo(self.zone)).astimezone(UTC)

    def last_open(self, now: datetime) -> calendar.date:
        """The latest date that is open at an instant."""
        local = now.astimezone(ZoneInfo(self.zone))
        return local.date() + timedelta(days=self.days - (local.time() < self.time))

    def next_to_open(self, now: datetime) -> calendar.date:
        """The first date that is not open yet."""
        return self.last_open(now) + timedelta(days=1)
