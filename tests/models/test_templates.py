"""A command template takes values into single arguments, and whatever is wrong with one is said in a sentence."""

import re
from typing import Any

import pytest
from hypothesis import example, given, strategies as st

from jobs.models.errors import Refusal
from jobs.models.parameters import DEFAULT_MAX_LENGTH, MAX_LENGTH, SAFE_PATTERN
from jobs.models.template_reading import read_templates
from jobs.models.templates import WHOLE_FILE, Malformed, Template, Templates, Unusable, holes, merged, pieces


def template(*argv: str, params: dict[str, Any] | None = None, **entries: Any) -> Template:
    read = read_templates({"t": {"argv": ["run", *argv], "params": params or {}, **entries}}, "templates.toml")
    assert read.refused == {}
    return read.known["t"]


def rendered(told: Template, **given: object) -> list[str]:
    return told.rendered(told.checked(given))


def one(value: object, **rule: Any) -> str:
    """The argument that a value becomes under a rule."""
    return rendered(template("{x}", params={"x": {"type": "str", **rule}}), x=value)[1]


def refused(table: Any, name: str = "备份") -> str:
    read = read_templates({name: table, "good": {"argv": ["true"]}}, "templates.toml")
    assert [*read.known] == ["good"], "the others still work"
    return read.refused[name]


def test_a_template_of_the_product_is_read_whole() -> None:
    read = read_templates(
        {
            "backup": {
                "title": "备份目录",
                "argv": ["rsync", "-a", "/srv/{dir}", "/mnt/backup/"],
                "timeout_seconds": 600,
                "cwd": "/srv",
                "env": {"LANG": "C.UTF-8"},
                "params": {"dir": {"type": "str", "pattern": "[a-z0-9_-]{1,32}", "default": "photos"}},
            }
        },
        "templates.toml",
    )
    backup = read.known["backup"]
    assert (backup.title, backup.timeout_seconds, backup.cwd) == ("备份目录", 600, "/srv")
    assert backup.env == {"LANG": "C.UTF-8"}
    assert rendered(backup) == ["rsync", "-a", "/srv/photos", "/mnt/backup/"]
    assert rendered(backup, dir="a_1") == ["rsync", "-a", "/srv/a_1", "/mnt/backup/"]


def test_parameters_stand_anywhere_in_an_argument_and_braces_can_be_written() -> None:
    told = template("{a}-{b}{{{a}}}", "{{a}}", params={"a": {"type": "int"}, "b": {"type": "str"}})
    assert rendered(told, a="1", b="x") == ["run", "1-x{1}", "{a}"]


@given(
    argv=st.lists(st.lists(st.one_of(st.sampled_from(["{a}", "{b}"]), st.text(max_size=5)), max_size=4), max_size=5),
    a=st.text(max_size=DEFAULT_MAX_LENGTH),
    b=st.text(alphabet="-'\"$`;|& \n\\{}[]*?<>!#~%", max_size=20),
)
@example(argv=[["{a}"]], a="{b}", b="x y; rm -rf $(HOME)")
def test_no_value_escapes_its_argument_or_becomes_another(argv: list[list[str]], a: str, b: str) -> None:
    literal = [
        [
            part if part in ("{a}", "{b}") else part.replace("{", "{{").replace("}", "}}").replace("\0", "")
            for part in arg
        ]
        for arg in argv
    ]
    anything = {"type": "str", "pattern": "-?(?s:.*)"}
    told = template(*map("".join, literal), params={"a": anything, "b": anything})
    try:
        result = rendered(told, a=a, b=b)
    except Refusal:
        assert "\0" in a or any("\ud800" <= c <= "\udfff" for c in a) or not {a, b}.isdisjoint({""})
        return
    meant = {"{a}": a, "{b}": b}
    assert result == ["run", *("".join(meant.get(part, part.replace("\0", "")) for part in arg) for arg in argv)]


@given(st.text(max_size=30))
def test_braces_of_an_argument_mean_something_or_are_refused(text: str) -> None:
    try:
        parts = pieces(text)
    except Malformed:
        assert {"{", "}"} & set(text)
        return
    assert len(holes([parts])) <= text.count("{")


