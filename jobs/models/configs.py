"""What jobs of the built-in kinds are configured with, in the original program's shape (`target`, `plan`, `schedule`).

Keeping its shape means its `jobs.json` needs no translation, in either direction. Keys we do not know are kept in the
job's row and ignored here.
"""

from typing import Any

import msgspec
from msgspec import Struct

from jobs.models.venue import DEFAULT_HOURS, Target

DEFAULT_INTERVAL_SECONDS = 300


class Plan(Struct, frozen=True, kw_only=True):
    """How a monitor looks: every `interval_seconds`, for the start hours of `preferred_hours` (all when empty)."""

    enabled: bool = True
    interval_seconds: int = DEFAULT_INTERVAL_SECONDS
    auto_book: bool = False
    preferred_hours: tuple[int, ...] = DEFAULT_HOURS


class MonitorConfig(Struct, frozen=True, kw_only=True):
    """A monitor's configuration."""

    target: Target
    plan: Plan = Plan()
    accounts: tuple[str, ...] = ()


class Timetable(Struct, frozen=True, kw_only=True):
    """When and what a schedule books; `preferred_hours` in order of preference, else `start_hour`."""

    hour: int
    minute: int = 0
    second: int = 0
    preset: int | None = None
    date_offset: int | None = None
    start_hour: int | None = None
    preferred_hours: tuple[int, ...] = ()


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
