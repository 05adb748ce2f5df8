from pathlib import Path

import pytest
from terminal_site import Shell


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """A shell in an empty directory of a home without a bot."""
    return Shell(tmp_path, monkeypatch, capsys)
