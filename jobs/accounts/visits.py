"""The open visits to the login page, one for each person, and whose turn it is."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Final

from jobs.accounts.visit import VISIT_LIVES, Visit
from jobs.models.errors import NotFound, Refusal
from jobs.models.people import Actor
from jobs.models.turns import Turns
from jobs.ports.clock import Clock

_BUSY_SECONDS: Final = 5.0
"""How much later a visit ends whose time is up in the middle of an answer."""


class Visits:
    """Kept in memory only, and for ten minutes at most. Use inside a running event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: dict[str, Visit] = {}
        self._beginning: dict[str, asyncio.Timeout] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._turns = Turns("上一条还在处理，请等它的结果")

    def turn(self, actor: Actor) -> AbstractContextManager[None]:
        """One thing at a time for each person: a second answer must not overtake the first. Raises `Refusal`."""
        return self._turns.turn(actor.label)

    @asynccontextmanager
    async def beginning(self, actor: Actor) -> AsyncGenerator[None]:
        """Within it the person's visit is begun. Raises `Refusal` when it is given up meanwhile."""
        try:
            async with asyncio.timeout(None) as patience:
                self._beginning[actor.label] = patience
                yield
        except TimeoutError:
            raise Refusal("你取消了这次登录") from None
        finally:
            self._beginning.pop(actor.label, None)

    def give_up(self, actor: Actor) -> bool:
        """Ends at once what is being begun; whether there was such a thing."""
        patience = self._beginning.get(actor.label)
        if patience is None:
            return False
        if not patience.expired():
            patience.reschedule(0)
        return True

    def of(self, actor: Actor) -> Visit:
        """The person's open visit. Raises `NotFound`, with what to send instead."""
        visit = self._open.get(actor.label)
        if visit is None:
            raise NotFound("现在没有进行中的登录；要登录就发送 !登录，有几个账号再加上昵称")
        if self._clock.now() >= visit.ends_at:
            self.end(actor)
            raise NotFound(f"这次登录放了太久，已经结束；发送 !登录 {visit.account.nickname} 重新开始")
        return visit

    def is_open(self, actor: Actor) -> bool:
        """Whether there is one, and not over yet, or one is being begun."""
        if actor.label in self._beginning:
            return True
        visit = self._open.get(actor.label)
        return visit is not None and self._clock.now() < visit.ends_at

    def keep(self, actor: Actor, visit: Visit) -> None:
        """It is open from now on; there was none."""
        self._open[actor.label] = visit
        self._end_later(actor.label, VISIT_LIVES.total_seconds())

    def end(self, actor: Actor) -> None:
        """Closes it, where there is one."""
        self._end(actor.label)

    def end_all(self) -> None:
        """Closes every one."""
        for key in list(self._open):
            self._end(key)

    def _end_later(self, key: str, seconds: float) -> None:
        self._timers[key] = asyncio.get_running_loop().call_later(seconds, self._time_is_up, key)

    def _time_is_up(self, key: str) -> None:
        """Cookies are not kept for somebody who has gone away."""
        if self._turns.has(key):
            self._end_later(key, _BUSY_SECONDS)
        else:
            self._end(key)

    def _end(self, key: str) -> None:
        if timer := self._timers.pop(key, None):
            timer.cancel()
        if visit := self._open.pop(key, None):
            visit.close()
