"""R4: whatever is written to the bot, it answers a message at most once, in plain words, and stays well.

`make fuzz ROUNDS=1000000` is the campaign; `SEED=…` brings a crowd's talk back.
"""

import os
import re
import secrets
from collections import Counter
from pathlib import Path
from typing import Final

import psutil
import pytest
from fuzz_crowd_site import SUPERUSER, Broken, Crowd
from harness import Bot

ROUNDS: Final = 10_000
CROWDS: Final = 4
BATCH: Final = 100
"""Messages of one crowd at once."""
GROWTH_MB: Final = 300
"""More than this is a leak, however many messages there were."""
_DEFECT: Final = re.compile(
    r"Traceback|内部错误|Task exception was never retrieved|Logging error|Failed to parse event"
)
_SETTINGS: Final = {
    "SUPERUSERS": f'["{SUPERUSER}"]',
    "SJA_MAX_RUNNING": "1",
    "SJA_MAX_JOBS_PER_USER": "8",
    "SJA_STOP_GRACE_SECONDS": "1",
    "SJA_DEMO_SEED": "7",
}


class Log:
    """The bot's own log, read as it grows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0

    def new_defects(self) -> str:
        """What there is in it that must not be, with what stands around; empty: nothing."""
        with self._path.open("rb") as log:
            log.seek(self._read)
            new = log.read().decode("utf-8", "replace")
            self._read = log.tell()
        found = _DEFECT.search(new)
        return "" if found is None else new[max(0, found.start() - 1500) : found.end() + 6000]


async def play(home: Path, rounds: int, seed: str, **settings: str) -> Counter[str]:
    """So many messages; how often which call was made. Raises `Broken`."""
    print(f"\nSEED={seed}, {rounds} messages", flush=True)
    async with Bot(home, _SETTINGS | settings) as bot:
        crowds = [Crowd(bot, 12_001 + number, f"{seed}/{number}") for number in range(CROWDS)]
        assert bot.process is not None
        process, log = psutil.Process(bot.process.pid), Log(bot.log_file)
        begun_mb = process.memory_info().rss / 2**20
        said = 0
        for crowd in crowds:
            await crowd.__aenter__()
        try:
            while said < rounds:
                for crowd in crowds:  # one after the other: a seed brings back the same talk
                    await crowd.speak(BATCH)
                said += BATCH * CROWDS
                assert bot.exit_code is None, f"the bot ended with {bot.exit_code}:\n{bot.log_tail()}"
                if defects := log.new_defects():
                    said_last = [said for crowd in crowds for said in crowd.last.values()][-BATCH:]
                    raise Broken(f"{defects}\nSEED={seed}; said last:\n{said_last}")
                if said % 20_000 == 0:
                    print(f"{said}: {process.memory_info().rss / 2**20:.0f} MB", flush=True)
        finally:
            for crowd in crowds:
                await crowd.__aexit__()
        grown_mb = process.memory_info().rss / 2**20 - begun_mb
        assert grown_mb < GROWTH_MB, f"{begun_mb:.0f} MB at first, {grown_mb:.0f} MB more in the end"
        return sum((crowd.calls for crowd in crowds), Counter[str]())


async def test_ten_thousand_messages_of_any_kind_do_no_harm(tmp_path: Path) -> None:
    calls = await play(tmp_path / "home", ROUNDS, os.environ.get("SEED") or "first")
    assert calls["send_msg"] > ROUNDS / 10, "hardly anything was answered: nothing was tried"


@pytest.mark.campaign
async def test_a_million_messages_of_any_kind_do_no_harm(tmp_path: Path) -> None:
    rounds = int(os.environ.get("ROUNDS", "1000000"))
    calls = await play(tmp_path / "home", rounds, os.environ.get("SEED") or secrets.token_hex(4), LOG_LEVEL="WARNING")
    print(f"{rounds} messages, calls: {dict(calls.most_common())}")
