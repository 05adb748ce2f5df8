"""The fonts of all pictures: found once, remembered, and asked for each piece of text."""

import unicodedata
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from PIL import Image

from plugins._pictures import finding
from plugins._pictures.faces import CAN_SHAPE, EmojiFace, Face, chinese_face, forget_tried, shaped
from plugins._pictures.marks import IN_TEXT, mark

_GLYPHS_KEPT: Final = 3000
"""About a kilobyte each; twenty jobs with their names need some three hundred."""
_BEYOND: Final = 0x1F000
"""From here on, characters are pictures first."""
_IDEOGRAPHS: Final = 0x20000
"""And from here on Chinese again."""
_SKIN: Final = range(0x1F3FB, 0x1F400)
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs"})
_SELECTORS: Final = frozenset(map(chr, range(0xFE00, 0xFE10)))
"""Which look a character shall have; here it has one."""
_PIECE_AT_MOST: Final = 40
"""Characters that are drawn as one; marks beyond that are left out."""
_FLAGS: Final = range(0x1F1E6, 0x1F200)


class Glyph(NamedTuple):
    """A piece of text ready to be put down: `covered` (mode L) or, of an emoji, `picture` (RGBA). `left` and `top` are
    from where it stands on the line, whose place the next piece is `advance` pixels behind."""

    covered: Image.Image | None
    left: int
    top: int
    advance: float
    picture: Image.Image | None = None


class Fonts:
    """A face with Chinese, and others for what that lacks. Not for two threads at once."""

    def __init__(self, plain: Face, bold: Face | None, files: dict[str, Path]) -> None:
        self._plain = plain
        self._bold = bold or plain
        self._files = files
        self.glyph = lru_cache(maxsize=_GLYPHS_KEPT)(self._glyph)

    def _glyph(self, piece: str, size: int, is_bold: bool) -> Glyph:
        """One of `pieces`, at so many pixels an em."""
        if piece in IN_TEXT:
            return _marked(IN_TEXT[piece], size)
        if len(piece) == 1 and not _BEYOND <= ord(piece) < _IDEOGRAPHS:
            face = self._bold if is_bold else self._plain
            if piece.isspace():
                return Glyph(None, 0, 0, face.at(size).getlength(piece))
            if shape := face.shape(piece, size):
                return Glyph(shape.pixels, shape.left, shape.top, shape.advance)
        if found := self._foreign(piece, size):
            return found
        # Marks that nothing here can put on a letter are left out; the letter is not.
        return self._glyph(piece[0], size, is_bold) if _has_marks(piece) else _marked("unknown", size)

    def _foreign(self, piece: str, size: int) -> Glyph | None:
        """What the Chinese font lacks, out of any other that has it."""
        is_picture = ord(piece[0]) >= _BEYOND or unicodedata.category(piece[0]) == "So"
        if is_picture and self._emoji is not None:
            picture = self._emoji.picture(piece, round(size * 1.05))
            if picture is not None:
                return Glyph(None, 0, -round(size * 0.88), picture.width + size * 0.08, picture)
        for path, face in self._others:
            if all(face.has(one) for one in piece if not _is_mark(one) and not one.isspace()):
                return _shaped("".join(one for one in piece if one.isspace() or face.has(one)), path, size)
        return None

    @cached_property
    def _others(self) -> list[tuple[Path, Face]]:
        found: list[tuple[Path, Face]] = []
        for path in (self._files[name] for name in finding.OTHERS if name in self._files):
            try:
                found.append((path, Face(path)))
            except OSError:
                continue
        return found

    @cached_property
    def _emoji(self) -> EmojiFace | None:
        for path in (self._files[name] for name in finding.EMOJI if name in self._files):
            try:
                return EmojiFace(path)
            except OSError:
                continue
        return None


def pieces(text: str) -> list[str]:
    """The text in pieces that are each drawn as one: single characters; words of scripts whose letters join or run from
    right to left; an emoji with its skin, a flag."""
    if text.isascii():
        return list(text)
    found: list[str] = []
    for character in text:
        if unicodedata.category(character) in _UNSEEN or character in _SELECTORS:
            continue
        if found and len(found[-1]) >= _PIECE_AT_MOST:
            found += [] if _is_mark(character) else [character]
        elif (
            len(found) > 1
            and found[-1] == " "
            and len(found[-2]) < _PIECE_AT_MOST - 1
            and _is_leftward(character)
            and _is_leftward(found[-2][-1])
        ):
            blank = found.pop()
            found[-1] += blank + character
        elif found and _belongs(found[-1], character):
            found[-1] += character
        else:
            found.append(character)
    return found


def _belongs(before: str, character: str) -> bool:
    code, last = ord(character), ord(before[-1])
    if code in _SKIN:
        return last >= _BEYOND and last not in _SKIN
    if code in _FLAGS:
        return last in _FLAGS and len(before) == 1
    if _is_mark(character):
        return not before.isspace()
    return _joins(character) and _joins(before[-1])


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) in ("Mn", "Mc", "Me")


def _has_marks(piece: str) -> bool:
    return len(piece) > 1 and all(map(_is_mark, piece[1:]))


def _joins(character: str) -> bool:
    return unicodedata.bidirectional(character) in ("R", "AL") or 0x0900 <= ord(character) <= 0x109F


def _marked(name: str, size: int) -> Glyph:
    if name == "dot":
        return Glyph(mark(name, round(size * 0.28)), round(size * 0.03), -round(size * 0.51), size * 0.34)
    drawn = mark(name, round(size * 0.8))
    return Glyph(drawn, round(size * 0.06), -round(size * 0.76), size * 0.94)


def _shaped(piece: str, path: Path, size: int) -> Glyph | None:
    text = piece if CAN_SHAPE or not any(map(_is_leftward, piece)) else piece[::-1]
    shape = shaped(path, text, size)
    if shape is None:
        return None
    # Whatever marks are piled up on it: no piece reaches into the lines around its own.
    above, below = max(-round(size * 1.1) - shape.top, 0), round(size * 0.4) - shape.top
    pixels = shape.pixels.crop((0, above, shape.pixels.width, min(below, shape.pixels.height)))
    return Glyph(pixels, shape.left, shape.top + above, max(shape.advance, shape.left + pixels.width))


def _is_leftward(character: str) -> bool:
    return unicodedata.bidirectional(character) in ("R", "AL")


@lru_cache(maxsize=1)
def fonts_with(named: Path | None) -> Fonts | None:
    """The fonts of this machine, `named` before all others; None where none has Chinese characters. Looked for once."""
    files = finding.known_files()
    known = (files[name] for name in finding.CHINESE if name in files)
    for path in (*([named] if named else ()), *known):
        plain = chinese_face(path)
        if plain is None:
            continue
        beside = finding.bolder(path)
        bold = chinese_face(beside or path, "Bold")
        forget_tried()
        return Fonts(plain, bold, files)
    return None
