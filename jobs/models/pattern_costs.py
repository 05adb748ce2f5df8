"""How many ways a regular expression has to divide a text among its parts: what it costs to find that none fits.

Python's `re` tries them all, and while it does nothing else happens in the bot. Pure.
"""

import re._parser as parser  # pyright: ignore[reportMissingTypeStubs, reportMissingImports]
from collections.abc import Iterable
from math import prod
from typing import Any, Final, cast

COSTLY: Final = 20_000_000
"""Ways: two open repeats of 4000 characters, three of 200. Trying as many takes a tenth of a second or so."""


def ways(pattern: str, longest: int) -> int:
    """At most so many ways there are to match a text of `longest` characters; never more than `COSTLY` is told.

    Nested repeats multiply without end, repeats side by side with each other; what is possessive or atomic (`a*+`,
    `(?>…)`) is tried in one way. The pattern is known to compile.
    """
    return _of_all(cast("Iterable[_Part]", parser.parse(pattern)), longest)  # pyright: ignore[reportUnknownMemberType]


_Part = tuple[object, Any]


def _of_all(parts: Iterable[_Part], longest: int) -> int:
    return _capped(prod(_of_one(str(operator), given, longest) for operator, given in parts))


def _of_one(operator: str, given: Any, longest: int) -> int:
    match operator:
        case "MAX_REPEAT" | "MIN_REPEAT":
            least, most, body = given
            return _repeated(_of_all(body, longest), min(int(least), longest), min(int(most), longest))
        case "POSSESSIVE_REPEAT" | "ATOMIC_GROUP":
            return _alone(_of_all(given[-1] if operator == "POSSESSIVE_REPEAT" else given, longest))
        case "SUBPATTERN" | "ASSERT" | "ASSERT_NOT":
            return _of_all(given[-1], longest)
        case "BRANCH" | "GROUPREF_EXISTS":
            branches = given[1] if operator == "BRANCH" else filter(None, given[1:])
            return _capped(sum(_of_all(branch, longest) for branch in branches))
        case _:
            return 1


def _repeated(body: int, least: int, most: int) -> int:
    """Ways of so many times a body: any number of times, each of them in any way."""
    times = most - least + 1
    return _capped(times * body ** min(most, COSTLY.bit_length())) if body > 1 else times


def _alone(inside: int) -> int:
    """Once it has matched, nothing of it is tried again."""
    return 1 if inside < COSTLY else inside


def _capped(count: int) -> int:
    return min(count, COSTLY)
