"""Sends words wherever the operator has set up with Apprise, an optional package. The address is a secret: it is in no
row, no log, no report."""

import asyncio
import logging
import re
import sys
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from jobs.ports.notifier import DeliveryOutcome, DeliveryReport

_PATIENCE_SECONDS: Final = 20.0
"""Apprise gives up connecting and reading after four seconds each; some services want several requests."""
_STATUS: Final = re.compile(r"\berror=(429|502|503|504)\b")
"""Answers of a server that is busy, or of one in front of it: asked later, it may take it."""
_UNANSWERED: Final = frozenset({"ReadTimeout"})
"""What `requests` raises where all was sent, by name: that package is Apprise's."""
_REFUSALS: Final = frozenset(
    {
        *("SMTPAuthenticationError", "SMTPRecipientsRefused", "SMTPSenderRefused", "SMTPDataError", "SMTPHeloError"),
        *("SMTPNotSupportedError", "InvalidURL", "InvalidSchema", "MissingSchema", "InvalidHeader", "TooManyRedirects"),
    }
)
"""`OSError`s, as libraries define them, that are answers or would be the same for ever."""
_NO_PACKAGE: Final = "设置了 SJA_ESCALATION_URL，但没有安装 apprise，没人确认的紧急通知发不到那里"
_NO_SERVICE: Final = "SJA_ESCALATION_URL 不是 Apprise 认识的地址，没人确认的紧急通知发不到那里"


class Pager:
    """Where the urgent ones go that nobody acknowledged. Without an address there is none."""

    def __init__(self, address: str) -> None:
        self._address = address

    def __repr__(self) -> str:
        return f"Pager({'set' if self.is_set else 'none'})"

    def use(self, address: str) -> None:
        """From now on that address; empty: none."""
        self._address = address

    @property
    def is_set(self) -> bool:
        return bool(self._address)

    async def page(self, title: str, text: str) -> DeliveryReport:
        """Sends, in a thread of its own. Never raises."""
        if not self.is_set:
            return DeliveryReport(outcome=DeliveryOutcome.REFUSED, detail="no pager is set")
        if find_spec("apprise") is None:
            return DeliveryReport(outcome=DeliveryOutcome.REFUSED, detail="apprise is not installed")
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return await asyncio.to_thread(_notify, self._address, title, text)
        except TimeoutError:
            return DeliveryReport(outcome=DeliveryOutcome.UNCERTAIN, detail="the pager did not answer in time")
        except Exception as error:
            # Whatever a plug-in of that package raises; its words may hold the address.
            return DeliveryReport(outcome=DeliveryOutcome.REFUSED, detail=f"the pager failed: {type(error).__name__}")


def pager_trouble(address: str) -> tuple[str, str] | None:
    """What keeps a pager of that address from working, and the one thing that mends it; None: nothing, or none is
    wanted."""
    if not address:
        return None
    if find_spec("apprise") is None:
        return _NO_PACKAGE, 'pip install "sja-bot[pager]" 后重启；不用它就清空 SJA_ESCALATION_URL'
    if not _is_known(address):
        return _NO_SERVICE, "照 Apprise 的说明改 SJA_ESCALATION_URL，例如 mailto://用户:密码@example.com；不用它就清空"
    return None


def _is_known(address: str) -> bool:
    """Whether Apprise knows what to do with it; nothing is sent."""
    return bool(_apprise().Apprise().add(address))


def _notify(address: str, title: str, text: str) -> DeliveryReport:
    apprise = _apprise()
    pager = apprise.Apprise()
    if not pager.add(address):
        return DeliveryReport(outcome=DeliveryOutcome.REFUSED, detail="the pager's address is not one of Apprise")
    with _listening() as ear:
        if pager.notify(title=title, body=text, body_format=apprise.NotifyFormat.TEXT):
            return DeliveryReport(outcome=DeliveryOutcome.SENT)
    return ear.report


class _Ear(logging.Handler):
    """Hears in the log of Apprise, which tells its callers no more than yes or no, why it was no.

    It logs while it handles what its plug-ins' libraries raised, or with the answer's number.
    """

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.report = DeliveryReport(
            outcome=DeliveryOutcome.REFUSED, detail="the service behind the pager did not take it"
        )

    def emit(self, record: logging.LogRecord) -> None:
        error = sys.exc_info()[1]
        status = _STATUS.search(record.getMessage())
        if error is not None and type(error).__name__ in _UNANSWERED:
            self._heard(DeliveryOutcome.UNCERTAIN, f"the pager did not answer: {type(error).__name__}")
        elif isinstance(error, OSError) and type(error).__name__ not in _REFUSALS:
            self._heard(DeliveryOutcome.OFFLINE, f"the pager cannot be reached: {type(error).__name__}")
        elif status is not None:
            self._heard(DeliveryOutcome.OFFLINE, f"the pager's service is away: {status[1]}")

    def _heard(self, outcome: DeliveryOutcome, detail: str) -> None:
        self.report = DeliveryReport(outcome=outcome, detail=detail)


@contextmanager
def _listening() -> Generator[_Ear]:
    logger, ear = logging.getLogger("apprise"), _Ear()
    logger.addHandler(ear)
    try:
        yield ear
    finally:
        logger.removeHandler(ear)


def _apprise() -> Any:
    """The package, loaded now: that takes most of a second, of those alone who have set an address. Its log names
    addresses and services, so nobody hears it."""
    logger = logging.getLogger("apprise")
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    return import_module("apprise")
