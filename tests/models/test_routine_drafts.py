"""What a person asks of a routine becomes a job, or one sentence that says what to write instead."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from jobs.models.errors import Refusal
from jobs.models.recurrence import Bounds, Every, Window, follows_its_runs
from jobs.models.routine_drafts import (
    RoutineRequest,
    RoutineRules,
    draft_routine,
    parse_end,
    parse_params,
)
from jobs.models.routines import account_lock
from jobs.models.template_reading import read_templates
from jobs.models.windows import parse_window

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
ZONE = "Asia/Shanghai"
TEMPLATES = read_templates(
    {"backup": {"argv": ["cp", "{dir}"], "params": {"dir": {"type": "str"}, "n": {"type": "int", "default": 1}}}},
    "templates.toml",
)
RULES = RoutineRules(templates=TEMPLATES, zone=ZONE, others=("间隔", "截止"))


def drafted(**asked: Any) -> Any:
    request = RoutineRequest(**{"name": "夜间备份", "template": "backup", "params": {"dir": "photos"}, **asked})
    return draft_routine(request, RULES, NOW)


def test_a_routine_is_a_template_with_its_values_that_follows_its_own_runs() -> None:
    draft = drafted(interval_seconds=7200, window=Window(first=8, last=22), ends_on=date(2026, 12, 31), account="czq")
    assert draft.kind == "routine"
    assert draft.config == {"template": "backup", "params": {"dir": "photos"}, "account": "czq", "interval": 7200}
    assert draft.recurrence == Every(
        seconds=7200, zone=ZONE, bounds=Bounds(window=Window(first=8, last=22), ends_on=date(2026, 12, 31))
    )
    assert follows_its_runs(draft.recurrence)
    assert draft.start


def test_routines_of_one_account_share_a_lock_whoever_made_them() -> None:
    assert drafted(account="czq").lock == "routine/czq" == account_lock("czq")
    assert drafted().lock is None


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"interval_seconds": 59}, "间隔最少 60 秒，例如 间隔=3600"),
        ({"interval_seconds": 31 * 86400}, "间隔最多 30 天"),
        ({"ends_on": date(2026, 11, 22)}, "截止 2026-11-22 不晚于今天"),
        ({"ends_on": date(2026, 11, 23), "window": Window(first=0, last=11)}, "截止之前已经没有有效时段了"),
        ({"template": "backups"}, "是不是 模板=backup"),
        ({"params": {}}, "还要写参数 dir"),
        ({"params": {"dir": "a/b"}}, "参数 dir 不能是“a/b”"),
        ({"params": {"dir": "a", "间格": "300"}}, "是不是想写“间隔=”"),
        ({"account": "c z q"}, "账号“c z q”不对"),
        ({"account": "-rf"}, "账号“-rf”不对，要以文字、数字或下划线开头"),
        ({"account": ".."}, "例如 czq"),
        ({"account": "a/b"}, "账号“a/b”不对"),
        ({"name": ""}, "名称是空的"),
        ({"name": "长" * 41}, "太长了"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_write_instead(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(Refusal) as refused:
        drafted(**asked)
    assert said in refused.value.sentence


@pytest.mark.parametrize(
    ("text", "window"),
    [
        ("8-22", Window(first=8, last=22)),
        ("8点 到 22点", Window(first=8, last=22)),
        ("八点至二十二点", Window(first=8, last=22)),
        ("早上8点-晚上10点", Window(first=8, last=22)),
        ("22~6", Window(first=22, last=6)),
        ("8:00-24:00", Window(first=8, last=23)),
        ("9", Window(first=9, last=9)),
        ("全天", None),
    ],
)
def test_a_window_is_hours_of_which_the_last_is_whole(text: str, window: Window | None) -> None:
    assert parse_window(text) == window


@pytest.mark.parametrize("text", ["25", "8-25", "-1", "8-", "", "8:30-22", "8-22-23", "上午", "8,9,10"])
def test_a_window_that_cannot_be_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Refusal, match="请写成 有效时段=8-22"):
        parse_window(text)


def test_an_end_is_a_day() -> None:
    assert parse_end("2026-12-31", ZONE, NOW) == date(2026, 12, 31)
    assert parse_end("+30", ZONE, NOW) == date(2026, 12, 22)
    for wrong in ("2020-01-01", "12-32", "夏天"):
        with pytest.raises(Refusal, match=r"^截止不对："):
            parse_end(wrong, ZONE, NOW)


def test_parameters_of_the_command_line_are_pairs() -> None:
    assert parse_params(["dir=a", "x=b=c"]) == {"dir": "a", "x": "b=c"}
    for wrong in (["dir"], ["=a"], ["a=1", "a=2"]):
        with pytest.raises(Refusal):
            parse_params(wrong)
