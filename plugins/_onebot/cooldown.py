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

    def take(self) -> None:
        self._left -= 1


class Cooldown:
    """Implements `plugins._commands.command.Pace`. `settings` are asked anew for every command."""

    def __init__(self, settings: "Callable[[], Settings]", *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._monotonic = monotonic
        self._buckets: OrderedDict[_Whose, Bucket] = OrderedDict()

    def admit(self, heard: Heard) -> None:
        if heard.actor.role is Role.SUPERUSER:
            return
        now = self._monotonic()
        asked: list[Bucket] = []
        for who, rate in self._rates(heard):
            bucket = self._bucket(who, rate, now)
            if (seconds := bucket.require(rate, now)) is not None:
                raise TooFast(seconds, together=who.person is None)
            asked.append(bucket)
        for bucket in asked:
            bucket.take()

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
