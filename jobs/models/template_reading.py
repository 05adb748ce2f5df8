"""From the tables of a templates file to templates: one that is wrong is refused in a sentence, the others count. Pure.

Every sentence names the file, the template and the key, and says what the key has to be.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from msgspec.structs import replace

from jobs.models.errors import Refusal
from jobs.models.parameters import DEFAULT_MAX_LENGTH, MAX_LENGTH, Parameter, Value, ValueType, spelled
from jobs.models.pattern_costs import COSTLY, ways
from jobs.models.templates import (
    DEFAULT_TIMEOUT_SECONDS,
    RESERVED,
    Argument,
    Malformed,
    Template,
    Templates,
    holes,
    pieces,
)
from jobs.models.text import clean, quote

MAX_TIMEOUT_SECONDS: Final = 7 * 86400
_NAME: Final = re.compile(r"[^\W\d][\w-]{0,31}")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_WHOLE_PATH: Final = re.compile(r"[/~]|[A-Za-z]:[/\\]|\\\\")
_OURS: Final = ("SJA_",)
"""Environment variables by which runs are known."""
_LONGEST_LIST: Final = 100
_ARGUMENT_AT_MOST: Final = 4000
_TEMPLATE_KEYS: Final = frozenset({"title", "argv", "timeout_seconds", "cwd", "env", "params"})
_COMMON_KEYS: Final = frozenset({"type", "title", "default", "example"})
_KEYS_OF: Final = {
    ValueType.STR: _COMMON_KEYS | {"pattern", "max_length", "hint"},
    ValueType.INT: _COMMON_KEYS | {"min", "max"},
    ValueType.FLOAT: _COMMON_KEYS | {"min", "max"},
    ValueType.BOOL: _COMMON_KEYS,
    ValueType.CHOICE: _COMMON_KEYS | {"choices"},
}


class _Wrong(Exception):
    """What is wrong with a template: `argv[0] 不能含参数`."""


def read_templates(document: Mapping[str, Any], source: str) -> Templates:
    """The templates in a document; `source` is the file's name, for the sentences. Never raises."""
    known: dict[str, Template] = {}
    refused: dict[str, str] = {}
    for name, table in document.items():
        try:
            known[name] = _template(name, table)
        except _Wrong as wrong:
            refused[name] = f"{source} 里的模板{quote(name)}用不了：{wrong}"
    return Templates(known=known, refused=refused)


def _template(name: str, table: object) -> Template:
    if not _NAME.fullmatch(name) or clean(name) != name:
        raise _Wrong("模板名要以文字开头，只含文字、数字、- 和 _，最多 32 个字，例如 [backup]")
    entries = _table(table, "", _TEMPLATE_KEYS, '请写成 [模板名] 一节，里面写 argv = ["命令", "参数"]')
    params = _table(entries.get("params", {}), "params", None, "请写成 [模板名.params.参数名] 一节")
    parameters = tuple(_parameter(key, value) for key, value in params.items())
    _refuse_twins([parameter.name for parameter in parameters])
    argv = _argv(entries.get("argv"), {parameter.name for parameter in parameters})
    return Template(
        name=name,
        title=_one_line(_text(entries.get("title", name), "title", 100)) or name,
        argv=argv,
        timeout_seconds=_timeout(entries.get("timeout_seconds", DEFAULT_TIMEOUT_SECONDS)),
        cwd=_directory(entries["cwd"]) if "cwd" in entries else None,
        env=_environment(entries.get("env", {})),
        parameters=parameters,
    )


def _argv(written: object, known: set[str]) -> tuple[Argument, ...]:
    texts = _list(written, 'argv 要写成不空的列表，例如 argv = ["rsync", "-a", "/srv/{dir}"]')
    argv = tuple(_argument(text, f"argv[{place}]") for place, text in enumerate(texts))
    if holes(argv[:1]) or not argv[0]:
        raise _Wrong("argv[0] 是命令本身，不能空，也不能含参数")
    for place, argument in enumerate(argv):
        if unknown := sorted(holes([argument]) - known):
            raise _Wrong(
                f"argv[{place}] 用了没有定义的参数{quote(unknown[0])}，请加上 [模板名.params.{unknown[0][:32]}] 一节"
            )
    return argv


