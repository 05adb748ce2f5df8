"""What looks and instants came to, counted, in words: the twins of the strips and the map of a card."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Final

from jobs import (
    TICK_FAILED,
    TICK_FOUND,
    TICK_NOTHING,
    HourSeen,
    JobDetail,
    OccurrenceStatus,
    Sighting,
    hours_seen,
)

DAYS_SEEN: Final = 7
_HOURS_NAMED: Final = 3
_HOURS_WANTED_NAMED: Final = 6
_ENOUGH_FOR_WORDS: Final = 5
"""Instants that are listed one by one anyway."""
_TICKS: Final = ((TICK_FOUND, "有空场"), (TICK_NOTHING, "没有"), (TICK_FAILED, "失败"))
_INSTANTS: Final = (
    (OccurrenceStatus.DONE, "完成"),
    (OccurrenceStatus.FAILED, "失败"),
    (OccurrenceStatus.MISSED, "错过"),
    (OccurrenceStatus.SKIPPED, "跳过"),
)


def ticks_in_words(shown: JobDetail) -> str:
    """`最近 60 次查询：有空场 3、没有 56、失败 1`; empty where there were none."""
    ticks = shown.row.progress.ticks if shown.row.progress else ""
    counts = Counter(ticks)
    return _counted(f"最近 {len(ticks)} 次查询", [(words, counts[tick]) for tick, words in _TICKS])


def instants_in_words(shown: JobDetail) -> str:
    """`最近 12 次结果：完成 9、失败 2、错过 1`; empty where a list of them says it all."""
    counts = Counter(one.status for one in shown.occurrences if one.status.is_final)
    total = sum(counts.values())
    if total <= _ENOUGH_FOR_WORDS:
        return ""
    return _counted(f"最近 {total} 次结果", [(words, counts[status]) for status, words in _INSTANTS])


def seen_in_words(sightings: Sequence[Sighting], wanted: Collection[int] = ()) -> str:
    """`近 7 天看了 1,200 次，最常有空场：20点 35%、19点 20%`; empty where nobody looked. As `best_hours`."""
    looks = sum(one.looks for one in sightings)
    if not looks:
        return ""
    return f"近 {DAYS_SEEN} 天看了 {looks:,} 次，{best_hours(hours_seen(sightings), wanted)}"


def best_hours(hours: Sequence[HourSeen], wanted: Collection[int] = ()) -> str:
    """`最常有空场：20点 35%、19点 20%`, `一次也没有空场`. Of the hours that are `wanted` alone, where there are any:
    `要的时段：20点 35%、19点 没有`, the others behind them."""
    if not hours:
        return "一次也没有空场"
    if not wanted:
        return f"最常有空场：{_hours_in_words(hours)}"
    shares = {one.hour: one for one in hours}
    mine = [f"{hour}点 {percent(shares[hour].share) if hour in shares else '没有'}" for hour in wanted]
    told = f"要的时段：{'、'.join(mine[:_HOURS_WANTED_NAMED])}{'等' if len(mine) > _HOURS_WANTED_NAMED else ''}"
    others = [one for one in hours if one.hour not in wanted]
    return f"{told}；别的最常有：{_hours_in_words(others)}" if others else told


def _hours_in_words(hours: Sequence[HourSeen]) -> str:
    return "、".join(f"{one.hour}点 {percent(one.share)}" for one in hours[:_HOURS_NAMED])


def percent(share: float) -> str:
    """`35%`; what is not nothing is never `0%`, and what is not all never `100%`."""
    if share <= 0:
        return "0%"
    return "100%" if share >= 1 else f"{min(max(round(share * 100), 1), 99)}%"


def _counted(title: str, counts: Sequence[tuple[str, int]]) -> str:
    there = [f"{words} {count}" for words, count in counts if count]
    return f"{title}：{'、'.join(there)}" if there else ""
