"""What must hold of every round, whatever the client did."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from drops_drawing_site import Case, History, Step

from jobs.cli.peer import Manner

TAG: Final = "（补发）"
_MARK: Final = re.compile(r"暗号([uo]\d\d)")
_CLOSING: Final = (Manner.DROPS, Manner.VANISHES)
_CREATED: Final = re.compile(r"已创建")
_COPIES: Final = {History.SHOWN: 1, History.NONE: 2, History.LIES: 8}
"""At most: one where it can be looked up; where the answer to that is a lie, as often as is tried."""


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
        if list(dict.fromkeys(order)) != sorted(set(order)):
            wrong.append(f"told out of order: {order}")
    return wrong


def _wrong_with(mark: str, texts: Sequence[str], record: Record) -> list[str]:
    row = record.rows.get(mark)
    if row is None:
        return [f"{mark} is not in the store"]
    wrong = _lost(mark, texts, row, record)
    if row.state not in ("sent", "given_up"):
        wrong.append(f"{mark} is still {row.state}")
    if len(texts) > _COPIES[record.case.history]:
        wrong.append(f"{mark} arrived {len(texts)} times")
    # What follows a try that surely did not arrive is no copy: only of what a lie has hidden it is one all the same.
    has_failed = Manner.FAILS in record.treated[mark] or record.connections_lost
    is_hidden = record.case.history is History.LIES and has_failed
    wrong += [
        f"the second copy of {mark} came without the tag" for text in texts[1:] if TAG not in text and not is_hidden
    ]
    if len(texts) > 1 and not row.uncertain and record.case.history is History.NONE:
        wrong.append(f"{mark} arrived twice without having been in doubt")
    return wrong


def _lost(mark: str, texts: Sequence[str], row: Row, record: Record) -> list[str]:
    """Nothing, but where nobody can look, what was lost on the way twice. One lost connection may have taken both sends
    with it: to a client that has not read the first within the time-out."""
    was_in_doubt_twice = row.was_in_doubt_twice and record.case.history is History.NONE
    wrong: list[str] = []
    if not texts and not (was_in_doubt_twice and record.connections_lost):
        wrong.append(f"{mark} never arrived, and is {row}")
    if row.state == "given_up" and not was_in_doubt_twice:
        wrong.append(f"{mark} was given up: {row}")
    return wrong


def counted(record: Record) -> Counter[str]:
    counts = Counter({"rounds": 1, "events of commands": record.case.copies + 1, "commands": 1})
    counts["rounds in private"] = record.case.is_private
    counts["rounds with a restart of the bot"] = record.restarts > 0
    counts["notifications"] = len(record.case.told)
    for mark in record.case.told:
        kind = "urgent" if mark[0] == "u" else "ordinary"
        copies = sum(mark in marks_in(text) for text in record.said)
        often = ("never", "once", "twice")[copies] if copies <= 2 else "more often"
        counts[f"{kind} ones that arrived {often}, history {record.case.history}"] += 1
    for manner in (manner for manners in record.treated.values() for manner in manners):
        counts[f"send {manner.name.lower()}"] += 1
    counts["digests"] = sum(len(marks_in(text)) > 1 for text in record.said)
    counts["commands whose reply arrived"] = any(_CREATED.search(text) for text in record.said)
    return counts
