"""The marks drawn by us: a shape for each status and happening, known without colour; it takes no emoji font."""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from PIL import Image, ImageDraw

_FINE: Final = 4
"""Drawn so many times larger and then made small: that smooths the edges."""

Draw = ImageDraw.ImageDraw
Box = tuple[float, float, float, float]


def _run(draw: Draw, n: float) -> None:
    """A full disc with a triangle cut out: it runs."""
    draw.ellipse((0, 0, n, n), fill=255)
    draw.polygon([(n * 0.38, n * 0.27), (n * 0.38, n * 0.73), (n * 0.75, n * 0.5)], fill=0)


def _wait(draw: Draw, n: float) -> None:
    """A clock."""
    w = n * 0.11
    draw.ellipse((0, 0, n, n), outline=255, width=round(w))
    draw.line([(n * 0.5, n * 0.22), (n * 0.5, n * 0.54), (n * 0.7, n * 0.66)], fill=255, width=round(w), joint="curve")


def _pause(draw: Draw, n: float) -> None:
    draw.rounded_rectangle((n * 0.14, n * 0.08, n * 0.41, n * 0.92), n * 0.08, fill=255)
    draw.rounded_rectangle((n * 0.59, n * 0.08, n * 0.86, n * 0.92), n * 0.08, fill=255)


def _stop(draw: Draw, n: float) -> None:
    draw.rounded_rectangle((n * 0.1, n * 0.1, n * 0.9, n * 0.9), n * 0.12, fill=255)


def _fail(draw: Draw, n: float) -> None:
    w = round(n * 0.2)
    for line in ([(n * 0.16, n * 0.16), (n * 0.84, n * 0.84)], [(n * 0.84, n * 0.16), (n * 0.16, n * 0.84)]):
        draw.line(line, fill=255, width=w)


def _done(draw: Draw, n: float) -> None:
    draw.line([(n * 0.06, n * 0.54), (n * 0.37, n * 0.84), (n * 0.94, n * 0.18)], fill=255, width=round(n * 0.18))


def _warn(draw: Draw, n: float) -> None:
    draw.polygon([(n * 0.5, n * 0.04), (n * 0.98, n * 0.94), (n * 0.02, n * 0.94)], fill=255)
    draw.rounded_rectangle((n * 0.45, n * 0.34, n * 0.55, n * 0.65), n * 0.05, fill=0)
    draw.ellipse((n * 0.44, n * 0.72, n * 0.56, n * 0.84), fill=0)


def _skip(draw: Draw, n: float) -> None:
    """Two triangles and a bar."""
    for left in (0.02, 0.4):
        draw.polygon([(n * left, n * 0.18), (n * left, n * 0.82), (n * (left + 0.38), n * 0.5)], fill=255)
    draw.rectangle((n * 0.8, n * 0.18, n * 0.94, n * 0.82), fill=255)


def _ring(draw: Draw, n: float) -> None:
    draw.ellipse((n * 0.06, n * 0.06, n * 0.94, n * 0.94), outline=255, width=round(n * 0.13))


def _disc(draw: Draw, n: float) -> None:
    draw.ellipse((0, 0, n, n), fill=255)


def _dash(draw: Draw, n: float) -> None:
    draw.rounded_rectangle((n * 0.08, n * 0.41, n * 0.92, n * 0.59), n * 0.09, fill=255)


def _ticket(draw: Draw, n: float) -> None:
    """A star: something was had."""
    points = [(0.5, 0.02), (0.62, 0.37), (0.99, 0.38), (0.7, 0.6), (0.8, 0.96)]
    points += [(0.5, 0.75), (0.2, 0.96), (0.3, 0.6), (0.01, 0.38), (0.38, 0.37)]
    draw.polygon([(n * x, n * y) for x, y in points], fill=255)


def _list(draw: Draw, n: float) -> None:
    for y in (0.16, 0.5, 0.84):
        draw.ellipse((0, n * (y - 0.08), n * 0.16, n * (y + 0.08)), fill=255)
        draw.rounded_rectangle((n * 0.28, n * (y - 0.07), n, n * (y + 0.07)), n * 0.06, fill=255)


def _bars(draw: Draw, n: float) -> None:
    for left, top in ((0.04, 0.55), (0.38, 0.1), (0.72, 0.35)):
        draw.rounded_rectangle((n * left, n * top, n * (left + 0.24), n * 0.95), n * 0.05, fill=255)


def _page(draw: Draw, n: float) -> None:
    draw.rounded_rectangle((n * 0.14, n * 0.02, n * 0.86, n * 0.98), n * 0.08, outline=255, width=round(n * 0.1))
    for y in (0.3, 0.5, 0.7):
        draw.rectangle((n * 0.32, n * (y - 0.04), n * 0.68, n * (y + 0.04)), fill=255)


def _dot(draw: Draw, n: float) -> None:
    """Between two facts: a font made for Chinese would give it the room of a character."""
    draw.ellipse((n * 0.2, n * 0.2, n * 0.8, n * 0.8), fill=255)


def _unknown(draw: Draw, n: float) -> None:
    """For what no font here can show."""
    draw.rounded_rectangle(
        (n * 0.12, n * 0.12, n * 0.88, n * 0.88), n * 0.1, outline=255, width=max(round(n * 0.08), 1)
    )


_DRAWN: Final[dict[str, Callable[[Draw, float], None]]] = {
    "run": _run,
    "wait": _wait,
    "pause": _pause,
    "stop": _stop,
    "fail": _fail,
    "done": _done,
    "warn": _warn,
    "skip": _skip,
    "ring": _ring,
    "disc": _disc,
    "dash": _dash,
    "ticket": _ticket,
    "list": _list,
    "bars": _bars,
    "page": _page,
    "dot": _dot,
    "unknown": _unknown,
}

IN_TEXT: Final = {
    "🟢": "run",
    "⏳": "wait",
    "⏸": "pause",
    "🔴": "stop",
    "⏹": "stop",
    "❌": "fail",
    "✅": "done",
    "⚠": "warn",
    "⏭": "skip",
    "📋": "list",
    "📊": "bars",
    "📄": "page",
    "·": "dot",
}
"""The signs our own sentences begin with, and the marks that stand for them in a picture."""


@lru_cache(maxsize=256)
def mark(name: str, size: int) -> Image.Image:
    """How much each pixel of a square of that size is covered (mode L)."""
    fine = Image.new("L", (size * _FINE, size * _FINE))
    _DRAWN[name](ImageDraw.Draw(fine), size * _FINE - 1)
    return fine.resize((size, size), Image.Resampling.BOX)  # pyright: ignore[reportUnknownMemberType]


@lru_cache(maxsize=64)
def rounded(width: int, height: int, radius: int) -> Image.Image:
    """A rectangle with round corners, as `mark`."""
    sheet = Image.new("L", (width, height), 255)
    if not radius:
        return sheet
    corner = Image.new("L", (radius * _FINE, radius * _FINE))
    ImageDraw.Draw(corner).ellipse((0, 0, 2 * radius * _FINE - 1, 2 * radius * _FINE - 1), fill=255)
    corner = corner.resize((radius, radius), Image.Resampling.BOX)  # pyright: ignore[reportUnknownMemberType]
    mirrored = corner.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    for part, left in ((corner, 0), (mirrored, width - radius)):
        sheet.paste(part, (left, 0))
        sheet.paste(part.transpose(Image.Transpose.FLIP_TOP_BOTTOM), (left, height - radius))
    return sheet
