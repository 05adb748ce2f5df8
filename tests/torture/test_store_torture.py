"""R3: whatever is done to the store's files, it is repaired or set aside, and never opened empty over data.

`make torture ROUNDS=2000` plays five times as many of these rounds. `SEED=…` brings the same choices back.
"""

import os
import random
import resource
import secrets
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

import pytest
from damage_site import AT, Pristine, ToldClock, build
from rescue_site import Lost, play

from jobs.ports.store import StoreUnavailable
from jobs.store.opening import open_store

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="takes permissions and a full disk as POSIX has them")

ROUNDS: Final = 500


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Pristine:
    return build(tmp_path_factory.mktemp("pristine"))


@pytest.fixture
def ground() -> Iterator[Path]:
    """Where another user may go as well: permissions mean nothing to root. Stays when a round has failed."""
    ground = Path(tempfile.mkdtemp(prefix="sja-torture-"))
    ground.chmod(0o711)
    yield ground
    if not any(ground.iterdir()):
        ground.rmdir()


def torture(pristine: Pristine, ground: Path, rounds: int) -> Counter[str]:
    seed = os.environ.get("SEED") or secrets.token_hex(4)
    print(f"\nSEED={seed}", flush=True)
    counts: Counter[str] = Counter()
    for number in range(rounds):
        home = ground / f"家{number}"
        try:
            counts[play(pristine, home, random.Random(f"{seed}/{number}"))] += 1
        except Lost as lost:
            raise AssertionError(f"SEED={seed}, round {number}: {lost}\nevidence: {home}") from None
        shutil.rmtree(home)
    print("\n".join(f"{count:>6} {what}" for what, count in sorted(counts.items())), flush=True)
    return counts


def test_five_hundred_damaged_homes_lose_nothing(pristine: Pristine, ground: Path) -> None:
    assert torture(pristine, ground, ROUNDS).total() == ROUNDS


@pytest.mark.campaign
def test_a_campaign_of_damage_loses_nothing(pristine: Pristine, ground: Path) -> None:
    torture(pristine, ground, 5 * int(os.environ.get("ROUNDS") or 2000))


def test_a_repair_that_a_full_disk_breaks_off_is_taken_up_by_the_next_start(pristine: Pristine, ground: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    for number, largest in enumerate(range(0, 400_000, 8_000)):
        home = ground / f"家{number}"
        shutil.copytree(pristine.homes["old"], home)
        (home / "jobs" / "jobs.db").write_bytes(b"")
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, hard))
        try:
            with suppress(StoreUnavailable):
                open_store(home, ToldClock(AT)).store.close()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

        with closing(open_store(home, ToldClock(AT)).store) as store:
            assert {job.id for job in store.jobs.select()} >= pristine.mirrored, f"a file of at most {largest} bytes"
        shutil.rmtree(home)
