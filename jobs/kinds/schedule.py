"""定时: at its instant, takes the best free slot. Booking is rehearsed until the venues can book."""

import logging
from collections.abc import Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from jobs.models.configs import ScheduleConfig, schedule_config
from jobs.models.errors import Refusal
from jobs.models.hours import hours_in_words
from jobs.models.restarts import NEVER
from jobs.models.run import Outcome
from jobs.models.slots import best_slot, slot_words, target_words, wanted_date
from jobs.models.venue import Preset, Slot, resolve_preset
from jobs.ports.kind import Assignment
from jobs.ports.provider import VenueError

_log = logging.getLogger("sja.schedule")

_TRIES: Final = 3
_LONGEST_WAIT_SECONDS: Final = 30


class Schedule:
    """Implements `ports.kind.Kind`."""

    name = "schedule"
    title = "定时"
    restart = NEVER
    """An instant has one run: what failed at the release is told, not tried again when the courts are gone."""

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
        free = _look(assignment, config, preset)
        if not free:
            return Outcome(done=False, sentence=f"{preset.title} 没有符合条件的空场")
        slot = best_slot(free, config.hours)
        assignment.reporter.event("booking.rehearsed", **slot.as_data())
        _log.info("演练：会预订 %s", slot_words(slot))
        return Outcome(done=True, sentence=f"会预订 {slot_words(slot)}（只是演练：真实预订尚未开放）")


def _look(assignment: Assignment, config: ScheduleConfig, preset: Preset) -> list[Slot]:
    """The free slots wanted; a platform that asks to wait a little is asked again, at most twice."""
    for attempt in range(1, _TRIES + 1):
        try:
            return _free_slots(assignment, config, preset)
        except VenueError as error:
            wait = error.retry_after_seconds
            if wait is None or wait > _LONGEST_WAIT_SECONDS or attempt == _TRIES:
                raise
            _log.warning("第 %d 次查询失败：%s", attempt, error)
            if assignment.stopping.wait(max(wait, 1)):
                raise
    raise AssertionError("unreachable")


def _free_slots(assignment: Assignment, config: ScheduleConfig, preset: Preset) -> list[Slot]:
    provider = assignment.provider
    wanted = wanted_date(config.target, assignment.clock.now(), ZoneInfo(assignment.zone))
    return [
        slot
        for day in provider.days(preset)
        if wanted is None or day.date == wanted
        for slot in provider.slots(preset, day)
        if slot.hour in config.hours
    ]


SCHEDULE: Final = Schedule()
