"""保活: looks at accounts' sessions again and again, and begins new ones where that needs no person."""

import logging
import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import msgspec

from jobs.kinds.goal import ADD_AN_ACCOUNT
from jobs.models.accounts import AccountId
from jobs.models.conduct import Conduct
from jobs.models.configs import keep_alive_config
from jobs.models.durations import seconds_in_words
from jobs.models.errors import Refusal
from jobs.models.restarts import ON_FAILURE
from jobs.models.run import Outcome
from jobs.models.slots import accounts_words
from jobs.models.venue import Preset
from jobs.ports.desk import Readiness
from jobs.ports.kind import Assignment
from jobs.ports.provider import Remedy
from jobs.ports.store import StoreUnavailable

_log = logging.getLogger("sja.keep_alive")

LEAST_SECONDS: Final = 60.0
"""No session needs more; a home that asks a platform less often than this asks it no more often here."""
_JITTER: Final = 0.1
_FIRST_BACKOFF_SECONDS: Final = 60.0
_TRIES: Final = 4
"""After a platform's failure so many more looks, ever later, then as usual."""


class KeepAlive:
    """Implements `ports.kind.Kind`."""

    name = "keep_alive"
    title = "保活"
    conduct = Conduct(restart=ON_FAILURE)

    def describe(self, config: dict[str, Any], presets: Sequence[Preset]) -> str:  # noqa: ARG002 - needs no venue
        try:
            known = keep_alive_config(config)
        except msgspec.ValidationError:
            return "配置无法辨认"
        every = f"每{seconds_in_words(max(known.plan.interval_seconds, 1))}检查登录"
        return " · ".join([*(accounts_words(known.accounts) or ("默认账号",)), every])

    def work(self, assignment: Assignment) -> Outcome:
        return _Rounds(assignment).until_stopped()


class _Rounds:
    """One run. It ends when it is asked to leave."""

    def __init__(self, assignment: Assignment) -> None:
        self._assignment = assignment
        config = keep_alive_config(assignment.job.config)
        self._floor = max(LEAST_SECONDS, assignment.min_interval_seconds)
        self._interval = max(config.plan.interval_seconds, self._floor)
        self._seen: dict[AccountId, str] = {}
        self._rounds = 0
        self._failures = 0
        if not assignment.desk.accounts:
            names = "、".join(assignment.desk.missing)
            raise Refusal(f"没有{f'账号 {names}' if names else '可以保活的账号'}：{ADD_AN_ACCOUNT}")

    def until_stopped(self) -> Outcome:
        self._say("正在检查登录", self._interval)
        while not self._assignment.stopping.is_set():
            self._rounds += 1
            sentence, is_well = self._look()
            self._failures = 0 if is_well else self._failures + 1
            seconds = self._until_next() * random.uniform(1, 1 + 2 * _JITTER)  # noqa: S311 - hides nothing
            self._say(sentence, seconds)
            self._assignment.stopping.wait(seconds)
        return Outcome(done=False, sentence="被要求退出")

    def _look(self) -> tuple[str, bool]:
        """How the accounts stand, in words, and whether the platform itself has answered."""
        try:
            looked_at = self._assignment.desk.get_ready()
            self._note(looked_at)
        except StoreUnavailable as trouble:
            _log.warning("%s", trouble)
            return f"{trouble.sentence}，稍后再试", False
        words = [one.sentence for one in looked_at]
        missing = [f"没有账号 {name}" for name in self._assignment.desk.missing]
        # What needs a person is not asked for again before the usual time.
        is_well = not any(one.error is not None and one.error.remedy is Remedy.WAIT for one in looked_at)
        return "；".join([*words, *missing]), is_well

    def _note(self, looked_at: Sequence[Readiness]) -> None:
        """What has changed since the last look goes into the history."""
        for one in looked_at:
            if self._seen.get(one.account.id) == one.sentence:
                continue
            is_logged_in = one.error is None
            self._assignment.reporter.event(
                "session.seen", account=one.account.nickname, logged_in=is_logged_in, why=one.sentence
            )
            self._seen[one.account.id] = one.sentence
            (_log.info if is_logged_in else _log.warning)("%s", one.sentence)

    def _until_next(self) -> float:
        if not 1 <= self._failures <= _TRIES:
            return self._interval
        backoff = _FIRST_BACKOFF_SECONDS * 2 ** (self._failures - 1)
        return max(min(backoff, self._interval), self._floor)

    def _say(self, sentence: str, seconds: float) -> None:
        next_at = self._assignment.clock.now() + timedelta(seconds=seconds)
        self._assignment.reporter.progress(sentence, checks=self._rounds, next_check_at=next_at)


KEEP_ALIVE: Final = KeepAlive()
