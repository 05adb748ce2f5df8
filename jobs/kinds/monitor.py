"""监控: looks at a venue again and again, tells what has become free, and books it when asked to."""

import logging
import random
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from jobs.kinds.goal import Goal
from jobs.kinds.looking import View, look, slots_in
from jobs.kinds.seen import Seen
from jobs.models import damping
from jobs.models.accounts import AccountId, how_to_log_in
from jobs.models.bookings import slot_key
from jobs.models.conduct import Conduct
from jobs.models.configs import MonitorConfig, monitor_config
from jobs.models.errors import Refusal
from jobs.models.hours import hours_in_words
from jobs.models.notices import BOOKING_HINDERED
from jobs.models.restarts import ON_FAILURE
from jobs.models.run import Outcome
from jobs.models.slots import accounts_words, target_words, wanted_date, wishes_words
from jobs.models.venue import Day, Preset, Slot, resolve_preset
from jobs.ports.desk import Bought, Offer
from jobs.ports.kind import Assignment
from jobs.ports.provider import NotLoggedIn, Remedy, VenueError
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
        return " · ".join(
            [
                target_words(known.target, presets),
                f"每{known.plan.interval_seconds}秒",
                hours_in_words(known.plan.preferred_hours),
                *wishes_words(known.wishes),
                "自动预订" if known.plan.auto_book else "不自动预订",
                *(accounts_words(known.accounts) if known.plan.auto_book else ()),
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
        self._about = _about(preset, self._config)
        memory = assignment.reporter.recall()
        if memory.get("about", self._about) != self._about:
            memory = {}  # It was edited to look for something else: what is free there now is news.
        self._told: frozenset[str] | None = frozenset(memory["free"]) if "free" in memory else None
        self._flickers = damping.flickers_of(memory.get("flickers", {}))
        self._tried: frozenset[str] = frozenset()
        """The slots that were surely refused to all who still want one."""
        self._told_hindered: dict[AccountId, type[VenueError]] = {}
        self._just_bought: Counter[str] = Counter()
        """How often each slot was, since the last look."""
        self._checks = 0
        self._failures = 0
        self._seen = Seen(assignment.reporter.looks_before(self._today()))

    @cached_property
    def _goal(self) -> Goal:
        """What is to be booked. Who only watches never asks, and a desk is opened by the first who does."""
        return Goal(self._assignment.desk)

    def until_done(self) -> Outcome:
        # Promised before the very first look, so that it is noticed if that one hangs.
        self._say("正在查询", self._interval_seconds)
        while not self._assignment.stopping.is_set():
            if self._is_over():
                got = self._goal.sentence() if self._goal.has_any else ""
                return Outcome(done=True, sentence=f"监控的日期已过；{got}" if got else "监控的日期已过")
            if outcome := self._check_once():
                return outcome
        return Outcome(done=False, sentence="被要求退出")

    def _check_once(self) -> Outcome | None:
        """Looks, books, tells what is left, in this order: who is told of a slot may be faster than we are."""
        self._checks += 1
        try:
            view = self._look()
            self._seen.looked(self._today(), view.free)
            offers = view.offers(self._config.wishes)
            self._just_bought.clear()
            if self._config.plan.auto_book:
                self._book(offers)
            free = [slot for slot in slots_in(offers, view.free) if self._is_left(slot)]
            self._tell_if_it_can(free)
            if self._config.plan.auto_book:
                self._tell_hindered()
            outcome = self._end() if self._config.plan.auto_book else None
        except VenueError as error:
            self._seen.failed()
            if error.retry_after_seconds is None:
                self._say(error.sentence)
                raise
            self._wait_after(error, error.retry_after_seconds)
            return None
        except StoreUnavailable as error:
            self._seen.failed()
            self._wait_after(error, 0)
            return None
        self._failures = 0
        self._seen.found(bool(offers))
        if outcome is None:
            self._wait(self._words(free), self._jittered(self._interval_seconds))
        else:
            self._say(outcome.sentence)
        return outcome

    def _tell(self, free: list[Slot]) -> None:
        """Tells what is new since the last telling, once: the memory changes in the same transaction.

        Where the store cannot be had nothing was told, so nothing counts as told: the next look tells it.
        """
        keys = {slot.key for slot in free}
        told = self._told
        seen = damping.seen(self._flickers, told, keys, self._assignment.clock.now())
        new = [slot for slot in free if slot.key in seen.told]
        memory = {"free": sorted(keys), "flickers": seen.flickers.as_data, "about": self._about}
        reporter = self._assignment.reporter
        if new:
            _log.info("第 %d 次查询：新空场 %d 个，共 %d 个", self._checks, len(new), len(free))
            venue, is_first = self._preset, told is None
            reporter.slots_freed(self._checks, new, memory, venue=venue.title, preset=venue.number, first=is_first)
        elif told is None or frozenset(keys) != told:
            _log.info("第 %d 次查询：空场 %d 个", self._checks, len(free))
            reporter.remember(memory)
        self._told = frozenset(keys)
        self._flickers = seen.flickers

    def _tell_if_it_can(self, free: list[Slot]) -> None:
        """What was booked is booked, though the store cannot be had for telling what else there is."""
        try:
            self._tell(free)
        except StoreUnavailable as trouble:
            if not self._goal.is_reached:
                raise
            _log.warning("%s", trouble)

    def _tell_hindered(self) -> None:
        """Why an account cannot book, once for each kind of reason and day, and at once when it has changed."""
        today = self._today()
        hindered = {one.account.id: one for one in self._goal.hindered}
        self._told_hindered = {id: why for id, why in self._told_hindered.items() if id in hindered}
        for account_id, one in hindered.items():
            assert one.error is not None, "that hinders it"
            why = type(one.error)
            if self._told_hindered.get(account_id) is why:
                continue
            if not self._is_asked_to_log_in(one):
                self._assignment.reporter.tell(
                    BOOKING_HINDERED,
                    f"{account_id}/{why.__name__}/{today.isoformat()}",
                    account=one.account.nickname,
                    reason=one.sentence or one.error.sentence,
                    step=how_to_log_in(one.account, self._assignment.job.owner) if why is NotLoggedIn else "",
                    needs_person=one.error.remedy is Remedy.PERSON,
                )
            self._told_hindered[account_id] = why

    def _is_asked_to_log_in(self, one: Bought) -> bool:
        """Whether the desk has told the owner in this very chat."""
        home = one.account.home
        return isinstance(one.error, NotLoggedIn) and home is not None and home == self._assignment.reporter.told_in()

    def _book(self, offers: list[Offer]) -> None:
        """Books what is offered for the accounts that have had nothing yet. Where there is nobody to book for, it is
        watched and told as without: somebody may come."""
        self._assignment.desk.look_for_accounts()
        if not self._goal.has_buyers:
            return
        # Also without an offer: what was uncertain may have been found.
        self._goal.look_back()
        if not self._goal.is_reached and offers and self._is_worth_a_try(offers):
            self._buy(offers)

    def _end(self) -> Outcome | None:
        """An outcome once each account has its order."""
        return self._goal.outcome(self._goal.sentence()) if self._goal.is_reached else None

    def _is_left(self, slot: Slot) -> bool:
        """Whether the look that found it was not before our own orders for all of its places."""
        return self._just_bought[slot_key(self._preset, slot)] < max(slot.remaining, 1)

    def _buy(self, offers: list[Offer]) -> None:
        had = {(row.account_id, row.slot_key) for row in self._goal.held}
        self._goal.note(self._assignment.desk.buy(offers, self._look_again))
        new = (row for row in self._goal.held if (row.account_id, row.slot_key) not in had)
        self._just_bought.update(row.slot_key for row in new)
        self._tried = self._tried | _keys(offers) if self._goal.is_refused else frozenset()
        _log.info("第 %d 次查询：%s", self._checks, self._goal.sentence() or "没有订到")

    def _is_worth_a_try(self, offers: list[Offer]) -> bool:
        """What was surely refused is not asked for again and again; a login may have changed that since."""
        if _keys(offers) - self._tried:
            return True
        waiting = {account.id for account in self._goal.waiting_for_people}
        if not waiting:
            return False
        return any(one.error is None for one in self._assignment.desk.get_ready() if one.account.id in waiting)

    def _look_again(self) -> list[Offer]:
        return self._look().offers(self._config.wishes)

    def _look(self) -> View:
        return look(self._assignment.provider, self._preset, self._is_worth_a_look)

    def _words(self, free: list[Slot]) -> str:
        found = f"空场 {len(free)} 个"
        if not self._config.plan.auto_book:
            return found
        said = self._goal.sentence() if self._goal.has_buyers else self._goal.nobody()
        return f"{found}；{said}" if said else found

    def _wait_after(self, error: VenueError | StoreUnavailable, least_seconds: float) -> None:
        self._failures += 1
        _log.warning("第 %d 次查询失败：%s", self._checks, error)
        backoff = min(_FIRST_BACKOFF_SECONDS * 2 ** min(self._failures - 1, 16), _LONGEST_BACKOFF_SECONDS)
        seconds = max(least_seconds, min(backoff, self._interval_seconds))
        self._wait(f"{error.sentence}，稍后再试", self._jittered(seconds))

    def _wait(self, sentence: str, seconds: float) -> None:
        self._say(sentence, seconds)
        self._assignment.stopping.wait(seconds)

    def _say(self, sentence: str, seconds: float | None = None) -> None:
        """`seconds`: until the next look; None: there is none."""
        next_at = None if seconds is None else self._assignment.clock.now() + timedelta(seconds=seconds)
        seen = self._seen
        self._assignment.reporter.progress(
            sentence, checks=self._checks, next_check_at=next_at, ticks=seen.ticks, sighting=seen.sighting
        )

    def _is_worth_a_look(self, day: Day) -> bool:
        """What a platform lists as full or not open yet is not asked for: the next look is soon enough."""
        return self._is_wanted(day) and day.is_open and not day.is_full

    def _is_wanted(self, day: Day) -> bool:
        dates = self._config.wishes.dates
        wanted = wanted_date(self._config.target, self._assignment.clock.now(), self._zone)
        return day.date in dates if dates else wanted is None or day.date == wanted

    def _is_over(self) -> bool:
        dates = self._config.wishes.dates
        last = max(dates) if dates else self._config.target.date
        return last is not None and last < self._today()

    def _today(self) -> date:
        return self._assignment.clock.now().astimezone(self._zone).date()

    @staticmethod
    def _jittered(seconds: float) -> float:
        return seconds * random.uniform(1, 1 + 2 * _JITTER)  # noqa: S311 - spreads requests, hides nothing


def _about(preset: Preset, config: MonitorConfig) -> str:
    """What is looked for: a memory of anything else says nothing about it."""
    target = config.target
    about = (preset.number, target.date, target.date_offset, config.wishes)
    return msgspec.json.encode(about).decode()


def _keys(offers: Sequence[Offer]) -> frozenset[str]:
    return frozenset(slot.key for offer in offers for slot in offer.slots)


MONITOR: Final = Monitor()