@given(st.text(max_size=80), st.sampled_from(["str", "int", "float", "bool", "choice"]))
@example("-rf", "str")
@example("../etc", "str")
@example("-1", "int")
@example("nan", "float")
@example("１２", "int")
def test_without_a_pattern_of_its_own_no_value_begins_an_option_or_a_path(text: str, type: str) -> None:
    rule = {"type": type, **({"choices": ["大", "小"]} if type == "choice" else {})}
    try:
        argument = one(text, **rule)
    except Refusal:
        return
    assert not argument.startswith(("-", ".", "/", "~"))
    assert not set(argument) & set(" \t\n/\\'\"$`;|&<>*?(){}")


@pytest.mark.parametrize(
    ("rule", "value", "argument"),
    [
        ({}, "南洋_1", "南洋_1"),
        ({"pattern": "(?s:.*)", "max_length": MAX_LENGTH}, "字" * MAX_LENGTH, "字" * MAX_LENGTH),
        ({"pattern": "[a-z]+"}, "abc", "abc"),
        ({"pattern": "-[a-z]"}, "-v", "-v"),
        ({"pattern": r"\-?[0-9]"}, "-1", "-1"),
        ({"type": "int"}, "007", "7"),
        ({"type": "int"}, 7, "7"),
        ({"type": "int", "min": -5}, "-5", "-5"),
        ({"type": "float"}, "0.50", "0.5"),
        ({"type": "float"}, "3", "3"),
        ({"type": "float", "min": -1}, "-0.0", "0"),
        ({"type": "bool"}, "是", "true"),
        ({"type": "bool"}, "FALSE", "false"),
        ({"type": "bool"}, True, "true"),
        ({"type": "choice", "choices": ["Big", "小"]}, "big", "Big"),
    ],
)
def test_a_value_is_taken_as_its_type_has_it(rule: dict[str, Any], value: object, argument: str) -> None:
    assert one(value, **rule) == argument


@pytest.mark.parametrize(
    ("rule", "value", "said"),
    [
        ({"pattern": "[a-z]{1,3}"}, "abcd", "参数 x 不能是“abcd”，要符合超级用户规定的写法，例如 x=abc"),
        ({"pattern": "[a-z]{1,3}", "hint": "是一到三个小写字母"}, "abcd", "要是一到三个小写字母，例如 x=abc"),
        ({"pattern": "[a-z]{1,3}", "example": "uvw"}, "abcd", "例如 x=uvw"),
        ({"pattern": "B[0-9]{7}"}, "abcd", "要符合超级用户规定的写法"),
        ({"type": "int", "example": 7}, "x", "例如 x=7"),
        ({"pattern": "[a-z]+"}, "abc\n", "要符合"),
        ({"pattern": ".*"}, "-rf", "不能以 - 开头"),
        ({"pattern": "[a-z-]+"}, "-rf", "不能以 - 开头"),
        ({"pattern": "(?s:.*)"}, "a" * 201, "参数 x 有 201 个字，最多 200 个"),
        ({"pattern": "(?s:.*)", "max_length": 1000}, "a" * 1001, "参数 x 有 1001 个字，最多 1000 个"),
        ({"pattern": "[a-z]*", "max_length": 1000}, "!", "要符合超级用户规定的写法，最多 1000 个字"),
        ({"pattern": "(?s:.*)"}, "a\0b", "要符合"),
        ({"pattern": "(?s:.*)"}, "\udcff", "要符合"),
        ({}, "a b", "最多 64 个字"),
        ({}, "", "最多 64 个字"),
        ({}, None, "最多 64 个字"),
        ({}, ["a"], "最多 64 个字"),
        ({"type": "int", "min": 1, "max": 10}, "11", "要是 1 到 10 的整数"),
        ({"type": "int", "min": 1, "max": 10}, "0", "例如 x=1"),
        ({"type": "int"}, "-1", "要是不小于 0 的整数"),
        ({"type": "int"}, "1.5", "整数"),
        ({"type": "int"}, "9" * 40, "整数"),
        ({"type": "float"}, "nan", "数字"),
        ({"type": "float"}, "1e9", "数字"),
        ({"type": "float"}, float("inf"), "数字"),
        ({"type": "bool"}, "maybe", "要写 是 或 否"),
        ({"type": "choice", "choices": ["大", "小"]}, "中", "要是 大、小 之一"),
    ],
)
def test_a_value_that_may_not_be_is_refused_with_the_rule_in_words(
    rule: dict[str, Any], value: object, said: str
) -> None:
    with pytest.raises(Refusal, match=re.escape(said)):
        one(value, **rule)


