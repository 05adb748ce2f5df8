"""R10: each planted bug is caught, so that a round without a finding means something."""

import random
import sys
from pathlib import Path

import pytest
from damage_site import Pristine, ToldClock, build
from felled_site import Broken
from planted_site import BUGS
from rescue_site import Lost, Opening, play
from world_site import World

from jobs.store.backups import restore_newest
from jobs.store.files import Places
from jobs.store.integrity import damage_of
from jobs.store.opening import OpenedStore, open_store

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the oracle reads /proc")


@pytest.mark.parametrize("name", BUGS)
async def test_each_bug_planted_in_the_bot_is_caught(tmp_path: Path, name: str) -> None:
    with pytest.raises(Broken, match=BUGS[name].seen):
        await play_with(name, tmp_path / "家")


async def play_with(name: str, home: Path) -> None:
    """The rounds that bring a bug out."""
    async with World(home, "auto", "planted", planted=name, patience_seconds=3) as world:
        for number, attack in enumerate(BUGS[name].attacks):
            await world.play(attack, number)
        await world.settle()


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Pristine:
    return build(tmp_path_factory.mktemp("pristine"))


def empty_over_damage(home: Path, clock: ToldClock) -> OpenedStore:
    """Removes what it cannot read."""
    places = Places(home)
    if places.database.is_file() and damage_of(places.database, was_closed=True):
        places.database.unlink()
        places.log.unlink(missing_ok=True)
        places.marker.unlink(missing_ok=True)
        places.mirror.unlink(missing_ok=True)
    return open_store(home, clock)


def without_mirror(home: Path, clock: ToldClock) -> OpenedStore:
    """Restores the backup, and never looks at what the mirror knows beyond it."""
    (home / "jobs" / "jobs.json").unlink(missing_ok=True)
    return open_store(home, clock)


def without_trace(home: Path, clock: ToldClock) -> OpenedStore:
    """Writes the backup over what is damaged."""
    places = Places(home)
    if places.database.is_file() and damage_of(places.database, was_closed=True):
        restore_newest(places.backups, places.database)
    return open_store(home, clock)


def without_a_sentence(home: Path, clock: ToldClock) -> OpenedStore:
    """Lets an error through as it came."""
    (home / "jobs" / "jobs.db").read_bytes()
    return open_store(home, clock)


@pytest.mark.parametrize("opening", [empty_over_damage, without_mirror, without_trace, without_a_sentence])
def test_each_bug_planted_in_the_opening_is_caught(pristine: Pristine, tmp_path: Path, opening: Opening) -> None:
    with pytest.raises(Lost):
        play_many(pristine, tmp_path, opening)


def play_many(pristine: Pristine, ground: Path, opening: Opening) -> None:
    for number in range(150):
        play(pristine, ground / f"家{number}", random.Random(f"planted/{number}"), opening)
