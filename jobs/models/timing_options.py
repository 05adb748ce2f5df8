"""The options that narrow a time or say what becomes of instants that cannot be kept: `截止=12-31`, `错过=补一次`."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from jobs.models.durations import parse_seconds
from jobs.models.errors import Refusal
from jobs.models.punctuality import Misfire, Overlap, Punctuality
from jobs.models.recurrence import Recurrence
from jobs.models.text import clean, quote
from jobs.models.timing import Timing, recurrence_of, whole
from jobs.models.timing_words import day_said, days_said, read_timing, read_words, zone_named
from jobs.models.windows import parse_window

MAX_GRACE_SECONDS: Final = 24 * 3600
_SHORT: Final = 40
"""Characters of an expression that an answer repeats."""
_CRON_FIELD: Final = re.compile(r"[0-9*?/,#L-]+|(?:MON|TUE|WED|THU|FRI|SAT|SUN)[A-Z,#-]*", re.IGNORECASE)

_MISFIRES: Final = {
    **dict.fromkeys(("跳过", "不补", "skip"), Misfire.SKIP),
    **dict.fromkeys(("补一次", "补", "补跑", "once"), Misfire.ONCE),
}
_OVERLAPS: Final = {
    **dict.fromkeys(("跳过", "skip"), Overlap.SKIP),
    **dict.fromkeys(("排队", "等", "queue"), Overlap.QUEUE),
}
_T = TypeVar("_T")


def timing_said(words: list[str], options: Mapping[str, str], now: datetime, zone: str) -> Timing:
    """The name and the time out of a command's words (see `read_timing`) and of the options that `limit` knows."""
    home = _zone(options, zone)
    _refuse_bare_cron(words, options.get("cron", ""))
    return limit(read_timing(words, now, home), options, now)


def _refuse_bare_cron(words: list[str], first: str) -> None:
    """An expression without quotation marks falls apart at its blanks: its fields stand among the words."""
    fields = [word for word in words if _CRON_FIELD.fullmatch(word)]
    if len(fields) == len(words):
        fields = fields[1:]  # The first word is the name.
    if not first or " " in first.strip() or not fields:
        return
    whole_one = " ".join([first.strip(), *fields])
    example = whole_one if 5 <= len(fields) + 1 <= 6 and len(whole_one) <= _SHORT else "0 8 * * 1-5"
    raise Refusal(f'cron 的几栏之间有空格，请用引号括起来，例如 cron="{example}"')


def recurrence_said(text: str, options: Mapping[str, str], now: datetime, zone: str) -> Recurrence:
    """`parse_timing`, with the options that `limit` knows; an empty text: daily at noon. Raises `Refusal`."""
    home = _zone(options, zone)
    timing = read_words(text, now, home.key) if text else Timing(zone=home)
    return recurrence_of(limit(timing, options, now), now)


def limit(timing: Timing, options: Mapping[str, str], now: datetime) -> Timing:
    """The same, with `开始=`, `截止=` (exclusive), `跳过=`, `抖动=`, `有效时段=` and `cron=`. Raises `Refusal`."""
    today = now.astimezone(timing.zone).date()
    if text := options.get("cron"):
        timing.take("cron", " ".join(clean(text).split()), "cron ", text)
    if text := options.get("开始"):
        timing.take("starts_on", day_said(text, today), "开始日期", text)
    if text := options.get("截止"):
        timing.take("ends_on", day_said(text, today), "截止日期", text)
    if text := options.get("跳过"):
        timing.take("skips", days_said(text, today), "跳过的日子", text)
    if text := options.get("抖动"):
        timing.take("jitter_seconds", parse_seconds(text), "抖动", text)
    if text := options.get("有效时段"):
        timing.take("window", parse_window(text), "有效时段", text)
    return whole(timing, now)


def punctuality_said(options: Mapping[str, str], usual: Punctuality) -> Punctuality | None:
    """`错过=跳过|补一次`, `重叠=跳过|排队`, `宽限=10分钟`; None: nothing was said. What is not said is as `usual` (the
    kind's own). Raises `Refusal`."""
    misfire = _one_of(_MISFIRES, options.get("错过"), "错过=", "错过=跳过 或 错过=补一次")
    overlap = _one_of(_OVERLAPS, options.get("重叠"), "重叠=", "重叠=跳过 或 重叠=排队")
    grace = parse_seconds(text) if (text := options.get("宽限")) else None
    if misfire is None and overlap is None and grace is None:
        return None
    if misfire is Misfire.SKIP and grace is not None:
        raise Refusal("错过=跳过 时用不上宽限，请去掉 宽限=，或写成 错过=补一次 宽限=10分钟")
    if grace is not None and grace > MAX_GRACE_SECONDS:
        raise Refusal("宽限最多 24 小时，例如 宽限=10分钟")
    return Punctuality(
        misfire=misfire or usual.misfire, overlap=overlap or usual.overlap, grace_seconds=grace or usual.grace_seconds
    )


def _zone(options: Mapping[str, str], zone: str) -> ZoneInfo:
    text = options.get("时区")
    return zone_named(text) if text else ZoneInfo(zone)


def _one_of(known: Mapping[str, _T], text: str | None, option: str, instead: str) -> _T | None:
    if text is None:
        return None
    said = known.get(clean(text).casefold())
    if said is None:
        raise Refusal(f"看不懂 {option}{quote(text)}，请写 {instead}")
    return said
