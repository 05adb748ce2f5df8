"""The demo platform of a test's own home, as a process that ends with the test, and a person who reads its pictures."""

import io
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jobs.venues.demo.control import Control

CALM_SECONDS = "1e9"
"""So long a period that nobody but the test buys or cancels anything."""


@contextmanager
def demo_platform(home: Path) -> Iterator[Control]:
    """The simulator of a home, listening; whoever uses that home finds it running."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    command = [sys.executable, "-m", "jobs", "demo-platform", "--home", str(home), "--period-seconds", CALM_SECONDS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            assert process.stdout
            _await_address(process.stdout.fileno())
            yield Control(home)
        finally:
            process.terminate()
            process.stdout.read()


def _await_address(output: int) -> None:
    said = b""
    while b"http://127.0.0.1:" not in said:
        assert select.select([output], [], [], 20)[0], said
        more = os.read(output, 4096)
        assert more, said
        said += more


class Reader(io.TextIOBase):
    """Standard input of somebody who types what `Control` shows: letters, or codes. `mistakes` are typed before."""

    def __init__(self, control: Control, *mistakes: str) -> None:
        self._control = control
        self._mistakes = list(mistakes)

    def readline(self, size: int = -1, /) -> str:
        if self._mistakes:
            return self._mistakes.pop(0) + "\n"
        return (self._control.last_captcha() or self._control.last_code()) + "\n"

    def isatty(self) -> bool:
        return False