def test_what_people_are_shown_of_a_parameter_is_words_and_a_value_that_is_right() -> None:
    rules = {"type": "str", "pattern": "B[0-9]{3}", "title": "楼"}
    told = template("{x}", params={"x": {**rules, "hint": "是 B 和三个数字", "example": "B001"}})
    assert told.parameters[0].in_words == "x= 楼：要是 B 和三个数字；必须写，例如 x=B001"
    assert told.usage.endswith(" x=B001")
    bare = template("{x}", params={"x": rules})
    assert bare.parameters[0].in_words == "x= 楼：要符合超级用户规定的写法；必须写"
    assert bare.usage.endswith(" x=…")


def test_what_is_missing_unknown_or_misspelt_is_said() -> None:
    told = template("{dir}", params={"dir": {"type": "str", "pattern": "[a-z]+", "title": "目录"}})
    with pytest.raises(Refusal, match=re.escape("还要写参数 dir（目录），要符合超级用户规定的写法，例如 dir=abc")):
        told.checked({})
    with pytest.raises(Refusal, match="没有“dri”这个参数，是不是想写“dir=”"):
        told.checked({"dri": "a"})
    with pytest.raises(Refusal, match="是不是想写“间隔=”"):
        told.checked({"dir": "a", "间格": "a"}, ["间隔", "截止"])
    assert told.checked({"DIR": "a"}) == {"dir": "a"}


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (3, "argv ="),
        ({}, "argv 要写成不空的列表"),
        ({"argv": []}, "argv 要写成不空的列表"),
        ({"argv": "rm -rf /"}, "argv 要写成不空的列表"),
        ({"argv": ["a", 3]}, "argv[1] 要是文字"),
        ({"argv": [""]}, "argv[0]"),
        ({"argv": ["{x}"], "params": {"x": {"type": "str"}}}, "argv[0] 是命令本身，不能空，也不能含参数"),
        ({"argv": ["a", "{x}"]}, "argv[1] 用了没有定义的参数“x”"),
        ({"argv": ["a", "{x"]}, "argv[1] 里的“{”没有配成对"),
        ({"argv": ["a", "x}"]}, "argv[1] 里的“}”没有配成对"),
        ({"argv": ["a", "{}"]}, "argv[1] 用了没有定义的参数"),
        ({"argv": ["a"], "shell": True}, "没有“shell”这个键"),
        ({"argv": ["a"], "timeout_seconds": 0}, "timeout_seconds 要是 1 到"),
        ({"argv": ["a"], "timeout_seconds": True}, "timeout_seconds"),
        ({"argv": ["a"], "cwd": "photos"}, "cwd 要写完整的路径"),
        ({"argv": ["a"], "env": {"A=B": "1"}}, "env 里不能有“A=B”"),
        ({"argv": ["a"], "env": {"SJA_RUN": "1"}}, "env 里不能有“SJA_RUN”"),
        ({"argv": ["a"], "env": {"A": 1}}, "env.A 要是文字"),
        ({"argv": ["a"], "params": []}, "params"),
        ({"argv": ["a"], "params": {"x": {}}}, "params.x.type 要是 str、int、float、bool、choice 之一"),
        ({"argv": ["a"], "params": {"x": {"type": []}}}, "params.x.type"),
        ({"argv": ["a"], "params": {"x": {"type": "int", "pattern": "a"}}}, "params.x 里没有“pattern”这个键"),
        ({"argv": ["a"], "params": {"x": {"type": "str", "pattern": "("}}}, "params.x.pattern 不是正确的正则表达式"),
        (
            {"argv": ["a"], "params": {"x": {"type": "str", "pattern": "a+", "max_length": 4001}}},
            "max_length 要是 1 到",
        ),
        (
            {"argv": ["a"], "params": {"x": {"type": "str", "pattern": "a+", "max_length": True}}},
            "max_length 要是 1 到",
        ),
        ({"argv": ["a"], "params": {"x": {"type": "int", "hint": "小"}}}, "params.x 里没有“hint”这个键"),
        ({"argv": ["a"], "params": {"x": {"type": "int", "example": -1}}}, "params.x.example 不对"),
        ({"argv": ["a"], "params": {"x": {"type": "str", "max_length": 1000}}}, "max_length 要和 pattern 一起写"),
        ({"argv": ["a"], "params": {"x": {"type": "int", "max_length": 3}}}, "params.x 里没有“max_length”这个键"),
        ({"argv": ["a"], "params": {"x": {"type": "int", "min": "1"}}}, "params.x.min 要是数字"),
        ({"argv": ["a"], "params": {"x": {"type": "float", "min": float("nan")}}}, "params.x.min 要是数字"),
        ({"argv": ["a"], "params": {"x": {"type": "int", "min": 3, "max": 2}}}, "params.x.max 不能小于 min"),
        ({"argv": ["a"], "params": {"x": {"type": "choice"}}}, "params.x.choices"),
        ({"argv": ["a"], "params": {"x": {"type": "choice", "choices": ["a", "A"]}}}, "params.x.choices"),
        ({"argv": ["a"], "params": {"x": {"type": "int", "default": "x"}}}, "params.x.default 不对：参数 x 不能是"),
        ({"argv": ["a"], "params": {"间隔": {"type": "int"}}}, "与 !创建循环 自己的选项同名"),
        ({"argv": ["a"], "params": {"a b": {"type": "int"}}}, "params.a b 的名称"),
        ({"argv": ["a"], "params": {"a": {"type": "int"}, "A": {"type": "int"}}}, "只差大小写"),
    ],
)
def test_a_template_that_cannot_be_is_refused_by_itself(table: Any, said: str) -> None:
    sentence = refused(table)
    assert sentence.startswith("templates.toml 里的模板“备份”用不了：")
    assert said in sentence


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["argv", "title", "params", "x", "type", "min", "default", "env", "cwd"])
                | st.text(max_size=5),
                inner,
                max_size=5,
            )
        ),
        max_leaves=20,
    )
)
def test_whatever_the_file_holds_is_a_template_or_a_sentence(table: Any) -> None:
    read = read_templates({"t": table, "": table}, "templates.toml")
    assert len(read.known) + len(read.refused) == 2


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+",
        "(a|a)*b",
        "([a-z]+,?)*",
        r"(\w+\s*)*",
        "(a?){50}a{50}",
        ".*.*.*.*!",
        "(.|x){1,99}",
        "((a{0,9}){0,9}){0,9}",
    ],
)
def test_a_pattern_that_could_stop_the_bot_is_refused_with_its_template(pattern: str) -> None:
    sentence = refused({"argv": ["a"], "params": {"x": {"type": "str", "pattern": pattern}}})
    assert "params.x.pattern 对有些值要匹配极久" in sentence


