"""How Chinese text sounds, in letters without tones.

The table (35 ms, 13 MB) is loaded with the first text asked for.
"""

import os
import re
from functools import cache
from typing import Final

_LIKE: Final = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"))
"""What many people neither hear nor type apart: `胡晓敏` for `胡晓明`, `zang` for `zhang`."""
_OTHERWISE: Final = {"乐": "yue"}
"""Characters whose first reading in the table is not the one that venues and sports are called by."""
_HAN: Final = re.compile(r"[\u3400-\u9fff]")


@cache
def syllable(character: str) -> str:
    """`huo` of `霍`, also of its traditional form; letters and digits as they are; empty for anything else."""
    if _HAN.fullmatch(character):
        return _OTHERWISE.get(character) or _of_table(character)
    return character if character.isascii() and character.isalnum() else ""


def blurred(letters: str) -> str:
    """Letters without what people do not keep apart."""
    for said, heard in _LIKE:
        letters = letters.replace(said, heard)
    return letters


def is_han(character: str) -> bool:
    return _HAN.fullmatch(character) is not None


def _of_table(character: str) -> str:
    kept = {name: os.environ.get(name) for name in _SPARING}
    os.environ.update(_SPARING)
    try:
        from pypinyin import Style, lazy_pinyin  # noqa: PLC0415
    finally:
        for name, value in kept.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
    return "".join(lazy_pinyin(character, style=Style.NORMAL, errors="ignore"))


_SPARING: Final = {"PYPINYIN_NO_PHRASES": "true", "PYPINYIN_NO_DICT_COPY": "true"}
"""The library reads these when it is imported: no table of phrases, which would take 45 MB and 100 ms more."""
