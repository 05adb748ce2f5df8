"""People in chats are spared stack traces."""

import traceback

import pytest

from jobs.models.tracebacks import OMITTED, without_tracebacks


def trace() -> list[str]:
    try:
        try:
            raise KeyError("inner secret path")
        except KeyError as error:
            raise ValueError("outer") from error
    except ValueError:
        return traceback.format_exc().splitlines()


def test_a_traceback_becomes_one_line_that_says_so() -> None:
    assert without_tracebacks(["before", *trace(), "after"]) == ["before", OMITTED, "after"]


@pytest.mark.parametrize("cut", range(1, len(trace())))
def test_a_traceback_that_was_cut_off_shows_no_frame(cut: int) -> None:
    shown = without_tracebacks([*trace()[cut:], "after"])
    assert not any('File "' in line or line.startswith("  ") for line in shown)
    assert shown[-1] == "after"


def test_ordinary_lines_stay_as_they_are() -> None:
    lines = ["2026-11-23 12:00:00 INFO 第 1 次查询", "", "  indented output", "ValueError is a word"]
    assert without_tracebacks(lines) == lines


def test_a_frame_found_by_a_search_shows_no_path() -> None:
    assert without_tracebacks(['  File "/srv/sja/jobs/kinds/monitor.py", line 3, in f']) == [OMITTED]


def test_an_error_of_our_own_and_a_message_of_several_lines_are_left_out_with_the_trace() -> None:
    stamped = "2026-11-23 12:00:00 INFO 第 2 次查询"
    lines = ["    return call()", "jobs.ports.store.StoreUnavailable: 磁盘已满", "second line of it", stamped]
    assert without_tracebacks(lines) == [OMITTED, stamped]


def test_a_group_of_exceptions_is_a_trace_too() -> None:
    lines = ["  + Exception Group Traceback (most recent call last):", '  |   File "x.py", line 1', "  | ValueError: a"]
    assert without_tracebacks(["before", *lines]) == ["before", OMITTED]
