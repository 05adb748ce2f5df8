"""The simulated platform on one real socket, a new one for each round, with lies that take (virtual) time."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from datetime import date, time
from http import HTTPStatus
from typing import Any, Final

import uvicorn
from msgspec import Struct
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from tide_site import Tide

from jobs.models.venue import Preset
from jobs.venues.demo.box_office import RIVAL
from jobs.venues.demo.clock import PlatformClock
from jobs.venues.demo.faults import TRANSPORT, Fault, Faults, Rule, hang_up
from jobs.venues.demo.front import CONTROL
from jobs.venues.demo.habits import Habits
from jobs.venues.demo.ledger import Sale
from jobs.venues.demo.platform import application, dated
from jobs.venues.demo.process import listen
from jobs.venues.demo.purchase import Choice, Purchase, Refused
from jobs.venues.demo.simulation import Simulation
from jobs.venues.demo.world import FIRST_HOUR, World
from jobs.venues.sjtu.places import KnownPlaces
from jobs.venues.sjtu.presets import PRESETS

CLIENTS_PATIENCE_SECONDS: Final = 10.0
"""Virtual: how long the product's client waits for an answer before it gives up."""
CONFIRM: Final = "/venue/personal/ConfirmOrder"
_AT_FIRST: Final = Habits(session_seconds=1e9, tim_tolerance_seconds=1e9)
_JOIN_SECONDS: Final = 10.0
_FOREVER_SECONDS: Final = 3600.0


class Knock(Struct, frozen=True):
    """One request as it came in."""

    at: float
    path: str
    user: str


class Moment(Struct):
    """Something that happens just before the so-manieth request to a path is looked at."""

    path: str
    number: int
    act: Callable[[str], object]
    """With the user whose request it is."""
    name: str
    seen: int = 0
    has_come: bool = False


