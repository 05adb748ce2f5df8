"""定时: at its instant, books the best free slot for each of its accounts."""

import logging
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from jobs.kinds.firing import Shot, Track, log_in, shoot
from jobs.kinds.goal import Goal
from jobs.kinds.looking import View, look, look_at
from jobs.kinds.racing import Race
from jobs.models.conduct import Conduct
from jobs.models.configs import ScheduleConfig, schedule_config
from jobs.models.errors import Refusal
from jobs.models.hours import hours_in_words
from jobs.models.occurrence_words import lateness_in_words
from jobs.models.run import Outcome
from jobs.models.slots import accounts_words, target_words, wanted_date, wishes_words
from jobs.models.venue import Day, Preset, resolve_preset
from jobs.ports.desk import Offer
from jobs.ports.kind import Assignment
from jobs.ports.provider import VenueError

_log = logging.getLogger("sja.schedule")

_TRIES: Final = 3
_LONGEST_WAIT_SECONDS: Final = 30
_AT_THE_RELEASE: Final = timedelta(seconds=60)
"""An instant so near to the release of the day wanted is a race for it."""
_Ask = Callable[[], Sequence[Day]]


class Schedule:
    """Implements `ports.kind.Kind`."""

    name = "schedule"
    title = "定时"
    conduct = Conduct(lead_seconds=75)
    """An instant has one run: what failed at the release is told, not tried again when the courts are gone.

    A platform's clock may be ahead by more than half a minute (up to 50 s it is believed), so the instant may come that
    much earlier by ours; comparing the clocks takes some 20 s before that, and the start of 200 runs a few more.
    """

    def describe(self, config: dict[str, Any], presets: Sequence[Preset]) -> str:
        try:
            known = schedule_config(config)
        except msgspec.ValidationError:
            return "配置无法辨认"
        facts = [target_words(known.target, presets), hours_in_words(known.hours)]
        return " · ".join([*facts, *wishes_words(known.wishes), *accounts_words(known.accounts)])

    def work(self, assignment: Assignment) -> Outcome:
        config = schedule_config(assignment.job.config)
        preset = resolve_preset(config.target, assignment.provider.presets)
        if preset is None:
            raise Refusal("场馆不存在：请删除后用 !创建定时 名称 时间 预设=编号 重新创建")
        now, aim = assignment.clock.now(), assignment.aim
        if aim is None:
            return _Occasion(assignment, config, preset, now).outcome(None)
        log_in(assignment, aim)
        shot = shoot(assignment, aim, preset)
        if shot is None:
            return Outcome(done=False, sentence="被要求退出")
        try:
            # What was armed for an instant goes before what anybody looks at in passing, all of it.
            with assignment.budget.hurrying():
                # By our clock it may still be the day before.
                outcome = _Occasion(assignment, config, preset, max(now, aim.instant)).outcome(shot)
        finally:
            # Only now: what two hundred runs of one instant write must not delay what they ask.
            shot.settle()
        return replace(outcome, sentence=f"{outcome.sentence}（{lateness_in_words(shot.fired.late_seconds)}）")


class _Occasion:
    """One instant: what is wanted at it, and how that goes."""

    def __init__(self, assignment: Assignment, config: ScheduleConfig, preset: Preset, at: datetime) -> None:
        self._assignment = assignment
        self._config = config
        self._preset = preset
        self._at = at
        self._wanted = wanted_date(config.target, at, ZoneInfo(assignment.zone))
        # What was got at other instants is for other days; of those that want any day each is for itself.
        self._goal = Goal(assignment.desk, lambda booking: self._wanted is not None and booking.date == self._wanted)

    def outcome(self, shot: Shot | None) -> Outcome:
        if self._goal.is_reached:
            return Outcome(done=True, sentence=self._goal.sentence())
        if shot is not None and self._wanted is not None and self._is_release(self._wanted):
            return self._raced(self._wanted, shot)
        return self._bought(self._looked(shot.answer if shot else None), shot)

    def _is_release(self, wanted: date) -> bool:
        has_buyers = self._goal.has_buyers
        return has_buyers and abs(self._assignment.provider.release.opens_at(wanted) - self._at) <= _AT_THE_RELEASE

    def _raced(self, wanted: date, shot: Shot) -> Outcome:
        track = Track(self._assignment, shot.fired.late_seconds)
        race = Race(
            self._assignment,
            self._preset,
            wanted,
            self._config.wishes,
            self._goal,
            track=track,
            settle=shot.settle,
        )
        how = race.run(shot.answer)
        track.report(how, wanted)
        return self._goal.outcome(race.sentence(how))

    def _bought(self, view: View, shot: Shot | None) -> Outcome:
        """Takes the best of what is free."""
        offers = view.offers(self._config.wishes)
        if not offers:
            return Outcome(done=False, sentence=f"{self._preset.title} 没有符合条件的空场")
        if not self._goal.has_buyers:
            if shot is not None:
                shot.settle()
            self._assignment.reporter.event("booking.rehearsed", **offers[0].slots[0].as_data())
            sentence = self._goal.rehearsal(offers[0])
            _log.info("演练：%s", sentence)
            return Outcome(done=True, sentence=sentence)
        self._goal.note(self._assignment.desk.buy(offers, partial(self._look_again, view)))
        return self._said()

    def _said(self) -> Outcome:
        """Something got is done, said precisely; the rest is said with it."""
        sentence = self._goal.sentence() or f"{self._preset.title} 没有符合条件的空场"
        return self._goal.outcome(sentence)

    def _look_again(self, view: View) -> list[Offer]:
        return look_at(self._assignment.provider, self._preset, view.days).offers(self._config.wishes)

    def _looked(self, first: _Ask | None) -> View:
        """What is free; a platform that asks to wait a little is asked again, at most twice.

        `first` is how the days are asked for the first time.
        """
        ask = first
        for attempt in range(1, _TRIES + 1):
            try:
                return look(self._assignment.provider, self._preset, self._is_wanted, ask)
            except VenueError as error:
                wait = error.retry_after_seconds
                if wait is None or wait > _LONGEST_WAIT_SECONDS or attempt == _TRIES:
                    raise
                _log.warning("第 %d 次查询失败：%s", attempt, error)
                if self._assignment.stopping.wait(max(wait, 1)):
                    raise
            ask = None
        raise AssertionError("unreachable")

    def _is_wanted(self, day: Day) -> bool:
        return self._wanted is None or day.date == self._wanted


SCHEDULE: Final = Schedule()
