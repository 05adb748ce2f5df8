"""R6: a platform that lies, hangs and books in silence; people who cancel, runs that are killed. Its ledger judges.

`make lies ROUNDS=20000` is the campaign; `SEED=…` brings one family of rounds back. A round that fails prints its own
seed: `judged("…")` plays it again.
"""

import os
import re
import secrets
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from lies_bugs_site import BUGS
from lies_counting_site import FAULTS_THAT_STRIKE, OUTCOMES, counted
from lies_drawing_site import draw
from lies_judging_site import judge
from lies_platform_site import Street
from lies_playing_site import play
from lies_record_site import Record

from jobs.clock import SystemClock
from jobs.store.opening import open_store

ROUNDS: Final = 600
ROUNDS_FOR_A_BUG: Final = 150
_MEMORY: Final = Path("/dev/shm")


class Stage:
    """A server, and an empty store to be copied."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.street = Street()
        self.pristine = directory / "pristine"
        open_store(self.pristine, SystemClock()).store.close()

    def play(self, seed: str) -> Record:
        return play(draw(seed), self.street, self.pristine, self.directory / "home")


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    directory = Path(tempfile.mkdtemp(prefix="sja-lies-", dir=_MEMORY if os.access(_MEMORY, os.W_OK) else None))
    stage = Stage(directory)
    yield stage
    stage.street.close()
    shutil.rmtree(directory)


def judged(stage: Stage, seed: str) -> Record:
    """Plays a round and fails with all there is to know of it."""
    try:
        record = stage.play(seed)
    except BaseException:
        print(f"\nthe round {seed!r} broke down: {draw(seed)}", flush=True)
        raise
    if wrong := judge(record):
        pytest.fail("\n".join([f"the round {seed!r}:", *wrong, "", *told_of(record)]), pytrace=False)
    return record


def told_of(record: Record) -> list[str]:
    case = record.case
    told = [str(task) for task in case.tasks] + [str(rule) for rule in case.rules] + [str(case.happenings)]
    told += [f"{case.habits}", f"together: {case.together!r}, bookkeeper meanwhile: {case.with_bookkeeper}"]
    told += [f"{end.job_id} {end.run_id[-2:]} killed: {end.was_killed} {end.outcome}" for end in record.ends]
    told += [f"{made.at:.3f} {made.order_id} {made.user} {set(made.hours)} {made.job_id}" for made in record.made]
    told += [f"{row.nickname} {row.hour} {row.court} {row.state} {row.order_id} {row.reason}" for row in record.rows]
    told += [f"{one.topic} {one.data}" for one in record.told]
    return told + [
        f"{one.monotonic - 1000:9.3f} {one.user} {one.path} {one.status} {one.verdict}" for one in record.asked
    ]


def campaign(stage: Stage, family: str, rounds: int) -> Counter[str]:
    print(f"\nSEED={family}", flush=True)
    counts, began = Counter[str](), time.monotonic()
    for number in range(1, rounds + 1):
        counts += counted(judged(stage, f"{family}/{number}"))
        if number % 500 == 0:
            print(f"{number} rounds, {time.monotonic() - began:.0f} s", flush=True)
    print("\n".join(f"{count:>7} {what}" for what, count in sorted(counts.items())), flush=True)
    return counts


def test_six_hundred_rounds_of_lies(stage: Stage) -> None:
    counts = campaign(stage, "default", ROUNDS)
    assert not [what for what in (*FAULTS_THAT_STRIKE, *OUTCOMES) if not counts[what]]


@pytest.mark.campaign
def test_a_campaign_of_lies(stage: Stage) -> None:
    counts = campaign(stage, os.environ.get("SEED") or secrets.token_hex(4), int(os.environ.get("ROUNDS") or 20_000))
    assert not [what for what in (*FAULTS_THAT_STRIKE, *OUTCOMES) if not counts[what]]


@pytest.mark.parametrize("name", BUGS)
def test_each_planted_bug_is_caught(stage: Stage, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bug = BUGS[name]
    bug.plant(monkeypatch.setattr)
    for number in range(ROUNDS_FOR_A_BUG):
        wrong = judge(stage.play(f"planted/{number}"))
        if any(re.search(bug.seen, sentence) for sentence in wrong):
            print(f"{name}: round {number}")
            return
    pytest.fail(f"not seen in {ROUNDS_FOR_A_BUG} rounds")
