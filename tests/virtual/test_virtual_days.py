"""R7: whole days under a virtual clock, with bots that die, clocks that are set and people who change their minds.

Every due instant ran once, or is on record as missed or skipped, with its reason.

`make days DAYS=20000` is the campaign; `SEED=…` brings one family of days back. A day that fails prints its own seed:
`judged("…")` plays it again, the same to the microsecond.
"""

import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from planted_days_site import BUGS
from world_bot_site import quiet_looks
from world_drawing_site import draw
from world_judging_site import judge
from world_record_site import Record
from world_stage_site import fresh, play, pristine

DAYS: Final = 300
_MEMORY: Final = Path("/dev/shm")

SEEDS_THAT_FOUND_BUGS: Final = {
    "a run claimed just before the bot died was started when it came back, hours late": "16",
    "a run that the machine refused for long was started behind its grace": "20",
    "a run claimed for the lead of an armed kind was started hours late": "221",
    "what was skipped was not told before somebody else rang": "261",
    "a run that ended unseen while the bot was away was said to be missed": "first/1547",
    "with an instant decided before a clock was set back, all that had passed since was lost": "101",
    "a run that a person restarted while it worked was said to be missed": "164b89ee/1413",
}


@pytest.fixture(scope="module")
def stage() -> Iterator[Path]:
    """A directory in memory, where there is one, with an empty store in it."""
    home = Path(tempfile.mkdtemp(prefix="sja-days-", dir=_MEMORY if os.access(_MEMORY, os.W_OK) else None))
    pristine(home)
    yield home
    shutil.rmtree(home)


def lived(stage: Path, seed: str, hours: int = 24, *, is_quiet: bool = True) -> Record:
    return play(draw(seed, hours), fresh(stage / "jobs" / "jobs.db", stage / "day"), is_quiet=is_quiet)


def judged(stage: Path, seed: str, hours: int = 24, *, is_quiet: bool = True) -> Record:
    """Plays a day and fails with all there is to know of it."""
    try:
        record = lived(stage, seed, hours, is_quiet=is_quiet)
    except BaseException:
        print(f"\nthe day {seed!r} broke down", flush=True)
        raise
    if wrong := judge(record):
        day = record.day
        told = [f"the day {seed!r} ({day.begins:%Y-%m-%d %H:%M:%S} UTC):", *wrong, ""]
        told += [*map(str, day.plans), "", *map(str, day.fates), "", *record.history]
        pytest.fail("\n".join(told), pytrace=False)
    return record


def test_three_hundred_days(stage: Path) -> None:
    with quiet_looks():
        runs = [len(judged(stage, str(number)).machine.processes) for number in range(DAYS)]
    assert sum(runs) > 10 * DAYS


@pytest.mark.campaign
def test_a_campaign_of_days(stage: Path) -> None:
    days, family = int(os.environ.get("DAYS") or 20_000), os.environ.get("SEED") or secrets.token_hex(4)
    print(f"\nSEED={family}", flush=True)
    began, runs = time.monotonic(), 0
    with quiet_looks():
        for number in range(1, days + 1):
            runs += len(judged(stage, f"{family}/{number}").machine.processes)
            if number % 500 == 0:
                print(f"{number} days, {runs} runs, {time.monotonic() - began:.0f} s", flush=True)


@pytest.mark.parametrize("seed", SEEDS_THAT_FOUND_BUGS.values(), ids=SEEDS_THAT_FOUND_BUGS)
def test_a_day_that_found_a_bug(stage: Path, seed: str) -> None:
    with quiet_looks():
        judged(stage, seed)


@pytest.mark.parametrize("seed", ["1", "2", "3", "4"])
def test_some_hours_at_the_pace_of_the_offices_themselves(stage: Path, seed: str) -> None:
    judged(stage, seed, hours=3, is_quiet=False)


@pytest.mark.parametrize("seed", ["16", "101"])
def test_a_seed_brings_the_same_day_back(stage: Path, seed: str) -> None:
    with quiet_looks():
        first, second = (lived(stage, seed) for _ in range(2))
    assert _told_of(first) == _told_of(second)


@pytest.mark.parametrize("name", BUGS)
def test_each_planted_bug_is_caught(stage: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bug = BUGS[name]
    bug.plant(monkeypatch.setattr)
    with quiet_looks(), pytest.raises(pytest.fail.Exception, match=bug.seen):
        judged(stage, bug.seed)


def _told_of(record: Record) -> list[str]:
    """The history, the jobs by their plans: ids are drawn anew each time."""
    text = "\n".join(record.history)
    for number, job_id in record.jobs.items():
        text = text.replace(job_id, f"job {number}")
    return text.splitlines()
