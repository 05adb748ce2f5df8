"""Bugs to be planted into the bot, so that it is known that the judge sees them."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

PLANTED: Final = "SJA_TEST_PLANTED"
"""The environment's word for which one."""


class Bug(NamedTuple):
    """`plant` is called in the bot before it starts; `seen` is how the judge says it. `restarts`: it takes a restart to
    bring it out."""

    plant: Callable[[], None]
    seen: str
    restarts: bool = False


def _remembers_no_message_on_disk() -> None:
    import jobs.store.apply

    jobs.store.apply.write_inbound = lambda *_: True


def _remembers_no_message() -> None:
    from plugins._onebot.repeats import Repeats

    _remembers_no_message_on_disk()
    Repeats.is_new = lambda *_: True


def _takes_unknown_for_sent() -> None:
    from jobs import DeliveryOutcome, DeliveryReport

    def report_of(report: Any) -> Any:
        unknown = report.outcome is DeliveryOutcome.UNCERTAIN
        return DeliveryReport(outcome=DeliveryOutcome.SENT) if unknown else report

    _sends(lambda first, self, notifications, tag: first(self, notifications, tag), report_of)


def _tags_nothing() -> None:
    _sends(lambda first, self, notifications, _: first(self, notifications, ""), lambda report: report)


def _never_gives_up() -> None:
    import jobs.outbox

    jobs.outbox._UNCERTAIN_AT_MOST = 99


def _tells_the_latest_first() -> None:
    import jobs.store.lanes

    jobs.store.lanes._HEADS_DUE = jobs.store.lanes._HEADS_DUE.replace("MIN(id)", "MAX(id)")


def _sends(call: Callable[..., Any], report_of: Callable[[Any], Any]) -> None:
    from plugins._onebot.notifier import OneBotNotifier

    first = OneBotNotifier.send

    async def send(self: Any, notifications: Any, tag: str) -> Any:
        return report_of(await call(first, self, notifications, tag))

    OneBotNotifier.send = send


def _looks_nowhere() -> None:
    from jobs import DeliveryOutcome, DeliveryReport
    from plugins._onebot.notifier import OneBotNotifier

    async def look_for(*_: Any) -> Any:
        return DeliveryReport(outcome=DeliveryOutcome.UNCERTAIN)

    OneBotNotifier.look_for = look_for


BUGS: Final = {
    "no message is known again": Bug(_remembers_no_message, "acted [2-9] times"),
    "no message is known again after a restart": Bug(_remembers_no_message_on_disk, "acted [2-9] times", restarts=True),
    "unknown is taken for sent": Bug(_takes_unknown_for_sent, "never arrived"),
    "a copy without its mark": Bug(_tags_nothing, "second copy .* without the tag"),
    "copies without end": Bug(_never_gives_up, "arrived [3-9] times"),
    "nobody looks": Bug(_looks_nowhere, "arrived 2 times"),
    "the latest first": Bug(_tells_the_latest_first, "out of order"),
}
