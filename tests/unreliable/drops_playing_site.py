"""Plays rounds: one real bot, many clients of it at once, each with a chat for each round, and a store beside it."""

import asyncio
import itertools
import sqlite3
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from drops_bugs_site import PLANTED
from drops_drawing_site import Case, History, Step
from drops_judging_site import Record, Row, is_another_reply, marks_in
from harness import CLOCK, PATIENCE_SECONDS, Bot

from jobs.cli.onebot import Posted, Speaker, message_event, text_segment
from jobs.cli.peer import Disconnected, Manner, Peer
from jobs.cli.qq import QQ
from jobs.models.change import Change, Notification
from jobs.models.ids import JobId, JobNumber
from jobs.models.job import Job, Status
from jobs.models.notices import BOOKING_HINDERED, JOB_COMPLETED
from jobs.models.people import Chat
from jobs.store.opening import open_beside
from jobs.store.store import SqliteStore

_MAIN: Final = Path(__file__).with_name("unreliable_main.py")
_COMMAND: Final = "!创建监控 南洋北苑健身房监控 间隔=3600 不启动"
_PROBE: Final = "!帮助 帮助"
_SETTINGS: Final = {"API_TIMEOUT": "0.5", "LOG_LEVEL": "WARNING", "SJA_DEMO_SEED": "7"}
_CARRIER: Final = JobId("carrier")
_QUIET_WITHIN_SECONDS: Final = 2 * PATIENCE_SECONDS
_PAUSE_SECONDS: Final = 0.02
_LOOK_SECONDS: Final = 0.05
_LOOKS: Final = 40
"""Two seconds: then the connection that was asked is taken for lost."""
_numbers = itertools.count(1)


class Round:
    """A round being played, in a chat of its own."""

    def __init__(self, case: Case, chat: Chat, speaker: Speaker, restarts: int) -> None:
        self.case = case
        self.chat = chat
        self.speaker = speaker
        self.restarts_before = restarts
        self.is_over = False
        """Replies are treated well from now on."""
        self.treated: defaultdict[str, list[Manner]] = defaultdict(list)
        """By mark; replies have none."""
        self._replies = iter(case.reply_faults)

    @property
    def key(self) -> str:
        return f"drops/{self.chat.place}/"

    def manner(self, text: str) -> Manner:
        """How this send is treated. One that was treated in all drawn ways is treated well."""
        marks = marks_in(text)
        if not marks:
            manner = Manner.POLITE if self.is_over else next(self._replies, Manner.POLITE)
            self.treated[""].append(manner)
            return manner
        past = self.treated[marks[0]]
        faults = self.case.faults[marks[0]]
        manner = faults[len(past)] if len(past) < len(faults) else Manner.POLITE
        for mark in marks:
            self.treated[mark].append(manner)
        return manner


class LyingQQ(QQ):
    """Shows what its chats have seen, but not what was told."""

    def latest(self, chat: Chat, count: int) -> list[Posted]:
        return [posted for posted in super().latest(chat, 1000) if not marks_in(posted.text)][-count:]


class Client:
    """One account. Plays one round after the other."""

    def __init__(self, bot: Bot, number: int, history: History) -> None:
        kind = LyingQQ if history is History.LIES else QQ
        self.history = history
        self.qq = kind(str(20000 + number), CLOCK, has_history=history is not History.NONE)
        self.peer = Peer(bot.url, self.qq, CLOCK, manners=self._manner)
        self._rounds: dict[Chat, Round] = {}

    def begin(self, case: Case, restarts: int) -> Round:
        number = next(_numbers)
        speaker = Speaker(user_id=1_000_000 + number, nickname="小明", role="member")
        chat = self.qq.private(speaker.user_id) if case.is_private else self.qq.group(2_000_000 + number)
        self._rounds[chat] = Round(case, chat, speaker, restarts)
        self.qq.post(chat, self.qq.bot, [text_segment("早上好")])  # Or its history would show nothing of ours.
        return self._rounds[chat]

    def event(self, one: Round, text: str) -> dict[str, Any]:
        """Of a new message."""
        posted = self.qq.post(one.chat, one.speaker, [text_segment(text)])
        return message_event(posted, as_string=self.qq.as_string)

    def said(self, chat: Chat) -> list[str]:
        return [posted.text for posted in self.qq.said_by_bot if posted.chat == chat]

    def _manner(self, action: str, params: Any) -> Manner:
        if action != "send_msg":
            return Manner.POLITE
        is_group = params["message_type"] == "group"
        chat = self.qq.group(int(params["group_id"])) if is_group else self.qq.private(int(params["user_id"]))
        return self._rounds[chat].manner(str(params["message"])) if chat in self._rounds else Manner.POLITE


