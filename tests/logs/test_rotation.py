"""Rotating a log while it is written to: every line stays, once, in order."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from log_site import JOB, Site, new_lines, run, start

LINES = 100_000
WRITER = f"""
    import logging, sys
    from pathlib import Path
    from jobs.app.runlog import log_to
    log_to(Path(sys.argv[-1]), "Asia/Shanghai")
    for number in range({LINES}):
        logging.info("%d", number)
"""
linux = pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel who writes")


def numbers(lines: list[str]) -> list[int]:
    return [int(line.rsplit(" ", 1)[1]) for line in lines]


@linux
def test_no_line_is_lost_or_doubled_while_a_process_writes_at_full_speed(tmp_path: Path) -> None:
    site = Site(tmp_path, part_bytes=200_000)
    followed: list[str] = []
    following = site.following()
    writer = start(WRITER, site.log)
    while writer.poll() is None:
        site.look()
        followed += new_lines(following)
    assert writer.returncode == 0
    for _ in range(4):
        site.look()
        followed += new_lines(following)
    parts = [name for name in site.names if name]
    assert len(parts) >= 5
    assert all(name.endswith(".gz") for name in parts[:-1])
    assert numbers(site.all_lines()) == list(range(LINES))
    assert numbers(followed) == list(range(LINES))


@linux
def test_a_reader_beside_sees_at_every_moment_all_lines_up_to_some_line(tmp_path: Path) -> None:
    site = Site(tmp_path, part_bytes=200_000)
    over = threading.Event()
    seen: list[list[int]] = []

    def read() -> None:
        while not over.is_set():
            lines = site.logs.tail(JOB, 5000)
            seen.append(
                numbers(lines[:-1])
            )  # The last one may be half written: a page of a file becomes seen at a time.

    reader = threading.Thread(target=read)
    writer = start(WRITER, site.log)
    reader.start()
    while writer.poll() is None:
        site.look()
    over.set()
    reader.join()
    assert len(seen) > 5
    for lines in seen:
        assert not lines or lines == list(range(lines[0], lines[-1] + 1))


@linux
def test_what_is_printed_and_what_children_write_follows_to_the_new_file(tmp_path: Path) -> None:
    site = Site(tmp_path)
    code = """
        import logging, os, subprocess, sys
        from pathlib import Path
        from jobs.app.runlog import log_to
        log = Path(sys.argv[-1])
        log_to(log, "UTC")
        logging.info("before")
        log.rename(f"{log}.000001")
        print("between", flush=True)
        logging.info("after")
        print("printed", flush=True)
        subprocess.run(["sh", "-c", "echo child; echo complaint >&2"])
        raise ValueError("in the end")
    """
    assert run(code, site.log) == 1
    assert (tmp_path / f"{site.log.name}.000001").read_text().split()[-1] == "between"
    lines = site.log.read_text().splitlines()
    assert lines[0].endswith("INFO after")
    assert lines[1:4] == ["printed", "child", "complaint"]
    assert lines[-1] == "ValueError: in the end"
    assert site.log.stat().st_mode & 0o777 == 0o600


@linux
def test_a_part_is_compressed_only_when_nobody_can_write_to_it_any_more(tmp_path: Path) -> None:
    site = Site(tmp_path)
    with site.log.open("ab") as old:
        old.write(b"one\n")
        old.flush()
        for _ in range(5):
            site.look()
        assert site.names == [".000001"]
        old.write(b"two\n")
    site.look_long()
    assert site.names == [".000001.gz"]
    assert site.all_lines() == ["one", "two"]


def test_numbers_grow_and_never_change(tmp_path: Path) -> None:
    site = Site(tmp_path, keep=3)
    for number in range(1, 6):
        site.part(f"line {number}")
    assert site.names[-1] == ".000005"
    site.look()
    assert [name[:7] for name in site.names] == [".000003", ".000004", ".000005"]
    for _ in range(3):
        site.look()
    site.part("line 6")
    assert ".000006" in site.names
    assert site.all_lines() == ["line 3", "line 4", "line 5", "line 6"]


def test_a_number_is_not_given_twice_though_its_part_is_gone(tmp_path: Path) -> None:
    site = Site(tmp_path, keep=0)
    for _ in range(3):
        site.part("a line")
        assert len(site.names) == 1
    assert site.names == [".000003"]


def test_a_small_log_is_left_alone(tmp_path: Path) -> None:
    site = Site(tmp_path, part_bytes=50)
    site.part("a")
    assert site.names == [""]


def test_looking_does_not_touch_what_is_no_log(tmp_path: Path) -> None:
    for name in ("jobs.db", "jobs.json", "jobs.db-wal", "x.log.bak", "x.log.gz"):
        (tmp_path / name).write_bytes(b"x" * 100)
    Site(tmp_path, keep=0).look_long()
    assert len(list(tmp_path.iterdir())) == 5


def kill_while_compressing(site: Site, delay: float) -> None:
    code = """
        import sys
        from pathlib import Path
        from jobs.logs import Limits, Tidying
        tidying = Tidying(Path(sys.argv[1]), Limits(1 << 40, 1000, 1 << 40, 1 << 40))
        tidying.look(); tidying.look()
        print("ready", flush=True)
        tidying.compress()
    """
    tidier = subprocess.Popen(
        [sys.executable, "-c", "\n".join(line.strip() for line in code.splitlines()), str(site.directory)],
        stdout=subprocess.PIPE,
    )
    assert tidier.stdout is not None
    assert tidier.stdout.readline()
    time.sleep(delay)
    tidier.kill()
    tidier.communicate()


@linux
def test_a_crash_while_compressing_neither_loses_nor_doubles_a_line(tmp_path: Path) -> None:
    site = Site(tmp_path, part_bytes=50_000)
    expected: list[str] = []
    for part in range(6):
        lines = [f"{part} {number}" for number in range(20_000)]
        expected += lines
        site.part(*lines)
    for round_ in range(8):
        kill_while_compressing(site, 0.004 * round_)
        assert site.all_lines() == expected
    site.look_long()
    assert all(name.endswith(".gz") for name in site.names)
    assert site.all_lines() == expected


def test_of_a_part_that_is_there_twice_the_uncompressed_one_counts(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.part("whole")
    (tmp_path / f"{site.log.name}.000001.gz").write_bytes(b"\x1f\x8b half")
    (tmp_path / f"{site.log.name}.000001.gz.tmp").write_bytes(b"\x1f")
    assert site.all_lines() == ["whole"]
    site.tidying.look()
    assert site.names == [".000001"]
    assert site.all_lines() == ["whole"]


def test_a_compressed_part_is_as_old_and_as_private_as_it_was(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.part("a")
    os.utime(tmp_path / f"{site.log.name}.000001", (1000, 1000))
    site.look_long()
    status = (tmp_path / f"{site.log.name}.000001.gz").stat()
    assert (status.st_mtime, status.st_mode & 0o777) == (1000, 0o600)
