"""Reading logs from their end."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from jobs.logs import FileLogs
from jobs.models.ids import JobId

JOB = JobId("1e95803d")


@pytest.fixture
def logs(tmp_path: Path) -> FileLogs:
    return FileLogs(tmp_path)


def write(tmp_path: Path, data: bytes) -> None:
    (tmp_path / f"{JOB}.log").write_bytes(data)


def test_no_log_has_no_lines(logs: FileLogs) -> None:
    assert logs.tail(JOB, 20) == []


@given(
    lines=st.lists(st.text(st.characters(categories=["L", "N", "P"]), max_size=300), max_size=60),
    count=st.integers(1, 30),
    ends_with_newline=st.booleans(),
)
def test_the_tail_is_exactly_the_last_lines(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], count: int, ends_with_newline: bool
) -> None:
    directory = tmp_path_factory.mktemp("logs")
    text = "\n".join(lines) + ("\n" if ends_with_newline else "")
    write(directory, text.encode())
    assert FileLogs(directory).tail(JOB, count) == text.removesuffix("\n").split("\n")[-count:] * bool(text)


def test_the_tail_is_exact_over_many_blocks(tmp_path: Path, logs: FileLogs) -> None:
    lines = [f"{n} " + "字" * (n % 700) for n in range(3000)]
    write(tmp_path, ("\n".join(lines) + "\n").encode())
    assert logs.tail(JOB, 500) == lines[-500:]
    assert logs.tail(JOB, 3, search="17 ") == [line for line in lines if "17 " in line][-3:]


def test_a_search_reads_the_whole_log_back(tmp_path: Path, logs: FileLogs) -> None:
    write(tmp_path, b"needle first\n" + b"hay\n" * 100_000)
    assert logs.tail(JOB, 5, search="NEEDLE") == ["needle first"]


def test_a_search_ends_in_a_huge_log(tmp_path: Path, logs: FileLogs) -> None:
    hay = b"hay\n" * (32 * 1024 * 1024 // 4)
    write(tmp_path, b"needle too far back\n" + hay + b"needle near\n")
    assert logs.tail(JOB, 5, search="needle") == ["needle near"]


@pytest.mark.parametrize(
    ("written", "search"),
    [
        (b"a \x1b[31mNee\x1b[0mdle", "needle"),
        ("第 3 次查询".encode(), "第 3 次"),
        (b"ABC Needle", "abc nEEDLE"),
        ("ÄRGER".encode(), "ärger"),
    ],
)
def test_a_search_finds_what_people_see(tmp_path: Path, logs: FileLogs, written: bytes, search: str) -> None:
    write(tmp_path, b"hay\n" + written + b"\nhay\n")
    assert len(logs.tail(JOB, 5, search=search)) == 1


def test_a_search_for_a_secret_finds_nothing(tmp_path: Path, logs: FileLogs) -> None:
    write(tmp_path, b"password=hunter2\n")
    assert logs.tail(JOB, 5, search="hunter2") == []


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (b"10%\r20%\r", "20%"),
        (b"10%\r20%", "20%"),
        (b"line\r", "line"),
        (b"a\r\r\r", "a"),
        (b"\r\r", ""),
        ("10%\r完成\r".encode(), "完成"),
    ],
)
def test_of_a_line_that_was_written_over_the_last_state_is_shown(
    tmp_path: Path, logs: FileLogs, written: bytes, shown: str
) -> None:
    write(tmp_path, written + b"\n")
    assert logs.tail(JOB, 5) == [shown]


def test_threads_may_read_the_same_logs_at_once(tmp_path: Path, logs: FileLogs) -> None:
    jobs = [JobId(f"job{n}") for n in range(4)]
    for job in jobs:
        logs.append(job, [f"{job} line {n}" for n in range(5000)])
    with ThreadPoolExecutor(8) as pool:
        tails = list(pool.map(lambda job: logs.tail(job, 2000, search="LINE"), jobs * 8))
    assert tails == [[f"{job} line {n}" for n in range(3000, 5000)] for job in jobs * 8]


def test_colours_broken_bytes_and_tricks_do_not_reach_people(tmp_path: Path, logs: FileLogs) -> None:
    write(tmp_path, "\x1b[31m红\x1b[0m \x07\u202egnp\u202c [CQ:at,qq=all]\n".encode() + b"\xff\xfe half\n")
    assert logs.tail(JOB, 5) == ["红 gnp [CQ:at,qq=all]", "\ufffd\ufffd half"]


def test_secrets_are_hidden_wherever_they_stand(tmp_path: Path, logs: FileLogs) -> None:
    write(tmp_path, b'login password=hunter2 {"token": "abc"} path=/ Cookie: JSESSIONID=77-AA; b=2\n')
    (line,) = logs.tail(JOB, 1)
    assert not {"hunter2", "abc", "77-AA"} & set(line.replace('"', " ").replace(";", " ").replace("=", " ").split())
    assert "path=/" in line


def test_one_endless_line_is_cut_and_does_not_fill_the_memory(tmp_path: Path, logs: FileLogs) -> None:
    with (tmp_path / f"{JOB}.log").open("wb") as file:
        file.write(b"x" * 20_000_000 + b"\nlast\n")
    first, last = logs.tail(JOB, 2)
    assert (len(first), last) == (2000, "last")


def test_appended_lines_are_private_and_redacted(tmp_path: Path, logs: FileLogs) -> None:
    logs.append(JOB, ["one", "token=abc"])
    assert logs.tail(JOB, 5) == ["one", "token=••••"]
    if os.name == "posix":
        assert (tmp_path / f"{JOB}.log").stat().st_mode & 0o777 == 0o600