def _argument(text: object, key: str) -> Argument:
    try:
        return pieces(_text(text, key, _ARGUMENT_AT_MOST, may_be_empty=True))
    except Malformed as malformed:
        raise _Wrong(f"{key} {malformed}") from malformed


def _directory(written: object) -> str:
    directory = _text(written, "cwd", _ARGUMENT_AT_MOST)
    if not _WHOLE_PATH.match(directory):
        raise _Wrong('cwd 要写完整的路径，例如 cwd = "/srv" 或 cwd = "~/photos"')
    return directory


def _environment(written: object) -> dict[str, str]:
    table = _table(written, "env", None, '请写成 env = { LANG = "C.UTF-8" }')
    for name, value in table.items():
        if not _VARIABLE.fullmatch(name) or name.upper().startswith(_OURS):
            raise _Wrong(f"env 里不能有{quote(name)}，变量名只含字母、数字和 _，不能以 SJA_ 开头")
        _text(value, f"env.{name}", _ARGUMENT_AT_MOST, may_be_empty=True)
    return dict(table)


def _timeout(written: object) -> int:
    if isinstance(written, bool) or not isinstance(written, int) or not 1 <= written <= MAX_TIMEOUT_SECONDS:
        raise _Wrong(f"timeout_seconds 要是 1 到 {MAX_TIMEOUT_SECONDS} 的整数（秒），例如 timeout_seconds = 600")
    return written


def _parameter(name: str, table: object) -> Parameter:
    key = f"params.{name[:40]}"
    if not _NAME.fullmatch(name) or clean(name) != name:
        raise _Wrong(f"{key} 的名称要以文字开头，只含文字、数字、- 和 _，最多 32 个字")
    if name.casefold() in RESERVED:
        raise _Wrong(f"{key} 与 !创建循环 自己的选项同名，请换一个名称")
    entries = _table(table, key, None, f'请写成 [模板名.{key}] 一节，里面写 type = "str"')
    type_ = _type(entries.get("type"), key)
    _refuse_unknown(entries, key, _KEYS_OF[type_])
    longest = _longest(entries, key)
    low, high = _limit(entries, "min", key), _limit(entries, "max", key)
    parameter = Parameter(
        name=name,
        type=type_,
        title=_one_line(_text(entries.get("title", ""), f"{key}.title", 100, may_be_empty=True)),
        pattern=_pattern(entries["pattern"], longest, key) if "pattern" in entries else None,
        max_length=longest,
        low=low,
        high=high,
        choices=_choices(entries.get("choices"), key) if type_ is ValueType.CHOICE else (),
        hint=_one_line(_text(entries.get("hint", ""), f"{key}.hint", 100, may_be_empty=True)),
    )
    if parameter.high is not None and parameter.high < parameter.least:
        raise _Wrong(f"{key}.max 不能小于 min（不写 min 就是 0）")
    return replace(
        parameter,
        default=_value(parameter, entries, "default", key),
        shown=spelled(_value(parameter, entries, "example", key)) if "example" in entries else "",
    )


def _value(parameter: Parameter, entries: Mapping[str, Any], which: str, key: str) -> Value | None:
    """A value the template itself gives for a parameter; None: it gives none."""
    if which not in entries:
        return None
    try:
        return parameter.value(entries[which])
    except Refusal as refusal:
        raise _Wrong(f"{key}.{which} 不对：{refusal.sentence}") from refusal


def _type(written: object, key: str) -> ValueType:
    try:
        return ValueType(written)  # pyright: ignore[reportArgumentType]
    except ValueError:
        raise _Wrong(f'{key}.type 要是 {"、".join(ValueType)} 之一，例如 type = "str"') from None


