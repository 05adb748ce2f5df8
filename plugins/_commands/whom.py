"""Groups and people, as superusers name them: `群123456`, `QQ20002`, or the bare number where only one can be meant."""

import re
from collections.abc import Sequence
from typing import Final

from jobs import Refusal, UserId, quote

_GROUP: Final = re.compile(r"(?:群号?|group)[:=]?([1-9][0-9]{4,11})", re.IGNORECASE)
_PERSON: Final = re.compile(r"(?:qq号?|用户|user|@)[:=]?\s*([1-9][0-9]{4,11})", re.IGNORECASE)
_NUMBER: Final = re.compile(r"[1-9][0-9]{4,11}")


def group_named(text: str, *, bare: bool = False) -> str | None:
    """The number of the group that is named; `bare`: also by the number alone."""
    found = _GROUP.fullmatch(text) or (_NUMBER.fullmatch(text) if bare else None)
    return found[found.re.groups] if found else None


def person_named(text: str, *, bare: bool = False) -> UserId | None:
    """The person who is named; `bare`: also by the number alone."""
    found = _PERSON.fullmatch(text) or (_NUMBER.fullmatch(text) if bare else None)
    return UserId(found[found.re.groups]) if found else None


def joined(words: Sequence[str]) -> list[str]:
    """`群 123456` as the one word that is meant."""
    whole: list[str] = []
    for word in words:
        if whole and whole[-1].casefold() in ("群", "群号", "group", "qq", "用户"):
            whole[-1] += word
        else:
            whole.append(word)
    return whole


def required_group(text: str, example: str) -> str:
    """Raises `Refusal` where no group is named."""
    if number := group_named(text, bare=True):
        return number
    raise Refusal(f"{quote(text)}不是群号，请写成 {example}")
