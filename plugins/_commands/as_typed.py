"""What somebody typed at the end of a message, without what cleaning did to it."""

import re
from typing import Final

from jobs import clean

_WORD: Final = re.compile(r"\S+")
_WORDS_AT_MOST: Final = 16
_LENGTH_AT_MOST: Final = 2000
"""Characters; nobody types such a command."""


def as_typed(text: str, raw: str, last: str) -> str | None:
    """The end of `raw` that cleaning made `last` of, the end of the cleaned `text`: full-width characters, blanks and
    all, but for blanks around it. None where it cannot be told where it begins.

    `raw` empty: nobody knows more than `text` says.
    """
    if not raw:
        return last
    if not text.endswith(last) or len(raw) > _LENGTH_AT_MOST:
        return None
    before = text.removesuffix(last).rstrip()
    for place, word in enumerate(_WORD.finditer(raw)):
        if place > _WORDS_AT_MOST:
            break
        if clean(raw[: word.start()]) == before and clean(raw[word.start() :]) == last:
            return raw[word.start() :].rstrip()
    return None
