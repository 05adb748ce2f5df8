"""The fault menu: what may go wrong with a request, and by which rules.

A rule names an endpoint by the end of its path (`ConfirmOrder`, `/jaccount/captcha`) or all of them by `*`.
"""

import asyncio
import random
import socket
import struct
from contextlib import suppress
from enum import StrEnum
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jobs.venues.demo.answers import VERDICT, to_login

TRANSPORT: Final = "demo.transport"
"""In a request's scope: its connection."""
_FOREVER_SECONDS: Final = 3600.0


class Fault(StrEnum):
    """What happens instead of, or to, the answer."""

    SLOW = "slow"
    """Answered properly after `seconds` (2)."""
    HANG = "hang"
    """Nothing happens and nobody answers, until the other side gives up or `seconds` (an hour) are over."""
    RESET = "reset"
    """Nothing happens, the connection is reset."""
    LIMITED = "429"
    """HTTP 429, with `Retry-After: retry_after` unless that is None."""
    BROKEN = "5xx"
    """HTTP `status` (503)."""
    PAGE = "html"
    """HTTP 200 and a page that says the site is being mended."""
    LOGIN = "login"
    """302 to the login, for whoever is logged in too."""
    TRUNCATED = "truncated"
    """Done, and the first half of the answer, as if it were whole."""
    CUT = "cut"
    """Done, and the connection ends in the middle of the answer."""
    BOOKED_TIMED_OUT = "booked_timed_out"
    """Done, and then as `hang`."""
    BOOKED_RESET = "booked_reset"
    """Done, and then as `reset`."""
    BOOKED_BROKEN = "booked_5xx"
    """Done, and HTTP `status` (503) all the same."""
    BOOKED_LATE = "booked_late"
    """As `hang`, and done after `seconds` (3), when the other side may long have gone."""
    PHANTOM = "phantom"
    """Nothing happens, and the answer says it did, with an order id nobody has."""
    SAYS = "says"
    """Nothing happens, and the answer is `{code, msg}`."""


_HANGING: Final = frozenset({Fault.HANG, Fault.BOOKED_TIMED_OUT, Fault.BOOKED_LATE})
_ANSWERED: Final = frozenset({Fault.SLOW, Fault.TRUNCATED, Fault.BOOKED_BROKEN})


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first rule that fits a request and is due decides what happens to it."""

    endpoint: str
    fault: Fault
    chance: Annotated[float, Meta(ge=0, le=1)] = 1.0
    times: int | None = None
    """How often it strikes at most; None: for ever."""
    after: int = 0
    """So many fitting requests are let through first."""
    user: str | None = None
    """Only this user's requests."""
    seconds: float | None = None
    status: int = 503
    retry_after: str | None = None
    code: int = 500
    msg: str = ""


