"""At which hours there were courts, day by day: the larger and darker a square, the more often one was free."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Final

from jobs import Sighting
from plugins._pictures.canvas import Canvas, Style
from plugins._pictures.palette import BLUE, FAINT, INK, SHADES, SOFT

_LABEL: Final = Style(28)
_WANTED: Final = Style(28, is_bold=True)
_ROW: Final = 46
_DAYS: Final = "一二三四五六日"
_DAYS_WIDE: Final = 186
_FEWEST_HOURS: Final = 8
_USUAL_HOURS: Final = range(8, 22)
_SMALLEST: Final = 0.34
"""Of a square that says: once in a while."""
_PALEST: Final = 6
"""Shades of the ink, for the same."""


class Heatmap:
    """`days` from top to bottom. A day without a look is shown as unseen, which is not the same as nothing free. Hours
    that are `wanted` are in bold, with a line below."""

    def __init__(self, days: Sequence[date], sightings: Sequence[Sighting], wanted: Collection[int] = ()) -> None:
        self._days = days
        self._seen = {one.day: one for one in sightings if one.looks}
        self._hours = _shown_hours(sightings, wanted)
        self._wanted = wanted

    @property
    def height(self) -> int:
        """Pixels, with the hours above and the legend below."""
        return _LABEL.line + len(self._days) * _ROW + 14 + _LABEL.line

    def draw(self, canvas: Canvas, left: int, top: int, width: int) -> None:
        pitch = (width - _DAYS_WIDE) / len(self._hours)
        every = 1 if pitch >= 44 else 2 if pitch >= 24 else 3
        for column, hour in enumerate(self._hours):
            middle, is_wanted = left + _DAYS_WIDE + (column + 0.5) * pitch, hour in self._wanted
            if column % every == 0:
                style, ink = (_WANTED, INK) if is_wanted else (_LABEL, SOFT)
                canvas.text_amid(middle, top + _LABEL.size, str(hour), style, ink)
            if is_wanted:
                canvas.bar(middle - pitch / 2 + 3, top + _LABEL.line - 3, pitch - 6, 4, INK)
        top += _LABEL.line
        for day in self._days:
            canvas.text(left, top + 33, f"{day:%m-%d} 周{_DAYS[day.weekday()]}", _LABEL, SOFT)
            for column, hour in enumerate(self._hours):
                middle = left + _DAYS_WIDE + (column + 0.5) * pitch
                _cell(canvas, middle, top + _ROW / 2, min(pitch, _ROW) - 6, self._share(day, hour))
            top += _ROW
        _legend(canvas, left, top + 14)

    def _share(self, day: date, hour: int) -> float | None:
        """Of the looks of that day, how many found a court; None: nobody looked."""
        seen = self._seen.get(day)
        if seen is None:
            return None
        return min(seen.hours.get(hour, 0) / seen.looks, 1.0)


def _cell(canvas: Canvas, x: float, y: float, room: float, share: float | None) -> None:
    if share is None:
        canvas.mark("dash", x - 9, y - 9, 18, FAINT)
    elif share <= 0:
        canvas.mark("ring", x - 7, y - 7, 14, SOFT)
    else:
        side = max(round(room * (_SMALLEST + (1 - _SMALLEST) * share**0.5)), 12)
        depth = _PALEST + round(share * (SHADES - _PALEST))
        canvas.bar(x - side / 2, y - side / 2, side, side, BLUE, radius=5, depth=depth)


def _legend(canvas: Canvas, left: int, top: int) -> None:
    at: float = left
    for share, words in ((None, "没看"), (0.0, "看了没有"), (0.1, "偶尔有"), (0.5, "一半时候有"), (1.0, "总是有")):
        _cell(canvas, at + 18, top + 21, 38, share)
        at = canvas.text(at + 46, top + 31, words, _LABEL, SOFT) + 30


def _shown_hours(sightings: Sequence[Sighting], wanted: Collection[int]) -> range:
    seen = [int(hour) for one in sightings for hour, count in one.hours.items() if count]
    if not seen:
        return _USUAL_HOURS
    seen += wanted
    first, last = min(seen), max(seen) + 1
    missing = max(_FEWEST_HOURS - (last - first), 0)
    first = max(first - missing // 2, 0)
    return range(first, min(max(last, first + _FEWEST_HOURS), 24))
