"""What is kept of logs, and tidying where the disk does not want to."""

import asyncio
import logging
import os
import sys
from pathlib import Path

import pytest
from log_site import JOB, Site, until

from jobs.app.chores import tidy_logs
from jobs.config import Settings
from jobs.logs import FileLogs
from jobs.models.ids import JobId

linux = pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel who writes")


def part(directory: Path, job: str, number: int, size: int, age: int) -> None:
    """A part of another day: the higher the age, the older."""
    path = directory / f"{job}.log.{number:06}.gz"
    path.write_bytes(b"x" * size)
    os.utime(path, (10**9 - age, 10**9 - age))


def test_so_many_parts_of_a_job_stay_the_newest(tmp_path: Path) -> None:
    site = Site(tmp_path, keep=2)
    for number in range(1, 6):
        part(tmp_path, JOB, number, 10, 0)
    site.look()
    assert site.names == [".000004.gz", ".000005.gz"]


def test_parts_of_a_job_are_limited_in_all(tmp_path: Path) -> None:
    site = Site(tmp_path, job=250)
    for number in range(1, 6):
        part(tmp_path, JOB, number, 100, 0)
    site.look()
    assert site.names == [".000004.gz", ".000005.gz"]


def test_of_all_parts_the_oldest_go_first(tmp_path: Path) -> None:
    site = Site(tmp_path, all_=300)
    for job in range(3):
        for number in range(1, 4):
            part(tmp_path, f"job{job}", number, 100, age=job + 10 * (3 - number))
    site.look()
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"job{job}.log.000003.gz" for job in range(3)]


def test_the_files_written_to_count_too_and_the_largest_are_rotated_so_that_the_oldest_can_go(tmp_path: Path) -> None:
    site = Site(tmp_path, part_bytes=1 << 20, all_=300_000)
    for job, size in (("big", 400_000), ("mid", 200_000), ("low", 90_000), ("tiny", 20_000)):
        FileLogs(tmp_path).append(JobId(job), [os.urandom(size // 2).hex()])
    os.utime(tmp_path / "big.log", (10**9, 10**9))
    part(tmp_path, "mid", 1, 50_000, age=1000)
    for _ in range(3):
        site.look()
    assert {path.name for path in tmp_path.iterdir()} >= {"low.log", "tiny.log"}
    assert not list(tmp_path.glob("big.log*"))
    assert not (tmp_path / "mid.log.000001.gz").exists()
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 300_000


def test_within_the_limit_of_all_nothing_is_rotated_early(tmp_path: Path) -> None:
    site = Site(tmp_path, part_bytes=1 << 20, all_=300_000)
    FileLogs(tmp_path).append(JobId("big"), ["x" * 200_000])
    part(tmp_path, "mid", 1, 50_000, age=1000)
    site.look_long()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["big.log", "mid.log.000001.gz"]
    FileLogs(tmp_path).append(JobId("big"), ["x" * 60_000])
    site.look_long()
    assert [path.name for path in tmp_path.iterdir()] == ["big.log"]


def test_the_file_written_to_is_never_removed(tmp_path: Path) -> None:
    site = Site(tmp_path, part_bytes=1000, keep=0, job=1, all_=1)
    site.logs.append(JOB, ["x" * 500])
    site.look_long()
    assert site.names == [""]


def test_a_large_newest_part_stays_until_it_is_compressed(tmp_path: Path) -> None:
    site = Site(tmp_path, job=5000)
    site.part(*["the same words again"] * 1000)
    site.look_long()
    assert site.names == [".000001.gz"]
    assert len(site.all_lines()) == 1000


@linux
def test_a_part_that_is_written_to_without_end_is_emptied_so_that_it_cannot_fill_the_disk(tmp_path: Path) -> None:
    site = Site(tmp_path, job=100_000)
    with site.log.open("ab", buffering=0) as chatty:
        chatty.write(b"x" * 10_000 + b"\n")
        site.look()
        for _ in range(5):
            chatty.write(b"x" * 60_000 + b"\n")
            site.look()
        assert (tmp_path / f"{JOB}.log.000001").stat().st_size <= 100_000


def test_everything_goes_with_the_job(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.part("one")
    site.look_long()
    site.part("two")
    site.logs.append(JOB, ["three"])
    (tmp_path / f"{JOB}.log.000001.gz.tmp").touch()
    site.logs.remove(JOB)
    assert site.names == []


def test_trouble_with_one_log_is_told_and_the_others_are_tidied(tmp_path: Path) -> None:
    site = Site(tmp_path)
    for job in ("aa", "bb", "cc"):
        FileLogs(tmp_path).append(JobId(job), ["a line"])
    site.look()
    (tmp_path / "bb.log.000001.gz.tmp").mkdir()
    assert isinstance(site.tidying.look(), OSError)
    assert isinstance(site.tidying.look(), OSError)
    assert isinstance(site.tidying.compress(), OSError)
    assert {path.name for path in tmp_path.iterdir()} >= {"aa.log.000001.gz", "bb.log.000001", "cc.log.000001.gz"}
    (tmp_path / "bb.log.000001.gz.tmp").rmdir()
    site.look()
    assert (tmp_path / "bb.log.000001.gz").exists()


async def test_a_bot_that_cannot_tidy_says_so_once_and_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "sja")
    chore = asyncio.create_task(tidy_logs(lambda: Settings(sja_home=tmp_path, sja_log_max_bytes=4096), 0.01)())
    async with asyncio.timeout(20):
        await until(lambda: bool(caplog.records))
        (tmp_path / "jobs").mkdir()
        FileLogs(tmp_path / "jobs").append(JOB, ["x" * 5000])
        await until((tmp_path / "jobs" / f"{JOB}.log.000001.gz").exists)
    assert not chore.done()
    chore.cancel()
    await asyncio.gather(chore, return_exceptions=True)
    assert [record.message.split(",")[0] for record in caplog.records] == ["the logs cannot be tidied"]