class _Ruling:
    """A rule and what it has seen so far."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.seen = 0
        self.struck = 0

    def strikes(self, path: str, user: str, chance: random.Random) -> bool:
        rule = self.rule
        if not (rule.endpoint == "*" or path.endswith(rule.endpoint)) or rule.user not in (None, user):
            return False
        self.seen += 1
        if self.seen <= rule.after or (rule.times is not None and self.struck >= rule.times):
            return False
        if rule.chance < 1 and chance.random() >= rule.chance:
            return False
        self.struck += 1
        return True


class Faults:
    """The rules in force."""

    def __init__(self) -> None:
        self._rulings: list[_Ruling] = []
        self._chance = random.Random(0)  # noqa: S311 - a simulation, to be repeated

    def set(self, rules: list[Rule], seed: int) -> None:
        """Replaces all rules; chances are drawn from `seed` on."""
        self._rulings = [_Ruling(rule) for rule in rules]
        self._chance = random.Random(seed)  # noqa: S311

    def pick(self, path: str, user: str) -> Rule | None:
        """What is to go wrong with this request."""
        for ruling in self._rulings:
            if ruling.strikes(path, user, self._chance):
                return ruling.rule
        return None


class Stage:
    """Plays one fault on one request to `app`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._late: set[asyncio.Task[None]] = set()

    async def play(self, rule: Rule, scope: Scope, receive: Receive, send: Send) -> None:
        """The request as the rule has it. The scope says afterwards which fault it was, besides what was done."""
        answer = _instead(rule, Request(scope))
        if answer is not None:
            scope[VERDICT] = f"fault: {rule.fault}"
            await answer(scope, receive, send)
            return
        done = ""
        if rule.fault is Fault.BOOKED_LATE:
            await self._do_later(rule, scope, receive)
        elif rule.fault not in (Fault.HANG, Fault.RESET):
            done = await self._do(rule, scope, receive, send)
        if rule.fault in _HANGING:
            seconds = None if rule.fault is Fault.BOOKED_LATE else rule.seconds
            await _wait_until_gone(receive, _FOREVER_SECONDS if seconds is None else seconds)
        if rule.fault not in _ANSWERED:
            await hang_up(scope, receive, reset=rule.fault is not Fault.CUT)
        scope[VERDICT] = f"fault: {rule.fault}" + (f", {done}" if done else "")

    async def _do(self, rule: Rule, scope: Scope, receive: Receive, send: Send) -> str:
        """What was asked is done; what may be told of it is told. How it went."""
        if rule.fault is Fault.SLOW:
            await asyncio.sleep(2.0 if rule.seconds is None else rule.seconds)
            await self._app(scope, receive, send)
            return scope.get(VERDICT, "ok")
        start, body = await _played(self._app, scope, receive)
        if rule.fault is Fault.BOOKED_BROKEN:
            await _http_error(rule)(scope, receive, send)
        elif rule.fault in (Fault.TRUNCATED, Fault.CUT):
            half = body[: len(body) // 2]
            length = len(half) if rule.fault is Fault.TRUNCATED else len(body)
            kept = [pair for pair in start["headers"] if pair[0].lower() != b"content-length"]
            await send({**start, "headers": [*kept, (b"content-length", b"%d" % length)]})
            await send({"type": "http.response.body", "body": half, "more_body": rule.fault is Fault.CUT})
        return scope.get(VERDICT, "ok")

    async def _do_later(self, rule: Rule, scope: Scope, receive: Receive) -> None:
        body = await _whole(receive)
        late = dict(scope)

        async def again() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def do() -> None:
            await asyncio.sleep(3.0 if rule.seconds is None else rule.seconds)
            await _played(self._app, late, again)

        task = asyncio.create_task(do())
        self._late.add(task)
        task.add_done_callback(self._late.discard)


async def hang_up(scope: Scope, receive: Receive, *, reset: bool) -> None:
    """Ends the request's connection, by RST or after what was sent; without uvicorn nothing happens."""
    transport: Any = scope.get(TRANSPORT)
    if transport is None or transport.is_closing():
        return
    if reset:
        with suppress(OSError, ValueError):  # the other side was faster: there is no socket any more
            wire = transport.get_extra_info("socket")
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    else:
        transport.close()
    await _wait_until_gone(
        receive, 5.0
    )  # uvicorn complains of an answer that is missing unless the other side has gone


def _instead(rule: Rule, request: Request) -> Response | None:
    """The answer of a fault that keeps the request from the platform; None for the other faults."""
    match rule.fault:
        case Fault.LIMITED:
            headers = {} if rule.retry_after is None else {"Retry-After": rule.retry_after}
            return HTMLResponse("<html><head><title>429 Too Many Requests</title></head></html>", 429, headers)
        case Fault.BROKEN:
            return _http_error(rule)
        case Fault.PAGE:
            return HTMLResponse(
                "<!doctype html><html><head><title>系统维护</title></head><body>系统维护中</body></html>"
            )
        case Fault.LOGIN:
            return to_login(request)
        case Fault.PHANTOM | Fault.SAYS:
            order_id = str(random.randrange(10**17, 10**18))  # noqa: S311
            phantom = {"code": 0, "msg": "操作成功", "data": order_id}
            return JSONResponse(phantom if rule.fault is Fault.PHANTOM else {"code": rule.code, "msg": rule.msg})
        case _:
            return None


def _http_error(rule: Rule) -> Response:
    return HTMLResponse(f"<html><head><title>{rule.status}</title></head></html>", rule.status)


async def _played(app: ASGIApp, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
    """The answer, kept here: its start, and its body."""
    messages: list[Message] = []

    async def keep(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, keep)
    return messages[0], b"".join(message.get("body", b"") for message in messages[1:])


async def _whole(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return body


async def _wait_until_gone(receive: Receive, seconds: float) -> None:
    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    try:
        await asyncio.wait_for(gone(), seconds)
    except TimeoutError:
        return


def rules_from(rules: object) -> list[Rule]:
    """Raises `msgspec.ValidationError` for what is no list of rules."""
    return msgspec.convert(rules, list[Rule])
