"""The colours of every picture: one byte a pixel, so that a picture costs a quarter of the memory and is small to send.

An ink is drawn on one paper only; between the two lie the shades that make edges smooth. Inks are told apart in grey,
too, and nothing is said by an ink alone: whatever has a colour has a shape or a word besides. After Okabe and Ito.
"""

from functools import cache
from typing import Final, NamedTuple

RGB = tuple[int, int, int]

CARD_COLOUR: Final[RGB] = (255, 255, 255)
PAGE_COLOUR: Final[RGB] = (238, 241, 245)
SHADES: Final = 15
"""From almost the paper to the full ink."""


class Ink(NamedTuple):
    """`first`: the index of its palest shade; the full ink is the last of `SHADES`."""

    colour: RGB
    paper: RGB
    first: int

    @property
    def full(self) -> int:
        """The index of the ink itself."""
        return self.first + SHADES - 1


_INKS: Final[list[Ink]] = []
_PAPERS: Final = 2


def _ink(colour: RGB, paper: RGB) -> Ink:
    ink = Ink(colour, paper, _PAPERS + len(_INKS) * SHADES)
    _INKS.append(ink)
    return ink


CARD: Final = 0
"""Index of the paper that most is written on."""
PAGE: Final = 1

INK: Final = _ink((28, 33, 40), CARD_COLOUR)
SOFT: Final = _ink((92, 101, 114), CARD_COLOUR)
FAINT: Final = _ink((208, 214, 222), CARD_COLOUR)
GREEN: Final = _ink((0, 138, 102), CARD_COLOUR)
BLUE: Final = _ink((0, 101, 164), CARD_COLOUR)
AMBER: Final = _ink((184, 116, 0), CARD_COLOUR)
RED: Final = _ink((200, 74, 0), CARD_COLOUR)
SKY: Final = _ink((86, 180, 233), CARD_COLOUR)
TITLE: Final = _ink((28, 33, 40), PAGE_COLOUR)
ASIDE: Final = _ink((92, 101, 114), PAGE_COLOUR)
SHEET: Final = _ink(CARD_COLOUR, PAGE_COLOUR)
"""The cards themselves, for their round corners."""

_STEPS: Final = (0, 85, 170, 255)
SPECTRUM: Final = _PAPERS + len(_INKS) * SHADES
"""Index of the first of 64 colours evenly spread: for what has colours of its own, which is emoji."""


@cache
def colours() -> bytes:
    """Red, green and blue of each index, 768 bytes."""
    table: list[RGB] = [CARD_COLOUR, PAGE_COLOUR]
    for ink in _INKS:
        table += [_between(ink.paper, ink.colour, shade / SHADES) for shade in range(1, SHADES + 1)]
    table += _spread()
    assert len(table) <= 256, "an index is one byte"
    return bytes(part for colour in table for part in colour).ljust(768, b"\0")


def spectrum() -> list[int]:
    """The 64 colours alone."""
    return [part for colour in _spread() for part in colour]


def _spread() -> list[RGB]:
    return [(red, green, blue) for red in _STEPS for green in _STEPS for blue in _STEPS]


@cache
def shades(ink: Ink, depth: int = SHADES) -> list[int]:
    """For each of 256 degrees of covering, the index that shows it; 0 where the paper is left alone. `depth`: of how
    many shades the darkest is the last one, 1 to `SHADES`."""
    return [ink.first + max(degree * depth // 255 - 1, 0) if degree > _UNSEEN else 0 for degree in range(256)]


_UNSEEN: Final = 255 // SHADES // 2


@cache
def covering() -> list[int]:
    """For each of 256 degrees of covering, whether anything is drawn at all: 255 or 0."""
    return [255 if degree > _UNSEEN else 0 for degree in range(256)]


def _between(paper: RGB, ink: RGB, share: float) -> RGB:
    red, green, blue = (round(one + (other - one) * share) for one, other in zip(paper, ink, strict=True))
    return red, green, blue
