"""抢票: races for one day's courts at the instant they are released, one order for each account."""

import logging
from collections.abc import Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from jobs.kinds.firing import Shot, Track, shoot
from jobs.kinds.goal import ADD_AN_ACCOUNT, Goal
from jobs.kinds.racing import Race
from jobs.kinds.rehearsing import FIRST_SECONDS, Rehearsals
from jobs.models.conduct import Conduct
from jobs.models.configs import BookingConfig, booking_config
from jobs.models.errors import Refusal
from jobs.models.hours import hours_in_words
from jobs.models.occurrence_words import lateness_in_words
from jobs.models.run import Outcome
from jobs.models.slots import accounts_words, target_words, wishes_words
from jobs.models.venue import Preset, resolve_preset
from jobs.ports.kind import Assignment

_log = logging.getLogger("sja.booking")

_START_SECONDS: Final = 60
"""For the start of many runs, and a platform's clock that is ahead, before the first rehearsal."""


class AutoBooking:
    """Implements `ports.kind.Kind`."""

    name = "auto_booking"
    title = "抢票"
    conduct = Conduct(lead_seconds=FIRST_SECONDS + _START_SECONDS)
    """A release has one run, which rehearses before it: what was lost is told, not tried again."""

    def describe(self, config: dict[str, Any], presets: Sequence[Preset]) -> str:
        try:
            known = booking_config(config)
        except msgspec.ValidationError:
            return "配置无法辨认"
        facts = [target_words(known.target, presets), hours_in_words(known.plan.preferred_hours)]
        return " · ".join([*facts, *wishes_words(known.wishes), *accounts_words(known.accounts)])

    def work(self, assignment: Assignment) -> Outcome:
        config = booking_config(assignment.job.config)
        preset = resolve_preset(config.target, assignment.provider.presets)
        if preset is None:
            raise Refusal("场馆不存在：请删除后用 !创建抢票 名称 预设=编号 重新创建")
        if not assignment.desk.accounts:
            names = "、".join(assignment.desk.missing)
            raise Refusal(f"没有{f'账号 {names}' if names else '可用的账号'}，抢不了：{ADD_AN_ACCOUNT}")
        return _Booking(assignment, config, preset).outcome()


class _Booking:
    """One run, from its rehearsals to its end."""

    def __init__(self, assignment: Assignment, config: BookingConfig, preset: Preset) -> None:
        assert config.target.date is not None, "checked where it was read"
        self._assignment = assignment
        self._config = config
        self._preset = preset
        self._date = config.target.date
        self._opens_at = assignment.provider.release.opens_at(self._date)
        self._goal = Goal(assignment.desk, lambda booking: booking.date == self._date)

    def outcome(self) -> Outcome:
        if self._goal.is_reached:
            return Outcome(done=True, sentence=self._goal.sentence())
        if self._assignment.aim is None:
            return self._too_early() or self._over() or self._raced(None)
        if not Rehearsals(self._assignment, self._assignment.aim, self._date).hold():
            return Outcome(done=False, sentence="被要求退出")
        shot = shoot(self._assignment, self._assignment.aim, self._preset)
        if shot is None:
            return Outcome(done=False, sentence="被要求退出")
        try:
            return self._raced(shot)
        finally:
            shot.settle()

    def _too_early(self) -> Outcome | None:
        """A person wants it at once, but there is nothing to be had yet."""
        if self._opens_at <= self._assignment.clock.now():
            return None
        local = self._opens_at.astimezone(ZoneInfo(self._assignment.zone))
        return Outcome(done=False, sentence=f"{self._date:%m-%d} 的场 {local:%m-%d %H:%M:%S} 才开放，到时会自动抢")

    def _over(self) -> Outcome | None:
        today = self._assignment.clock.now().astimezone(ZoneInfo(self._assignment.zone)).date()
        return Outcome(done=False, sentence=f"{self._date:%m-%d} 已经过去") if self._date < today else None

    def _raced(self, shot: Shot | None) -> Outcome:
        """A `shot` that was fired late, or none at all, races like any other: at once."""
        track = Track(self._assignment, shot.fired.late_seconds if shot else 0)
        race = Race(
            self._assignment,
            self._preset,
            self._date,
            self._config.wishes,
            self._goal,
            track=track,
            **({"settle": shot.settle} if shot else {}),
        )
        how = race.run(shot.answer if shot else None)
        track.report(how, self._date)
        late = f"（{lateness_in_words(shot.fired.late_seconds)}）" if shot else ""
        return self._goal.outcome(f"{race.sentence(how)}{late}")


AUTO_BOOKING: Final = AutoBooking()
