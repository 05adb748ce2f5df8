from collections.abc import Iterator
from pathlib import Path

import pytest
from launch_site import LAUNCHERS, Site


@pytest.fixture(params=list(LAUNCHERS))
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path / "家 home", request.param)
    yield site
    site.sweep()
