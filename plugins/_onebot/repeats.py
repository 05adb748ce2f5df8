"""Messages that come more than once: repeated by a client, or heard by two accounts of the bot in one group."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final

from plugins._commands.command import Heard

_REMEMBERED: Final = 4096
"""Messages that come again do so in short order."""


class Repeats:
    """Notes messages as they are heard."""

    def __init__(self) -> None:
        self._ids: OrderedDict[Hashable, str] = OrderedDict()
        self._words: OrderedDict[Hashable, str] = OrderedDict()

    def is_new(self, heard: Heard, sent_at: int) -> bool:
        """Whether it is the first of its kind; notes it. `sent_at`: seconds since 1970, as the client says.

        What two accounts hear of one message has an id of its own for each: the same words of the same person at the
        same second are one message. What quotes another is for the account that wrote that one, and it alone knows it.
        """
        self_id = heard.inbound.self_id
        if _noted(self._ids, (self_id, heard.inbound.message_id), self_id) is not None:
            return False
        if not heard.chat.is_group or heard.quoted is not None:
            return True
        same = (heard.chat.place, heard.actor.user_id, sent_at, heard.text)
        return _noted(self._words, same, self_id) in (None, self_id)


def _noted(seen: OrderedDict[Hashable, str], key: Hashable, self_id: str) -> str | None:
    """Which account has noted it before; None: nobody, and now this one has."""
    if key in seen:
        return seen[key]
    seen[key] = self_id
    if len(seen) > _REMEMBERED:
        seen.popitem(last=False)
    return None
