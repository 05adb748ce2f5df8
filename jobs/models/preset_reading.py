"""From an operator's presets file to presets: the platform's own, said differently, and further ones. Pure.

[[preset]]
number = 35
venue = "新体育馆"
venue_id = "3b10ff47-…"
sport = "羽毛球"
sport_id = "29942202-…"
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final, cast

from msgspec.structs import replace

from jobs.models.errors import Refusal
from jobs.models.text import clean, quote
from jobs.models.toml_words import toml_trouble
from jobs.models.venue import Preset

PRESETS_FILE: Final = "presets.toml"
_KEYS: Final = ("number", "venue", "venue_id", "sport", "sport_id")
_HIGHEST: Final = 9999
_PRESETS_AT_MOST: Final = 500
_TITLE_AT_MOST: Final = 30
"""Characters. The longest title of the platform's own has nine."""
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_HEADER: Final = re.compile(r"^[ \t]*\[\[[ \t]*preset[ \t]*\]\]", re.MULTILINE)
_EXAMPLE: Final = '[[preset]] 一节里写 number = 35、venue = "场馆名" …'


def read_presets(text: str, own: Sequence[Preset]) -> tuple[Preset, ...]:
    """`own`, with what the text says of them, and its further ones; by ascending number.

    What a number that is among `own` leaves unsaid stays. Raises `Refusal`: one sentence that names line and key.
    """
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Refusal(f"{PRESETS_FILE} 读不懂（{toml_trouble(error)}）") from error
    lines = [text.count("\n", 0, found.start()) + 1 for found in _HEADER.finditer(text)]
    known = {preset.number: preset for preset in own}
    seen: set[int] = set()
    for place, table in enumerate(_tables(document)):
        where = f"{PRESETS_FILE} 第 {lines[place]} 行起" if place < len(lines) else f"{PRESETS_FILE} 第 {place + 1} 个"
        number = _number(table.get("number"), where)
        if number in seen:
            raise Refusal(f"{where}的预设：number = {number} 写了两次，请只留一个")
        seen.add(number)
        known[number] = _preset(number, table, known.get(number), f"{where}的预设 {number}")
    return tuple(sorted(known.values(), key=lambda preset: preset.number))


def _tables(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if further := sorted(document.keys() - {"preset"}):
        raise Refusal(f"{PRESETS_FILE} 里不该有{quote(further[0])}，只写 {_EXAMPLE}")
    tables: object = document.get("preset", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in cast("list[object]", tables)):
        raise Refusal(f"{PRESETS_FILE} 里的 preset 要写成 {_EXAMPLE}")
    found = cast("list[Mapping[str, Any]]", tables)
    if len(found) > _PRESETS_AT_MOST:
        raise Refusal(f"{PRESETS_FILE} 里有 {len(found)} 个预设，最多 {_PRESETS_AT_MOST} 个")
    return found


def _number(value: object, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= _HIGHEST:
        raise Refusal(f"{where}的预设：number 要写 1 到 {_HIGHEST} 的整数，例如 number = 35")
    return value


def _preset(number: int, table: Mapping[str, Any], before: Preset | None, where: str) -> Preset:
    for key in table.keys() - set(_KEYS):
        near = get_close_matches(key, _KEYS, n=1)
        guess = f"，是不是想写 {near[0]}？" if near else "；"
        raise Refusal(f"{where}：没有{quote(key)}这一项{guess}可用：{'、'.join(_KEYS)}")
    said = {key: _said(key, value, where) for key, value in table.items() if key != "number"}
    if before is not None:
        return replace(before, **said)
    if lacking := [key for key in ("venue", "venue_id") if key not in said]:
        raise Refusal(f"{where}：缺少 {lacking[0]}（平台自带的预设里没有 {number} 号，新的要写全）")
    if ("sport" in said) != ("sport_id" in said):
        raise Refusal(f"{where}：sport 和 sport_id 要一起写，或都不写（场馆不分项目）")
    return Preset(number=number, **{"sport": "", "sport_id": "", **said})


def _said(key: str, value: object, where: str) -> str:
    if key.endswith("_id"):
        if isinstance(value, str) and _ID.fullmatch(value):
            return value
        raise Refusal(f"{where}：{key} 要写平台的编号（字母、数字和 -），sja presets --refresh --json 可以查到")
    if isinstance(value, str) and (title := " ".join(clean(value).split())) and len(title) <= _TITLE_AT_MOST:
        return title
    raise Refusal(f"{where}：{key} 要写 1 到 {_TITLE_AT_MOST} 个字的名称，加引号")