def _longest(entries: Mapping[str, Any], key: str) -> int:
    written: object = entries.get("max_length", DEFAULT_MAX_LENGTH)
    if isinstance(written, bool) or not isinstance(written, int) or not 1 <= written <= MAX_LENGTH:
        raise _Wrong(f"{key}.max_length 要是 1 到 {MAX_LENGTH} 的整数（字数），例如 max_length = 1000")
    if "max_length" in entries and "pattern" not in entries:
        raise _Wrong(f'{key}.max_length 要和 pattern 一起写，例如 pattern = "[^-].*" 和 max_length = 1000')
    return written


def _pattern(written: object, longest: int, key: str) -> str:
    pattern = _text(written, f"{key}.pattern", _ARGUMENT_AT_MOST)
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        place = f"第 {error.pos + 1} 个字附近" if isinstance(error, re.error) and error.pos is not None else "太复杂"
        raise _Wrong(f'{key}.pattern 不是正确的正则表达式（{place}），例如 pattern = "[a-z0-9_]{{1,32}}"') from error
    if ways(pattern, longest) >= COSTLY:
        raise _Wrong(
            f"{key}.pattern 对有些值要匹配极久（重复里套着重复，或几个不限次数的重复挨着），"
            f'请写简单些，例如 pattern = "[a-z0-9_-]{{1,32}}"，或减小 max_length'
        )
    return pattern


def _limit(entries: Mapping[str, Any], which: str, key: str) -> float | None:
    if which not in entries:
        return None
    written = entries[which]
    is_number = isinstance(written, int | float) and not isinstance(written, bool) and abs(written) < 10**15
    if not is_number:  # Also NaN, which is smaller than nothing.
        raise _Wrong(f"{key}.{which} 要是数字，例如 {which} = 1")
    return written


def _choices(written: object, key: str) -> tuple[str, ...]:
    how = f'{key}.choices 要写成不空的列表，里面是不重复的文字，例如 choices = ["小", "大"]'
    choices = tuple(_text(each, f"{key}.choices", DEFAULT_MAX_LENGTH) for each in _list(written, how))
    if len({choice.casefold() for choice in choices}) < len(choices) or any(clean(each) != each for each in choices):
        raise _Wrong(how)
    return choices


def _table(written: object, key: str, known: frozenset[str] | None, how: str) -> dict[str, Any]:
    if not isinstance(written, dict):
        raise _Wrong(f"{key} {how}" if key else how)
    table: dict[str, Any] = {str(each): value for each, value in written.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if known is not None:
        _refuse_unknown(table, key, known)
    return table


def _refuse_unknown(table: Mapping[str, Any], key: str, known: frozenset[str]) -> None:
    if unknown := [each for each in table if each not in known]:
        where = f"{key} 里" if key else ""
        raise _Wrong(f"{where}没有{quote(unknown[0])}这个键，可以写 {'、'.join(sorted(known))}")


def _refuse_twins(names: Sequence[str]) -> None:
    if len({name.casefold() for name in names}) < len(names):
        raise _Wrong("params 里有只差大小写的两个参数，聊天里分不清，请改掉一个")


def _text(written: object, key: str, at_most: int, *, may_be_empty: bool = False) -> str:
    if not isinstance(written, str) or (not written and not may_be_empty) or len(written) > at_most or "\0" in written:
        raise _Wrong(f"{key} 要是{'' if may_be_empty else '不空的'}文字，最多 {at_most} 个字")
    return written


def _list(written: object, how: str) -> list[object]:
    if not isinstance(written, list):
        raise _Wrong(how)
    texts = list(cast("list[object]", written))
    if not 1 <= len(texts) <= _LONGEST_LIST:
        raise _Wrong(how)
    return texts


def _one_line(text: str) -> str:
    return " ".join(text.split())
