"""The journal of ends is read whole, whatever happened to its writers."""

import logging
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from jobs.models.ids import RunId
from jobs.models.run import Exit, Identity
from jobs.ports.launcher import ExitLine
from jobs.supervisor.exits import ExitLog

NESTED = b'{"run":"b","x":' + b"[" * 200_000 + b"]" * 200_000 + b"}"
"""Deeper than any parser goes."""


def an_end(number: int = 1) -> ExitLine:
    worker = Identity(boot_id="boot", pid=100 + number, start=number)
    return ExitLine(run=RunId(f"{number:032x}"), worker=worker, exit=Exit(code=number), at=1.5)


def written(*ends: ExitLine) -> bytes:
    return b"".join(msgspec.json.encode(end) + b"\n" for end in ends)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "exits.log"


def test_without_a_file_nothing_has_ended(path: Path) -> None:
    assert ExitLog(path).read(0) == ([], 0)


def test_reading_goes_on_where_it_left_off(path: Path) -> None:
    path.write_bytes(written(an_end(1), an_end(2)))
    first, offset = ExitLog(path).read(0)
    with path.open("ab") as file:
        file.write(written(an_end(3)))

    assert first == [an_end(1), an_end(2)]
    assert ExitLog(path).read(offset) == ([an_end(3)], path.stat().st_size)
    assert ExitLog(path).read(path.stat().st_size) == ([], path.stat().st_size)


def test_a_line_whose_run_was_damaged_on_the_disk_is_no_runs_end(path: Path) -> None:
    path.write_bytes(written(an_end(1)).replace(b"1" + b'"', b'!"', 1) + written(an_end(2)))

    assert ExitLog(path).read(0)[0] == [an_end(2)]


def test_a_torn_last_line_waits_until_it_is_whole(path: Path) -> None:
    whole = written(an_end(1))
    path.write_bytes(whole + written(an_end(2))[:20])

    assert ExitLog(path).read(0) == ([an_end(1)], len(whole))
    path.write_bytes(whole + written(an_end(2)))
    assert ExitLog(path).read(len(whole))[0] == [an_end(2)]


@pytest.mark.parametrize("rubbish", [b"", b"rubbish", b"{}", b'{"run": 1}', b"\xff\xfe\x00", b'{"run":"a"}', NESTED])
def test_an_unreadable_line_hides_no_other(path: Path, rubbish: bytes, caplog: pytest.LogCaptureFixture) -> None:
    content = written(an_end(1)) + rubbish + b"\n" + written(an_end(2))
    path.write_bytes(content)

    with caplog.at_level(logging.WARNING):
        assert ExitLog(path).read(0) == ([an_end(1), an_end(2)], len(content))

    assert "1 unreadable line" in caplog.text


def test_a_line_behind_one_that_was_cut_short_is_found(path: Path) -> None:
    path.write_bytes(written(an_end(1))[:-20] + written(an_end(1), an_end(2)))

    assert ExitLog(path).read(0)[0] == [an_end(1), an_end(2)]


def test_a_file_shorter_than_what_was_read_is_read_anew(path: Path) -> None:
    path.write_bytes(written(an_end(2)))

    assert ExitLog(path).read(10_000) == ([an_end(2)], path.stat().st_size)


@settings(max_examples=50, deadline=None)
@given(count=st.integers(0, 5), cuts=st.lists(st.integers(0, 600), max_size=6))
def test_however_writes_and_reads_interleave_each_end_is_read_once(count: int, cuts: list[int]) -> None:
    ends = [an_end(number) for number in range(count)]
    content = written(*ends)
    with TemporaryDirectory() as directory:
        path = Path(directory) / "exits.log"
        seen: list[ExitLine] = []
        offset = 0
        for cut in [*sorted(cuts), len(content)]:
            path.write_bytes(content[:cut])
            lines, offset = ExitLog(path).read(offset)
            seen += lines

    assert seen == ends
