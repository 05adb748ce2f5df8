"""A crowd of people in many chats who talk to the bot through one QQ account, and what its client sees of the bot."""

import asyncio
import itertools
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Final

import fuzz_words_site as words
from harness import Bot
from websockets.asyncio.client import ClientConnection, connect

from jobs.cli.onebot import plain, to_segments

ANSWERED_WITHIN_SECONDS: Final = 60.0
"""Of the question after a batch, on a machine that may be busy with anything else."""
LINES_WIDTH, PAGE_WIDTH, PAGES = 1800, 1000, 30
"""Characters of a text and of a forwarded page, and pages of a message: the most that clients are known to send."""
SUPERUSER: Final = 90001
SESSIONS: Final = 60
"""Chats that are spoken in again and again; half of what is said is said in one of these."""
_UNASKED: Final = ("这次", "🎾", "完成", "失败", "停下", "结束", "错过", "跳过", "付款", "场次")
_TRICKS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\u200b\u202a-\u202e\u2066-\u2069\ufeff]")
"""What would turn words round, hide some, or break somebody's terminal."""
_OWN_SEGMENTS: Final = {"text", "image", "at", "node", "file", "reply"}

Facts = dict[str, Any]
Place = tuple[str, int]


class Broken(AssertionError):
    """Something that must never be, and what was said to the bot there."""


class Crowd:
    """`seed` decides all that is said."""

    def __init__(self, bot: Bot, self_id: int, seed: str) -> None:
        self.bot, self.self_id = bot, self_id
        self.said: Counter[Place] = Counter()
        self.heard: Counter[Place] = Counter()
        self.last: dict[Place, list[str]] = {}
        """What was said of late in a chat, for whoever has to find out."""
        self.broken: list[str] = []
        self.calls: Counter[str] = Counter()
        self._random = Random(seed)
        self._numbers = itertools.count(1)
        self._known: list[int] = []
        self._answered = asyncio.Event()
        self._asker = 0
        self._link: ClientConnection
        self._reading: asyncio.Task[None]

    async def __aenter__(self) -> "Crowd":
        headers = {"X-Self-ID": str(self.self_id)}
        self._link = await connect(self.bot.url, additional_headers=headers, proxy=None, max_size=None, max_queue=None)
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._link.close()
        await asyncio.wait([self._reading])

    async def speak(self, count: int) -> None:
        """So many messages at once, then a question that must be answered. Raises `Broken`."""
        for _ in range(count):
            event = self._event()
            self._note_said(event)
            frame = json.dumps(event)
            await self._link.send(frame)
            if self._random.random() < 0.02:
                await self._link.send(frame)  # the same again, as clients do
        await self._ask()
        if self.broken:
            raise Broken("\n".join(self.broken))

    async def _ask(self) -> None:
        """Fails when the bot does not answer somebody in private, whatever else it has to do."""
        self._asker = 5_000_000 + next(self._numbers)
        self._answered.clear()
        segments = [{"type": "text", "data": {"text": "!帮助 帮助"}}]
        await self._link.send(json.dumps(self._facts(segments, ("private", self._asker), self._asker)))
        waiting = asyncio.create_task(self._answered.wait())
        async with asyncio.timeout(ANSWERED_WITHIN_SECONDS):
            await asyncio.wait([waiting, self._reading], return_when=asyncio.FIRST_COMPLETED)
        if self._reading.done():
            waiting.cancel()
            self._reading.result()  # a defect of ours
            raise Broken(f"the bot hung up on us\n{self.bot.log_tail()}")

    # -- what is said -------------------------------------------------------------------------------------------
    def _event(self) -> Facts:
        random = self._random
        number = random.randrange(SESSIONS) if random.random() < 0.5 else SESSIONS + next(self._numbers)
        place: Place = (random.choice(("group", "private")), self.self_id * 10_000_000 + number)
        person = place[1] if place[0] == "private" else self.self_id * 100 + random.randrange(3)
        if random.random() < 0.02:
            person = SUPERUSER
            place = place if place[0] == "group" else ("private", SUPERUSER)
        event = self._facts(words.message(random, self._known), place, person)
        event["sender"]["role"] = random.choice(("member", "member", "admin", "owner"))
        return event | words.odd_facts(random)

    def _facts(self, message: Sequence[Facts] | str, place: Place, person: int) -> Facts:
        kind, number = place
        event: Facts = {
            "time": 1_795_000_000,
            "self_id": self.self_id,
            "post_type": "message",
            "message_type": kind,
            "sub_type": "normal",
            "message_id": self._random.choice((1, -1)) * (2**31 + next(self._numbers)),
            "user_id": person,
            "message": message,
            "raw_message": "",
            "font": 0,
            "sender": {"user_id": person, "nickname": "小明", "card": "[CQ:at,qq=all]"},
        }
        return event | ({"group_id": number} if kind == "group" else {})

    def _note_said(self, event: Facts) -> None:
        place = (event["message_type"], event.get("group_id") or event["user_id"])
        self.said[place] += 1
        self.last[place] = [*self.last.get(place, ())[-3:], json.dumps(event)[:1500]]
        if len(self.last) > 5000:
            self.last.pop(next(iter(self.last)))

    # -- what the bot does --------------------------------------------------------------------------------------
    async def _read(self) -> None:
        async for frame in self._link:
            call: Facts = json.loads(frame)
            action, params = str(call["action"]), call.get("params") or {}
            self.calls[action] += 1
            await self._link.send(json.dumps(self._answer(action, params) | {"echo": call["echo"]}))

    def _answer(self, action: str, params: Facts) -> Facts:
        done: Facts = {"status": "ok", "retcode": 0}
        if action == "get_msg":
            return {"status": "failed", "retcode": 200, "data": None}
        if action.startswith("get_") or action == "delete_msg":
            return done | {"data": [] if action.endswith("_list") else None}
        self._judge(action, params)
        message_id = -(2**31) - next(self._numbers)
        self._known = [*self._known[-200:], message_id]
        return done | {"data": {"message_id": message_id}}

    def _judge(self, action: str, params: Facts) -> None:
        """Everything a chat sees goes by here."""
        kind = params.get("message_type") or ("group" if params.get("group_id") else "private")
        place: Place = (kind, int(params["group_id" if kind == "group" else "user_id"]))
        message: Any = params.get("message", params.get("messages"))
        if action.startswith("upload_"):
            message = [{"type": "file", "data": {}}]
        if not isinstance(message, list):
            self._break(place, f"{action} with a message that is read for CQ codes: {message!r:.300}")
            return
        segments = to_segments(message)
        for trouble in _troubles(segments):
            self._break(place, trouble)
        text = plain(segments)
        if "内部错误" in text or "Traceback" in text:
            self._break(place, f"a defect in the chat: {text[:300]}")
        if place == ("private", self._asker):
            self._answered.set()
        elif not any(word in text[:60] for word in _UNASKED):
            self.heard[place] += 1
            if self.heard[place] > self.said[place]:
                self._break(
                    place, f"{self.heard[place]} replies to {self.said[place]} messages, the last: {text[:300]}"
                )

    def _break(self, place: Place, trouble: str) -> None:
        said = "\n  ".join(self.last.get(place, ()))
        self.broken.append(f"{trouble}\n  said in {place}:\n  {said}")


