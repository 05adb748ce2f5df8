"""The command line answers at once because it never loads the chat side."""

import os
import subprocess
import sys
from pathlib import Path

SEARCHING = {"pypinyin", "rapidfuzz"}
"""Libraries that only a search for a venue loads, with its first guess."""


def imported_by(home: Path, *words: str) -> set[str]:
    """Every module that `sja WORDS` imports."""
    answer = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "jobs", *words],
        cwd=home,
        env={**os.environ, "SJA_HOME": str(home / "sja")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    return {row.rpartition("|")[2].strip() for row in answer.stderr.splitlines() if row.startswith("import time:")}


def test_listing_jobs_never_imports_nonebot(tmp_path: Path) -> None:
    modules = imported_by(tmp_path, "jobs", "--json")
    assert "jobs.models.job" in modules
    assert not {name for name in modules if name.split(".")[0] in {"nonebot", "fastapi", "uvicorn"}}
    assert not modules & SEARCHING


def test_neither_the_warden_nor_its_runs_import_what_a_search_needs() -> None:
    script = (
        "import sys, jobs.warden, jobs.worker, jobs.app.preload\n"
        "from jobs.kinds import all_kinds; all_kinds()\n"
        f"assert not {SEARCHING!r} & set(sys.modules), sorted(sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr[-500:]
