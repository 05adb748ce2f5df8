"""A picture in the making: papers, texts, marks. Nothing here knows what a job is."""

import io
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from PIL import Image, ImageDraw

from plugins._pictures.fonts import Fonts, Glyph, pieces
from plugins._pictures.marks import mark, rounded
from plugins._pictures.palette import CARD, PAGE, SHADES, SHEET, SPECTRUM, Ink, colours, covering, shades, spectrum

WIDTH: Final = 1080
"""Pixels: a phone's own, so that nothing is scaled there."""
MARGIN: Final = 32
RADIUS: Final = 22

_COMPRESSION: Final = 3
"""Of zlib: from here on more time saves hardly any bytes."""
_STAMPS_KEPT: Final = 3000
_UNITS: Final = "点秒分个次天号月日年%，。、；：）”"
"""Does not begin a line behind a number or a word."""
_CLOSING: Final = "、，。；：！？）》」』】〉”’…·"
"""Never begins a line."""
_OPENING: Final = "（《「『【〈“‘"
"""Never ends one."""
_TAKEN_ALONG_AT_MOST: Final = 4
"""Pieces that go to the next line with a mark: rows of marks are no sentence."""


class Style(NamedTuple):
    """`size`: pixels an em."""

    size: int
    is_bold: bool = False

    @property
    def line(self) -> int:
        """From one line to the next."""
        return round(self.size * 1.45)


