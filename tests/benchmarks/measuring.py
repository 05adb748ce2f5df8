"""Samples, percentiles, and the table that a benchmark prints."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final
from unicodedata import east_asian_width

_COLUMNS: Final = ("", "p50", "p95", "p99", "次数", "我们 ÷ 它（p50）")


@dataclass
class Samples:
    """Durations of one thing, in seconds, in the order they were measured."""

    name: str
    is_peer: bool = True
    """Whether ours is to be compared with it; a part of ours is not."""
    seconds: list[float] = field(default_factory=list[float])

    def time(self, work: Callable[[], object]) -> None:
        """Adds how long `work` takes."""
        begun = perf_counter()
        work()
        self.seconds.append(perf_counter() - begun)

    def at(self, percent: int) -> float:
        """The percentile; of a single sample, that sample."""
        if len(self.seconds) == 1:
            return self.seconds[0]
        return statistics.quantiles(self.seconds, n=100, method="inclusive")[percent - 1]


def show(title: str, ours: Samples, *others: Samples, notes: Sequence[str] = ()) -> None:
    """Prints ours first, then what it is compared with; the ratio is ours over theirs."""
    rows = [_row(ours, None), *(_row(other, ours) for other in others if other.seconds)]
    show_rows(title, _COLUMNS, rows, notes=notes)


def show_rows(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, notes: Sequence[str] = ()) -> None:
    """Prints a table, the first column to the left and the others to the right; `notes` below it."""
    widths = [max(map(_width, column)) for column in zip(columns, *rows, strict=True)]
    print(f"\n\n{title}")
    for row in (columns, *rows):
        cells = enumerate(zip(row, widths, strict=True))
        print("  " + "  ".join(_padded(cell, width, left=place == 0) for place, (cell, width) in cells))
    for note in notes:
        print(f"  · {note}")


def missing(is_installed: bool, name: str) -> list[str]:
    """The word about a peer that is not there to be compared with."""
    return [] if is_installed else [f"没有装 {name}，略过（make bench 会装上它）"]


def milliseconds(seconds: float) -> str:
    """Three significant digits: `0.312 ms`, `44.1 ms`, `1280 ms`."""
    value = seconds * 1000
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:.{digits}f} ms"


def ratio(ours: float, theirs: float) -> str:
    """How many times theirs ours is: below 1, ours is quicker."""
    value = ours / theirs
    return f"{value:.2f}" if value >= 0.1 else f"{value:.4f}"


def _row(samples: Samples, ours: Samples | None) -> list[str]:
    figures = [milliseconds(samples.at(percent)) for percent in (50, 95, 99)]
    compared = ratio(ours.at(50), samples.at(50)) if ours and samples.is_peer else ""
    return [samples.name, *figures, str(len(samples.seconds)), compared]


def _width(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _padded(text: str, width: int, *, left: bool) -> str:
    space = " " * (width - _width(text))
    return text + space if left else space + text
