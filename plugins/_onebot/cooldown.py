"""How many commands people may give: as many as people give, and not as many as a script does."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec import Struct

from jobs import Chat, Role
from plugins._commands.command import Heard, TooFast

if TYPE_CHECKING:
    from jobs import Settings

_IN_PRIVATE: Final = 5
"""Times as many as in a group, where others have to read along."""
_BURST_OF_PERSON: Final = 1 / 4
_BURST_OF_GROUP: Final = 1 / 3
"""Of a minute's commands: so many may come at once after a while of quiet."""
_BURST_AT_LEAST: Final = 5
_REST_SECONDS: Final = 5.0
"""At least, so that somebody who goes on at the same speed is not told so once a second."""
_REPLIES_WAITING: Final = 5
_URGENT_REPLIES_WAITING: Final = 20
"""In one chat: with more, a command is refused before it acts, for its answer would come late. Superusers' commands and
what stops something are let through for longer."""
_NOTICES_WAITING: Final = 8
"""Likewise: with more, whoever is refused is not even told so."""
_TOLD_SECONDS: Final = 30.0
"""Between two notices to one person that others were too fast."""
_EXEMPT: Final = frozenset({"收到"})
"""Commands that always pass: who acknowledges keeps others from being called."""
_URGENT: Final = frozenset({"停止任务", "暂停任务", "撤销", "取消订单"})
"""Commands that do not wait for other people of the group."""
_REMEMBERED: Final = 4096
"""People and groups; who was quiet for longest is forgotten first."""


class _Whose(NamedTuple):
    """A person in a chat; None: all people of it together."""

    chat: Chat
    person: str | None = None


class Rate(Struct, frozen=True):
    """`per_minute` commands, evenly, and up to `burst` at once."""

    per_minute: int
    burst: float

    @property
    def per_second(self) -> float:
        return self.per_minute / 60


class Bucket:
    """The commands a person or a group has left; full at first. Instants are seconds of a monotonic clock."""

    def __init__(self, rate: Rate, now: float) -> None:
        self._left = rate.burst
        self._counted_at = now
        self._shut_until: float | None = None

    def require(self, rate: Rate, now: float) -> int | None:
        """None: there is one left. Else how many seconds until then, which is said once; 0: it was said before."""
        self._left = min(rate.burst, self._left + (now - self._counted_at) * rate.per_second)
        self._counted_at = now
        if self._shut_until is not None and now < self._shut_until:
            return 0
        self._shut_until = None
        if self._left >= 1:
            return None
        rest = math.ceil(max((1 - self._left) / rate.per_second, _REST_SECONDS))
        self._shut_until = now + rest
        return rest

    def rest(self, now: float) -> int:
        """Seconds until there may be one again, where that was said before."""
        return math.ceil(max((self._shut_until or now) - now, 1))

    def take(self) -> None:
        self._left = max(self._left - 1, 0)


class Cooldown:
    """Implements `plugins._commands.command.Pace`. `settings` are asked anew for every command."""

    def __init__(
        self,
        settings: "Callable[[], Settings]",
        *,
        replies_waiting: Callable[[Chat], int] = lambda _: 0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._replies_waiting = replies_waiting
        self._monotonic = monotonic
        self._buckets: OrderedDict[_Whose, Bucket] = OrderedDict()
        self._told_until: OrderedDict[_Whose, float] = OrderedDict()
        """Until when a person is not told again that their group is too fast."""

    def admit(self, heard: Heard, command: str = "") -> None:
        if command in _EXEMPT:
            return
        now = self._monotonic()
        is_superuser, is_urgent = heard.actor.role is Role.SUPERUSER, command in _URGENT
        room = _URGENT_REPLIES_WAITING if is_superuser or is_urgent else _REPLIES_WAITING
        if self._replies_waiting(heard.chat) >= room:
            raise TooFast(self._telling(heard, math.ceil(_REST_SECONDS), now), together=heard.chat.is_group)
        if is_superuser:
            return
        asked: list[Bucket] = []
        for who, rate in self._rates(heard):
            bucket = self._bucket(who, rate, now)
            asked.append(bucket)
            if who.person is None and is_urgent:
                continue
            if (seconds := bucket.require(rate, now)) is None:
                continue
            if who.person is None:
                # Whoever is met with silence did not hear what others were told.
                seconds = self._telling(heard, seconds or bucket.rest(now), now)
            raise TooFast(seconds, together=who.person is None)
        for bucket in asked:
            bucket.take()

    def _telling(self, heard: Heard, seconds: int, now: float) -> int:
        """The seconds, where this person was not told so lately, and there is room for saying it; else 0."""
        who = _Whose(heard.chat, heard.actor.user_id or "")
        if now < self._told_until.get(who, now) or self._replies_waiting(heard.chat) >= _NOTICES_WAITING:
            return 0
        self._told_until[who] = now + _TOLD_SECONDS
        self._told_until.move_to_end(who)
        if len(self._told_until) > _REMEMBERED:
            self._told_until.popitem(last=False)
        return seconds

    @property
    def remembered(self) -> int:
        """How many people and groups."""
        return len(self._buckets)

    def _rates(self, heard: Heard) -> list[tuple[_Whose, Rate]]:
        """Whose commands are counted, and how many there may be."""
        settings, chat = self._settings(), heard.chat
        of_person = settings.sja_user_commands_per_minute * (1 if chat.is_group else _IN_PRIVATE)
        of_group = settings.sja_group_commands_per_minute if chat.is_group else 0
        rates: list[tuple[_Whose, Rate]] = []
        if of_person:
            burst = max(of_person * _BURST_OF_PERSON, _BURST_AT_LEAST)
            rates.append((_Whose(chat, heard.actor.user_id or ""), Rate(of_person, burst)))
        if of_group:
            rates.append((_Whose(chat), Rate(of_group, max(of_group * _BURST_OF_GROUP, _BURST_AT_LEAST))))
        return rates

    def _bucket(self, key: _Whose, rate: Rate, now: float) -> Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(rate, now)
            if len(self._buckets) > _REMEMBERED:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        return bucket
