"""P7: the last 50 lines of a log of 1 GiB."""

import os
import subprocess
from collections import deque
from pathlib import Path
from typing import Final

import pytest
from measuring import Samples, show

from jobs.logs import FileLogs
from jobs.models.ids import JobId

pytestmark = pytest.mark.bench

SIZE: Final = 1024**3
LINES: Final = 50
ROUNDS = 200
COLD_ROUNDS = 20
WARM_UP = 5
JOB: Final = JobId("1e95803d")
_BLOCK_LINES: Final = 50_000


def write_log(path: Path) -> None:
    """Lines as a monitor writes them, every one of the last block different; no holes."""
    block = "".join(
        f"2026-11-22 {n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02} INFO 第 {n} 次查询：新空场 {n % 7} 个，"
        f"共 {n % 23} 个\n"
        for n in range(_BLOCK_LINES)
    ).encode()
    with path.open("wb") as file:
        while file.tell() < SIZE:
            file.write(block)
        os.fsync(file.fileno())


def forget(path: Path) -> None:
    """Lets the kernel drop what it has cached of a file."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


def test_p7_tail_of_a_gibibyte(tmp_path: Path) -> None:
    path = tmp_path / f"{JOB}.log"
    write_log(path)
    logs = FileLogs(tmp_path)
    ours, cold = Samples("我们：FileLogs.tail"), Samples("我们：文件不在页缓存里", is_peer=False)
    program, whole = Samples("tail -n 50（一个进程）"), Samples("Python 从头读完整个文件")

    def by_tail() -> list[str]:
        out = subprocess.run(["tail", "-n", str(LINES), path], check=True, capture_output=True).stdout
        return out.decode().splitlines()

    def by_reading() -> list[str]:
        with path.open(encoding="utf-8") as file:
            return [line.rstrip("\n") for line in deque(file, LINES)]

    try:
        expected: list[str] = []
        whole.time(lambda: expected.extend(by_reading()))
        for _ in range(WARM_UP):
            assert logs.tail(JOB, LINES) == by_tail() == expected
        for _ in range(ROUNDS):
            ours.time(lambda: logs.tail(JOB, LINES))
            program.time(by_tail)
        for _ in range(COLD_ROUNDS):
            forget(path)
            cold.time(lambda: logs.tail(JOB, LINES))
        assert path.stat().st_size >= SIZE
        assert len(expected) == LINES
    finally:
        path.unlink()
    show("P7 1 GiB 日志的最后 50 行", ours, cold, program, whole)
