"""What is wrong with a TOML file, in Chinese, where Python's parser says it in English. Pure."""

import re
from typing import Final

_PLACE: Final = re.compile(r"\(at line (\d+), column (\d+)\)")
_KINDS: Final = (
    (("Cannot declare", "Cannot overwrite", "Cannot mutate", "Cannot redefine", "Duplicate"), "同一个名称写了两次"),
    (("Expected '='",), "少了等号"),
    (("Expected ']'", "Unclosed array"), "方括号没有配对"),
    (("Unclosed inline table",), "花括号没有配对"),
    (("Unterminated string", 'Expected "', "Expected '"), "引号没有配对"),
    (("Unescaped '\\'", "Invalid hex", "Escaped character"), "反斜杠后面的写法不对，Windows 的路径请用单引号"),
    (("Illegal character", "Found invalid character"), "有不能用的字符（一行文字要写在同一行里）"),
    (("Invalid value", "Invalid date"), "值的写法不对，文字要加英文引号"),
    (("Invalid statement", "Invalid initial character", "Expected newline"), "这一行的写法不对"),
)


def toml_trouble(error: ValueError | RecursionError) -> str:
    """`第 3 行第 7 个字：方括号没有配对`; of what `tomllib` raises."""
    if isinstance(error, RecursionError):
        return "括号套得太深"
    said = str(error)
    kind = next((words for beginnings, words in _KINDS if said.startswith(beginnings)), "写法不对")
    place = _PLACE.search(said)
    return f"第 {place[1]} 行第 {place[2]} 个字：{kind}" if place else f"文件末尾：{kind}"
