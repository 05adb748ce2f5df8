"""What every request passes: who it is, what goes wrong with it, what is written down about it."""

from collections import deque
from collections.abc import Callable
from email.utils import format_datetime
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jobs.ports.clock import Clock
from jobs.venues.demo.answers import USER, VERDICT, failure
from jobs.venues.demo.box_office import TOO_OFTEN
from jobs.venues.demo.faults import TRANSPORT, Stage
from jobs.venues.demo.ledger import Asked
from jobs.venues.demo.simulation import Simulation

CONTROL: Final = "/_demo/"


def fronted(app: ASGIApp, simulation: Simulation, control: ASGIApp) -> ASGIApp:
    """`app` with faults and the ledger before it, and `control` beside it."""
    stage, limit, ledger, clock = Stage(app), _Limit(simulation), simulation.ledger, simulation.clock

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if path.startswith(CONTROL):
            await control(scope, receive, send)
            return
        at, monotonic, status = clock.now().timestamp(), clock.monotonic(), 0

        async def send_noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        scope[USER] = user = simulation.sessions.user(scope)
        try:
            rule = simulation.faults.pick(path, user)
            if rule is not None:
                await stage.play(rule, scope, receive, send_noted)
            elif limit.is_met(monotonic):
                await failure(TOO_OFTEN)(scope, receive, send_noted)
            else:
                await app(scope, receive, send_noted)
        finally:
            verdict = scope.get(VERDICT, "ok" if status < 400 else f"HTTP {status}")
            ledger.note(Asked(at, monotonic, scope["method"], path, user, status, verdict))

    return front


class _Limit:
    """Of the requests of all together in a minute."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._asked: deque[float] = deque()

    def is_met(self, monotonic: float) -> bool:
        most = self._simulation.habits.requests_per_minute
        if not most:
            return False
        while self._asked and self._asked[0] <= monotonic - 60:
            self._asked.popleft()
        if len(self._asked) >= most:
            return True
        self._asked.append(monotonic)
        return False


def dated(app: ASGIApp, clock: Clock, asked: Callable[[], None]) -> ASGIApp:
    """`app` with a `Date` header by the world's clock, calling `asked` for every request.

    Clients reckon the platform's clock from that header, so it must be the one that releases slots.
    """

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                date_header = (b"date", format_datetime(clock.now(), usegmt=True).encode())
                message["headers"] = [*message.get("headers", []), date_header]
            await send(message)

        asked()
        scope[TRANSPORT] = getattr(getattr(send, "__self__", None), "transport", None)  # uvicorn's
        await app(scope, receive, send_dated)

    return front
