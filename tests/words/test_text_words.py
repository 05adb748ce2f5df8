"""Whatever people paste becomes harmless text, short quotes, names and words."""

import unicodedata

import pytest
from hypothesis import given, strategies as st

from jobs.models.errors import Refusal
from jobs.models.text import Quoted, clean, clean_name, quote, read_number, shorten, split_words

ANY_TEXT = st.text(alphabet=st.characters(), max_size=300)
"""Any code points at all, lone surrogates included."""


@pytest.mark.parametrize(
    ("typed", "seen"),
    [
        ("！任务列表", "!任务列表"),
        ("／创建监控　晚场", "/创建监控 晚场"),
        ("间隔＝３００", "间隔=300"),
        ("  晚   场\t监控 ", "晚 场 监控"),
        ("晚\u200b场\ufeff监\u2060控", "晚场监控"),
        ("\u202e控监场晚\u202c", "控监场晚"),
        ("\u2066晚场\u2069\u200f", "晚场"),
        ("晚\x00场\x1b[31m\x7f", "晚场[31m"),
        ("一\r\n二\r三\u2028四 \n 五", "一\n二\n三\n四\n五"),
        ("晚\u3164场\u115f\ufe0f", "晚场"),
        ("\u2800 \u2800", ""),
        ("⏸️ 👨\u200d👩\u200d👧", "⏸ 👨👩👧"),
        ("坏\ud800的", "坏的"),
        ("[CQ:at,qq=all]", "[CQ:at,qq=all]"),
        ("e\u200b\u0301", "é"),
    ],
)
def test_text_is_what_people_see(typed: str, seen: str):
    assert clean(typed) == seen


@given(ANY_TEXT)
def test_cleaned_text_holds_nothing_invisible_and_stays_as_it_is(typed: str):
    cleaned = clean(typed)
    assert {unicodedata.category(character) for character in cleaned.replace("\n", "")}.isdisjoint(
        {"Cc", "Cf", "Cs", "Zl", "Zp"}
    )
    assert "  " not in cleaned
    assert cleaned == cleaned.strip()
    assert cleaned.encode().decode() == cleaned
    assert clean(cleaned) == cleaned


def test_a_tower_of_marks_is_cut_to_a_readable_height():
    cleaned = clean("晚" + "\u0301\u0323" * 5_000 + "场")
    assert cleaned[0] == "晚"
    assert cleaned[-1] == "场"
    assert len(cleaned) <= 10


@given(ANY_TEXT, st.integers(1, 50))
def test_shortened_text_is_one_line_that_fits(text: str, width: int):
    short = shorten(text, width)
    assert len(short) <= width
    assert len(short.splitlines()) <= 1


@pytest.mark.parametrize(
    ("text", "width", "short"),
    [
        ("晚场", 2, "晚场"),
        ("晚场监控", 3, "晚场…"),
        ("晚 场\n监控", 20, "晚 场 监控"),
        ("很" * 10_000, 20, "很" * 19 + "…"),
        ("甲" + " " * 10_000 + "乙", 20, "甲…"),
    ],
)
def test_what_is_cut_off_is_shown_by_an_ellipsis(text: str, width: int, short: str):
    assert shorten(text, width) == short


def test_a_quote_is_clean_and_at_most_twenty_characters():
    assert quote("\u202e25:99") == "“25:99”"
    assert quote("长" * 10_000) == f"“{'长' * 19}…”"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        (" 南洋北苑\n健身房监控 ", "南洋北苑 健身房监控"),
        ("晚" * 40, "晚" * 40),
        ("[CQ:at,qq=all]", "[CQ:at,qq=all]"),
        ("<b>🎾</b>", "<b>🎾</b>"),
    ],
)
def test_a_name_is_one_clean_line(typed: str, name: str):
    assert clean_name(typed, 40) == name


@pytest.mark.parametrize("typed", ["", "  ", "\u200b\u202e", "\n\t", "\u3164", "\ufe0f"])
def test_a_name_nobody_can_see_is_refused(typed: str):
    with pytest.raises(Refusal, match="名称是空的"):
        clean_name(typed, 40)


@pytest.mark.parametrize("typed", ["晚" * 41, "晚" * 10_000, "\ufdfa" * 10])
def test_a_name_too_long_is_refused_and_says_how_long_it_may_be(typed: str):
    with pytest.raises(Refusal, match="40 个字以内") as refused:
        clean_name(typed, 40)
    assert len(refused.value.sentence) < 80


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("创建监控  晚场\n预设=13", ["创建监控", "晚场", "预设=13"]),
        ("“晚 场” x", ["晚 场", "x"]),
        ("”晚 场“ x", ["晚 场", "x"]),
        ('"晚 场" x', ["晚 场", "x"]),
        ("'晚 场' x", ["晚 场", "x"]),
        ("「晚 “场」 x", ["晚 “场", "x"]),
        ('搜索="a b" 行数=5', ["搜索=a b", "行数=5"]),
        ('cron="0 12 * * *"', ["cron=0 12 * * *"]),
        ("“晚场 x", ["“晚场", "x"]),
        ("晚场” x", ["晚场”", "x"]),
        ("it's o'clock", ["it's", "o'clock"]),
        ('5" 6"', ['5"', '6"']),
        ('"" x', ["", "x"]),
        ("", []),
        ("  \n ", []),
    ],
)
def test_blanks_part_words_and_quotation_marks_join_them(text: str, words: list[str]):
    assert split_words(text) == words


def test_only_a_word_quoted_as_a_whole_is_marked_as_quoted():
    marked = [isinstance(word, Quoted) for word in split_words("“自动” 间隔=“300” “a”b 晚场 “x")]
    assert marked == [True, False, False, False, False]


@given(st.text(alphabet=" \n=“”\"'‘’「」『』ab晚", max_size=200))
def test_splitting_loses_no_letter(text: str):
    kept = "".join(split_words(text))
    assert [letter for letter in kept if letter in "ab晚="] == [letter for letter in text if letter in "ab晚="]


@given(st.lists(st.text(alphabet="ab晚= ", min_size=1), max_size=8))
def test_quoted_words_come_back_whole(words: list[str]):
    assert split_words(" ".join(f"“{word}”" for word in words)) == words


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7),
        ("07", 7),
        ("两", 2),
        ("十", 10),
        ("十一", 11),
        ("二十", 20),
        ("二十四", 24),
        ("零五", 5),
        ("九十九", 99),
    ],
)
def test_numbers_are_read_in_digits_and_in_chinese(text: str, number: int):
    assert read_number(text) == number


@pytest.mark.parametrize("text", ["", "百", "一一", "十零", "二二十", "-1", "1.5", "٣", "1" * 5_000, "晚"])
def test_what_is_no_number_is_none(text: str):
    assert read_number(text) is None
