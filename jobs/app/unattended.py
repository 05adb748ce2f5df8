"""What stands in for chats where an engine has none."""

import logging
from collections.abc import Sequence
from datetime import datetime

from jobs.models.change import Notification
from jobs.models.people import Chat
from jobs.ports.notifier import DeliveryOutcome, DeliveryReport

_log = logging.getLogger("sja")


class Nobody:
    """Implements `Notifier` where there is no chat."""

    def reaches(self, target: Chat) -> bool:  # noqa: ARG002
        return False

    async def turn(self, target: Chat) -> None:
        """Nobody is waited for."""

    async def send(self, notifications: Sequence[Notification], tag: str) -> DeliveryReport:  # noqa: ARG002
        return DeliveryReport(outcome=DeliveryOutcome.OFFLINE)

    async def look_for(self, notification: Notification, since: datetime) -> DeliveryReport:  # noqa: ARG002
        return DeliveryReport(outcome=DeliveryOutcome.UNCERTAIN)


class LoggedAdministrators:
    """Implements `Administrators` by the log."""

    def tell(self, topic: str, sentence: str) -> None:
        _log.warning("%s: %s", topic, sentence)