@pytest.mark.parametrize(
    "pattern",
    [
        *("[a-z0-9_-]{1,32}", "(?s:.*)", "[a-z]+-[a-z]+-[a-z]+", "https?://[^ ]+", "[0-9]{4}(-[0-9]{2}){2}"),
        *("(?:jpg|png)", "[a-z]++(?>-[a-z]++)*+", r"(?=a)\w+(?!b)", r"(a)?(?(1)b|c)"),
    ],
)
def test_a_pattern_of_few_ways_is_taken(pattern: str) -> None:
    told = template("{x}", params={"x": {"type": "str", "pattern": pattern}})
    assert told.parameters[0].pattern == pattern


def test_the_safe_pattern_is_one() -> None:
    assert not re.fullmatch(SAFE_PATTERN, "..")
    assert not re.fullmatch(SAFE_PATTERN, "a/b")


def test_what_the_operator_wrote_stands_before_what_ships_even_when_it_cannot_be_used() -> None:
    shipped = read_templates({"hello": {"argv": ["a"]}, "disk": {"argv": ["a"]}}, "shipped")
    written = read_templates({"hello": {"argv": ["b"]}, "disk": {}}, "templates.toml")
    both = merged(shipped, written)
    assert both.named("hello").argv == (("b",),)
    with pytest.raises(Unusable, match="模板“disk”写得不对，现在用不了，请告诉超级用户") as unusable:
        both.named("disk")
    assert "模板“disk”用不了" in unusable.value.whole.sentence
    with pytest.raises(Refusal, match="没有叫“helo”的模板，是不是 模板=hello"):
        both.named("helo")


def test_where_the_whole_file_cannot_be_read_an_unknown_template_may_be_in_it() -> None:
    with pytest.raises(Refusal, match="读不懂"):
        Templates(refused={WHOLE_FILE: "templates.toml 读不懂"}).named("mine")
