"""Pictures of lists, cards and statistics, drawn by Pillow. One at a time, in a thread; None: no font has Chinese.

Every picture has a twin in words (`plugins._replies`) that says the same, and is made of the same words. Pillow is
loaded, and a font looked for, with the first picture: a bot that only talks never pays for it.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from jobs import shown_setting

if TYPE_CHECKING:
    from jobs import JobDetail, JobPage, Sighting, Statistics
    from plugins._pictures.fonts import Fonts


class _Studio:
    """One picture at a time: each takes some megabytes and a core, and a font's face is no thing to share."""

    def __init__(self) -> None:
        self.named: Path | None = None
        self.looks_anew = False
        """Before the next picture: a font may have been installed since."""
        self._lock = Lock()

    @contextmanager
    def fonts(self) -> Generator["Fonts | None"]:
        from plugins._pictures.fonts import fonts_with  # noqa: PLC0415 - see above

        with self._lock:
            if self.looks_anew:
                self.looks_anew = False
                fonts_with.cache_clear()
            yield fonts_with(self.named)


_STUDIO: Final = _Studio()


def use_font(named: Path | None) -> None:
    """Settles which font file goes before the system's (`SJA_FONT`); None: none. What was found before, or not,
    is looked for anew."""
    _STUDIO.named, _STUDIO.looks_anew = named, True


def font_trouble(named: Path | None) -> str | None:
    """Why this font file (`SJA_FONT`) cannot be used, in a sentence; None: it can, or none is named. Slow: it loads
    Pillow, and the file."""
    if named is None:
        return None
    from plugins._pictures.faces import chinese_face  # noqa: PLC0415

    if chinese_face(named) is not None:
        return None
    return f"SJA_FONT={shown_setting('SJA_FONT', str(named))} 不是能用的中文字体，请写一个字体文件的完整路径，或留空"


def draw_list(page: "JobPage", zone: ZoneInfo, asked_for: str = "") -> bytes | None:
    """One page of the list of jobs. `asked_for` as in `listing`."""
    from plugins._pictures import listing  # noqa: PLC0415

    with _STUDIO.fonts() as fonts:
        return listing.list_picture(fonts, page, zone, asked_for) if fonts else None


def draw_card(detail: "JobDetail", zone: ZoneInfo, sightings: "Sequence[Sighting]" = ()) -> bytes | None:
    """All there is to say about one job. `sightings`: of the last seven days, earliest first; days may be missing."""
    from plugins._pictures import card  # noqa: PLC0415

    with _STUDIO.fonts() as fonts:
        return card.card_picture(fonts, detail, zone, sightings) if fonts else None


def draw_statistics(statistics: "Statistics", about: str = "", wanted: Sequence[int] = ()) -> bytes | None:
    """How jobs have done. `about`: the one job that is meant, as `#7 晚场监控`; empty: all. `wanted`: the start hours
    that it looks for."""
    from plugins._pictures import statistics as drawing  # noqa: PLC0415

    with _STUDIO.fonts() as fonts:
        return drawing.statistics_picture(fonts, statistics, about, wanted) if fonts else None


def draw_text(title: str, lines: Sequence[str]) -> bytes | None:
    """Lines behind a title; the last ones where they are very many."""
    from plugins._pictures import page  # noqa: PLC0415

    with _STUDIO.fonts() as fonts:
        return page.text_picture(fonts, title, lines) if fonts else None
