"""What people read of a setting that is wrong. A secret is never said, in whatever setting somebody wrote it. Pure."""

import re
from collections.abc import Mapping
from typing import Any, Final

HIDDEN: Final = "••••"
"""Stands for a secret, whatever it is."""

_SECRET_NAME: Final = re.compile(r"TOKEN|SECRET|PASSWORD|ESCALATION_URL", re.IGNORECASE)
_ADDRESS: Final = re.compile("[A-Za-z][A-Za-z0-9+.-]+:/")
"""Read as a path it has lost a slash; one letter is a drive."""
_QUOTED: Final = re.compile("“(?![?#~]”).*”", re.DOTALL)
"""What a sentence repeats of the value; a single mark is the sentence's own."""
_ERRORS: Final = {
    "int_parsing": "要写整数",
    "int_type": "要写整数",
    "int_from_float": "要写整数",
    "float_parsing": "要写数字",
    "bool_parsing": "要写 true 或 false",
    "finite_number": "要写一个有限的数",
    "greater_than_equal": "不能小于 {ge}",
    "greater_than": "要大于 {gt}",
    "less_than_equal": "不能大于 {le}",
    "literal_error": "只能是 {expected}",
    "string_pattern_mismatch": "要以 http:// 或 https:// 开头",
    "string_type": "只写一个，直接写文字，不加方括号和引号",
    "path_type": "只写一个路径，不加方括号和引号",
    "set_type": '请写成 JSON 列表，例如 ["10001"]',
    "ip_any_address": "要写 IP 地址，例如 127.0.0.1",
}
"""What people read of the usual errors, by pydantic's name for them."""
_OF_A_LIST: Final = '请写成文字的列表，例如 ["10001"]'


def may_be_shown(name: str, value: object) -> bool:
    """Whether the value of a setting may be said: no secret's, nor one that looks like an address, which may hold a
    password wherever it stands."""
    return not _SECRET_NAME.search(name) and not _ADDRESS.search(str(value))


def shown_setting(name: str, value: object) -> str:
    """As it stands in a sentence: `'abc'`."""
    return repr(value) if may_be_shown(name, value) else HIDDEN


def wrong_setting(name: str, error: Mapping[str, Any]) -> str:
    """`SJA_MAX_RUNNING 的值 'abc' 不对：要写整数`, of one of pydantic's errors."""
    value, words = error["input"], _in_words(error)
    if not may_be_shown(name, value):
        words = _QUOTED.sub("“…”", words)
    return f"{name} 的值 {shown_setting(name, value)} 不对：{words}"


def _in_words(error: Mapping[str, Any]) -> str:
    """What pydantic found, in Chinese where it is one of the usual things."""
    kind = error["type"]
    if kind == "string_type" and len(error["loc"]) > 1:
        return _OF_A_LIST
    words = _ERRORS.get(kind)
    if words is None:
        return str(error["msg"]).removeprefix("Value error, ")
    context = dict(error.get("ctx", {}))
    if "expected" in context:
        context["expected"] = context["expected"].replace("'", "").replace(" or ", " 或 ").replace(", ", "、")
    return words.format(**context)
