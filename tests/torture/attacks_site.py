"""What is done to a home in one round, drawn from the seed alone, so that a seed brings the same choices back."""

import random
import signal
from dataclasses import dataclass
from typing import Final

from model_site import Deed
from points_site import POINTS

DEEDS: Final[dict[Deed, int]] = {"create": 5, "start": 3, "stop": 4, "restart": 3, "delete": 3}
_VICTIMS: Final[dict[str, int]] = {
    "bot": 30,
    "worker": 24,
    "keeper": 12,
    "newborn keeper": 16,
    "bot and workers": 10,
    "bot and keepers": 10,
    "all": 14,
    "nobody": 3,
    "orderly": 3,
}
_SIGNALS: Final = (signal.SIGKILL, signal.SIGKILL, signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT)

STARTUP: Final = ("recovery", "opening", "backup", "backup named", "mirror", "journal read")
"""Points that a bot comes to by starting, without anybody's command."""


@dataclass(frozen=True)
class Act:
    """One command: the deed, whom it concerns (a fraction of the list of jobs) and whether its job is brief."""

    deed: Deed
    which: float
    brief: bool
    resent: bool


@dataclass(frozen=True)
class Attack:
    """One round: commands, then, `delay` seconds after the first, the kill; the bot stays dead for `rest` seconds."""

    acts: tuple[Act, ...]
    victims: str
    delay: float
    rest: float
    which: float
    signal: int
    point: str
    nth: int
    is_armed: bool
    """Whether the bot that is started after this round shall fell itself at `point`."""

    @property
    def kills_bot(self) -> bool:
        return "bot" in self.victims or self.victims in ("all", "orderly")

    def __str__(self) -> str:
        acts = ", ".join(act.deed for act in self.acts)
        return f"{self.victims} after {self.delay:.3f} s, amid {acts or 'silence'}; then armed: {self.armed}"

    @property
    def armed(self) -> str:
        return f"{self.point} × {self.nth}" if self.is_armed else "no"


def draw(seed: object, number: int) -> Attack:
    """The attack of one round."""
    chance = random.Random(f"{seed}/{number}")
    acts = tuple(
        Act(
            deed=chance.choices(list(DEEDS), list(DEEDS.values()))[0],
            which=chance.random(),
            brief=chance.random() < 0.3,
            resent=chance.random() < 0.5,
        )
        for _ in range(chance.choice((0, 1, 1, 2, 2, 3)))
    )
    points = [name for name in POINTS if name != "migration"]
    return Attack(
        acts=acts,
        victims=chance.choices(list(_VICTIMS), list(_VICTIMS.values()))[0],
        delay=chance.choice((0.0, chance.uniform(0, 0.03), chance.uniform(0, 0.15), chance.uniform(0, 0.6))),
        rest=chance.choice((0.0, 0.0, chance.uniform(0, 0.3))),
        which=chance.random(),
        signal=chance.choice(_SIGNALS),
        point=chance.choice(points),
        nth=chance.choice((1, 1, 1, 2, 3, chance.randint(1, 12))),
        is_armed=chance.random() < 0.6,
    )
