"""The locks pin all that is installed, by hash, and name no place to fetch it from."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")
PINNED = re.compile(r"^([a-z0-9][a-z0-9.-]*)==(\S+) \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")
COMMENT = re.compile(r"^\s*#")


def pins(lock: str) -> dict[str, str]:
    """Package → version."""
    rows = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    return {found[1]: found[2] for row in rows if (found := PINNED.match(row))}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_nothing_but_pins_hashes_and_comments(lock: str) -> None:
    rows = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    strange = [row for row in rows if row and not (PINNED.match(row) or HASH.match(row) or COMMENT.match(row))]
    assert not strange


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address_and_no_path(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.findall(r"\w+://\S+|file:\S+|--\w*index\S*|--find-links|(?<=\s)/\w+\S*", text)


def test_the_development_lock_contains_the_runtime_lock() -> None:
    runtime, development = (pins(lock) for lock in LOCKS)
    assert runtime.items() <= development.items()


def test_every_requirement_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    runtime = names(project["project"]["dependencies"]) | names(project["build-system"]["requires"])
    development = runtime | names(project["dependency-groups"]["dev"])
    assert runtime - pins("requirements.lock").keys() == set()
    assert development - pins("requirements-dev.lock").keys() == set()


def names(requirements: list[str]) -> set[str]:
    """The packages that requirements name, those for other systems left out."""
    here = [requirement for requirement in requirements if "win32" not in requirement]
    return {re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0].lower() for requirement in here}
