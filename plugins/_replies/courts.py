"""Days, courts, hours and prices: as people read them on a phone. Names come from a platform and are only ever text."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any, Final

from jobs import shorten

_DAYS: Final = "一二三四五六日"
COURTS_AT_MOST: Final = 20
"""Named in one line; more are counted."""
_NUMBERED: Final = re.compile(r"(\D*)(\d+)(\D*)")
"""`场地3`, `3号场`."""
_NAME_WIDTH: Final = 24
"""Characters of a court's, venue's or account's name."""

Data = Mapping[str, Any]
"""A slot as `Slot.as_data` has it: `date`, `hour`, `court`, `price`."""


def named(text: object) -> str:
    """Somebody else's name for something, in one short line; empty for what is no text."""
    return plain(text, _NAME_WIDTH)


def plain(text: object, width: int) -> str:
    """A text from elsewhere in one line of that many characters, as it was written but for what nobody sees; empty for
    what is no text."""
    if not isinstance(text, str):
        return ""
    seen = (character if character.isprintable() else " " * character.isspace() for character in text[: width * 8])
    return shorten("".join(seen), width)


def day_words(day: date) -> str:
    """`11-23 周一`."""
    return f"{day:%m-%d} 周{_DAYS[day.weekday()]}"


def price_words(text: str) -> str:
    """`30.00` → ` ¥30`, `22.50` → ` ¥22.5`; the platform's own words where they are no number."""
    if not text:
        return ""
    return f" ¥{text.rstrip('0').rstrip('.') if '.' in text else text}"


def slot_lines(slots: Iterable[Data]) -> Iterator[str]:
    """One line for the courts of one hour at one price: `11-23 周一 18:00 场地3、5 ¥30`."""

    def hour(slot: Data) -> tuple[str, int, str]:
        return slot["date"], slot["hour"], slot["price"]

    for (day, at, price), same in groupby(sorted(slots, key=hour), hour):
        courts = court_words([slot["court"] for slot in same])
        yield f"{day_words(date.fromisoformat(day))} {at:02d}:00 {courts}{price_words(price)}"


def day_hour_counts(slots: Iterable[Data]) -> Iterator[str]:
    """For each day: `11-28 周六 18-20点 5 个`."""

    def day(slot: Data) -> str:
        return slot["date"]

    for at, same in groupby(sorted(slots, key=day), day):
        hours = [slot["hour"] for slot in same]
        yield f"{day_words(date.fromisoformat(at))} {hour_spans(hours)} {len(hours)} 个"


def court_words(courts: Sequence[str]) -> str:
    """`场地3、5-8、12`: what the names have in common is said once where a number is all that differs."""
    names = list(dict.fromkeys(map(named, courts)))
    shown = names[:COURTS_AT_MOST]
    more = f" 等 {len(names)} 个" if len(names) > len(shown) else ""
    parts = [_NUMBERED.fullmatch(name) for name in shown]
    numbered = [(part[1], part[2], part[3]) for part in parts if part]
    if 1 < len(numbered) == len(shown) and len({(before, after) for before, _, after in numbered}) == 1:
        before, _, after = numbered[0]
        return f"{before}{'、'.join(_runs([number for _, number, _ in numbered]))}{after}{more}"
    return "、".join(shown) + more


def _runs(numbers: Sequence[str]) -> Iterator[str]:
    """`3-6` for three and more that follow one another."""
    run: list[str] = []
    for number in [*numbers, ""]:
        if run and number and int(number) == int(run[-1]) + 1:
            run.append(number)
            continue
        yield from [f"{run[0]}-{run[-1]}"] if len(run) > 2 else run
        run = [number]


def hour_spans(hours: Iterable[int]) -> str:
    """Start hours as spans: 7, 8, 9, 18 → `7-10点、18点`, as `parse_hours` reads them back."""
    spans: list[list[int]] = []
    for hour in sorted(set(hours)):
        if spans and spans[-1][-1] == hour - 1:
            spans[-1].append(hour)
        else:
            spans.append([hour])
    return "、".join(f"{span[0]}-{span[-1] + 1}点" if len(span) > 1 else f"{span[0]}点" for span in spans)
