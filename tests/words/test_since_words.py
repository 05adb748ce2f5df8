"""Since when, as people write it."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from jobs.models.errors import Refusal
from jobs.models.instants import parse_since

NOW = datetime(2026, 11, 22, 12, 30, 15, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("10分钟", "2026-11-22 12:20:15"),
        ("10分钟前", "2026-11-22 12:20:15"),
        ("半小时以前", "2026-11-22 12:00:15"),
        ("10m", "2026-11-22 12:20:15"),
        ("2h", "2026-11-22 10:30:15"),
        ("1.5小时", "2026-11-22 11:00:15"),
        ("1天", "2026-11-21 12:30:15"),
        ("12:00", "2026-11-22 12:00:00"),
        ("12:30:15", "2026-11-22 12:30:15"),
        ("12:31", "2026-11-21 12:31:00"),
        ("9点半", "2026-11-22 09:30:00"),
        ("晚上七点", "2026-11-21 19:00:00"),
        ("今天", "2026-11-22 00:00:00"),
        ("昨天", "2026-11-21 00:00:00"),
        ("昨天 23:00", "2026-11-21 23:00:00"),
        ("前天8点", "2026-11-20 08:00:00"),
        ("2026-11-22 12:00", "2026-11-22 12:00:00"),
        ("2026-11-22T12:00:01", "2026-11-22 12:00:01"),
        ("2026/1/2", "2026-01-02 00:00:00"),
        ("11-20 08:00", "2026-11-20 08:00:00"),
        ("12月1日", "2025-12-01 00:00:00"),
        ("１２：００", "2026-11-22 12:00:00"),
    ],
)
def test_what_people_write_is_an_instant_before_now(text: str, meant: str) -> None:
    assert f"{parse_since(text, NOW):%Y-%m-%d %H:%M:%S}" == meant


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "10", "0分钟", "-5m", "夏天", "25:00", "12:5", "明天", "今天 13:00", "2026-13-01", "2-30"),
        *("0000-01-01", "2999-01-01", "11-22 夏天", "9" * 400 + "天", "400天", "11-22 12"),
    ],
)
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Refusal, match="请写成"):
        parse_since(text, NOW)
