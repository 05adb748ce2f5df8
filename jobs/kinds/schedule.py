"""定时: at its instant, takes the best free slot. Booking is rehearsed until the venues can book."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from jobs.models.comparison import comparison_in_words
from jobs.models.conduct import Conduct
from jobs.models.configs import ScheduleConfig, schedule_config
from jobs.models.errors import Refusal
from jobs.models.hours import hours_in_words
from jobs.models.occurrence_words import READY, lateness_in_words
from jobs.models.run import Outcome
from jobs.models.slots import choice_words as slot_words, target_words, wanted_date
from jobs.models.venue import Day, Preset, Slot, resolve_preset
from jobs.ports.aim import Aim, Fired
from jobs.ports.kind import Assignment
from jobs.ports.provider import ReadyDays, VenueError

_log = logging.getLogger("sja.schedule")

_TRIES: Final = 3
_LONGEST_WAIT_SECONDS: Final = 30
_Ask = Callable[[], list[Day]]


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
        return f"{target_words(known.target, presets)} · {hours_in_words(known.hours)}"

    def work(self, assignment: Assignment) -> Outcome:
        config = schedule_config(assignment.job.config)
        preset = resolve_preset(config.target, assignment.provider.presets)
        if preset is None:
            raise Refusal("场馆不存在：请删除后用 !创建定时 名称 时间 预设=编号 重新创建")
        now = assignment.clock.now()
        if assignment.aim is None:
            free = _look(assignment, config, preset, now, partial(assignment.provider.days, preset))
            return _booked(assignment, config, preset, free)
        ready = assignment.provider.prepare_days(preset)
        fired = _fired(assignment, assignment.aim, ready)
        if fired is None:
            return Outcome(done=False, sentence="被要求退出")
        try:
            # By our clock it may still be the day before.
            free = _look(assignment, config, preset, max(now, assignment.aim.instant), ready.answer)
        finally:
            # Only now: what two hundred runs of one instant write must not delay what they ask.
            assignment.aim.stand_down()
            _report(assignment, fired)
        outcome = _booked(assignment, config, preset, free)
        return replace(outcome, sentence=f"{outcome.sentence}（{lateness_in_words(fired.late_seconds)}）")


def _fired(assignment: Assignment, aim: Aim, ready: ReadyDays) -> Fired | None:
    """Waits for the instant, and sends the first question; None: the run shall leave."""
    local = aim.instant.astimezone(ZoneInfo(assignment.zone))
    say = partial(assignment.reporter.progress, checks=0, next_check_at=aim.instant)
    say(f"准备中，{local:%H:%M:%S} 出手")
    comparison = aim.compare(assignment.provider)
    words = f"{READY}，{local:%H:%M:%S} 出手（{comparison_in_words(comparison)}）"
    _log.info("%s", words)
    say(words)
    return aim.fire(ready)


def _report(assignment: Assignment, fired: Fired) -> None:
    known = fired.comparison
    clocks = {} if known is None else {"offset_seconds": known.offset_seconds, "error_seconds": known.error_seconds}
    assignment.reporter.fired(fired.late_seconds, **clocks)


def _booked(assignment: Assignment, config: ScheduleConfig, preset: Preset, free: list[Slot]) -> Outcome:
    """Takes the best slot of those that are free."""
    if not free:
        return Outcome(done=False, sentence=f"{preset.title} 没有符合条件的空场")
    slot = best_slot(free, config.hours)
    assignment.reporter.event("booking.rehearsed", **slot.as_data())
    _log.info("演练：会预订 %s", slot_words(slot))
    return Outcome(done=True, sentence=f"会预订 {slot_words(slot)}（只是演练：真实预订尚未开放）")


def _look(assignment: Assignment, config: ScheduleConfig, preset: Preset, at: datetime, first: _Ask) -> list[Slot]:
    """The free slots wanted; a platform that asks to wait a little is asked again, at most twice.

    `first` is how the days are asked for the first time.
    """
    ask = first
    for attempt in range(1, _TRIES + 1):
        try:
            return _free_slots(assignment, config, preset, at, ask)
        except VenueError as error:
            wait = error.retry_after_seconds
            if wait is None or wait > _LONGEST_WAIT_SECONDS or attempt == _TRIES:
                raise
            _log.warning("第 %d 次查询失败：%s", attempt, error)
            if assignment.stopping.wait(max(wait, 1)):
                raise
        ask = partial(assignment.provider.days, preset)
    raise AssertionError("unreachable")


def _free_slots(assignment: Assignment, config: ScheduleConfig, preset: Preset, at: datetime, ask: _Ask) -> list[Slot]:
    wanted = wanted_date(config.target, at, ZoneInfo(assignment.zone))
    return [
        slot
        for day in ask()
        if wanted is None or day.date == wanted
        for slot in assignment.provider.slots(preset, day)
        if slot.hour in config.hours
    ]


SCHEDULE: Final = Schedule()
