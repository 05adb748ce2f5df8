"""When a schedule shall act, out of the options of `sja create-schedule`."""

import argparse
from datetime import datetime, time
from typing import Final

from jobs.models.errors import Refusal
from jobs.models.punctuality import Punctuality
from jobs.models.recurrence import Recurrence
from jobs.models.text import quote
from jobs.models.timing_options import punctuality_said, recurrence_said

_BOUNDS: Final = {
    "cron": "cron",
    "starts": "开始",
    "ends": "截止",
    "skip": "跳过",
    "jitter": "抖动",
    "window": "有效时段",
    "zone": "时区",
}
_PUNCTUALITY: Final = {"misfire": "错过", "grace": "宽限", "overlap": "重叠"}
"""The options of a shell → those of a chat, which read the same words."""


def recurrence_asked(args: argparse.Namespace, now: datetime, zone: str) -> Recurrence:
    """Of `--when` or `--cron`, else of `--hour`, daily; with the bounds. Raises `Refusal`."""
    clock = (args.hour, args.minute, args.second)
    by_clock = any(part is not None for part in clock)
    if by_clock and (args.when is not None or args.cron is not None):
        raise Refusal("时间写了两次，请只用一种：--when “每天 12:00”、--cron “0 12 * * *” 或 --hour 12")
    if args.when is not None and not args.when.strip():
        raise Refusal("--when 是空的，请写成 --when “每周一三五 12:00” 这样")
    when = f"每天 {_clock(*clock):%H:%M:%S}" if by_clock else args.when or ""
    return recurrence_said(when, _said(args, _BOUNDS), now, zone)


def punctuality_asked(args: argparse.Namespace, usual: Punctuality) -> Punctuality | None:
    """None: nothing was said. What is not said is as `usual`. Raises `Refusal`."""
    return punctuality_said(_said(args, _PUNCTUALITY), usual)


def _said(args: argparse.Namespace, names: dict[str, str]) -> dict[str, str]:
    """An option that may be written several times means all that was said."""
    given: dict[str, str | list[str] | None] = {chat: vars(args)[shell] for shell, chat in names.items()}
    return {
        chat: ",".join(said) if isinstance(said, list) else said for chat, said in given.items() if said is not None
    }


def _clock(hour: int | None, minute: int | None, second: int | None) -> time:
    hour = 12 if hour is None else hour
    try:
        return time(hour, minute or 0, second or 0)
    except (ValueError, OverflowError) as error:
        asked = quote(f"{hour}:{minute or 0:02d}:{second or 0:02d}")
        raise Refusal(f"没有{asked}这个时间，小时是 0-23，分和秒是 0-59") from error
