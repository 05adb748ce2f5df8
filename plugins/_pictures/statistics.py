"""How jobs have done, as a picture."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from jobs import HourSeen, Statistics, Status, Tally
from plugins._pictures.canvas import MARGIN, WIDTH, Canvas, Style, fitted, wrapped
from plugins._pictures.fonts import Fonts
from plugins._pictures.listing import HEAD, heading
from plugins._pictures.palette import BLUE, FAINT, INK, SOFT, Ink
from plugins._pictures.signs import STATUS, TALLY, Sign
from plugins._replies.seen import best_hours, percent
from plugins._replies.statistics import JOBS_SHOWN, lateness, since, tally_in_words, whose

_TITLE: Final = Style(34, is_bold=True)
_COUNT: Final = Style(46, is_bold=True)
_MANY: Final = Style(34, is_bold=True)
_WORDS: Final = Style(28)
_HOUR_WANTED: Final = Style(28, is_bold=True)
_LINE: Final = Style(32)
_SHARE: Final = Style(24)
_PAD: Final = 30
_GAP: Final = 18
_LEFT: Final = MARGIN + _PAD
_RIGHT: Final = WIDTH - MARGIN - _PAD
_TILE_HIGH: Final = 118
_BARS_HIGH: Final = 190


class _Tiles(NamedTuple):
    """Counts side by side, each with its mark and its word."""

    title: list[str]
    tiles: list[tuple[Sign, int]]
    notes: Sequence[str] = ()

    @property
    def height(self) -> int:
        notes = len(self.notes) * _LINE.line + 10 if self.notes else 0
        return 2 * _PAD + len(self.title) * _TITLE.line + _TILE_HIGH - 6 + notes

    def draw(self, canvas: Canvas, top: int) -> None:
        top = _lines(canvas, self.title, _TITLE, top + _PAD, INK)
        wide = (_RIGHT - _LEFT) / max(len(self.tiles), 4)
        for place, (sign, count) in enumerate(self.tiles):
            left = _LEFT + place * wide
            canvas.mark(sign.mark, left, top + 26, 36, sign.ink if count else FAINT)
            shown = f"{count:,}"
            style = _COUNT if canvas.width(shown, _COUNT) < wide - 84 else _MANY
            canvas.text(left + 50, top + 60, shown, style, INK if count else SOFT)
            canvas.text(left, top + 104, sign.words, _WORDS, SOFT)
        _lines(canvas, self.notes, _LINE, top + _TILE_HIGH + 4, INK)


class _Hours(NamedTuple):
    """A column for each hour, as high as courts were often free then."""

    title: list[str]
    hours: dict[int, HourSeen]
    wanted: Sequence[int]

    @property
    def height(self) -> int:
        return 2 * _PAD + len(self.title) * _TITLE.line + _BARS_HIGH + 2 * _WORDS.line

    def draw(self, canvas: Canvas, top: int) -> None:
        top = _lines(canvas, self.title, _TITLE, top + _PAD, INK) + _WORDS.line
        shown = range(min(self.hours), max(self.hours) + 1)
        pitch = min((_RIGHT - _LEFT) / len(shown), 120)
        floor = top + _BARS_HIGH
        for column, hour in enumerate(shown):
            middle = _LEFT + (column + 0.5) * pitch
            share = self.hours[hour].share if hour in self.hours else 0.0
            high = max(_BARS_HIGH * share, 3)
            wide = pitch * 0.62
            canvas.bar(middle - wide / 2, floor - high, wide, high, BLUE if share else FAINT, radius=6 if share else 0)
            shown_share = percent(share).removesuffix("%")
            if share and canvas.width(shown_share, _SHARE) <= pitch - 8:
                canvas.text_amid(middle, floor - high - 9, shown_share, _SHARE, INK)
            canvas.text_amid(
                middle, floor + 34, str(hour), *((_HOUR_WANTED, INK) if hour in self.wanted else (_WORDS, SOFT))
            )


class _Jobs(NamedTuple):
    title: list[str]
    rows: list[tuple[Sign, str, str]]

    @property
    def height(self) -> int:
        return 2 * _PAD + len(self.title) * _TITLE.line + len(self.rows) * (_LINE.line + _WORDS.line + 12)

    def draw(self, canvas: Canvas, top: int) -> None:
        top = _lines(canvas, self.title, _TITLE, top + _PAD, INK) + 8
        for sign, name, words in self.rows:
            canvas.mark(sign.mark, _LEFT, top + 8, 30, sign.ink)
            canvas.text(_LEFT + 48, top + _LINE.size, name, _LINE, INK)
            canvas.text(_LEFT + 48, top + _LINE.line + _WORDS.size, words, _WORDS, SOFT)
            top += _LINE.line + _WORDS.line + 12


def statistics_picture(fonts: Fonts, shown: Statistics, about: str, wanted: Sequence[int] = ()) -> bytes:
    parts: list[_Tiles | _Hours | _Jobs] = list(_parts(fonts, shown, about, wanted))
    canvas = Canvas(fonts, HEAD + sum(part.height + _GAP for part in parts) + MARGIN - _GAP)
    heading(canvas, "统计", since(shown))
    top = HEAD
    for part in parts:
        canvas.card(top, part.height)
        part.draw(canvas, top)
        top += part.height + _GAP
    return canvas.png()


def _parts(fonts: Fonts, shown: Statistics, about: str, wanted: Sequence[int] = ()) -> list[_Tiles | _Hours | _Jobs]:
    room = _RIGHT - _LEFT
    parts: list[_Tiles | _Hours | _Jobs] = []
    if not about:
        standing = [(STATUS[status], shown.statuses.get(status, 0)) for status in Status]
        parts.append(_Tiles([f"共 {shown.total_jobs} 个任务"], standing))
    notes = wrapped(fonts, lateness(shown.lateness), _LINE, room, 2) if shown.lateness else []
    title = wrapped(fonts, about, _TITLE, room, 2) if about else [whose(shown)]
    parts.append(_Tiles(title, _tallied(shown.total), notes))
    if shown.looks:
        words = wrapped(fonts, f"看了 {shown.looks:,} 次，{best_hours(shown.hours, wanted)}", _TITLE, room, 2)
        by_hour = {one.hour: one for one in shown.hours}
        parts.append(_Hours(words, by_hour, wanted) if by_hour else _Jobs(words, []))
    if not about and shown.jobs:
        rows = [
            (STATUS[one.job.status], fitted(fonts, one.job.label, _LINE, room - 48), tally_in_words(one.tally))
            for one in shown.jobs[:JOBS_SHOWN]
        ]
        more = f"，还有 {len(shown.jobs) - JOBS_SHOWN} 个没有列出" if len(shown.jobs) > JOBS_SHOWN else ""
        parts.append(_Jobs([f"做得最多的{more}"], rows))
    return parts


def _tallied(tally: Tally) -> list[tuple[Sign, int]]:
    return [(sign, getattr(tally, field)) for field, sign in TALLY.items()]


def _lines(canvas: Canvas, lines: Sequence[str], style: Style, top: int, ink: Ink) -> int:
    for line in lines:
        canvas.text(_LEFT, top + style.size, line, style, ink)
        top += style.line
    return top
