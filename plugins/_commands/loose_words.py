"""Words behind a job's name that somebody meant as options: guessed wrong, a court would be lost."""

import re
from collections.abc import Callable, Sequence

from msgspec import Struct

from jobs import Refusal, quote


class Meant(Struct, frozen=True):
    """A word that matches the whole `pattern` looks like a `what`, to be written as `instead` makes of it."""

    what: str
    pattern: re.Pattern[str]
    instead: Callable[[re.Match[str]], str]


def glued(options: Sequence[str]) -> Meant:
    """An option without its equals sign: `间隔300`, `时段：18`."""
    return Meant("选项", re.compile(rf"({'|'.join(options)})[::]?(.+)"), lambda found: f"{found[1]}={found[2][:20]}")


def refuse_loose_options(words: Sequence[str], table: Sequence[Meant]) -> None:
    """Raises `Refusal` for the first word that the table, in its order, takes for an option."""
    for word in words:
        for meant in table:
            if found := meant.pattern.fullmatch(word):
                raise Refusal(f"{quote(word)}像是{meant.what}，请写成 {meant.instead(found)}")
