"""The daily backup, whatever the clock has done."""

import asyncio
import os
from pathlib import Path

import pytest
from engine_site import Audience, until

from jobs.app.chores import backups
from jobs.clock import SystemClock
from jobs.store.opening import open_store

DAY = 86_400.0


@pytest.fixture
def home(tmp_path: Path) -> Path:
    open_store(tmp_path / "home", SystemClock()).store.close()
    return tmp_path / "home"


def a_backup(home: Path, name: str, age_seconds: float) -> Path:
    path = home / "backups" / f"jobs-{name}.db"
    path.touch()
    made = SystemClock().now().timestamp() - age_seconds
    os.utime(path, (made, made))
    return path


async def looks(home: Path, *, until_there_are: int) -> set[str]:
    """The names of the backups once there are so many; whatever is to be made is made at the first look."""
    audience = Audience()
    task = asyncio.create_task(backups(home, SystemClock(), audience)())
    try:
        await until(lambda: len(list((home / "backups").glob("jobs-*.db"))) == until_there_are, "a copy is made")
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert audience.administrators_heard == []
    return {path.name for path in (home / "backups").glob("jobs-*.db")}


async def test_a_backup_of_a_time_to_come_does_not_pass_for_todays(home: Path) -> None:
    ahead = a_backup(home, "20991231-040000", -30 * DAY)
    made = await looks(home, until_there_are=2) - {ahead.name}
    assert len(made) == 1
    assert await looks(home, until_there_are=2) == {ahead.name, *made}


async def test_backups_of_a_time_to_come_crowd_out_no_true_one(home: Path) -> None:
    ahead = [a_backup(home, f"209912{day:02}-040000", -30 * DAY) for day in range(11, 18)]
    true = a_backup(home, "20250101-040000", 300 * DAY)
    made = await looks(home, until_there_are=7)
    assert true.name in made
    assert made - {path.name for path in [*ahead, true]}, "today's is there"
    assert made >= {path.name for path in ahead[2:]}


async def test_a_backup_of_today_is_enough_though_one_of_a_time_to_come_is_newer(home: Path) -> None:
    names = {a_backup(home, "20991231-040000", -30 * DAY).name, a_backup(home, "20260101-040000", 0.5 * DAY).name}
    assert await looks(home, until_there_are=2) == names
