"""Takes turns: messages to one chat leave at a pace that QQ's risk control lets pass, and none waits for another chat.

Only the beginning of a message is paced: a forwarded message, a picture and a file count as one, whatever becomes of
them. What tells of one job again and again is not thinned out here: its notifications wait in the outbox, which sends
the last state of them, or one digest.
"""

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from jobs import Chat

_PRIVATE_SHARE: Final = 1 / 3
"""Of the pace in groups: a person who asks in private waits for every answer."""
_JITTER: Final = 0.5
"""A gap is up to this much longer, at random: what comes like clockwork looks like an attack."""
_CHATS_REMEMBERED: Final = 1000
REPLIES_WAITING_AT_MOST: Final = 100
"""In one chat. Commands are refused long before (`Cooldown`), so that what has acted is answered."""
_NOTICE_PATIENCE_SECONDS: Final = 5.0
"""A notification that has waited so long leaves before the next reply: a busy chat must not starve what is urgent."""
_NOTICES_APART_SECONDS: Final = 2.0
"""And so long after that the next one: in between replies go on."""


class _Line:
    """What waits for its turn in one chat. `free_at`: when the next message may leave, by the monotonic clock."""

    def __init__(self) -> None:
        self.free_at = float("-inf")
        self.replies: deque[asyncio.Future[bool]] = deque()
        self.notices: deque[asyncio.Future[bool]] = deque()
        self.notice_due_at = float("inf")
        """When the first notification has waited long enough to go before replies; for ever where none waits."""
        self.opener: asyncio.Task[None] | None = None


class Courier:
    """One for all replies and notifications of a process. `gap_seconds` is asked anew for every message."""

    def __init__(
        self,
        gap_seconds: Callable[[], float],
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._gap_seconds = gap_seconds
        self._monotonic = monotonic
        self._sleep = sleep
        self._chance = chance
        self._lines: dict[Chat, _Line] = {}
        self._closed = False

    async def reply_turn(self, chat: Chat) -> bool:
        """Waits until a reply may leave, before notifications that do not wait for long; False: it may not any more.

        The first message to a quiet chat may leave at once.
        """
        if self._closed:
            return False
        line = self._line_to_wait_in(chat)
        if line is None:
            return True
        if len(line.replies) >= REPLIES_WAITING_AT_MOST:
            return False
        return await self._wait(chat, line, line.replies)

    def replies_waiting(self, chat: Chat) -> int:
        """How many replies wait for their turn there."""
        line = self._lines.get(chat)
        return sum(not turn.done() for turn in line.replies) if line is not None else 0

    async def notice_turn(self, chat: Chat) -> None:
        """Waits until a notification may leave; for ever once closed: it is in the outbox, which stops waiting."""
        line = self._line_to_wait_in(chat)
        if line is None:
            return
        if not _open(line.notices):
            line.notice_due_at = self._monotonic() + _NOTICE_PATIENCE_SECONDS
        await self._wait(chat, line, line.notices)

    def close(self) -> None:
        """No reply that still waits leaves any more; notifications stay where they are kept."""
        self._closed = True
        for line in self._lines.values():
            if line.opener is not None:
                line.opener.cancel()
            for turn in line.replies:
                if not turn.done():
                    turn.set_result(False)
        self._lines.clear()

    @property
    def chats(self) -> int:
        """How many chats are remembered."""
        return len(self._lines)

    def _line_to_wait_in(self, chat: Chat) -> _Line | None:
        """None: the message may leave now, and the next one a gap later."""
        gap = self._gap(chat)
        line = self._lines.get(chat)
        if line is None:
            if gap <= 0 and not self._closed:
                return None
            self._forget_quiet_chats()
            line = self._lines[chat] = _Line()
        if self._closed or line.opener is not None or line.free_at > self._monotonic():
            return line
        line.free_at = self._monotonic() + gap
        return None

    async def _wait(self, chat: Chat, line: _Line, turns: deque[asyncio.Future[bool]]) -> bool:
        turn = asyncio.get_running_loop().create_future()
        turns.append(turn)
        if line.opener is None and not self._closed:
            line.opener = asyncio.create_task(self._let_go(chat, line))
        return await turn

    async def _let_go(self, chat: Chat, line: _Line) -> None:
        """Gives one turn after another until nothing waits."""
        try:
            while _open(line.replies) or _open(line.notices):
                if (wait := line.free_at - self._monotonic()) > 0:
                    await self._sleep(wait)
                if self._give_turn(line):
                    line.free_at = self._monotonic() + self._gap(chat)
        finally:
            line.opener = None

    def _give_turn(self, line: _Line) -> bool:
        """Whether anybody was still there to take it."""
        replies, notices = _open(line.replies), _open(line.notices)
        is_notices_turn = bool(notices) and (not replies or line.notice_due_at <= self._monotonic())
        waiting = notices if is_notices_turn else replies
        if not waiting:
            return False
        waiting.popleft().set_result(True)
        if is_notices_turn:
            line.notice_due_at = self._monotonic() + _NOTICES_APART_SECONDS
        return True

    def _gap(self, chat: Chat) -> float:
        gap = self._gap_seconds()
        if gap <= 0:
            return 0
        return gap * (1 + _JITTER * self._chance()) * (1 if chat.is_group else _PRIVATE_SHARE)

    def _forget_quiet_chats(self) -> None:
        if len(self._lines) < _CHATS_REMEMBERED:
            return
        now = self._monotonic()
        busy = self._lines.items()
        self._lines = {chat: line for chat, line in busy if line.opener is not None or line.free_at > now}


def _open(turns: deque[asyncio.Future[bool]]) -> deque[asyncio.Future[bool]]:
    """The queue, without those in front who have gone away meanwhile."""
    while turns and turns[0].done():
        turns.popleft()
    return turns