def _troubles(segments: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is wrong with a message of the bot."""
    strange = {segment["type"] for segment in segments} - _OWN_SEGMENTS
    found = [f"segments nobody of us makes: {strange}"] if strange else []
    nodes = [segment["data"] for segment in segments if segment["type"] == "node"]
    if len(nodes) > PAGES:
        found.append(f"{len(nodes)} pages")
    for node in nodes:
        content: Any = node.get("content")
        if not isinstance(content, list) or {one["type"] for one in to_segments(content)} - {"text", "image"}:
            found.append(f"a page that is no text: {content!r:.300}")
        elif len(plain(to_segments(content))) > PAGE_WIDTH:
            found.append(f"a page of {len(plain(to_segments(content)))} characters")
    texts = [str(segment["data"]["text"]) for segment in segments if segment["type"] == "text"]
    if len("".join(texts)) > LINES_WIDTH + 100:
        found.append(f"a text of {len(''.join(texts))} characters: {texts[0][:300]}")
    if trick := _TRICKS.search(plain(segments)):
        found.append(f"{trick[0]!r} in {plain(segments)[max(0, trick.start() - 100) : trick.start() + 100]!r}")
    for segment in segments:
        if segment["type"] == "image" and not str(segment["data"].get("file", "")).startswith("base64://"):
            found.append(f"a picture that is not ours: {segment['data']!r:.300}")
        if segment["type"] == "at" and not str(segment["data"].get("qq")).isdecimal():
            found.append(f"everybody is called: {segment['data']!r}")
    return found
