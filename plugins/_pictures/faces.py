"""Font files as faces: which characters they have, and what those look like."""

from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont, features

_UNASSIGNED: Final = "\u0378"
"""No character, so that every font shows its sign for a missing one."""
_PROOF_SIZE: Final = 24
_CHINESE_PROOF: Final = "任务监控预订"
_COLLECTED_AT_MOST: Final = 12
"""Faces in one file; collections of a family in all its languages have ten."""

CAN_SHAPE: Final = features.check("raqm")
"""Whether letters that join, and lines from right to left, are laid out properly here."""


class Face:
    """One face of a font file. `weight`: of a variable font, the name of the instance that is used."""

    def __init__(self, path: Path, index: int = 0, weight: str = "Regular") -> None:
        self._path = path
        self._index = index
        self._weight = weight
        self.at(_PROOF_SIZE)

    def at(self, size: int) -> ImageFont.FreeTypeFont:
        """The face at so many pixels an em. Raises `OSError` where the file is no font."""
        return _font(self._path, self._index, self._weight, size)

    def has(self, character: str) -> bool:
        """Whether it shows this character, and not the sign for a missing one."""
        return _shown(self.at(_PROOF_SIZE), character) not in (None, self._missing)

    @property
    def has_chinese(self) -> bool:
        return all(map(self.has, _CHINESE_PROOF))

    @cached_property
    def _missing(self) -> bytes | None:
        return _shown(self.at(_PROOF_SIZE), _UNASSIGNED)


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
    """The face of a file, or of a collection, that shows simplified Chinese; None where none does."""
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


@lru_cache(maxsize=64)
def _font(path: Path, index: int, weight: str, size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(path, size, index=index, layout_engine=ImageFont.Layout.BASIC)
    try:
        if weight.encode() in font.get_variation_names():
            font.set_variation_by_name(weight)
    except (OSError, NotImplementedError):
        pass  # it has one weight
    return font


@lru_cache(maxsize=32)
def shaping(path: Path, size: int) -> ImageFont.FreeTypeFont:
    """For words whose letters join or run from right to left."""
    engine = ImageFont.Layout.RAQM if CAN_SHAPE else ImageFont.Layout.BASIC
    return ImageFont.truetype(path, size, layout_engine=engine)


def _font_or_none(path: Path, size: int) -> ImageFont.FreeTypeFont | None:
    try:
        return shaping(path, size)
    except OSError:
        return None


def _shown(font: ImageFont.FreeTypeFont, character: str) -> bytes | None:
    """What a character looks like; None: like nothing."""
    left, top, right, bottom = map(round, font.getbbox(character, anchor="ls"))
    if right <= left or bottom <= top:
        return None
    pixels = Image.new("L", (right - left, bottom - top))
    ImageDraw.Draw(pixels).text((-left, -top), character, fill=255, font=font, anchor="ls")
    return pixels.tobytes() if pixels.getbbox() else None
