"""What the TaskDispatcher's verbs answer."""

import asyncio
import re
from collections.abc import Generator
from typing import Final

from jobs.models.end import verdict
from jobs.models.ids import RunId
from jobs.models.run import Exit
from jobs.ports.store import Store

_LOOK_EVERY_SECONDS: Final = 0.2
_LONGEST_WAIT_SECONDS: Final = 1800.0
"""For a run that was asked for, as in the TaskDispatcher."""


_VERBS: Final = {
    "删除任务": "remove_task",
    "暂停任务": "pause_task",
    "继续任务": "resume_task",
    "调整任务": "reorder_task",
    "立即执行": "execute_task_immediately",
}
_IN_A_SHELL: Final = {"启动任务": "sja job-start", "任务列表": "sja jobs", "模板": "sja templates"}
"""What has no verb here."""
_IN_CHAT: Final = re.compile(
    f"(?P<sends>发送 )?!(?:(?P<verb>{'|'.join(_VERBS)})(?: #?[0-9]+)?|(?P<other>{'|'.join(_IN_A_SHELL)}))"
)


def for_a_program(sentence: str) -> str:
    """A sentence whose advice is for chats, with the verb of the TaskDispatcher in place of the message to send."""

    def instead(found: re.Match[str]) -> str:
        how = "" if not found["sends"] else "调用 " if found["verb"] else "运行 "
        return how + (_VERBS[found["verb"]] if found["verb"] else _IN_A_SHELL[found["other"]])

    return _IN_CHAT.sub(instead, sentence)


class Answer:
    """What became of a verb: true where it was done. May be awaited or not: the TaskDispatcher's callers do both."""

    def __init__(self, is_done: bool, reason: str = "") -> None:
        self.is_done = is_done
        self.reason = reason
        """One Chinese sentence; empty where there is nothing to say."""

    def __bool__(self) -> bool:
        return self.is_done

    def __await__(self) -> Generator[None, None, "Answer"]:
        yield from ()
        return self

    def __repr__(self) -> str:
        return f"Answer({self.is_done}, {self.reason!r})"


async def end_of(store: Store, run_id: RunId) -> Answer:
    """How a run ended, as soon as it has; after half an hour, that it has not."""
    try:
        async with asyncio.timeout(_LONGEST_WAIT_SECONDS):
            while not store.runs.is_over(run_id):  # noqa: ASYNC110 - it is a process that is waited for
                await asyncio.sleep(_LOOK_EVERY_SECONDS)
    except TimeoutError:
        return Answer(False, "半小时内没有结束，它还在继续运行")
    run = store.runs.get(run_id)
    if run is None:
        return Answer(False, "没有运行")
    done, sentence = verdict(run, run.exit or Exit())
    return Answer(done, for_a_program(sentence))
