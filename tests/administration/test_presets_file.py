"""What an operator may write into `presets.toml`, and what is refused."""

import string

import pytest
from hypothesis import given, strategies as st

from jobs.models.errors import Refusal
from jobs.models.preset_reading import read_presets
from jobs.models.venue import Preset
from jobs.venues import presets_of

OWN = presets_of("demo")
NEW = '[[preset]]\nnumber = 35\nvenue = "新馆"\nvenue_id = "a-1"\n'


def test_nothing_written_changes_nothing() -> None:
    assert read_presets("# 还没有\n", OWN) == OWN


def test_a_further_one_comes_in_the_order_of_its_number() -> None:
    presets = read_presets(NEW + 'sport = "羽毛球"\nsport_id = "b-2"\n', OWN)
    assert presets == (*OWN, Preset(number=35, venue="新馆", venue_id="a-1", sport="羽毛球", sport_id="b-2"))


def test_what_is_unsaid_of_a_known_number_stays() -> None:
    presets = read_presets('[[preset]]\nnumber = 13\nvenue = " 北苑\u200b "\n', OWN)
    changed = presets[12]
    assert (changed.venue, changed.sport, changed.venue_id) == ("北苑", OWN[12].sport, OWN[12].venue_id)
    assert len(presets) == len(OWN)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[preset]", "读不懂"),
        ("preset = 3", "要写成 [[preset]]"),
        ("[other]\nx = 1", "不该有“other”"),
        ('[[preset]]\nvenue = "新馆"', "第 1 行起的预设：number 要写 1 到 9999 的整数"),
        ("\n[[preset]]\nnumber = true", "第 2 行起的预设：number"),
        ("[[preset]]\nnumber = 35", "第 1 行起的预设 35：缺少 venue"),
        ('[[preset]]\nnumber = 35\nvenue = "新馆"', "缺少 venue_id"),
        (NEW + 'sport = "羽毛球"', "sport 和 sport_id 要一起写"),
        (NEW + 'sports = "羽毛球"', "没有“sports”这一项，是不是想写 sport？"),
        (NEW + NEW, "第 5 行起的预设：number = 35 写了两次"),
        ('[[preset]]\nnumber = 13\nvenue = ""', "venue 要写 1 到 30 个字"),
        ('[[preset]]\nnumber = 13\nvenue = "' + "长" * 31 + '"', "venue 要写 1 到 30 个字"),
        ('[[preset]]\nnumber = 13\nvenue_id = "../etc"', "venue_id 要写平台的编号"),
    ],
)
def test_what_is_wrong_is_one_sentence_that_names_line_and_key(text: str, says: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_presets(text, OWN)
    assert says in refused.value.sentence
    assert refused.value.sentence.startswith("presets.toml")
    assert "\n" not in refused.value.sentence


@given(
    st.text(alphabet=string.printable + "馆", max_size=200)
    | st.lists(
        st.sampled_from(["[[preset]]", "number = 35", 'venue = "馆"', 'venue_id = "a"', "[preset]", "x = {"])
    ).map("\n".join)
)
def test_any_text_is_read_or_refused_in_a_sentence(text: str) -> None:
    try:
        presets = read_presets(text, OWN)
    except Refusal:
        return
    assert [preset.number for preset in presets] == sorted({preset.number for preset in presets})
    assert {preset.number for preset in OWN} <= {preset.number for preset in presets}
