"""R1 while the store is brought up to date: killed at any step, the next start goes on, and every job is there."""

import shutil
import sqlite3
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from damage_site import Pristine, build
from felled_site import FelledBot
from harness import sweep

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Pristine:
    return build(tmp_path_factory.mktemp("pristine"))


@pytest.fixture
def old_home(pristine: Pristine, tmp_path: Path) -> Path:
    """A home of the schema before today's, in which nothing runs."""
    home = tmp_path / "家"
    shutil.copytree(pristine.homes["old"], home)
    shutil.rmtree(home / "backups")
    with closing(sqlite3.connect(home / "jobs" / "jobs.db")) as connection:
        connection.execute("UPDATE jobs SET status = 'stopped'")
        connection.execute("UPDATE runs SET status = 'ended'")
        connection.commit()
    return home


@pytest.mark.parametrize(("point", "nth"), [("migration", 1), ("migration", 4), ("backup", 1), ("backup named", 1)])
async def test_a_bot_killed_while_it_brings_the_store_up_to_date_loses_no_job(
    old_home: Path, pristine: Pristine, point: str, nth: int
) -> None:
    counts: Counter[str] = Counter()
    felled = FelledBot(old_home, "auto", "", counts)
    try:
        await felled.start(point, nth)
        listing = await felled.listing()
    finally:
        await felled.bot.__aexit__()
        sweep(old_home)
    assert counts[f"point: {point}"] == 1
    assert listing is not None
    assert {row["id"] for row in listing} == pristine.mirrored
