"""R8: every command × role × own or another's job × where it was made × where one speaks, by the real bot."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from matrix_site import RECIPES, WAYS, Matrix, Recipe, cells_of, expected, verdict

sys.path.append(str(Path(__file__).resolve().parents[1] / "engine"))

from contextlib import closing

from engine_site import House

from jobs.clock import SystemClock
from jobs.store.opening import open_beside
from plugins._commands.command import Command
from plugins._commands.table import COMMANDS


@pytest.fixture(scope="module")
async def matrix(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Matrix]:
    house = House(tmp_path_factory.mktemp("matrix") / "home")
    try:
        bot = await house.open(sja_max_running=2)
        with closing(open_beside(house.home, SystemClock())) as store:
            yield Matrix(bot, store, COMMANDS)
    finally:
        await house.close()
        house.end_everything()


def test_every_command_has_a_place_in_the_matrix() -> None:
    lacking = [command.name for command in COMMANDS if command.name not in RECIPES]
    assert not lacking, (
        f"add to RECIPES in matrix_site.py how {lacking} are tried, so that their permissions are tested"
    )


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
async def test_whoever_may_not_changes_nothing_and_whoever_may_does(matrix: Matrix, command: Command) -> None:
    await judge(matrix, command, RECIPES[command.name])


@pytest.mark.parametrize(("name", "recipe"), WAYS, ids=lambda way: way.line if isinstance(way, Recipe) else way)
async def test_nor_does_another_way_of_saying_it_go_round_that(matrix: Matrix, name: str, recipe: Recipe) -> None:
    """A job named where one usually names none, the number first, a bare word under a message about the job."""
    (command,) = [row for row in COMMANDS if row.name == name]
    await judge(matrix, command, recipe)


async def judge(matrix: Matrix, command: Command, recipe: Recipe) -> None:
    wrong: list[str] = []
    for cell in cells_of(command):
        reply, changed, number = await matrix.attempt(cell, recipe)
        meant, said = expected(cell, recipe), verdict(reply)
        if said != meant:
            wrong.append(f"{cell}: {meant} expected, but: {reply[:200]}")
        elif meant != "allowed" and (changed or ("晚场" in reply and meant == "not found")):
            wrong.append(f"{cell}: {meant}, and yet it did or told something: {reply[:200]}")
        elif meant == "allowed" and recipe.acts not in (None, changed):
            wrong.append(f"{cell}: changed={changed}: {reply[:200]}")
        if command.name == "任务列表":
            sees = (
                cell.origin == "this group" if cell.place == "this group" else cell.is_own or cell.role == "superuser"
            )
            if (f"#{number} " in reply) != sees and "页" not in reply:
                wrong.append(f"{cell}: the list tells of #{number}, or does not: {reply[:200]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("field", ["who", "where"])
def test_a_command_that_says_nothing_of_permission_does_not_load(field: str) -> None:
    facts = {name: getattr(COMMANDS[0], name) for name in Command.__struct_fields__ if name != field}
    with pytest.raises(TypeError, match=field):
        Command(**facts)