class LyingPlatform:
    """One platform, of one round. Its ledger is the oracle. Everything of it happens in the server's loop."""

    def __init__(self, tide: Tide, seed: int, period_seconds: float) -> None:
        self.tide = tide
        self.clock = PlatformClock(tide)
        world = World(seed=seed, period_seconds=period_seconds, release=time(12))
        self.simulation = Simulation(world, self.clock, _AT_FIRST)
        self.delays = Faults()
        """Rules of those lies that take time; all others are the simulation's own."""
        self.moments: list[Moment] = []
        self.knocks: list[Knock] = []
        self.hushes: list[tuple[float, str]] = []
        """When a client was told 429, and for what."""
        self.struck: Counter[str] = Counter()
        self.under_way = 0
        """Requests that came in and are not done with yet."""
        self.made: Callable[[Sale], object] = lambda _: None
        """Told of every order of a client's, when it is made."""
        self._ours: set[str] = set()
        self._foreign: set[str] = set()
        self._inner = application(self.simulation, PRESETS)
        self.app: ASGIApp = dated(self._front, self.clock, lambda: None)

    def stop_lying(self) -> None:
        self.delays.set([], 0)
        self.simulation.set_faults([], 0)
        self.moments.clear()

    def sold(self) -> list[Sale]:
        """What our accounts' clients have ordered, as it stands now, oldest first."""
        self.simulation.office.settle(self.clock.now().timestamp())
        return [sale for sale in reversed(self.simulation.ledger.sales()) if sale.id in self._ours]

    def ended_at(self, order_id: str) -> float | None:
        """When an order was over, by the platform's clock; None: it lives."""
        changes = self.simulation.ledger.changes().get(order_id, [])
        return next((at for state, _, at in changes if not state.holds), None)

    def count_struck(self) -> Counter[str]:
        """How often each lie has really struck."""
        verdicts = (asked.verdict for asked in self.simulation.ledger.requests())
        told = Counter(verdict.split(": ", 1)[1].split(",")[0] for verdict in verdicts if verdict.startswith("fault: "))
        return self.struck + told + Counter(moment.name for moment in self.moments if moment.has_come)

    def order_by_hand(self, user: str, place: Preset, day: date, hour: int) -> Sale | None:
        """A person orders on the site, whatever is free at that hour; None: nothing is."""
        for court in self.simulation.office.courts(place, day):
            cell = court.cells[hour - FIRST_HOUR]
            if cell.is_free:
                token = self.simulation.world.token(place, day)
                choice = Choice(court.id, court.name, hour, cell.sign, cell.price)
                purchase = Purchase(place=place, day=day, token=token, choices=(choice,))
                with suppress(Refused):
                    sale = self.simulation.office.sell(user, purchase)
                    self._foreign.add(sale.id)
                    return sale
        return None

    def close(self) -> None:
        self.simulation.close()

    async def _front(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if path.startswith(CONTROL):
            await self._inner(scope, receive, send)
            return
        user = self.simulation.sessions.user(scope)
        self.under_way += 1

        async def send_heard(message: Message) -> None:
            if message.get("status") == HTTPStatus.TOO_MANY_REQUESTS:
                self.hushes.append((self.tide.passed, path))
            await send(message)

        try:
            self.knocks.append(Knock(self.tide.passed, path, user))
            self._let_happen(path, user)
            rule = self.delays.pick(path, user)
            if rule is None:
                await self._answer(scope, receive, send_heard)
            else:
                self.struck[str(rule.fault)] += 1
                await self._dawdle(rule, scope, receive, send_heard)
        finally:
            self.under_way -= 1

    def _let_happen(self, path: str, user: str) -> None:
        for moment in self.moments:
            if path.endswith(moment.path) and not moment.has_come:
                moment.seen += 1
                if moment.seen == moment.number:
                    moment.has_come = True
                    moment.act(user)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._inner(scope, receive, send)
        if scope["path"] == CONFIRM:
            self._note_sales()

    def _note_sales(self) -> None:
        for sale in self.simulation.ledger.sales():
            if sale.user != RIVAL and sale.id not in self._ours | self._foreign:
                self._ours.add(sale.id)
                self.made(sale)

    async def _dawdle(self, rule: Rule, scope: Scope, receive: Receive, send: Send) -> None:
        seconds = 0.0 if rule.seconds is None else rule.seconds
        if rule.fault is Fault.SLOW:
            await self.tide.flow(seconds)
            await self._answer(scope, receive, send)
            return
        body = await _whole(receive)
        if rule.fault is Fault.BOOKED_TIMED_OUT:
            await self._play(scope, body)
        if rule.fault is Fault.BOOKED_LATE:
            late = dict(scope)
            self.tide.at(seconds, lambda: self._play(late, body))
        await self.tide.flow(CLIENTS_PATIENCE_SECONDS)
        if rule.status == _SILENT:
            await _wait_until_gone(receive)
        await hang_up(scope, receive, reset=True)

    async def _play(self, scope: Scope, body: bytes) -> None:
        """What is asked is done, and nobody hears the answer."""
        messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def again() -> Message:
            return messages.pop() if messages else {"type": "http.disconnect"}

        async def unheard(_: Message) -> None: ...

        await self._answer({**scope, TRANSPORT: None}, again, unheard)


_SILENT: Final = 599
"""In the `status` of a rule that takes time: the client really waits, until its own time is over."""


async def _whole(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return body


async def _wait_until_gone(receive: Receive) -> None:
    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    with suppress(TimeoutError):
        await asyncio.wait_for(gone(), _FOREVER_SECONDS)


class Street:
    """One server on loopback; whichever platform is `open` answers there. Leaving resets what is still open."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._listener = listen(0)
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.platform: LyingPlatform | None = None
        config = uvicorn.Config(self._app, interface="asgi3", lifespan="off", log_level="error", date_header=False)
        self._server = uvicorn.Server(config)
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="lying-platform", daemon=True)
        self._thread.start()

    @contextmanager
    def opened(self, platform: LyingPlatform) -> Generator[LyingPlatform]:
        self.platform = platform
        try:
            yield platform
        finally:
            self.call(self._hang_up)
            self.platform = None
            platform.close()

    def places(self) -> KnownPlaces:
        assert self.platform is not None
        return KnownPlaces(
            base_url=self.url,
            jaccount_url=f"{self.url}/jaccount-site",
            public_key=self.platform.simulation.seal.public(),
            payment_url=f"{self.url}/payment/pay/pay.action",
        )

    def call(self, act: Callable[[], Any]) -> Any:
        """What it returns, done in the server's loop."""

        async def do() -> Any:
            return act()

        return asyncio.run_coroutine_threadsafe(do(), self.loop).result(_JOIN_SECONDS)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self._over.set)
        self._thread.join(_JOIN_SECONDS)
        self._listener.close()

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.platform is not None:
            await self.platform.app(scope, receive, send)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self.loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        serving = asyncio.create_task(self._server.serve(sockets=[self._listener]))
        await self._over.wait()
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        self._hang_up()

    def _hang_up(self) -> None:
        for connection in list(self._server.server_state.connections):
            connection.transport.abort()  # pyright: ignore[reportAttributeAccessIssue, reportOptionalMemberAccess]
