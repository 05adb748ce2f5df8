"""Which preset a name or an argument means, on the platform's own 34."""

from collections.abc import Sequence

import pytest
from hypothesis import given, strategies as st

from jobs.models.matching import Match, match_preset
from jobs.models.venue import Preset
from jobs.search import search_presets
from jobs.venues.sjtu.presets import PRESETS


def numbers(presets: Sequence[Preset]) -> list[int]:
    return [preset.number for preset in presets]


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("南洋北苑健身房监控", 13),
        ("南洋北苑健身房", 13),
        ("南洋健身房", 13),
        ("北苑健身房晚场", 13),
        ("霍英东羽毛球", 18),
        ("霍英东 羽毛球 监控", 18),
        ("周六霍英东羽毛球", 18),
        ("霍英东健身", 20),
        ("羽毛球霍英东", 18),
        ("学生中心健身房", 3),
        ("学生中心舞蹈", 4),
        ("气膜羽毛球", 5),
        ("气膜体育中心·篮球", 6),
        ("子衿街舞蹈", 7),
        ("子衿琴房", 12),
        ("徐汇羽毛球", 22),
        ("徐汇网球", 25),
        ("徐汇校区网球场", 25),
        ("致远足球", 31),
        ("致远游泳健身馆", 24),
        ("胡晓明网球周六晚", 34),
        ("胡法光", 17),
        ("张江监控", 27),
        ("预设13监控", 13),
        ("预设 13", 13),
    ],
)
def test_a_name_that_holds_a_venue_and_its_sport_means_one_preset(name: str, number: int):
    match = match_preset(name, PRESETS)
    assert match.preset is not None
    assert (match.preset.number, match.candidates) == (number, ())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("霍英东", [18, 19, 20]),
        ("学生中心", [1, 2, 3, 4]),
        ("徐汇", [21, 22, 23, 25, 26]),
        ("羽毛球", [5, 18, 22]),
        ("羽毛球监控", [5, 18, 22]),
        ("健身房监控", [3, 8, 13, 20, 21]),
        ("钢琴课", [10]),
        ("南洋北苑和霍英东健身房", [13, 20]),
        ("预设3和预设4", [3, 4]),
        ("胡法光羽毛球", [17, 5, 18, 22]),
        ("学创", [28, 29, 30]),
    ],
)
def test_a_name_that_leaves_a_choice_gives_candidates(name: str, expected: list[int]):
    match = match_preset(name, PRESETS)
    assert match.preset is None
    assert numbers(match.candidates) == expected


@pytest.mark.parametrize(
    "name",
    [
        "晚场监控",
        "我的任务",
        "测试监控",
        "学生监控",
        "中心监控",
        "体育馆",
        "机动监控",
        "校区",
        "游泳",
        "13",
        "#13",
        "监控13",
        "预设99",
        "19点场",
        "",
        "👍",
    ],
)
def test_an_ordinary_name_means_no_preset(name: str):
    assert match_preset(name, PRESETS) == Match()


@pytest.mark.parametrize(
    ("argument", "number"),
    [("13", 13), ("#13", 13), ("13号", 13), ("１３", 13), ("预设13", 13), ("preset13", 13), ("船建", 28), ("台球", 2)],
)
def test_an_argument_may_be_a_bare_number_or_a_shorter_fragment(argument: str, number: int):
    match = match_preset(argument, PRESETS, is_argument=True)
    assert match.preset is not None
    assert match.preset.number == number


@pytest.mark.parametrize("argument", ["99", "0", "#0", "不存在的馆", "999999"])
def test_an_argument_that_names_nothing_matches_nothing(argument: str):
    assert match_preset(argument, PRESETS, is_argument=True) == Match()


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: str(preset.number))
@pytest.mark.parametrize("is_argument", [False, True])
def test_every_preset_is_found_by_its_own_title(preset: Preset, is_argument: bool):
    assert match_preset(f"{preset.title}监控", PRESETS, is_argument=is_argument) == Match(preset=preset)


def test_a_sport_in_a_venues_own_name_is_not_a_sport_asked_for():
    yoga = Preset(number=1, venue="城北健身房", venue_id="", sport="瑜伽", sport_id="")
    gym = Preset(number=2, venue="城南体育馆", venue_id="", sport="健身房", sport_id="")
    assert match_preset("城北健身房监控", [yoga, gym]) == Match(preset=yoga)


@given(st.text(alphabet="霍英东羽毛球健身房中心徐汇校区网学生预设123 监控", max_size=30), st.booleans())
def test_an_outcome_is_one_preset_or_candidates_never_both(text: str, is_argument: bool):
    match = match_preset(text, PRESETS, is_argument=is_argument)
    assert match.preset is None or not match.candidates
    assert len(set(numbers(match.candidates))) == len(match.candidates)


@pytest.mark.parametrize(
    ("keyword", "first"),
    [
        ("13", [13]),
        ("霍英东", [18, 19, 20]),
        ("霍英动羽毛球", [18]),
        ("南洋北院健身房", [13]),
        ("胡小明", [34]),
        ("羽毛秋", [5, 18, 22]),
        ("羽毛球徐汇", [22]),
        ("体育馆", [14, 15, 16, 21, 22, 23]),
    ],
)
def test_a_search_forgives_a_slip(keyword: str, first: list[int]):
    assert numbers(search_presets(keyword, PRESETS, 8))[: len(first)] == first


@pytest.mark.parametrize("keyword", ["不存在", "xyz", "中国", "99"])
def test_a_search_for_something_else_finds_nothing(keyword: str):
    assert search_presets(keyword, PRESETS, 8) == []


def test_an_empty_search_shows_all_up_to_the_limit():
    assert numbers(search_presets(" ", PRESETS, 5)) == [1, 2, 3, 4, 5]
    assert len(search_presets("", PRESETS, 100)) == len(PRESETS)
