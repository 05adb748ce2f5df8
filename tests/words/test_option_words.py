"""The arguments of a command, as people write them."""

import pytest
from hypothesis import given, strategies as st

from jobs.models.errors import Refusal
from jobs.models.options import Arguments, Option, parse_arguments
from jobs.models.text import clean, split_words

SPEC = (
    Option(name="预设", aliases=("preset",), example="预设=13"),
    Option(name="间隔", aliases=("interval",), example="间隔=300"),
    Option(name="时段", aliases=("pt", "hours"), example="时段=18,19,20"),
    Option(name="搜索", aliases=("search", "from")),
    Option(name="自动", aliases=("auto",), is_flag=True),
    Option(name="不启动", aliases=("no-start",), is_flag=True),
)


def parsed(line: str) -> Arguments:
    return parse_arguments(split_words(clean(line)), SPEC)


def arguments(*positional: str, flags: set[str] | None = None, **options: str) -> Arguments:
    return Arguments(positional=list(positional), options=options, flags=flags or set())


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", arguments()),
        ("晚场", arguments("晚场")),
        ("晚场 预设=13 间隔=300 自动", arguments("晚场", 预设="13", 间隔="300", flags={"自动"})),
        ("自动 间隔=300 晚场", arguments("晚场", 间隔="300", flags={"自动"})),
        ("晚场 interval=300 PRESET=13 Auto", arguments("晚场", 预设="13", 间隔="300", flags={"自动"})),
        ("晚场 间隔＝３００", arguments("晚场", 间隔="300")),
        ("晚场 间隔 = 300 自动", arguments("晚场", 间隔="300", flags={"自动"})),
        ("晚场 间隔= 300", arguments("晚场", 间隔="300")),
        ("晚场 间隔 =300", arguments("晚场", 间隔="300")),
        ("时段=18, 19 ，20、 21 晚场", arguments("晚场", 时段="18,19,20、21")),
        ("时段=18, 自动", arguments(时段="18,", flags={"自动"})),
        ("--interval=300 --no-start 7", arguments("7", 间隔="300", flags={"不启动"})),
        ("自动 自动", arguments(flags={"自动"})),
        ("自动=是 不启动=否", arguments(flags={"自动"})),
        ("7 -30分钟", arguments("7", "-30分钟")),
        ("12:00 每天", arguments("12:00", "每天")),
        ("搜索=a=b", arguments(搜索="a=b")),
        ('搜索="a b=c"', arguments(搜索="a b=c")),
        ('搜索= "a b"', arguments(搜索="a b")),
        ("“a=b” “自动” 「间隔 = 3」", arguments("a=b", "自动", "间隔 = 3")),
        ("“间隔=” 300", arguments("间隔=", "300")),
        ("[CQ:at,qq=all]", arguments("[CQ:at,qq=all]")),
        ("http://x/?a=b", arguments("http://x/?a=b")),
    ],
)
def test_words_are_sorted_into_arguments_options_and_flags(line: str, expected: Arguments):
    assert parsed(line) == expected


@pytest.mark.parametrize(
    ("line", "hints"),
    [
        ("晚场 时断=18", ["没有“时断”这个选项", "是不是想写“时段=”", "可用：预设=、间隔=、时段=、搜索=、自动、不启动"]),
        ("晚场 intervall=18", ["“intervall”", "“间隔=”"]),
        ("晚场 自懂=是", ["“自动”"]),
        ("a=b", ["没有“a”这个选项", "引号", "可用："]),
        ("晚场 xyzzy=18", ["没有“xyzzy”这个选项", "可用："]),
        ("晚场 foo=18", ["没有“foo”这个选项，名称里带等号请加引号。"]),
        ("晚场 间隔=", ["“间隔=”后面缺少内容", "间隔=300"]),
        ('晚场 间隔=""', ["缺少内容"]),
        ("晚场 间隔= 自动", ["缺少内容"]),
        ("晚场 间隔= 预设=13", ["缺少内容"]),
        ("搜索=", ["搜索=…"]),
        ("间隔=300 间隔=200", ["“间隔=”写了两次"]),
        ("间隔=300 interval=300", ["“间隔=”写了两次"]),
        ("=300", ["等号前面缺少选项名"]),
        ("晚场 间隔 300", ["要写等号", "间隔=300"]),
        ("自动=也许", ["“自动”", "“也许”"]),
    ],
)
def test_a_malformed_option_is_refused_with_what_to_write(line: str, hints: list[str]):
    with pytest.raises(Refusal) as refused:
        parsed(line)
    assert [hint for hint in hints if hint not in refused.value.sentence] == []
    assert not refused.value.sentence.startswith("⚠️")


def test_a_command_without_options_says_so():
    with pytest.raises(Refusal, match="没有选项"):
        parse_arguments(["间隔=300"], ())


def test_arguments_are_plain_text_for_stores_and_encoders():
    assert [type(word) for word in parsed("“晚 场” x").positional] == [str, str]


VALUES = st.text(alphabet="abc019,.=晚场 ", min_size=1, max_size=12).filter(str.strip)


@given(
    st.lists(VALUES, max_size=4),
    st.dictionaries(st.sampled_from(["预设", "间隔", "时段", "搜索"]), VALUES),
    st.sets(st.sampled_from(["自动", "不启动"])),
    st.randoms(use_true_random=False),
)
def test_options_in_any_order_among_the_arguments_come_back(
    positional: list[str], options: dict[str, str], flags: set[str], chance
):
    marked = [f"{key}=“{value}”" for key, value in options.items()] + list(flags)
    chance.shuffle(marked)
    words = [f"“{word}”" for word in positional]
    for mark in marked:
        words.insert(chance.randint(0, len(words)), mark)
    found = parse_arguments(split_words(" ".join(words)), SPEC)
    assert (found.positional, found.flags) == (positional, flags)
    assert found.options == {key: value.strip() for key, value in options.items()}