class Stage:
    """The bot, its clients, and the store they are written into. Entered, it runs."""

    def __init__(self, directory: Path, clients: int, planted: str = "") -> None:
        settings = _SETTINGS | ({PLANTED: planted} if planted else {})
        self.bot = Bot(directory / "home", settings, main=_MAIN)
        self.restarts = 0
        self.free: dict[History, asyncio.Queue[Client]] = {history: asyncio.Queue() for history in History}
        kinds = itertools.cycle(History)
        self._clients = [Client(self.bot, number, history) for number, history in zip(range(clients), kinds)]  # noqa: B905
        self._store: SqliteStore | None = None
        self._looking: sqlite3.Connection | None = None

    async def __aenter__(self) -> "Stage":
        await self.bot.__aenter__()
        self._store = open_beside(self.bot.home, CLOCK)
        self._store.apply(Change(jobs=(_carrier(),)))
        for client in self._clients:
            await client.peer.__aenter__()
            self.free[client.history].put_nowait(client)
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self._clients:
            await client.peer.__aexit__()
        if self._store is not None:
            self._store.close()
        if self._looking is not None:
            self._looking.close()
        await self.bot.__aexit__()

    async def restart(self) -> None:
        """SIGKILL, and up again: whatever was on its way is lost."""
        self.restarts += 1
        await self.bot.kill()
        self.bot.start()

    async def play(self, case: Case) -> Callable[[], Record]:
        """Plays a round until all is quiet. What became of it may be asked when all others are over, too."""
        client = await self.free[case.history].get()
        one = client.begin(case, self.restarts)
        try:
            async with asyncio.timeout(_QUIET_WITHIN_SECONDS):
                event = client.event(one, _COMMAND)
                await self._happens(client, one, event)
                one.is_over = True
                await self._answers(client, one, event)
                await self._has_told(one)
        except TimeoutError:
            print(f"the round {case.seed!r} never became quiet: {self.bot.log_tail()}", flush=True)
        finally:
            self.free[client.history].put_nowait(client)
        restarts = self.restarts - one.restarts_before
        return lambda: Record(
            case=case,
            said=client.said(one.chat),
            rows=self._rows(one),
            created=self._created(one),
            treated=one.treated,
            restarts=restarts,
        )

    async def _happens(self, client: Client, one: Round, event: dict[str, Any]) -> None:
        batches, told = iter(one.case.batches), iter(one.case.told)
        for step in one.case.steps:
            match step:
                case Step.SAY:
                    await _push(client.peer, event)
                case Step.WRITE:
                    self._write(one, tuple(itertools.islice(told, next(batches))))
                case Step.RECONNECT:
                    await client.peer.drop()
                case Step.PAUSE:
                    await asyncio.sleep(_PAUSE_SECONDS)

    async def _answers(self, client: Client, one: Round, event: dict[str, Any]) -> None:
        """Says it once more, and something else, until that is answered: all that was said before has been heard.

        And again where nothing came of it: it may have gone into a connection that was lost, unlike what was answered.
        """
        since = len(client.said(one.chat))
        while True:
            await _push(client.peer, event)
            await _push(client.peer, client.event(one, _PROBE))
            for _ in range(_LOOKS):
                await asyncio.sleep(_LOOK_SECONDS)
                if any(is_another_reply(text) for text in client.said(one.chat)[since:]) and self._created(one):
                    return

    async def _has_told(self, one: Round) -> None:
        while not all(row.state in ("sent", "given_up") for row in self._rows(one).values()):  # noqa: ASYNC110 - a bot's store
            await asyncio.sleep(_LOOK_SECONDS)

    def _write(self, one: Round, marks: tuple[str, ...]) -> None:
        assert self._store is not None
        self._store.apply(Change(notifications=tuple(_notification(one, mark) for mark in marks)))

    def _rows(self, one: Round) -> dict[str, Row]:
        sql = "SELECT dedupe_key, state, attempts, uncertain, reason FROM notifications WHERE dedupe_key GLOB ?"
        return {key.removeprefix(one.key): Row(*how) for key, *how in self._asked(sql, f"{one.key}*")}

    def _created(self, one: Round) -> int:
        return len(self._asked("SELECT 1 FROM jobs WHERE place = ?", one.chat.place))

    def _asked(self, sql: str, *values: str) -> list[Any]:
        if self._looking is None:
            self._looking = sqlite3.connect(self.bot.home / "jobs" / "jobs.db", isolation_level=None)
        return self._looking.execute(sql, values).fetchall()


async def _push(peer: Peer, event: dict[str, Any]) -> None:
    """Into this connection, or the next."""
    while True:
        await peer.connected()
        try:
            return await peer.push(event)
        except Disconnected:
            await asyncio.sleep(0)  # The peer has not noticed yet.


def _notification(one: Round, mark: str) -> Notification:
    is_urgent = mark[0] == "u"
    return Notification(
        dedupe_key=f"{one.key}{mark}",
        target=one.chat,
        topic=BOOKING_HINDERED if is_urgent else JOB_COMPLETED,
        job_id=_CARRIER,
        data={"number": 1, "name": "信使", "account": "小陈", "reason": f"暗号{mark}"},
        created_at=CLOCK.now(),
        is_urgent=is_urgent,
    )


def _carrier() -> Job:
    """The job that is told of."""
    now = CLOCK.now()
    return Job(
        id=_CARRIER,
        number=JobNumber(0),
        kind="monitor",
        name="信使",
        status=Status.STOPPED,
        config={},
        created_at=now,
        updated_at=now,
    )
