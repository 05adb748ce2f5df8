"""The command line answers at once because it never loads the chat side."""

import os
import subprocess
import sys
from pathlib import Path


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
