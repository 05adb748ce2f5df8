"""Whoever can tell a chat something."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from jobs.models.change import Notification
from jobs.models.people import Chat


class DeliveryOutcome(StrEnum):
    SENT = "sent"
    OFFLINE = "offline"
    """The connection to that chat was gone before anything was sent."""
    REFUSED = "refused"
    """The platform said no; it did not arrive."""
    UNCERTAIN = "uncertain"
    """It may have arrived: a time-out, or an answer lost on the way."""


class DeliveryReport(Struct, frozen=True, kw_only=True):
    """How a send went. `message_id` where the platform named one; `detail` for the operator."""

    outcome: DeliveryOutcome
    message_id: str | None = None
    detail: str = ""


class Notifier(Protocol):
    """Renders and sends. Never raises for what a network can do."""

    def reaches(self, target: Chat) -> bool:
        """Whether there is a connection to that chat now."""
        ...

    async def turn(self, target: Chat) -> None:
        """Waits until that chat may be written to again. Whoever is killed while it waits has not begun to send."""
        ...

    async def send(self, notifications: Sequence[Notification], tag: str) -> DeliveryReport:
        """Sends notifications to one chat, in order, as one message: a single one in full, several as a digest.

        `tag` is shown with it where not empty, so that a copy can be recognised.
        """
        ...

    async def look_for(self, notification: Notification, since: datetime) -> DeliveryReport:
        """Whether a message that was begun at that instant has told it, alone or among others, by the chat's history.

        `SENT`: it is there. `REFUSED`: it surely is not. `UNCERTAIN`: nobody can say. Takes seconds at most.
        """
        ...
