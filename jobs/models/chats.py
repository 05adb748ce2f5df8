"""What a chat has settled for itself: a group, or one person in private. What is unsaid is as the settings have it."""

from datetime import time, timedelta
from typing import Final

from msgspec import Struct

from jobs.models.ids import UserId

ESCALATE_AFTER: Final = timedelta(minutes=5)
"""As long as a booking's payment leaves time for somebody else to step in, and for the first to look at a phone."""


class QuietHours(Struct, frozen=True, kw_only=True):
    """Times of day, in the bot's zone, between which ordinary notifications wait: from `begins` up to, not including,
    `ends`; over midnight where that is the earlier one. Never equal."""

    begins: time
    ends: time

    def hold(self, at: time) -> bool:
        """Whether a time of day lies within."""
        if self.begins < self.ends:
            return self.begins <= at < self.ends
        return at >= self.begins or at < self.ends


class ChatSettings(Struct, frozen=True, kw_only=True):
    """One row for each place (`Chat.place`); `version` as in `Job`, 0: nothing is stored.

    `is_enabled` of a group: whether the bot answers there at all; None: as `SJA_GROUPS` has it. `max_jobs`: unfinished
    jobs there may be of a group, or of a person wherever made; None: as the settings have it. `managers`: people with a
    group administrator's rights over the bot there. `escalate_to`: the person who is told in private of what is urgent
    and was not acknowledged here within `escalate_after_seconds`; None: nobody.
    """

    is_enabled: bool | None = None
    default_preset: int | None = None
    quiet: QuietHours | None = None
    prefers_pictures: bool | None = None
    max_jobs: int | None = None
    managers: tuple[UserId, ...] = ()
    escalate_to: UserId | None = None
    escalate_after_seconds: int = int(ESCALATE_AFTER.total_seconds())
    version: int = 0


UNSAID: Final = ChatSettings()


def group_place(number: str) -> str:
    """The place of a group by its number; as `Chat.place`."""
    return f"onebot.v11/group/{number}"


def private_place(user: UserId) -> str:
    """The place of a person's private chat; as `Chat.place`."""
    return f"onebot.v11/private/{user}"
