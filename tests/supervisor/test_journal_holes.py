"""What has been read of `exits.log` gives its room back, and nobody who writes or reads notices."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.supervisor.exits import ExitLog
from jobs.supervisor.leftovers import free_journal

LINES = 40_000
WRITER = """
import os, sys
for number in range(3000):
    descriptor = os.open(sys.argv[1], os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    os.write(descriptor, sys.argv[2].replace("NUMBER", f"late{number}").encode() + b"\\n")
    os.close(descriptor)
"""


def line(run: str) -> str:
    worker = {"boot_id": "0" * 36, "pid": 1, "start": 1}
    return json.dumps({"run": run, "worker": worker, "exit": {"code": 0, "signal": None}, "at": 1.5})


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux knows holes")
def test_no_line_is_lost_while_the_journal_shrinks_under_a_writer(tmp_path: Path) -> None:
    path = tmp_path / "exits.log"
    path.write_text("".join(line(f"run{number}") + "\n" for number in range(LINES)))
    journal = ExitLog(path)
    lines, offset = journal.read(0)
    assert len(lines) == LINES
    with subprocess.Popen([sys.executable, "-c", WRITER, str(path), line("NUMBER")]) as writer:
        freed, found = 0, []
        while writer.poll() is None:
            freed += free_journal(path, offset)
            lines, offset = journal.read(offset)
            found += lines
    lines, offset = journal.read(offset)
    assert [each.run for each in found + lines] == [f"late{number}" for number in range(3000)]
    if freed == 0:
        pytest.skip("this file system knows no holes")
    assert freed > 4 * 2**20
    assert path.stat().st_size == offset
    assert path.stat().st_blocks * 512 < 2 * 2**20
    # A store restored from an older backup reads from an older offset: what is still there is understood.
    assert journal.read(0)[0][-1].run == "late2999"
    assert "late2999" in {each.run for each in journal.read(4096)[0]}


def test_a_small_journal_or_one_that_was_replaced_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "exits.log"
    assert free_journal(path, 10**7) == 0
    path.write_text(line("a") + "\n")
    before = path.read_bytes()
    assert free_journal(path, len(before)) == 0
    assert free_journal(path, 10**7) == 0
    assert path.read_bytes() == before
