"""Everything about one job as a picture: its facts, how its looks and instants went, and when there were courts."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from jobs import JobDetail, Occurrence, Sighting, hours_wanted, occurrence_in_words
from plugins._pictures.canvas import MARGIN, WIDTH, Canvas, Style, fitted, wrapped
from plugins._pictures.fonts import Fonts
from plugins._pictures.heatmap import Heatmap
from plugins._pictures.palette import INK, SOFT
from plugins._pictures.signs import OCCURRENCE, STATUS, TICK, Sign
from plugins._replies.detail import OCCURRENCES_SHOWN, facts
from plugins._replies.seen import DAYS_SEEN, instants_in_words, seen_in_words, ticks_in_words
from plugins._replies.times import day_and_clock

_NAME: Final = Style(46, is_bold=True)
_KIND: Final = Style(28)
_LABEL: Final = Style(28)
_VALUE: Final = Style(32)
_TITLE: Final = Style(34, is_bold=True)
_PAD: Final = 30
_GAP: Final = 18
_MARK: Final = 60
_TICK: Final = 24
_TICKS_A_ROW: Final = 30
_LEFT: Final = MARGIN + _PAD
_RIGHT: Final = WIDTH - MARGIN - _PAD
_VALUES_AT: Final = _LEFT + 190
_FACT: Final = re.compile(r"([^：，。 ]{1,12})：(.+)", re.DOTALL)
_LINES_OF_ONE: Final = 4


class _Fact(NamedTuple):
    label: str
    lines: list[str]

    @property
    def height(self) -> int:
        return len(self.lines) * _VALUE.line + 8


class _Section(NamedTuple):
    """A part below the facts: its words (those of the text), and marks, or the map."""

    words: list[str]
    signs: list[Sign]
    lines: list[tuple[Sign, str]]
    heatmap: Heatmap | None = None

    @property
    def height(self) -> int:
        rows = -(-len(self.signs) // _TICKS_A_ROW)
        legend = _LABEL.line + (22 if self.lines else 10) if self.signs else 0
        body = rows * (_TICK + 14) + legend + len(self.lines) * _VALUE.line
        return 2 * _PAD + len(self.words) * _TITLE.line + 12 + body + (self.heatmap.height if self.heatmap else 0) - 8


def card_picture(fonts: Fonts, shown: JobDetail, zone: ZoneInfo, sightings: Sequence[Sighting]) -> bytes:
    job, sign = shown.row.job, STATUS[shown.row.job.status]
    name = wrapped(fonts, job.name, _NAME, _RIGHT - _LEFT - _MARK - 26, 2)
    # The kind stands below the name.
    known = [_fact(fonts, line) for line in facts(shown, zone) if not line.startswith("类型：")]
    sections = [
        one
        for one in (_looks(fonts, shown), _map(fonts, sightings, hours_wanted(job)), _instants(fonts, shown, zone))
        if one
    ]
    head = 2 * _PAD + len(name) * _NAME.line + _KIND.line
    first = head + sum(fact.height for fact in known)
    height = MARGIN + first + sum(_GAP + section.height for section in sections) + MARGIN
    canvas = Canvas(fonts, height)
    canvas.card(MARGIN, first)
    canvas.mark(sign.mark, _LEFT, MARGIN + _PAD + 4, _MARK, sign.ink)
    top, left = MARGIN + _PAD, _LEFT + _MARK + 26
    for line in name:
        canvas.text(left, top + _NAME.size, line, _NAME, INK)
        top += _NAME.line
    at = canvas.text(left, top + _KIND.size, f"#{job.number} · {shown.row.kind_title} · ", _KIND, SOFT)
    canvas.text(at, top + _KIND.size, sign.words, _KIND, sign.ink)
    top += _KIND.line + _PAD // 2
    for fact in known:
        top = _draw_fact(canvas, fact, top)
    top = MARGIN + first
    for section in sections:
        _draw_section(canvas, section, top + _GAP)
        top += _GAP + section.height
    return canvas.png()


def _fact(fonts: Fonts, line: str) -> _Fact:
    found = _FACT.fullmatch(line)
    label, value = (found[1], found[2]) if found else ("", line)
    if len(label) > 6:
        label, value = "", line
    return _Fact(label, wrapped(fonts, value, _VALUE, _RIGHT - _VALUES_AT, _LINES_OF_ONE))


def _draw_fact(canvas: Canvas, fact: _Fact, top: int) -> int:
    canvas.text(_LEFT, top + _VALUE.size, fact.label, _LABEL, SOFT)
    for place, line in enumerate(fact.lines):
        canvas.text(_VALUES_AT, top + place * _VALUE.line + _VALUE.size, line, _VALUE, INK)
    return top + fact.height


def _looks(fonts: Fonts, shown: JobDetail) -> _Section | None:
    words = ticks_in_words(shown)
    ticks = shown.row.progress.ticks if shown.row.progress else ""
    signs = [TICK[tick] for tick in ticks if tick in TICK]
    return _Section(_folded(fonts, words), signs, []) if words else None


def _instants(fonts: Fonts, shown: JobDetail, zone: ZoneInfo) -> _Section | None:
    if not shown.occurrences:
        return None
    signs = [OCCURRENCE[one.status] for one in reversed(shown.occurrences)]
    lines = [
        (OCCURRENCE[one.status], f"{day_and_clock(one.scheduled_at, zone)}  {_without_sign(one)}")
        for one in shown.occurrences[:OCCURRENCES_SHOWN]
    ]
    lines = [(sign, fitted(fonts, line, _VALUE, _RIGHT - _LEFT - 44)) for sign, line in lines]
    return _Section(_folded(fonts, instants_in_words(shown) or "最近几次"), signs, lines)


def _without_sign(one: Occurrence) -> str:
    """Its words behind the sign that they begin with: a mark stands before them."""
    return occurrence_in_words(one).partition(" ")[2] or OCCURRENCE[one.status].words


def _map(fonts: Fonts, sightings: Sequence[Sighting], wanted: Sequence[int]) -> _Section | None:
    words = seen_in_words(sightings, wanted)
    if not words:
        return None
    last = max(one.day for one in sightings)
    days = [last - timedelta(days=n) for n in range(DAYS_SEEN - 1, -1, -1)]
    return _Section(_folded(fonts, words), [], [], Heatmap(days, sightings, wanted))


def _folded(fonts: Fonts, words: str) -> list[str]:
    return wrapped(fonts, words, _TITLE, _RIGHT - _LEFT, 3)


def _draw_section(canvas: Canvas, section: _Section, top: int) -> None:
    canvas.card(top, section.height)
    top += _PAD
    for line in section.words:
        canvas.text(_LEFT, top + _TITLE.size, line, _TITLE, INK)
        top += _TITLE.line
    top += 12
    if section.signs:
        top = _draw_strip(canvas, section.signs, top)
        top += 12 if section.lines else 0
    for sign, line in section.lines:
        canvas.mark(sign.mark, _LEFT, top + 6, _TICK, sign.ink)
        canvas.text(_LEFT + 44, top + _VALUE.size, line, _VALUE, INK)
        top += _VALUE.line
    if section.heatmap:
        section.heatmap.draw(canvas, _LEFT, top, _RIGHT - _LEFT)


def _draw_strip(canvas: Canvas, signs: Sequence[Sign], top: int) -> int:
    """Row by row, the latest last; then what the marks mean."""
    pitch = (_RIGHT - _LEFT) / _TICKS_A_ROW
    for place, sign in enumerate(signs):
        row, column = divmod(place, _TICKS_A_ROW)
        canvas.mark(sign.mark, _LEFT + column * pitch, top + row * (_TICK + 14), _TICK, sign.ink)
    top += -(-len(signs) // _TICKS_A_ROW) * (_TICK + 14) + 10
    at: float = _LEFT
    for sign in dict.fromkeys(signs):
        canvas.mark(sign.mark, at, top + 7, 20, sign.ink)
        at = canvas.text(at + 28, top + _LABEL.size, sign.words, _LABEL, SOFT) + 34
    canvas.text_to(
        _RIGHT, top + _LABEL.size, "右下角是最近一次" if len(signs) > _TICKS_A_ROW else "最右是最近一次", _LABEL, SOFT
    )
    return top + _LABEL.line
