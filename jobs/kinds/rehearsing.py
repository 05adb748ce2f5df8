"""Before a release: whether all is well, ten minutes and one minute ahead, while something can still be mended."""

import logging
import math
from datetime import date, timedelta
from typing import Final

from msgspec import Struct

from jobs.kinds.firing import LOGIN_LEAD_SECONDS
from jobs.models.comparison import Comparison, comparison_in_words
from jobs.models.notices import REHEARSED
from jobs.ports.aim import Aim
from jobs.ports.kind import Assignment
from jobs.ports.provider import VenueError
from jobs.ports.store import StoreUnavailable

_log = logging.getLogger("sja.rehearsal")

FIRST_SECONDS: Final = 600.0
LAST_SECONDS: Final = 60.0
_LAST_CALL_SECONDS: Final = 35.0
"""Later than that nothing is rehearsed: comparing clocks wants some 20 s, and nothing may delay the shot."""
_NEEDED_REQUESTS: Final = 10
"""A few looks, an order and the reading of it; for every account two more."""


class _Findings(Struct, kw_only=True):
    lines: list[str]
    goes: bool = True

    def add(self, line: str, *, well: bool = True) -> None:
        self.lines.append(line if well else f"⚠️ {line}")
        self.goes = self.goes and well


class Rehearsals:
    """Both rehearsals of one run, each told once. What goes wrong with them never keeps anybody from the race."""

    def __init__(self, assignment: Assignment, aim: Aim, day: date) -> None:
        self._assignment = assignment
        self._aim = aim
        self._day = day
        self._ahead_seconds = 0.0
        """How far the platform's clock is ahead, as far as it is known: the instant comes so much sooner."""
        self._was_told_first = False

    def hold(self) -> bool:
        """Waits and rehearses until the last minute; False: the run shall leave. Where it begins later, it rehearses
        at once what there is time for."""
        if not self._wait_until(FIRST_SECONDS):
            return False
        if self._left() > LAST_SECONDS + _LAST_CALL_SECONDS:
            self._rehearse(is_last=False)
        if not self._wait_until(LAST_SECONDS):
            return False
        if self._left() > _LAST_CALL_SECONDS:
            self._rehearse(is_last=True)
        return not self._assignment.stopping.is_set()

    def _rehearse(self, *, is_last: bool) -> None:
        minutes = max(math.ceil(round(self._left()) / 60), 1)
        found = _Findings(lines=[])
        try:
            self._look_at_logins(found)
            self._look_at_clocks(found, closely=is_last)
            self._look_at_budget(found)
            if self._assignment.stopping.is_set():
                return
            self._look_at_notices(found, is_last=is_last)
            self._tell(found, minutes, is_last=is_last)
        except StoreUnavailable as trouble:
            _log.warning("%s", trouble)

    def _look_at_logins(self, found: _Findings) -> None:
        desk = self._assignment.desk
        for name in desk.missing:
            found.add(f"没有账号 {name}", well=False)
        until = self._aim.instant - timedelta(seconds=LOGIN_LEAD_SECONDS + max(self._ahead_seconds, 0))
        for one in desk.get_ready(until):
            found.add(one.sentence, well=one.error is None)
        for sentence in desk.conflicts(self._day):
            found.add(sentence, well=False)

    def _look_at_clocks(self, found: _Findings, *, closely: bool) -> None:
        # A small budget may be used up by those who only look; what one run hears all runs of a home share.
        with self._assignment.budget.hurrying():
            comparison = self._aim.survey(self._assignment.provider, closely=closely)
        found.add(f"对时：{comparison_in_words(comparison)}", well=_is_sound(comparison))
        if comparison is not None and comparison.is_believed:
            self._ahead_seconds = comparison.offset_seconds

    def _look_at_budget(self, found: _Findings) -> None:
        try:
            left = self._assignment.budget.left(self._assignment.provider.server())
        except VenueError as error:
            found.add(f"问不到平台：{error.sentence}", well=False)
            return
        needed = _NEEDED_REQUESTS + 2 * len(self._assignment.desk.accounts)
        if left < needed:
            found.add(f"向平台的请求快用完了：现在只能连发 {left} 次，少开几个监控", well=False)

    def _look_at_notices(self, found: _Findings, *, is_last: bool) -> None:
        if not (is_last and self._was_told_first):
            return
        has_arrived = self._assignment.reporter.was_told(REHEARSED, self._key(is_last=False))
        if has_arrived is False:
            found.add("上一条消息还没有送到，结果可能要等机器人连上才看得到", well=False)

    def _tell(self, found: _Findings, minutes: int, *, is_last: bool) -> None:
        _log.info("%d 分钟后开抢：%s", minutes, "；".join(found.lines))
        key = self._key(is_last=is_last)
        self._assignment.reporter.tell(REHEARSED, key, minutes=minutes, goes=found.goes, lines=found.lines)
        self._was_told_first = True

    def _key(self, *, is_last: bool) -> str:
        """One of each for each release, however often the run is begun anew."""
        return f"{self._aim.instant.isoformat()}/{'1' if is_last else '10'}"

    def _left(self) -> float:
        return (self._aim.instant - self._assignment.clock.now()).total_seconds() - self._ahead_seconds

    def _wait_until(self, before_seconds: float) -> bool:
        """Until so long before the instant; False: the run shall leave."""
        stopping = self._assignment.stopping
        while (left := self._left() - before_seconds) > 0:
            self._assignment.reporter.progress(
                f"等待{'最后的' if before_seconds == LAST_SECONDS else ''}检查",
                checks=0,
                next_check_at=self._aim.instant,
            )
            if stopping.wait(min(left, FIRST_SECONDS)):
                return False
        return not stopping.is_set()


def _is_sound(comparison: Comparison | None) -> bool:
    return comparison is not None and comparison.is_believed and not comparison.contested
