"""Runs write one after the other, and a turn goes with its process."""

import os
import signal
import struct
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from jobs.store.turns import FILE_NAME, Precedence, Turns

if sys.platform == "win32":
    pytest.skip("everybody's turn is at once", allow_module_level=True)

import fcntl


def is_taken(directory: Path) -> bool:
    with (directory / FILE_NAME).open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def test_a_turn_is_one_writers_alone_and_over_with_its_block(tmp_path: Path) -> None:
    with closing(Turns(tmp_path)) as turns:
        with turns:
            assert is_taken(tmp_path)
        assert not is_taken(tmp_path)


def test_the_turn_of_a_killed_process_is_over(tmp_path: Path) -> None:
    has_turn, says = os.pipe()
    pid = os.fork()
    if pid == 0:
        with Turns(tmp_path):
            os.write(says, b"!")
            signal.pause()
        os._exit(0)
    try:
        assert os.read(has_turn, 1)
        assert is_taken(tmp_path)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(has_turn)
        os.close(says)

    with closing(Turns(tmp_path)) as turns, turns:
        assert is_taken(tmp_path)


def test_where_no_file_can_be_had_everybodys_turn_is_at_once(tmp_path: Path) -> None:
    with closing(Turns(tmp_path / "nowhere")) as turns, turns:
        pass


def test_the_bot_goes_before_the_run_whose_turn_it_is(tmp_path: Path) -> None:
    order: list[str] = []
    with closing(Precedence(tmp_path)) as first, closing(Turns(tmp_path)) as turns:
        waits = threading.Event()

        def write() -> None:
            waits.set()
            with turns:
                order.append("run")

        with first:
            run = threading.Thread(target=write)
            run.start()
            assert waits.wait(10)
            while not is_taken(tmp_path):
                time.sleep(0.001)
            order.append("bot")
        run.join(10)
    assert order == ["bot", "run"]


@pytest.mark.parametrize("left", [b"", b"\xff" * 8, struct.pack("d", 1e300), struct.pack("d", float("nan"))])
def test_whatever_the_file_holds_nobody_waits_long(tmp_path: Path, left: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(left)
    with closing(Turns(tmp_path)) as turns, turns:
        assert is_taken(tmp_path)
