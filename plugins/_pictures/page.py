"""Plain lines as a picture: what is too long for a text and would not go as a forwarded message."""

from collections.abc import Sequence
from typing import Final

from plugins._pictures.canvas import MARGIN, WIDTH, Canvas, Style, fitted, wrapped
from plugins._pictures.fonts import Fonts
from plugins._pictures.listing import HEAD, HEADING
from plugins._pictures.palette import INK, TITLE

_LINE: Final = Style(28)
_PAD: Final = 30
_LINES_AT_MOST: Final = 240
"""Some ten thousand pixels high: more is no picture for a phone."""
_OF_ONE: Final = 12
"""Lines that one line may become."""


def text_picture(fonts: Fonts, title: str, lines: Sequence[str]) -> bytes:
    """The end of what there is, where that is too much: there the conclusion stands."""
    room = WIDTH - 2 * MARGIN - 2 * _PAD
    shown = [part for line in lines for part in _folded(fonts, line, room)]
    if len(shown) > _LINES_AT_MOST:
        shown = ["…", *shown[-_LINES_AT_MOST + 1 :]]
    height = 2 * _PAD + max(len(shown), 1) * _LINE.line
    canvas = Canvas(fonts, HEAD + height + MARGIN)
    canvas.text(
        MARGIN + 8, 84, fitted(fonts, title, _title_style(title), WIDTH - 2 * MARGIN - 16), _title_style(title), TITLE
    )
    canvas.card(HEAD, height)
    for place, line in enumerate(shown):
        canvas.text(MARGIN + _PAD, HEAD + _PAD + place * _LINE.line + _LINE.size, line, _LINE, INK)
    return canvas.png()


def _folded(fonts: Fonts, line: str, room: int) -> list[str]:
    indent = "　" * min((len(line) - len(line.lstrip())) // 2, 6)
    return [indent + part for part in wrapped(fonts, line, _LINE, room - len(indent) * _LINE.size, _OF_ONE)]


def _title_style(title: str) -> Style:
    return HEADING if len(title) <= 14 else Style(34, is_bold=True)
