"""Font files as faces: which characters they have, and what those look like."""

from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from PIL import Image, ImageDraw, ImageFont, features

from jobs import is_regular_file

_UNASSIGNED: Final = "\u0378"
"""No character, so that every font shows its sign for a missing one."""
_PROOF_SIZE: Final = 28
"""One that is drawn in anyway: each size of a file takes a megabyte or so."""
_CHINESE_PROOF: Final = "任务监控预订"
_COLLECTED_AT_MOST: Final = 12
"""Faces in one file; collections of a family in all its languages have ten."""

CAN_SHAPE: Final = features.check("raqm")
"""Whether letters that join, and lines from right to left, are laid out properly here."""


class Shape(NamedTuple):
    """How much each pixel is covered (mode L), from where on the line it stands, and where the next one stands."""

    pixels: Image.Image
    left: int
    top: int
    advance: float


class Face:
    """One face of a font file. `weight`: of a variable font, the name of the instance that is used."""

    def __init__(self, path: Path, index: int = 0, weight: str = "Regular") -> None:
        self._path = path
        self._index = index
        self._weight = weight
        self._signs: dict[int, bytes | None] = {}
        self.at(_PROOF_SIZE)

    def at(self, size: int) -> ImageFont.FreeTypeFont:
        """The face at so many pixels an em. Raises `OSError` where the file is no font."""
        return _font(self._path, self._index, self._weight, size)

    def has(self, character: str) -> bool:
        """Whether it shows this character, and not the sign for a missing one."""
        return self.shape(character, _PROOF_SIZE) is not None

    def shape(self, character: str, size: int) -> "Shape | None":
        """What it looks like; None where it looks like nothing, or is missing."""
        shape = _shape(self.at(size), character)
        return None if shape is None or shape.pixels.tobytes() == self._missing(size) else shape

    @property
    def has_chinese(self) -> bool:
        return all(map(self.has, _CHINESE_PROOF))

    def _missing(self, size: int) -> bytes | None:
        """The sign for a missing character."""
        if size not in self._signs:
            shape = _shape(self.at(size), _UNASSIGNED)
            self._signs[size] = shape.pixels.tobytes() if shape else None
        return self._signs[size]


class EmojiFace:
    """A face of coloured pictures, which exist in one size only."""

    _SIZES: Final = (109, 160, 136, 96, 64)
    """Noto's and Apple's bitmaps; outlines take any."""

    def __init__(self, path: Path) -> None:
        """Raises `OSError` where the file is no such font."""
        self._font = next(filter(None, (_font_or_none(path, size) for size in self._SIZES)), None)
        if self._font is None:
            raise OSError(f"no coloured font: {path}")
        self._missing = self._pixels(_UNASSIGNED)

    def picture(self, text: str, height: int) -> Image.Image | None:
        """One emoji (of several characters, perhaps) so high, mode RGBA; None where it has none."""
        pixels = self._pixels(text)
        if pixels is None or (self._missing is not None and pixels.tobytes() == self._missing.tobytes()):
            return None
        width = max(round(pixels.width * height / pixels.height), 1)
        return pixels.resize((width, height), Image.Resampling.BOX)  # pyright: ignore[reportUnknownMemberType]

    def _pixels(self, text: str) -> Image.Image | None:
        assert self._font is not None
        left, top, right, bottom = map(round, self._font.getbbox(text))
        if right <= left or bottom <= top:
            return None
        pixels = Image.new("RGBA", (right - left, bottom - top))
        ImageDraw.Draw(pixels).text((-left, -top), text, font=self._font, embedded_color=True)
        return pixels if pixels.getbbox() else None


def chinese_face(path: Path, weight: str = "Regular") -> Face | None:
    """The face of a file, or of a collection, that shows simplified Chinese; None where none does.

    What is no regular file is not opened: a pipe would never end, and a device may do something.
    """
    if not is_regular_file(path):
        return None
    usable: list[tuple[bool, Face]] = []
    for index in range(_COLLECTED_AT_MOST):
        try:
            face = Face(path, index, weight)
        except (OSError, ValueError):
            break
        family = str(face.at(_PROOF_SIZE).getname()[0])
        is_simplified = any(part in family for part in (" SC", " CN", " GB", "YaHei")) and "Mono" not in family
        if face.has_chinese:
            usable.append((is_simplified, face))
        if is_simplified or path.suffix.casefold() not in (".ttc", ".otc"):
            break
    return max(usable, key=lambda one: one[0])[1] if usable else None


@lru_cache(maxsize=8)
def _font(path: Path, index: int, weight: str, size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(path, size, index=index, layout_engine=ImageFont.Layout.BASIC)
    try:
        if weight.encode() in font.get_variation_names():
            font.set_variation_by_name(weight)
    except (OSError, NotImplementedError):
        pass  # it has one weight
    return font


@lru_cache(maxsize=6)
def _shaping(path: Path, size: int) -> ImageFont.FreeTypeFont:
    """For words whose letters join or run from right to left."""
    engine = ImageFont.Layout.RAQM if CAN_SHAPE else ImageFont.Layout.BASIC
    return ImageFont.truetype(path, size, layout_engine=engine)


def _font_or_none(path: Path, size: int) -> ImageFont.FreeTypeFont | None:
    try:
        return _shaping(path, size)
    except OSError:
        return None


def _shape(font: ImageFont.FreeTypeFont, text: str) -> Shape | None:
    left, top, right, bottom = map(round, font.getbbox(text, anchor="ls"))
    if right <= left or bottom <= top:
        return None
    pixels = Image.new("L", (right - left, bottom - top))
    ImageDraw.Draw(pixels).text((-left, -top), text, fill=255, font=font, anchor="ls")
    return Shape(pixels, left, top, font.getlength(text)) if pixels.getbbox() else None


def shaped(path: Path, text: str, size: int) -> Shape | None:
    """A word whose letters join or that runs from right to left."""
    return _shape(_shaping(path, size), text)


def forget_tried() -> None:
    """Lets go of the faces that were only tried."""
    _font.cache_clear()
