"""A round of the campaign, drawn from its seed: what is said how often, what is told, and how the client treats it."""

import random
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from jobs.cli.peer import Manner

DELIVERED_UNKNOWN: Final = (Manner.TIMES_OUT, Manner.SILENT, Manner.VANISHES, Manner.LOSES_ECHO)
"""The message arrives, and the bot does not learn it."""
FAULTS: Final = (*DELIVERED_UNKNOWN, Manner.DROPS, Manner.FAILS)
_STORMS: Final = 0.12
"""Of all rounds: so many ordinary notifications that they are told in digests."""


class Step(StrEnum):
    """One thing that happens in a round. `SAY`: the event of the one command, again from the second time on."""

    SAY = "say"
    WRITE = "write"
    RECONNECT = "reconnect"
    PAUSE = "pause"


class History(StrEnum):
    """What the client answers who asks what a chat has seen."""

    SHOWN = "shown"
    NONE = "none"
    """It does not know the call."""
    LIES = "lies"
    """All but what is told."""


class Case(NamedTuple):
    """`told`: the marks of the notifications, in the order they are written, `u…` urgent ones; `batches`: how many of
    them come with each `WRITE`. `faults` of a mark: how its sends are treated, one after the other, politely then;
    `reply_faults` likewise of whatever else is said in the chat."""

    seed: str
    history: History
    is_private: bool
    steps: tuple[Step, ...]
    told: tuple[str, ...]
    batches: tuple[int, ...]
    faults: Mapping[str, tuple[Manner, ...]]
    reply_faults: tuple[Manner, ...]

    @property
    def copies(self) -> int:
        """How often the event comes while there are faults."""
        return self.steps.count(Step.SAY)


def draw(seed: str) -> Case:
    chance = random.Random(seed)
    history = chance.choice(list(History))
    ordinary = chance.randint(4, 25) if chance.random() < _STORMS else chance.randint(0, 3)
    told = [f"u{n:02}" for n in range(chance.randint(1, 3))] + [f"o{n:02}" for n in range(ordinary)]
    told = _shuffled_in_order(told, chance)
    first = chance.randint(1, len(told))
    batches = (first, len(told) - first) if first < len(told) else (first,)
    steps = [Step.SAY] * chance.randint(1, 5) + [Step.WRITE] * len(batches)
    steps += [Step.RECONNECT] * chance.choice((0, 0, 1, 2)) + [Step.PAUSE] * chance.randint(0, 2)
    chance.shuffle(steps)
    return Case(
        seed=seed,
        history=history,
        is_private=chance.random() < 0.5,
        steps=tuple(steps),
        told=tuple(told),
        batches=batches,
        faults={mark: _faults(chance, history) for mark in told},
        reply_faults=tuple(chance.choices((Manner.POLITE, *FAULTS), (6, 1, 1, 1, 1, 1, 1), k=3)),
    )


def _shuffled_in_order(marks: list[str], chance: random.Random) -> list[str]:
    """Both kinds mixed, the numbers of each rising."""
    mixed = sorted(marks, key=lambda _: chance.random())
    kinds = {kind: iter(sorted(mark for mark in marks if mark[0] == kind)) for kind in "uo"}
    return [next(kinds[mark[0]]) for mark in mixed]


def _faults(chance: random.Random, history: History) -> tuple[Manner, ...]:
    """None at all for half of them. What never arrives and may have is drawn once at most where nobody can look it up,
    or nothing could be told."""
    if chance.random() < 0.5:
        return ()
    drawn = tuple(chance.choices(FAULTS, (3, 1, 2, 1, 3, 2), k=chance.randint(1, 3)))
    if history is not History.NONE:
        return drawn
    drops = [place for place, manner in enumerate(drawn) if manner is Manner.DROPS]
    return tuple(manner for place, manner in enumerate(drawn) if manner is not Manner.DROPS or place == drops[0])
