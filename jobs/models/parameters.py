"""What a command template lets people fill in: named, typed, checked. Pure.

Values come from chats and imported files: they are data, and never become anything but a part of one argument.
"""

import math
import re
from enum import StrEnum
from typing import Final, TypeVar

from msgspec import Struct

from jobs.models.errors import Refusal
from jobs.models.text import quote

SAFE_PATTERN: Final = r"\w[\w.@+-]{0,63}"
"""Of a text whose template says no pattern: a word of any script. No blank, slash, quotation mark or leading dot."""
DEFAULT_MAX_LENGTH: Final = 200
"""Characters of a text whose template says no `max_length`."""
MAX_LENGTH: Final = 4000
"""Of any value: far below what a system takes in one argument."""
SAFE_IN_WORDS: Final = "以文字、数字或下划线开头，后面还可以有 . @ + -，最多 64 个字"
_MAY_BEGIN_WITH_DASH: Final = re.compile(r"(?:\^|\\A|\((?:\?:)?)*\\?-")
"""A pattern that begins with a dash says so; one that merely allows it somewhere (`.*`, `[a-z-]+`) does not."""
_SAMPLES: Final = ("abc", "a", "ABC", "123", "1", "2026-11-28", "abc.txt", "a@example.org", "/abc", "abc/abc", "字")
"""Values to try as an example of a pattern whose template gives none."""
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,15}")
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,15})?")

YES: Final = frozenset({"是", "true"})
NO: Final = frozenset({"否", "false"})


class ValueType(StrEnum):
    """What a value is."""

    STR = "str"
    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    CHOICE = "choice"


Value = str | int | float | bool
_Number = TypeVar("_Number", int, float)


class Parameter(Struct, frozen=True, kw_only=True):
    """One thing to fill in. `pattern` is of a whole `str`, of at most `max_length` characters; `low` and `high`
    (inclusive) are of a number. None: no limit.

    A number is not negative unless `low` is. `default` None: a value is required. `title`: what it is, for people, who
    are never shown a `pattern` but the `hint`, words behind “要”, and `shown`, a value that fits; empty: not given.
    """

    name: str
    type: ValueType
    title: str = ""
    pattern: str | None = None
    max_length: int = DEFAULT_MAX_LENGTH
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    default: Value | None = None
    hint: str = ""
    shown: str = ""

    @property
    def example(self) -> str:
        """A value that is right, for refusals and help; empty: none is known."""
        if self.default is not None or self.shown:
            return self.shown or spelled(self.default)
        match self.type:
            case ValueType.INT | ValueType.FLOAT:
                return spelled(self.least)
            case ValueType.BOOL:
                return "是"
            case ValueType.CHOICE:
                return self.choices[0]
            case ValueType.STR:
                return next((text for text in _SAMPLES if re.fullmatch(self.pattern or SAFE_PATTERN, text)), "")

    @property
    def written(self) -> str:
        """A whole option for an example: `dir=photos`."""
        return f"{self.name}={self.example or '…'}"

    def value(self, given: object) -> Value:
        """The value somebody gave, as text or, in a stored configuration, as what it is. Raises `Refusal`."""
        text = spelled(given) if isinstance(given, str | int | float) else None
        if text is None or not _is_sound(text):
            raise self._refusal("" if text is None else text)
        if len(text) > self.max_length:
            raise Refusal(f"参数 {self.name} 有 {len(text)} 个字，最多 {self.max_length} 个，请写短一些")
        read = {
            ValueType.STR: self._text,
            ValueType.CHOICE: self._choice,
            ValueType.BOOL: self._truth,
            ValueType.INT: self._integer,
            ValueType.FLOAT: self._number,
        }[self.type](text)
        if read is None:
            raise self._refusal(text)
        return read

    @property
    def rule(self) -> str:
        """What a value has to be, in words that stand behind “要”: `是 1 到 10 的整数`."""
        match self.type:
            case ValueType.STR:
                what = self.hint or ("符合超级用户规定的写法" if self.pattern else SAFE_IN_WORDS)
                return what + self._length_rule
            case ValueType.CHOICE:
                return "是 " + "、".join(self.choices) + " 之一"
            case ValueType.BOOL:
                return "写 是 或 否"
            case ValueType.INT | ValueType.FLOAT:
                return f"是{self._range}的{'整数' if self.type is ValueType.INT else '数字'}"

    @property
    def in_words(self) -> str:
        """`dir= 目录：要是小写字母；不写：photos`, for lists."""
        about = f"{self.title}：" if self.title else ""
        if self.default is not None:
            otherwise = f"不写：{spelled(self.default)}"
        else:
            otherwise = f"必须写，例如 {self.written}" if self.example else "必须写"
        return f"{self.name}= {about}要{self.rule}；{otherwise}"

    @property
    def least(self) -> float:
        """The smallest number there may be."""
        return 0 if self.low is None else self.low

    @property
    def _length_rule(self) -> str:
        return "" if self.max_length == DEFAULT_MAX_LENGTH else f"，最多 {self.max_length} 个字"

    @property
    def _range(self) -> str:
        return (
            f"不小于 {spelled(self.least)} "
            if self.high is None
            else f" {spelled(self.least)} 到 {spelled(self.high)} "
        )

    def _text(self, text: str) -> str | None:
        pattern = self.pattern or SAFE_PATTERN
        if text.startswith("-") and not _MAY_BEGIN_WITH_DASH.match(pattern):
            raise Refusal(f"参数 {self.name} 不能以 - 开头（{quote(text)}会被当成命令的选项），要{self.rule}")
        return text if re.fullmatch(pattern, text) else None

    def _choice(self, text: str) -> str | None:
        folded = {choice.casefold(): choice for choice in self.choices}
        return text if text in self.choices else folded.get(text.casefold())

    @staticmethod
    def _truth(text: str) -> bool | None:
        return True if text.casefold() in YES else False if text.casefold() in NO else None

    def _integer(self, text: str) -> int | None:
        return self._within(int(text)) if _INTEGER.fullmatch(text) else None

    def _number(self, text: str) -> float | None:
        return self._within(float(text) + 0.0) if _NUMBER.fullmatch(text) else None

    def _within(self, number: _Number) -> _Number | None:
        return number if number >= self.least and (self.high is None or number <= self.high) else None

    def _refusal(self, text: str) -> Refusal:
        instead = f"，例如 {self.written}" if self.example else ""
        return Refusal(f"参数 {self.name} 不能是{quote(text)}，要{self.rule}{instead}")


def is_safe_word(text: str) -> bool:
    """Whether a text is safe wherever a command may use it, as part of a path or as an argument: `SAFE_PATTERN`."""
    return re.fullmatch(SAFE_PATTERN, text) is not None


def spelled(value: object) -> str:
    """A value as it stands in an argument: `true`, `3`, `0.5`; text as it is."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        whole = value.is_integer() and abs(value) < 10**15
        return (
            str(int(value))
            if whole
            else f"{value:.15f}".rstrip("0").rstrip(".")
            if math.isfinite(value)
            else str(value)
        )
    return str(value)


def _is_sound(text: str) -> bool:
    """Whether a text can be in an argument at all: no NUL, nothing that is no Unicode."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
