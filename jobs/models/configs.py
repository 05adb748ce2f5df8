"""What jobs of the built-in kinds are configured with, in the original program's shape (`target`, `plan`, `schedule`).

Keeping its shape means its `jobs.json` needs no translation, in either direction. Keys we do not know are kept in the
job's row and ignored here.
"""

import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct

from jobs.models.venue import DEFAULT_HOURS, Target
from jobs.models.wishes import Wishes

DEFAULT_INTERVAL_SECONDS: Final = 300
KEEP_ALIVE_INTERVAL_SECONDS: Final = 900
"""A quarter of an hour: sessions of web applications live for half an hour or more."""


class Plan(Struct, frozen=True, kw_only=True):
    """How a monitor looks: every `interval_seconds`, for the start hours of `preferred_hours` (all when empty).

    `courts` and `dates` are ours, each in order of preference, empty: any; the original ignores them. `dates` counts
    where the target has no day of its own.
    """

    enabled: bool = True
    interval_seconds: int = DEFAULT_INTERVAL_SECONDS
    auto_book: bool = False
    preferred_hours: tuple[int, ...] = DEFAULT_HOURS
    courts: tuple[str, ...] = ()
    dates: tuple[datetime.date, ...] = ()


class MonitorConfig(Struct, frozen=True, kw_only=True):
    """A monitor's configuration."""

    target: Target
    plan: Plan = Plan()
    accounts: tuple[str, ...] = ()

    @property
    def wishes(self) -> Wishes:
        """Its dates are those of the plan; the target's own day is the caller's to look for."""
        has_day = self.target.date is not None or self.target.date_offset is not None
        return Wishes(
            hours=self.plan.preferred_hours,
            courts=self.plan.courts,
            dates=() if has_day else self.plan.dates,
            length=self.target.duration_hours,
        )


class Timetable(Struct, frozen=True, kw_only=True):
    """When and what a schedule books; `preferred_hours` in order of preference, else `start_hour`."""

    hour: int
    minute: int = 0
    second: int = 0
    preset: int | None = None
    date_offset: int | None = None
    start_hour: int | None = None
    preferred_hours: tuple[int, ...] = ()
    courts: tuple[str, ...] = ()


class ScheduleConfig(Struct, frozen=True, kw_only=True):
    """A schedule's configuration."""

    target: Target
    schedule: Timetable
    accounts: tuple[str, ...] = ()

    @property
    def hours(self) -> tuple[int, ...]:
        """Start hours in order of preference."""
        if self.schedule.preferred_hours:
            return self.schedule.preferred_hours
        start = self.schedule.start_hour if self.schedule.start_hour is not None else self.target.start_hour
        return (start,) if start is not None else DEFAULT_HOURS

    @property
    def wishes(self) -> Wishes:
        return Wishes(hours=self.hours, courts=self.schedule.courts, length=self.target.duration_hours)


class BookingPlan(Struct, frozen=True, kw_only=True):
    """What shall be had at a release: start hours and courts, each in order of preference, empty: any."""

    preferred_hours: tuple[int, ...] = DEFAULT_HOURS
    courts: tuple[str, ...] = ()


class BookingConfig(Struct, frozen=True, kw_only=True):
    """What `auto_booking` races for. `target.date` is always there."""

    target: Target
    plan: BookingPlan = BookingPlan()
    accounts: tuple[str, ...] = ()

    @property
    def wishes(self) -> Wishes:
        return Wishes(hours=self.plan.preferred_hours, courts=self.plan.courts, length=self.target.duration_hours)


class KeepAlivePlan(Struct, frozen=True, kw_only=True):
    """How often sessions are looked at."""

    interval_seconds: int = KEEP_ALIVE_INTERVAL_SECONDS


class KeepAliveConfig(Struct, frozen=True, kw_only=True):
    """What `keep_alive` keeps alive. No `accounts`: its owner's default."""

    plan: KeepAlivePlan = KeepAlivePlan()
    accounts: tuple[str, ...] = ()


def monitor_config(stored: dict[str, Any]) -> MonitorConfig:
    """Raises `msgspec.ValidationError` for what no version of either program wrote."""
    return msgspec.convert(stored, MonitorConfig, strict=False)


def schedule_config(stored: dict[str, Any]) -> ScheduleConfig:
    """Raises `msgspec.ValidationError` for what no version of either program wrote."""
    config = msgspec.convert(stored, ScheduleConfig, strict=False)
    if config.target.preset is None and config.schedule.preset is not None:
        return msgspec.structs.replace(
            config, target=msgspec.structs.replace(config.target, preset=config.schedule.preset)
        )
    return config


def booking_config(stored: dict[str, Any]) -> BookingConfig:
    """Raises `msgspec.ValidationError` for what no version of this program wrote."""
    config = msgspec.convert(stored, BookingConfig, strict=False)
    if config.target.date is None:
        raise msgspec.ValidationError("a race needs its date")
    return config


def keep_alive_config(stored: dict[str, Any]) -> KeepAliveConfig:
    """Raises `msgspec.ValidationError` for what no version of this program wrote."""
    return msgspec.convert(stored, KeepAliveConfig, strict=False)
