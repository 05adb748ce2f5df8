"""The layers of docs/architecture.md are a contract: planting a forbidden import or a stray file breaks the build."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT = Path(sys.executable).with_name("lint-imports")


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the code and its contracts, to be spoilt."""
    for package in ("jobs", "plugins"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(house: Path) -> tuple[bool, str]:
    """Whether every contract is kept, and what was printed."""
    answer = subprocess.run([LINT, "--no-cache", "--no-logo"], cwd=house, capture_output=True, text=True, check=False)
    return answer.returncode == 0, answer.stdout + answer.stderr


def test_the_house_as_it_stands_keeps_every_contract(house: Path) -> None:
    kept, said = lint(house)
    assert kept, said


@pytest.mark.parametrize(
    ("file", "line", "broken"),
    [
        pytest.param("jobs/utils.py", "", "the house", id="a file without a place"),
        pytest.param("jobs/models/planted.py", "import jobs.ports.clock", "the house", id="models → ports"),
        pytest.param("jobs/models/planted.py", "import time", "models and ports touch nothing", id="models → clock"),
        pytest.param("jobs/ports/planted.py", "import jobs.store", "the house", id="ports → store"),
        pytest.param("jobs/supervisor/planted.py", "import jobs.store", "the house", id="sibling → sibling"),
        pytest.param("jobs/store/planted.py", "import jobs.app", "the house", id="store → app"),
        pytest.param("jobs/app/planted.py", "import plugins", "plugins stand on jobs", id="jobs → plugins"),
        pytest.param("jobs/kinds/planted.py", "import nonebot", "jobs does not know NoneBot", id="jobs → NoneBot"),
        pytest.param(
            "plugins/planted.py", "import jobs.store", "plugins see only the public face", id="plugins → store"
        ),
    ],
)
def test_a_planted_violation_breaks_its_contract(house: Path, file: str, line: str, broken: str) -> None:
    (house / file).write_text(f"{line}\n", encoding="utf-8")

    kept, said = lint(house)

    assert not kept
    assert any(row.startswith(broken) and row.rstrip().endswith("BROKEN") for row in said.splitlines()), said
