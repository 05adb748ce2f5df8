"""What people type finds the preset they mean; a wrong one is never taken in silence."""

import os
import subprocess
import sys

import pytest
from hypothesis import given, strategies as st
from venue_queries import EASY, HARD, QUERIES

from jobs.models.matching import Match
from jobs.models.venue import Preset
from jobs.search import match_preset, search_presets
from jobs.venues.sjtu.presets import PRESETS


def hits(queries: tuple[tuple[str, set[int]], ...], within: int) -> float:
    """The share of queries that find what is meant among the first `within`."""
    return sum(bool(meant & found(query, within)) for query, meant in queries) / len(queries)


def found(query: str, within: int) -> set[int]:
    return {preset.number for preset in search_presets(query, PRESETS, within)}


def test_the_right_preset_is_among_the_first_three_for_nearly_every_query() -> None:
    assert len(QUERIES) >= 200
    assert len(HARD) >= 60
    assert {number for _, meant in QUERIES for number in meant} == {preset.number for preset in PRESETS}
    missed = [query for query, meant in QUERIES if not meant & found(query, 3)]
    assert hits(QUERIES, 3) >= 0.95, missed


def test_it_is_mostly_the_first() -> None:
    assert hits(EASY, 1) == 1
    assert hits(HARD, 1) >= 0.95


def test_an_argument_settles_on_no_other_preset_than_was_meant() -> None:
    settled = {
        query: match.preset.number
        for query, _ in QUERIES
        if (match := match_preset(query, PRESETS, is_argument=True)).preset is not None
    }
    assert {query: number for query, number in settled.items() if number not in dict(QUERIES)[query]} == {}
    assert len(settled) >= 0.9 * sum(len(meant) == 1 for _, meant in QUERIES)


@pytest.mark.parametrize(
    ("written", "number", "is_guess"),
    [
        ("霍英东羽毛球", 18, False),
        ("hydymq", 18, False),
        ("huoyingdong yumaoqiu", 18, False),
        ("学活钢琴", 10, False),
        ("获鹰东羽毛求", 18, True),
        ("huoyigdong yumaoqiu", 18, True),
        ("南区兵乓球", 14, True),
    ],
)
def test_what_was_guessed_is_known_as_a_guess(written: str, number: int, is_guess: bool) -> None:
    match = match_preset(written, PRESETS, is_argument=True)
    assert match.preset is not None
    assert (match.preset.number, match.is_guess) == (number, is_guess)


@pytest.mark.parametrize("contradictory", ["霍英东网球", "huoyingdong wangqiu", "南区网球", "徐汇篮球", "霍英东游泳"])
def test_a_sport_that_is_not_there_is_not_taken_for_one_that_is(contradictory: str) -> None:
    assert match_preset(contradictory, PRESETS, is_argument=True).preset is None


@pytest.mark.parametrize(
    "name",
    [
        "hyd",
        "zys监控",
        "hxm",
        "霍鹰冬羽毛秋球",
        "piano",
        "zhangsan监控",
        "张疆",
        "test",
        "机动",
        "晚场",
        "jsf",
        "周五打球",
    ],
)
def test_a_job_s_name_full_of_slips_settles_on_nothing(name: str) -> None:
    assert match_preset(name, PRESETS).preset is None


@pytest.mark.parametrize(
    ("name", "number"),
    [("hydymq", 18), ("hyd羽毛球监控", 18), ("nybyjsf", 13), ("学活钢琴监控", 10), ("xuhuiwangqiu", 25)],
)
def test_a_job_s_name_may_be_initials_or_pinyin_of_a_venue(name: str, number: int) -> None:
    match = match_preset(name, PRESETS)
    assert match.preset is not None
    assert (match.preset.number, match.is_guess) == (number, False)


def test_a_slip_in_a_job_s_name_is_asked_about() -> None:
    match = match_preset("获鹰东羽毛球监控", PRESETS)
    assert match.preset is None
    assert 18 in {preset.number for preset in match.candidates}


@pytest.mark.parametrize("words", ["月球基地", "xyz", "张三", "aaaaaaaa", "我的任务", "hello", "0", "99", "👍"])
def test_nonsense_is_not_found(words: str) -> None:
    assert match_preset(words, PRESETS, is_argument=True) == Match()
    assert search_presets(words, PRESETS, 8) == []


@given(st.text(alphabet="霍英東东动羽毛秋球健身房hydymqnpqzhsxin 预设18 监控👍网南区", max_size=60), st.booleans())
def test_any_text_means_one_preset_or_candidates_never_both(text: str, is_argument: bool) -> None:
    match = match_preset(text, PRESETS, is_argument=is_argument)
    assert match.preset is None or not match.candidates
    assert len({preset.number for preset in match.candidates}) == len(match.candidates)
    assert is_argument or not match.is_guess


def test_presets_of_other_platforms_are_searched_as_well() -> None:
    pool = Preset(number=0, venue="城北游泳馆", venue_id="", sport="游泳", sport_id="")
    gym = Preset(number=0, venue="城南体育中心", venue_id="", sport="健身房", sport_id="")
    assert search_presets("cbyyg", [gym, pool], 3) == [pool]
    assert search_presets("城男健身", [gym, pool], 3) == [gym]
    assert search_presets("hyd", [], 3) == []


def test_what_is_written_as_it_is_loads_no_table_of_pinyin() -> None:
    script = (
        "import sys; from jobs.search import match_preset; from jobs.venues.sjtu.presets import PRESETS\n"
        "assert match_preset('南洋北苑健身房监控', PRESETS).preset\n"
        "assert match_preset('18', PRESETS, is_argument=True).preset\n"
        "assert not {'pypinyin', 'rapidfuzz'} & set(sys.modules), 'loaded'\n"
        "import os; before = dict(os.environ)\n"
        "assert match_preset('hydymq', PRESETS).preset\n"
        "assert dict(os.environ) == before and 'pypinyin' in sys.modules\n"
        "assert 'pypinyin.phrases_dict' not in sys.modules\n"
    )
    asked = subprocess.run(
        [sys.executable, "-c", script], env={**os.environ}, capture_output=True, text=True, check=False
    )
    assert asked.returncode == 0, asked.stderr