class Canvas:
    """`WIDTH` wide. Texts stand on a baseline; whoever writes chooses an ink for the paper there."""

    def __init__(self, fonts: Fonts, height: int) -> None:
        self._fonts = fonts
        # Plain numbers while it is drawn; which colours they mean is said at the end.
        self._image = Image.new("L", (WIDTH, height), PAGE)
        self._draw = ImageDraw.Draw(self._image)

    def card(self, top: int, height: int) -> None:
        """A white sheet from margin to margin."""
        self._stamp(rounded(WIDTH - 2 * MARGIN, height, RADIUS), MARGIN, top, SHEET)
        self._draw.rectangle((MARGIN + RADIUS, top, WIDTH - MARGIN - RADIUS - 1, top + height - 1), fill=CARD)
        self._draw.rectangle((MARGIN, top + RADIUS, WIDTH - MARGIN - 1, top + height - RADIUS - 1), fill=CARD)

    def text(self, x: float, baseline: float, text: str, style: Style, ink: Ink) -> float:
        """Writes, and says where it ended."""
        for piece in pieces(text):
            glyph = self._fonts.glyph(piece, style.size, style.is_bold)
            place = (round(x) + glyph.left, round(baseline) + glyph.top)
            if glyph.covered is not None:
                self._stamp(glyph.covered, *place, ink)
            elif glyph.picture is not None:
                self._paste(glyph.picture, *place)
            x += glyph.advance
        return x

    def text_to(self, right: float, baseline: float, text: str, style: Style, ink: Ink) -> float:
        """Writes so that it ends there, and says where it begins."""
        left = right - self.width(text, style)
        self.text(left, baseline, text, style, ink)
        return left

    def text_amid(self, middle: float, baseline: float, text: str, style: Style, ink: Ink) -> None:
        self.text(middle - self.width(text, style) / 2, baseline, text, style, ink)

    def mark(self, name: str, x: float, y: float, size: int, ink: Ink) -> None:
        self._stamp(mark(name, size), round(x), round(y), ink)

    def bar(
        self, x: float, y: float, width: float, height: float, ink: Ink, *, radius: int = 0, depth: int = SHADES
    ) -> None:
        """A filled rectangle, of one pixel each way at least. `depth` as in `shades`."""
        wide, high = max(round(width), 1), max(round(height), 1)
        self._stamp(rounded(wide, high, min(radius, wide // 2, high // 2)), round(x), round(y), ink, depth)

    def width(self, text: str, style: Style) -> float:
        return measured(self._fonts, text, style)

    def png(self) -> bytes:
        """The picture as a file; nothing is drawn any more."""
        file = io.BytesIO()
        self._image.putpalette(colours())
        self._image.save(file, "PNG", compress_level=_COMPRESSION)
        return file.getvalue()

    def _stamp(self, covered: Image.Image, x: int, y: int, ink: Ink, depth: int = SHADES) -> None:
        pixels, where = _in_ink(_Key(covered), ink, depth)
        self._image.paste(pixels, (x, y), where)

    def _paste(self, picture: Image.Image, x: int, y: int) -> None:
        pixels, where = _in_spectrum(_Key(picture))
        self._image.paste(pixels, (x, y), where)


class _Key:
    """An image as a key: the very same one, for those of glyphs and marks are kept."""

    __slots__ = ("image",)

    def __init__(self, image: Image.Image) -> None:
        self.image = image

    def __hash__(self) -> int:
        return id(self.image)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.image is self.image


@lru_cache(maxsize=_STAMPS_KEPT)
def _in_ink(key: _Key, ink: Ink, depth: int) -> tuple[Image.Image, Image.Image]:
    """The shades of an ink, and where anything is drawn."""
    return _mapped(key.image, shades(ink, depth)), _mapped(key.image, covering())


@lru_cache(maxsize=200)
def _in_spectrum(key: _Key) -> tuple[Image.Image, Image.Image]:
    flat = Image.new("RGB", key.image.size, (255, 255, 255))
    flat.paste(key.image, mask=key.image.getchannel("A"))
    table = Image.new("P", (1, 1))
    table.putpalette(spectrum())
    nearest = flat.quantize(palette=table, dither=Image.Dither.NONE)
    indexes = Image.frombytes("L", nearest.size, bytes(SPECTRUM + one for one in nearest.tobytes()))
    return indexes, _mapped(key.image.getchannel("A"), [0] * 96 + [255] * 160)


def _mapped(image: Image.Image, table: list[int]) -> Image.Image:
    return image.point(table, "L")  # pyright: ignore[reportUnknownMemberType] - Pillow's own hints lack NumPy's


def measured(fonts: Fonts, text: str, style: Style) -> float:
    """How many pixels wide a text is."""
    return sum(_glyph(fonts, piece, style).advance for piece in pieces(text))


def fitted(fonts: Fonts, text: str, style: Style, width: float) -> str:
    """The text, or as much of its beginning as fits with an ellipsis behind it."""
    return wrapped(fonts, text, style, width, 1)[0] if text else ""


def wrapped(fonts: Fonts, text: str, style: Style, width: float, most: int) -> list[str]:
    """The text in at most so many lines, broken at blanks and between Chinese characters; what does not fit is left
    out, with an ellipsis. Never empty."""
    lines: list[list[str]] = [[]]
    used = 0.0
    for piece in _pieces(fonts, text, style, width):
        advance = _glyph(fonts, piece, style).advance
        if used + advance > width and (lines[-1] or advance > width):
            if len(lines) == most:
                lines[-1] = _cut(fonts, [*lines[-1], piece], style, width)
                break
            carried = _taken_along(lines[-1], piece)
            lines.append(carried)
            used = sum(_glyph(fonts, one, style).advance for one in carried)
        if lines[-1] or not piece.isspace():
            lines[-1].append(piece)
            used += advance
    return _without_dots(["".join(line).strip() for line in lines])


def _without_dots(lines: list[str]) -> list[str]:
    """A dot stands between two facts, not between a fact and the end of a line."""
    begun = [lines[0], *(line.removeprefix("· ") for line in lines[1:])]
    return [*(line.removesuffix(" ·") for line in begun[:-1]), begun[-1]]


def _glyph(fonts: Fonts, piece: str, style: Style) -> Glyph:
    return fonts.glyph(piece, style.size, style.is_bold)


def _is_of_word(piece: str) -> bool:
    return piece.isascii() and not piece.isspace()


def _taken_along(line: list[str], piece: str) -> list[str]:
    """Takes from the end of a line what has to stand before `piece` on the next."""
    carried = _carried(line) if _is_of_word(piece) or piece in _UNITS else []
    for _ in range(_TAKEN_ALONG_AT_MOST):
        if len(line) < 2 or not (line[-1] in _OPENING or (carried or [piece])[0] in _CLOSING):
            break
        carried.insert(0, line.pop())
    return carried


def _carried(line: list[str]) -> list[str]:
    """Takes the word that a line ends with from it, where something stands before that word."""
    at = len(line)
    while at and _is_of_word(line[at - 1]):
        at -= 1
    if not 0 < at < len(line):
        return []
    word = line[at:]
    del line[at:]
    return word


def _cut(fonts: Fonts, line: list[str], style: Style, width: float) -> list[str]:
    """As much of a line's beginning as fits, and an ellipsis."""
    kept: list[str] = []
    room = width - _glyph(fonts, "…", style).advance
    for piece in line:
        room -= _glyph(fonts, piece, style).advance
        if room < 0:
            kept.append(_cut_piece(fonts, piece, style, room + _glyph(fonts, piece, style).advance))
            break
        kept.append(piece)
    return ["".join(kept).rstrip(), "…"]


def _cut_piece(fonts: Fonts, piece: str, style: Style, room: float) -> str:
    """The beginning of a word that is drawn as one; empty where none of it fits, or where it is one character."""
    fits, more = 0, len(piece)
    while more - fits > 1:
        middle = (fits + more) // 2
        if _glyph(fonts, piece[:middle], style).advance <= room:
            fits = middle
        else:
            more = middle
    return piece[:fits]


def _pieces(fonts: Fonts, text: str, style: Style, width: float) -> Iterator[str]:
    for piece in pieces(" ".join(text.split())):
        yield from _no_wider(fonts, piece, style, width)


def _no_wider(fonts: Fonts, piece: str, style: Style, width: float) -> list[str]:
    """A piece in parts that fit; a single character is one whatever its width."""
    if len(piece) == 1 or _glyph(fonts, piece, style).advance <= width:
        return [piece]
    middle = len(piece) // 2
    return [*_no_wider(fonts, piece[:middle], style, width), *_no_wider(fonts, piece[middle:], style, width)]
