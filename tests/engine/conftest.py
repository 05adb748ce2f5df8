from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from engine_site import House


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path / "home")
    try:
        yield house
    finally:
        await house.close()
        house.end_everything()
