"""Reading a log over all its parts, compressed or not, whatever stands in them."""

import gzip
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from log_site import JOB, Site


def at(hour: int, minute: int = 0) -> datetime:
    """That time in Shanghai."""
    return datetime(2026, 11, 22, hour - 8, minute, tzinfo=UTC)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A log in four parts: two compressed, one that is not, and what is written now."""
    site = Site(tmp_path)
    site.part("2026-11-22 10:00:00 INFO one", "Traceback of one")
    site.part("2026-11-22 11:00:00 INFO two")
    site.look_long()
    site.part("Traceback of two", "2026-11-22 12:00:00 INFO three")
    site.logs.append(JOB, ["2026-11-22 13:00:00 INFO four", "Traceback of four"])
    assert site.names == ["", ".000001.gz", ".000002.gz", ".000003"]
    return site


def words(lines: list[str]) -> list[str]:
    return [line.replace("Traceback of", "+").split()[-1] for line in lines]


def test_the_tail_goes_on_in_older_parts(site: Site) -> None:
    assert words(site.logs.tail(JOB, 50)) == ["one", "one", "two", "two", "three", "four", "four"]
    assert words(site.logs.tail(JOB, 4)) == ["two", "three", "four", "four"]


def test_a_search_looks_through_all_parts(site: Site) -> None:
    assert site.logs.tail(JOB, 50, search="INFO ONE") == ["2026-11-22 10:00:00 INFO one"]
    assert len(site.logs.tail(JOB, 50, search="traceback")) == 3


@pytest.mark.parametrize(
    ("since", "seen"),
    [
        (at(9), ["one", "one", "two", "two", "three", "four", "four"]),
        (at(10), ["one", "one", "two", "two", "three", "four", "four"]),
        (at(10, 1), ["two", "two", "three", "four", "four"]),
        (at(11, 59), ["three", "four", "four"]),
        (at(13), ["four", "four"]),
        (at(13, 1), []),
    ],
)
def test_since_an_instant_a_line_without_one_belongs_to_the_line_above(
    site: Site, since: datetime, seen: list[str]
) -> None:
    assert words(site.logs.tail(JOB, 50, since=since)) == seen


def test_count_search_and_instant_go_together(site: Site) -> None:
    assert words(site.logs.tail(JOB, 2, since=at(11))) == ["four", "four"]
    assert words(site.logs.tail(JOB, 1, "info", at(11))) == ["four"]
    assert words(site.logs.tail(JOB, 50, "traceback", at(11))) == ["two", "four"]
    assert site.logs.tail(JOB, 50, "one", at(11)) == []


def test_a_log_without_any_instants_is_shown_whole(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.logs.append(JOB, ["just", "words"])
    assert site.logs.tail(JOB, 5, since=at(12)) == ["just", "words"]


def test_parts_of_an_earlier_version_are_read_in_their_order_and_removed(tmp_path: Path) -> None:
    site = Site(tmp_path)
    for name, text in {".2": "oldest", ".1": "old", ".000001": "new", "": "now"}.items():
        (tmp_path / f"{JOB}.log{name}").write_text(f"{text}\n")
    assert site.all_lines() == ["oldest", "old", "new", "now"]
    site.look_long()
    assert site.names == [".000001.gz", ".000002", ".1.gz", ".2.gz"]
    assert site.all_lines() == ["oldest", "old", "new", "now"]
    site.logs.remove(JOB)
    assert site.names == []


def test_the_log_of_a_job_whose_id_begins_alike_is_another_one(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.part("mine")
    for name in (f"{JOB}2.log", f"{JOB}2.log.000001", f"{JOB}.log2.log", "jobs.db"):
        (tmp_path / name).write_text("theirs\n")
    assert site.all_lines() == ["mine"]
    site.logs.remove(JOB)
    assert len(site.names) == 4


def test_a_damaged_part_hides_nothing_but_its_own_end(tmp_path: Path) -> None:
    site = Site(tmp_path)
    (tmp_path / f"{JOB}.log.000001.gz").write_bytes(gzip.compress(b"first\n"))
    packed = gzip.compress(b"".join(b"%d\n" % n for n in range(100_000)))
    (tmp_path / f"{JOB}.log.000002.gz").write_bytes(packed[: len(packed) // 2])
    (tmp_path / f"{JOB}.log.000003.gz").write_bytes(b"no gzip at all")
    (tmp_path / f"{JOB}.log.000004.gz").write_bytes(b"")
    site.logs.append(JOB, ["last"])
    lines = site.all_lines()
    assert (lines[:3], lines[-1]) == (["first", "0", "1"], "last")


def test_one_endless_line_in_a_compressed_part_is_cut(tmp_path: Path) -> None:
    site = Site(tmp_path)
    (tmp_path / f"{JOB}.log.000001.gz").write_bytes(gzip.compress(b"a\n" + b"x" * 20_000_000 + b"\nb\n", 1))
    assert [len(line) for line in site.all_lines()] == [1, 2000, 1]


def test_of_an_endless_progress_bar_the_last_state_is_shown(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.log.write_bytes(b"before\n" + b"".join(b"\r%d %%" % n for n in range(100_000)) + b"\r\nafter\n")
    assert site.logs.tail(JOB, 3) == ["before", "99999 %", "after"]


def test_a_secret_that_the_limit_of_reading_cuts_in_two_is_not_shown(tmp_path: Path) -> None:
    site = Site(tmp_path)
    limit = 32 * 1024 * 1024
    tail = b"-secret! hay\nend\n"
    site.log.write_bytes(b"password=much" + b"x" * (limit - len(tail)) + tail)
    assert site.logs.tail(JOB, 2, search="e") == ["end"]
    assert site.logs.tail(JOB, 2)[0].startswith("password=••••")


@pytest.mark.skipif(sys.platform != "linux", reason="measures by /proc")
@pytest.mark.parametrize("search", ["", "b", "zebra"])
def test_a_line_of_a_hundred_megabytes_needs_little_memory(tmp_path: Path, search: str) -> None:
    site = Site(tmp_path)
    with site.log.open("wb") as file:
        file.write(b"a\n")
        for _ in range(100):
            file.write(b"x" * 1_000_000)
        file.write(b"\nb\n")
    code = (
        "import resource, sys; from pathlib import Path; from jobs.logs import FileLogs\n"
        "logs = FileLogs(Path(sys.argv[1]))\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "logs.tail('1e95803d', 5, sys.argv[2])\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    grown = subprocess.run([sys.executable, "-c", code, str(tmp_path), search], capture_output=True, check=True).stdout
    assert int(grown) < 8 * 1024
    if not search:
        assert [len(line) for line in site.logs.tail(JOB, 5)] == [1, 2000, 1]


@pytest.mark.parametrize(
    ("written", "search"),
    [(b"nee\0dle", "needle"), (b"nee\x07dle", "needle"), ("nee\u200bdle".encode(), "needle")],
)
def test_a_search_finds_words_that_unseen_characters_cut(tmp_path: Path, written: bytes, search: str) -> None:
    site = Site(tmp_path)
    site.log.write_bytes(b"hay\n" * 50_000 + written + b"\n" + b"hay\n" * 50_000)
    assert site.logs.tail(JOB, 5, search) == ["needle"]
