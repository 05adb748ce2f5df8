"""A bot that may be told to fell itself at a named point, and the QQ client beside it."""

import asyncio
import json
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

from harness import PATIENCE_SECONDS, Bot
from points_site import NTH, PLANTED, POINT

from jobs.cli.onebot import Speaker
from jobs.cli.peer import Peer

MAIN: Final = Path(__file__).with_name("felled_main.py")
SPEAKERS: Final = tuple(Speaker(user_id=20001 + n, nickname=f"人{n}") for n in range(3))
"""All are superusers: each may touch the others' jobs."""


class Broken(AssertionError):
    """An invariant does not hold."""


class FelledBot:
    """Starts, is killed, starts again; `armed` names the point it shall fell itself at, empty: none."""

    def __init__(self, home: Path, launcher: str, planted: str, counts: Counter[str]) -> None:
        settings = {
            "SJA_LAUNCHER": launcher,
            "SUPERUSERS": json.dumps([str(one.user_id) for one in SPEAKERS]),
            "SJA_DEMO_PERIOD_SECONDS": "1000000000",  # the platform stands still: free slots are found once
            "SJA_STOP_GRACE_SECONDS": "2",
            "SJA_LOG_MAX_BYTES": "4096",
            "SJA_LOG_KEEP": "100",
            PLANTED: planted,
        }
        self.bot = Bot(home, settings, main=MAIN)
        self.armed = ""
        self.deaths = 0
        self._counts = counts

    @property
    def is_dead(self) -> bool:
        return self.bot.exit_code is not None

    async def start(self, point: str = "", nth: int = 1) -> Peer:
        """Starts the bot and waits for it; one that fells itself before it is up is started again, unarmed."""
        self.armed = point
        self.bot.settings |= {POINT: point, NTH: str(nth)}
        self.bot.start()
        peer = await self.bot.peer()
        if not await self._came_up(peer):
            await self.note_felled()
            return await self.start()
        return peer

    async def note_felled(self) -> None:
        """An armed bot has come to its point; any other end of a bot by itself is a violation."""
        code = await self.bot.ended()
        if not self.armed or code != -signal.SIGKILL:
            raise Broken(f"the bot ended by itself with {code}:\n{self.bot.log_tail()}")
        self._counts[f"point: {self.armed}"] += 1
        self.deaths += 1
        self.armed = ""

    async def kill(self) -> None:
        if self.is_dead and self.armed:
            await self.note_felled()
        else:
            await self.bot.kill()
            self.deaths += 1
        self.armed = ""

    async def listing(self) -> list[dict[str, Any]] | None:
        """What `sja jobs --json` shows; None where it refuses."""
        shown = await self.bot.sja("jobs", "--json")
        return shown.json["jobs"] if shown.code == 0 else None

    async def _came_up(self, peer: Peer) -> bool:
        deadline = time.monotonic() + PATIENCE_SECONDS
        connected = asyncio.create_task(peer.connected())
        try:
            while not connected.done():
                if self.is_dead:
                    return False
                if time.monotonic() > deadline:
                    raise Broken(f"the bot does not come up:\n{self.bot.log_tail()}")
                await asyncio.wait([connected], timeout=0.02)
        finally:
            connected.cancel()
        return True
