"""Which numbers are groups: as the QQ client lists them, else as far as anybody has spoken in them."""

import asyncio
from collections.abc import Sequence
from typing import Final

import nonebot

from jobs import Chat
from plugins._commands.command import KnownGroups
from plugins._onebot.acquaintance import is_acquainted
from plugins._onebot.delivery import groups_of

_REMEMBERED: Final = 10_000


class Groups:
    """Implements `plugins._commands.command.Surroundings`."""

    def __init__(self) -> None:
        self._heard: set[tuple[str, str]] = set()

    def note(self, chat: Chat) -> None:
        """Somebody spoke there."""
        if chat.is_group and len(self._heard) < _REMEMBERED:
            self._heard.add((chat.self_id, chat.peer_id))

    async def is_group(self, self_id: str, number: str) -> bool:
        """Whether that is the number of a group the bot's account is in, as far as it can be known."""
        if (self_id, number) in self._heard:
            return True
        listed = await groups_of(self_id)
        return listed is not None and number in listed

    async def groups(self) -> KnownGroups:
        """Those that the clients list, and those that somebody spoke in."""
        accounts = self.accounts()
        listed = await asyncio.gather(*map(groups_of, accounts))
        names = {number: "" for self_id, number in self._heard if self_id in accounts}
        for each in listed:
            names |= each or {}
        return KnownGroups(names=names, is_complete=bool(listed) and None not in listed)

    def accounts(self) -> Sequence[str]:
        return sorted(nonebot.get_bots())

    async def is_acquainted(self, chat: Chat, user: str) -> bool:
        """See `plugins._onebot.acquaintance`."""
        return await is_acquainted(chat, user)
