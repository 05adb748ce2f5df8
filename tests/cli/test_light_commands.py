"""A command that needs no large library loads none: an answer comes in a blink."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"nonebot", "fastapi", "uvicorn", "cryptography", "PIL", "captcha", "numpy", "apscheduler"}


def imported_by(home: Path, *words: str) -> set[str]:
    """The packages that `sja WORDS` imports."""
    answer = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "jobs", *words],
        cwd=home,
        env={**os.environ, "SJA_HOME": str(home / "sja")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    rows = [row.rpartition("|")[2].strip() for row in answer.stderr.splitlines() if row.startswith("import time:")]
    assert "jobs.cli.parser" in rows, answer.stderr
    return {row.split(".")[0] for row in rows}


@pytest.mark.parametrize(
    "words",
    [
        ("--help",),
        ("accounts", "--help"),
        ("jobs", "--json"),
        ("create-monitor", "--name=晚场", "--preset=13", "--users=czq"),
        ("presets",),
        ("doctor",),
    ],
)
def test_a_command_that_needs_no_large_library_loads_none(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert imported_by(tmp_path, *words) & HEAVY == set()


def test_nothing_of_a_chat_or_a_web_server_is_loaded_for_accounts(tmp_path: Path) -> None:
    loaded = imported_by(tmp_path, "accounts", "list")
    assert loaded & (HEAVY - {"cryptography"}) == set()
