"""Runs write one after the other, and a turn goes with its process."""

import os
import signal
import sys
from contextlib import closing
from pathlib import Path

import pytest

from jobs.store.turns import FILE_NAME, Turns

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
