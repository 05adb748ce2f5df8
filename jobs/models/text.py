"""What people type, made harmless, and cut into words. Nothing here understands a word's meaning."""

import re
import unicodedata
from itertools import chain
from typing import Final

from jobs.models.errors import Refusal

QUOTE_WIDTH: Final = 20
"""Characters of somebody's text that an answer repeats: enough to recognise it, too few to flood a chat."""

_MOST_MARKS: Final = 8
"""Combining marks kept per letter. No script needs more; normalising n in a row costs n², and they smear a screen."""

_LINE_ENDS: Final = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")

_BLANKS: Final = re.compile(" {2,}")
_BLANKS_AT_LINE_ENDS: Final = re.compile(" ?\n ?")

_UNSEEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs"})
"""Controls, format characters (zero width, bidi overrides, BOM, joiners), lone surrogates that no UTF-8 can hold."""

_BLANK: Final = "\u2800"
"""Braille without dots: a symbol to Unicode, a space to the eye."""

_UNSEEN_RANGES: Final = (range(0x180B, 0x1810), range(0xFE00, 0xFE10), range(0xE0000, 0xE1000))
_UNSEEN: Final = frozenset(map(chr, (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, *chain(*_UNSEEN_RANGES))))
"""Fillers, joiners and variation selectors: letters or marks to Unicode, nothing at all on a screen."""

_PRETENDERS: Final = _UNSEEN | {_BLANK}
"""What Python calls printable though nothing is printed."""

_QUOTES: Final = {
    **dict.fromkeys('“”"', '“”"'),
    **dict.fromkeys("‘’'", "‘’'"),
    "「": "」",
    "『": "』",
}
"""Opening quotation mark → the marks that close it. Phones mix curly and straight ones: any of a family will do."""

_DIGITS: Final = {
    "零": 0,
    "〇": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}

NUMERAL: Final = r"(?:[0-9]{1,9}|[零〇一二两三四五六七八九十]{1,3})"
"""Regular expression for what `read_number` may understand."""

_CHINESE_NUMBER: Final = re.compile(r"([一二两三四五六七八九]?)(十?)([零〇一二两三四五六七八九]?)")


class Quoted(str):
    """A word that stood wholly in quotation marks: meant as it is, never as an option or a flag."""

    __slots__ = ()


def clean(text: str) -> str:
    """The text as people see it: NFKC, without anything invisible, spaces collapsed, each line stripped.

    Every kind of line end becomes `\\n`, every kind of blank one space. Idempotent; linear in the length.
    """
    text = unicodedata.normalize("NFKC", _without_mark_towers(_LINE_ENDS.sub("\n", text)))
    # Normalised again, because letters and marks that something invisible kept apart may now combine.
    text = unicodedata.normalize("NFKC", _without_mark_towers(_seen(text)))
    return _BLANKS_AT_LINE_ENDS.sub("\n", _BLANKS.sub(" ", text)).strip()


def shorten(text: str, width: int) -> str:
    """The text in one line of at most `width` characters (at least 1), ending in `…` where something was cut off."""
    # Whoever quotes ten thousand characters needs only the first few of them looked at.
    line = " ".join(text[: width * 8].split())
    cut = len(line) > width or len(text) > width * 8
    return line[: width - 1].rstrip() + "…" if cut else line


def quote(text: str) -> str:
    """Somebody's text inside one of our sentences: cleaned, in one line, shortened, in Chinese quotation marks."""
    return f"“{shorten(clean(text[:200]), QUOTE_WIDTH)}”"


def clean_name(text: str, max_length: int) -> str:
    """A job's name: cleaned, one line, 1 to `max_length` characters. An emoji joined of several may fall apart.

    Raises `Refusal` when nothing visible is left, or too much.
    """
    name = " ".join(clean(text).split())
    if not name:
        raise Refusal("名称是空的，请给任务起个看得见的名字，例如 晚场监控")
    if len(name) > max_length:
        raise Refusal(f"名称 {quote(name)} 有 {len(name)} 个字，太长了，请缩短到 {max_length} 个字以内")
    return name


def split_words(text: str) -> list[str]:
    """The words of a cleaned text, separated by blanks; quotation marks keep blanks inside a word. Never raises.

    Marks open at the start of a word or behind `=` (`搜索="a b"` is one word, `搜索=a b`) and are dropped; anywhere
    else, or never closed, they are ordinary characters. A word quoted as a whole is a `Quoted`, even when empty.
    """
    last_close = {mark: max(map(text.rfind, closing)) for mark, closing in _QUOTES.items()}
    words: list[str] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
        else:
            word, at = _word_at(text, at, last_close)
            words.append(word)
    return words


def read_number(text: str) -> int | None:
    """`7`, `07`, `七`, `两`, `十一`, `二十`, `二十四`, `零五` as a number; Chinese numerals up to 99. Else None."""
    text = text[1:] if len(text) > 1 and text[0] in "零〇" else text
    if re.fullmatch("[0-9]{1,9}", text):
        return int(text)
    found = _CHINESE_NUMBER.fullmatch(text)
    if not found or not text:
        return None
    tens, ten, ones = found.groups()
    if not ten:
        return _DIGITS[text] if len(text) == 1 else None
    if ones and _DIGITS[ones] == 0:
        return None
    return _DIGITS.get(tens, 1) * 10 + _DIGITS.get(ones, 0)


def _word_at(text: str, start: int, last_close: dict[str, int]) -> tuple[str, int]:
    """The word that begins at `start`, and where it ends."""
    pieces: list[str] = []
    at = start
    wholly_quoted = False
    while at < len(text) and not text[at].isspace():
        character = text[at]
        may_open = at == start or text[at - 1] == "="
        if may_open and last_close.get(character, -1) > at:
            end = _closing(text, at)
            pieces.append(text[at + 1 : end])
            wholly_quoted = at == start
            at = end + 1
        else:
            pieces.append(character)
            wholly_quoted = False
            at += 1
    word = "".join(pieces)
    return (Quoted(word) if wholly_quoted else word), at


def _closing(text: str, opening: int) -> int:
    """Where the quotation opened at `opening` ends; the caller knows that it does."""
    return min(end for mark in _QUOTES[text[opening]] if (end := text.find(mark, opening + 1)) >= 0)


def _without_mark_towers(text: str) -> str:
    if text.isascii():
        return text
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character).startswith("M") else 0
        if marks <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)


def _seen(text: str) -> str:
    """The text with one space for any blank and without what nobody sees; line ends stay."""
    return "".join(
        character if character.isprintable() and character not in _PRETENDERS else _shown(character)
        for character in text
    )


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if character in ("\t", _BLANK) or category == "Zs":
        return " "
    kept = character == "\n" or (character not in _UNSEEN and category not in _UNSEEN_CATEGORIES)
    return character if kept else ""
