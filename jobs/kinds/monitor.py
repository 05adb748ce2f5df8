"""监控: looks at a venue again and again, and tells what has become free."""

import logging
import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from jobs.models.conduct import Conduct
from jobs.models.configs import MonitorConfig, monitor_config
from jobs.models.errors import Refusal
from jobs.models.hours import hours_in_words
from jobs.models.restarts import ON_FAILURE
from jobs.models.run import Outcome
from jobs.models.slots import best_slot, slot_words, target_words, wanted_date
from jobs.models.venue import Day, Preset, Slot, resolve_preset
from jobs.ports.kind import Assignment
from jobs.ports.provider import VenueError
from jobs.ports.store import StoreUnavailable

_log = logging.getLogger("sja.monitor")

_JITTER: Final = 0.1
"""A wait is up to a fifth longer than asked for, a tenth at the mean, so that many monitors do not ask in step; never
shorter, for the interval may be the least that the platform allows."""
_FIRST_BACKOFF_SECONDS: Final = 5
_LONGEST_BACKOFF_SECONDS: Final = 900
"""After a failure the next look comes sooner than the interval, then ever later, but never later than the interval."""


class Monitor:
    """Implements `ports.kind.Kind`."""

    name = "monitor"
    title = "监控"
    conduct = Conduct(restart=ON_FAILURE)

    def describe(self, config: dict[str, Any], presets: Sequence[Preset]) -> str:
        try:
            known = monitor_config(config)
        except msgspec.ValidationError:
            return "配置无法辨认"
        booking = "自动预订（演练）" if known.plan.auto_book else "不自动预订"
        return " · ".join(
            [
                target_words(known.target, presets),
                f"每{known.plan.interval_seconds}秒",
                hours_in_words(known.plan.preferred_hours),
                booking,
            ]
        )

    def work(self, assignment: Assignment) -> Outcome:
        return _Watch(assignment).until_done()


class _Watch:
    """One run: checks, each telling what it found, until there is nothing left to wait for."""

    def __init__(self, assignment: Assignment) -> None:
        self._assignment = assignment
        self._config: MonitorConfig = monitor_config(assignment.job.config)
        preset = resolve_preset(self._config.target, assignment.provider.presets)
        if preset is None:
            raise Refusal("场馆不存在：请删除后用 !创建监控 名称 预设=编号 重新创建")
        self._preset = preset
        self._zone = ZoneInfo(assignment.zone)
        self._interval_seconds = max(self._config.plan.interval_seconds, assignment.min_interval_seconds)
        memory = assignment.reporter.recall()
        self._told: frozenset[str] | None = frozenset(memory["free"]) if "free" in memory else None
        self._checks = 0
        self._failures = 0

    def until_done(self) -> Outcome:
        # Promised before the very first look, so that it is noticed if that one hangs.
        self._say("正在查询", self._interval_seconds)
        while not self._assignment.stopping.is_set():
            if self._is_over():
                return Outcome(done=True, sentence="监控的日期已过")
            if outcome := self._check_once():
                return outcome
        return Outcome(done=False, sentence="被要求退出")

    def _check_once(self) -> Outcome | None:
        self._checks += 1
        try:
            free = self._look()
            outcome = self._tell(free)
        except VenueError as error:
            if error.retry_after_seconds is None:
                raise
            self._wait_after(error, error.retry_after_seconds)
            return None
        except StoreUnavailable as error:
            self._wait_after(error, 0)
            return None
        self._failures = 0
        if outcome is None:
            self._wait(f"空场 {len(free)} 个", self._jittered(self._interval_seconds))
        return outcome

    def _look(self) -> list[Slot]:
        provider = self._assignment.provider
        hours = frozenset(self._config.plan.preferred_hours)
        found: list[Slot] = []
        for day in provider.days(self._preset):
            if self._is_wanted(day):
                found += [slot for slot in provider.slots(self._preset, day) if not hours or slot.hour in hours]
        return found

    def _tell(self, free: list[Slot]) -> Outcome | None:
        """Tells what is new since the last telling, once: the memory changes in the same transaction.

        Where the store cannot be had nothing was told, so nothing counts as told: the next look tells it.
        """
        keys = {slot.key for slot in free}
        told = self._told
        new = [slot for slot in free if told is None or slot.key not in told]
        memory = {"free": sorted(keys)}
        reporter = self._assignment.reporter
        if new:
            _log.info("第 %d 次查询：新空场 %d 个，共 %d 个", self._checks, len(new), len(free))
            reporter.slots_freed(self._checks, new, memory, venue=self._preset.title, first=told is None)
        elif told is None or frozenset(keys) != told:
            _log.info("第 %d 次查询：空场 %d 个", self._checks, len(free))
            reporter.remember(memory)
        self._told = frozenset(keys)
        return self._rehearse_booking(free)

    def _rehearse_booking(self, free: list[Slot]) -> Outcome | None:
        if not self._config.plan.auto_book or not free:
            return None
        slot = best_slot(free, self._config.plan.preferred_hours)
        self._assignment.reporter.event("booking.rehearsed", **slot.as_data())
        return Outcome(done=True, sentence=f"会预订 {slot_words(slot)}（只是演练：真实预订尚未开放）")

    def _wait_after(self, error: VenueError | StoreUnavailable, least_seconds: float) -> None:
        self._failures += 1
        _log.warning("第 %d 次查询失败：%s", self._checks, error)
        backoff = min(_FIRST_BACKOFF_SECONDS * 2 ** min(self._failures - 1, 16), _LONGEST_BACKOFF_SECONDS)
        seconds = max(least_seconds, min(backoff, self._interval_seconds))
        self._wait(f"{error.sentence}，稍后再试", self._jittered(seconds))

    def _wait(self, sentence: str, seconds: float) -> None:
        self._say(sentence, seconds)
        self._assignment.stopping.wait(seconds)

    def _say(self, sentence: str, seconds: float) -> None:
        next_at = self._assignment.clock.now() + timedelta(seconds=seconds)
        self._assignment.reporter.progress(sentence, checks=self._checks, next_check_at=next_at)

    def _is_wanted(self, day: Day) -> bool:
        wanted = wanted_date(self._config.target, self._assignment.clock.now(), self._zone)
        return wanted is None or day.date == wanted

    def _is_over(self) -> bool:
        date_ = self._config.target.date
        return date_ is not None and date_ < self._assignment.clock.now().astimezone(self._zone).date()

    @staticmethod
    def _jittered(seconds: float) -> float:
        return seconds * random.uniform(1, 1 + 2 * _JITTER)  # noqa: S311 - spreads requests, hides nothing


MONITOR: Final = Monitor()
