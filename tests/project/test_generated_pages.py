"""The generated pages say what the code says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.models.lifecycle import TRANSITIONS

ROOT = Path(__file__).resolve().parents[2]


def generate(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "docs.generate", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_the_committed_pages_are_up_to_date() -> None:
    answer = generate("--check")
    assert answer.returncode == 0, answer.stderr


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """The generated pages, in a directory of their own."""
    assert generate("--directory", str(tmp_path)).returncode == 0
    return tmp_path


def test_a_page_changed_by_hand_is_named(written: Path) -> None:
    page = written / "lifecycle.md"
    page.write_text(page.read_text(encoding="utf-8") + "\n", encoding="utf-8")

    answer = generate("--check", "--directory", str(written))

    assert answer.returncode == 1
    assert "lifecycle.md" in answer.stderr


def test_a_missing_page_is_named(written: Path) -> None:
    (written / "lifecycle.md").unlink()
    assert "lifecycle.md" in generate("--check", "--directory", str(written)).stderr


def test_the_picture_of_a_jobs_life_has_one_arrow_per_transition(written: Path) -> None:
    page = (written / "lifecycle.md").read_text(encoding="utf-8")
    moves = set(re.findall(r"^  (\w+ --> \w+):", page, re.MULTILINE))
    assert moves == {f"{before.name} --> {after.name}" for (before, _), after in TRANSITIONS.items()}
