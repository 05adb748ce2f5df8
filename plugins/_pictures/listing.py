"""The list of jobs as a picture: a card each, with the facts of the list in text."""

from collections.abc import Sequence
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from jobs import JobPage, JobRow
from plugins._pictures.canvas import MARGIN, WIDTH, Canvas, Style, fitted, measured, wrapped
from plugins._pictures.fonts import Fonts
from plugins._pictures.palette import ASIDE, INK, SOFT, TITLE
from plugins._pictures.signs import STATUS
from plugins._replies.listing import configuration, latest, nothing

HEADING: Final = Style(46, is_bold=True)
ASIDE_STYLE: Final = Style(28)
NAME: Final = Style(34, is_bold=True)
_NUMBER: Final = Style(32)
_NOW: Final = Style(32)
_REST: Final = Style(28)
_STATUS: Final = Style(28)

HEAD: Final = 124
"""Pixels above the first card."""
_PAD: Final = 26
_GAP: Final = 16
_MARK: Final = 46
_LEFT: Final = MARGIN + 28 + _MARK + 26
_RIGHT: Final = WIDTH - MARGIN - 30
_ROOM: Final = _RIGHT - _LEFT


class _Row(NamedTuple):
    row: JobRow
    name: str
    now: list[str]
    rest: list[str]

    @property
    def height(self) -> int:
        return 2 * _PAD - 8 + NAME.line + len(self.now) * _NOW.line + len(self.rest) * _REST.line


def list_picture(fonts: Fonts, page: JobPage, zone: ZoneInfo, asked_for: str) -> bytes:
    rows = [_measured(fonts, row, zone) for row in page.rows]
    empty = wrapped(fonts, nothing(asked_for), _NOW, WIDTH - 2 * MARGIN - 60, 4) if not rows else []
    body = sum(row.height + _GAP for row in rows) if rows else 2 * _PAD + len(empty) * _NOW.line + _GAP
    canvas = Canvas(fonts, HEAD + body + MARGIN - _GAP)
    where = f" · 第 {page.page}/{page.pages} 页" if page.pages > 1 else ""
    heading(canvas, "任务列表", f"共 {page.total} 个{where}")
    top = HEAD
    for row in rows:
        _draw(canvas, row, top)
        top += row.height + _GAP
    if empty:
        canvas.card(HEAD, 2 * _PAD + len(empty) * _NOW.line)
        _lines(canvas, empty, _NOW, MARGIN + 30, HEAD + _PAD)
    return canvas.png()


def heading(canvas: Canvas, title: str, aside: str) -> None:
    """The title on the left, something in small on the right."""
    canvas.text(MARGIN + 8, 84, title, HEADING, TITLE)
    canvas.text_to(WIDTH - MARGIN - 8, 82, aside, ASIDE_STYLE, ASIDE)


def _measured(fonts: Fonts, row: JobRow, zone: ZoneInfo) -> _Row:
    used = measured(fonts, f"#{row.job.number} ", _NUMBER) + measured(fonts, _standing(row), _STATUS)
    rest = " · ".join(part for part in configuration(row, zone) if part)
    return _Row(
        row=row,
        name=fitted(fonts, row.job.name, NAME, _ROOM - used - 30),
        now=wrapped(fonts, latest(row, zone), _NOW, _ROOM, 2),
        rest=wrapped(fonts, rest, _REST, _ROOM, 2),
    )


def _standing(row: JobRow) -> str:
    return f"{row.kind_title} · {STATUS[row.job.status].words}"


def _draw(canvas: Canvas, row: _Row, top: int) -> None:
    job, sign = row.row.job, STATUS[row.row.job.status]
    canvas.card(top, row.height)
    baseline = top + _PAD + NAME.size
    canvas.mark(sign.mark, MARGIN + 28, baseline - _MARK + 8, _MARK, sign.ink)
    at = canvas.text(_LEFT, baseline, f"#{job.number} ", _NUMBER, SOFT)
    canvas.text(at, baseline, row.name, NAME, INK)
    canvas.text_to(_RIGHT, baseline, _standing(row.row), _STATUS, sign.ink)
    at_line = _lines(canvas, row.now, _NOW, _LEFT, top + _PAD + NAME.line)
    for line in row.rest:
        canvas.text(_LEFT, at_line + _REST.size, line, _REST, SOFT)
        at_line += _REST.line


def _lines(canvas: Canvas, lines: Sequence[str], style: Style, left: int, top: int) -> int:
    """Writes lines from `top` on, and says where they end."""
    for line in lines:
        canvas.text(left, top + style.size, line, style, INK)
        top += style.line
    return top
