"""What must hold of every round, whatever the client did."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from drops_drawing_site import Case, Step

from jobs.cli.peer import Manner

TAG: Final = "（补发）"
_MARK: Final = re.compile(r"暗号([uo]\d)")
_CLOSING: Final = (Manner.DROPS, Manner.VANISHES)
_CREATED: Final = re.compile(r"已创建")


class Row(NamedTuple):
    """How a notification stands in the store in the end."""

    state: str
    attempts: int
    uncertain: int
    reason: str

    @property
    def was_in_doubt_twice(self) -> bool:
        """Then no more is tried. One that was being sent when the bot was killed is in doubt, and not counted so."""
        return self.state == "given_up" and (self.uncertain >= 2 or self.reason == "may have arrived twice already")


class Record(NamedTuple):
    """What became of a round. `said`: all that arrived in its chat, in order; `rows` by mark; `treated`: how the sends
    of each mark were, and under "" how the replies were."""

    case: Case
    said: Sequence[str]
    rows: dict[str, Row]
    created: int
    treated: dict[str, list[Manner]]
    restarts: int

    @property
    def connections_lost(self) -> int:
        """How often whatever was on its way in this round may have been lost."""
        closed = sum(manner in _CLOSING for manners in self.treated.values() for manner in manners)
        return closed + self.case.steps.count(Step.RECONNECT) + self.restarts


def marks_in(text: str) -> list[str]:
    return list(dict.fromkeys(_MARK.findall(text)))


def is_another_reply(text: str) -> bool:
    """Whether it answers something else than the command."""
    return not marks_in(text) and not _CREATED.search(text)


def judge(record: Record) -> list[str]:
    """What is wrong, a sentence each."""
    wrong = [] if record.created == 1 else [f"the command acted {record.created} times"]
    if (replies := sum(bool(_CREATED.search(text)) for text in record.said)) > 1:
        wrong.append(f"it was answered {replies} times")
    copies = {mark: [text for text in record.said if mark in marks_in(text)] for mark in record.case.told}
    for mark, texts in copies.items():
        wrong += _wrong_with(mark, texts, record)
    for lane in "uo":
        order = [mark for text in record.said for mark in marks_in(text) if mark[0] == lane]
        if order != sorted(order):
            wrong.append(f"told out of order: {order}")
    return wrong


def _wrong_with(mark: str, texts: Sequence[str], record: Record) -> list[str]:
    row = record.rows.get(mark)
    if row is None:
        return [f"{mark} is not in the store"]
    wrong: list[str] = []
    if row.state not in ("sent", "given_up"):
        wrong.append(f"{mark} is still {row.state}")
    if not texts and not (row.was_in_doubt_twice and record.connections_lost >= 2):
        wrong.append(f"{mark} never arrived, and is {row}")
    if row.state == "given_up" and not row.was_in_doubt_twice:
        wrong.append(f"{mark} was given up: {row}")
    if len(texts) > 2:
        wrong.append(f"{mark} arrived {len(texts)} times")
    wrong += [f"the second copy of {mark} came without the tag" for text in texts[1:] if TAG not in text]
    if len(texts) > 1 and not row.uncertain:
        wrong.append(f"{mark} arrived twice without having been in doubt")
    return wrong


def counted(record: Record) -> Counter[str]:
    counts = Counter({"rounds": 1, "events of commands": record.case.copies + 1, "commands": 1})
    counts["rounds in private"] = record.case.is_private
    counts["rounds with a restart of the bot"] = record.restarts > 0
    counts["notifications"] = len(record.case.told)
    for mark in record.case.told:
        kind = "urgent" if mark[0] == "u" else "ordinary"
        copies = sum(mark in marks_in(text) for text in record.said)
        counts[f"{kind} ones that arrived {('never, after two unknown tries', 'once', 'twice')[copies]}"] += 1
    for manner in (manner for manners in record.treated.values() for manner in manners):
        counts[f"send {manner.name.lower()}"] += 1
    counts["commands whose reply arrived"] = any(_CREATED.search(text) for text in record.said)
    return counts
