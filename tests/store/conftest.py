from pathlib import Path

import pytest
from store_examples import ToldClock


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "家 home"


@pytest.fixture
def clock() -> ToldClock:
    return ToldClock()
