"""The whole simulated platform in this process, and a plain browser for it that shares nothing with our client.

with running_platform() as platform:
    platform.control.set_habits(unpaid_seconds=60)
    buyer = Buyer(platform, "czq")
    order_id = buyer.order(BADMINTON, day, 19)["data"]
"""

import asyncio
import base64
import json
import re
import secrets
import socket
import string
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode, urljoin, urlsplit
from zoneinfo import ZoneInfo

import uvicorn
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import load_der_public_key

from jobs.clock import SystemClock
from jobs.models.venue import Preset
from jobs.venues.demo.clock import PlatformClock
from jobs.venues.demo.control import Control
from jobs.venues.demo.files import write_address
from jobs.venues.demo.habits import Habits
from jobs.venues.demo.platform import application, dated
from jobs.venues.demo.process import listen
from jobs.venues.demo.simulation import Simulation
from jobs.venues.demo.world import World
from jobs.venues.sjtu.presets import PRESETS

SHANGHAI = ZoneInfo("Asia/Shanghai")
DEADLINE_SECONDS = 20.0
CALM = 1e12
"""A period so long that nobody but the tests buys or cancels anything."""
BADMINTON = PRESETS[4]
BASKETBALL = PRESETS[5]
GYM = PRESETS[12]


class SettableClock(PlatformClock):
    """The platform's clock: runs like the machine's, from wherever it was set to."""

    def set(self, now: datetime) -> None:
        """From now on it is this instant, and time goes on."""
        self.offset_seconds = (now - self.true_now()).total_seconds()

    def advance(self, **by: float) -> None:
        """By hours, minutes, seconds."""
        self.offset_seconds += timedelta(**by).total_seconds()

    def today(self) -> date:
        return self.now().astimezone(SHANGHAI).date()

    def at(self, hour: int, minute: int = 0, second: float = 0) -> datetime:
        """That time of its present day, in Shanghai."""
        return datetime.combine(self.today(), time(hour, minute), tzinfo=SHANGHAI) + timedelta(seconds=second)


class Reachable(Protocol):
    """What a browser needs to know of a platform."""

    @property
    def url(self) -> str: ...

    @property
    def jaccount_url(self) -> str: ...

    @property
    def public_key(self) -> str: ...

    @property
    def clock(self) -> SettableClock: ...

    @property
    def control(self) -> Control: ...


class RunningPlatform:
    """One simulator on loopback. `home`: what a demo provider is pointed at; None when none was given."""

    def __init__(self, url: str, simulation: Simulation, clock: SettableClock, home: Path | None) -> None:
        self.url = url
        self.jaccount_url = f"{url}/jaccount-site"
        self.control = Control.at(url, simulation.control_key)
        self.public_key = simulation.seal.public()
        """Base64 of the DER form."""
        self.clock = clock
        self.home = home
        self.simulation = simulation


@contextmanager
def running_platform(
    *,
    seed: int = 11,
    period_seconds: float = CALM,
    release: time = time(12),
    habits: Habits | None = None,
    home: Path | None = None,
    now: datetime | None = None,
) -> Generator[RunningPlatform, None, None]:
    """The whole platform over real HTTP. `now`: where its clock begins, default three in the afternoon of this day.

    With a `home` its address, keys and ledger are there as the real process would have them.
    """
    clock = SettableClock(SystemClock())
    clock.set(now or clock.at(15))
    world = World(seed=seed, period_seconds=period_seconds, release=release)
    simulation = Simulation(world, clock, habits, home)
    listener = listen(0)
    port = listener.getsockname()[1]
    if home is not None:
        write_address(home, port)
    app = dated(application(simulation, PRESETS), clock, lambda: None)
    server = _Server(uvicorn.Config(app, lifespan="off", log_level="warning", date_header=False), listener)
    try:
        yield RunningPlatform(f"http://127.0.0.1:{port}", simulation, clock, home)
    finally:
        server.end()
        listener.close()
        simulation.close()


class _Server:
    """uvicorn in a thread, which leaves at once: its own farewell takes a sixth of a second, too long for each test."""

    def __init__(self, config: uvicorn.Config, listener: socket.socket) -> None:
        self._server = uvicorn.Server(config)
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self._run, args=(listener,), name="demo-platform")
        self._thread.start()

    def end(self) -> None:
        """Resets what is still open."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(DEADLINE_SECONDS)

    def _run(self, listener: socket.socket) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve(listener))

    async def _serve(self, listener: socket.socket) -> None:
        serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        await self._over.wait()
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        for connection in list(self._server.server_state.connections):
            connection.transport.abort()  # pyright: ignore[reportAttributeAccessIssue, reportOptionalMemberAccess]
        for _ in range(3):
            await asyncio.sleep(0)  # whoever waits for a connection sees that it has gone


class Answer:
    """One HTTP answer."""

    def __init__(self, answer: HTTPResponse) -> None:
        self.status = answer.status
        self.headers = answer.headers
        self.body = answer.read()

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


class Browser:
    """A browser with cookies by path; it follows no redirect by itself."""

    def __init__(self, platform: Reachable, timeout_seconds: float = DEADLINE_SECONDS) -> None:
        self.platform = platform
        self.timeout_seconds = timeout_seconds
        self.cookies: dict[tuple[str, str], str] = {}

    def get(self, url: str, **headers: str) -> Answer:
        return self.ask("GET", url, None, headers)

    def post(self, url: str, **fields: str) -> Answer:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", url, urlencode(fields).encode(), form)

    def ask(self, method: str, url: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        """Raises `OSError` and `HTTPException` for a connection that ends without an answer."""
        where = urlsplit(urljoin(self.platform.url, url))
        assert where.hostname == "127.0.0.1", f"no test goes to {where.hostname}"
        connection = HTTPConnection(where.hostname, where.port or 80, timeout=self.timeout_seconds)
        try:
            target = where.path + (f"?{where.query}" if where.query else "")
            connection.request(method, target, body, {**headers, **self._cookie_header(where.path)})
            answer = Answer(connection.getresponse())
        finally:
            connection.close()
        for header in answer.headers.get_all("Set-Cookie", []):
            self._keep(header)
        return answer

    def follow(self, url: str, hops: int = 6) -> Answer:
        """GET through redirects."""
        for _ in range(hops):
            answer = self.get(url)
            if answer.status != 302:
                return answer
            url = urljoin(url, answer.headers["Location"])
        raise AssertionError("redirected for ever")

    def _cookie_header(self, path: str) -> dict[str, str]:
        sent = [f"{name}={value}" for (name, scope), value in self.cookies.items() if path.startswith(scope)]
        return {"Cookie": "; ".join(sent)} if sent else {}

    def _keep(self, header: str) -> None:
        pair, *attributes = (part.strip() for part in header.split(";"))
        name, _, value = pair.partition("=")
        path = next((text.partition("=")[2] for text in attributes if text.lower().startswith("path=")), "/")
        self.cookies[name, path] = value


class Buyer(Browser):
    """Somebody with a browser who logs in, looks, and orders by the protocol's page."""

    def __init__(self, platform: Reachable, name: str = "", timeout_seconds: float = DEADLINE_SECONDS) -> None:
        super().__init__(platform, timeout_seconds)
        self.name = name
        self.referer = ""
        if name:
            self.log_in()

    # Login

    def open_login(self) -> dict[str, str]:
        """The context of a fresh login page."""
        where = urlencode(
            {
                "response_type": "code",
                "client_id": "mB5nKHqC00MusWAgnqSF",
                "redirect_uri": "https://sports.sjtu.edu.cn/oauth2Login",
            }
        )
        answer = self.get(f"{self.platform.jaccount_url}/oauth2/authorize?{where}")
        self.referer = urljoin(self.platform.url, answer.headers["Location"])
        return context_of(self.get(self.referer).text)

    def picture(self, context: dict[str, str]) -> Answer:
        url = f"{self.platform.jaccount_url}/jaccount/captcha?uuid={context['uuid']}&t=1"
        return self.get(url, Referer=self.referer)

    def submit(self, context: dict[str, str], captcha: str, password: str = "demo") -> Answer:
        fields = {**context, "user": self.name, "pass": password, "captcha": captcha, "lt": "p"}
        return self.post(f"{self.platform.jaccount_url}/jaccount/ulogin", **fields)

    def log_in(self) -> None:
        context = self.open_login()
        self.picture(context)
        answer = self.submit(context, self.platform.control.captcha(context["uuid"])).json()
        assert answer["errno"] == 0, answer
        assert self.follow(urljoin(self.platform.url, answer["url"])).status == 200

    # Looking

    def question(self, path: str, **fields: Any) -> Any:
        return self.ask("POST", path, json.dumps(fields).encode(), {"Content-Type": "application/json"}).json()

    def token(self, preset: Preset, day: date) -> str:
        days = self.question(
            "/manage/fieldDetail/queryFieldReserveSituationIsFull",
            id=preset.venue_id,
            feildType=preset.sport_id,
            date="",
        )["data"]
        return next((item["dateId"] for item in days if item["date"] == day.isoformat()), "")

    def courts(self, preset: Preset, day: date) -> list[dict[str, Any]]:
        return self.question(
            "/manage/fieldDetail/queryFieldSituation",
            fieldType=preset.sport_id,
            date=day.isoformat(),
            venueId=preset.venue_id,
            dateId=self.token(preset, day),
        )["data"]

    def item(self, preset: Preset, day: date, hour: int, court: int = 0) -> dict[str, Any]:
        """One item of a `priceList`."""
        return self.courts(preset, day)[court]["priceList"][hour - 7]

    # Ordering

    def payload(self, preset: Preset, day: date, *hours: int, court: int = 0) -> dict[str, Any]:
        """The fields of an order for hours of one court, read from the platform now."""
        place = self.courts(preset, day)[court]
        spaces = [
            {
                "venuePrice": place["priceList"][hour - 7]["price"],
                "count": place["priceList"][hour - 7]["count"],
                "sign": place["priceList"][hour - 7]["sign"],
                "status": 1,
                "scheduleTime": f"{hour:02}:00-{hour + 1:02}:00",
                "subSitename": place["fieldName"],
                "subSiteId": place["fieldId"],
                "tensity": place["fieldDetailStatus"],
                "venueNum": 1,
            }
            for hour in hours
        ]
        return {
            "venTypeId": preset.sport_id,
            "venueId": preset.venue_id,
            "fieldType": preset.sport,
            "returnUrl": "https://sports.sjtu.edu.cn/#/paymentResult/1",
            "scheduleDate": day.isoformat(),
            "week": str(day.isoweekday() % 7),
            "spaces": spaces,
            "tenSity": "正常",
            "dateId": self.token(preset, day),
        }

    def order(self, preset: Preset, day: date, *hours: int, court: int = 0) -> Any:
        return self.send(self.payload(preset, day, *hours, court=court)).json()

    def send(self, payload: Any, **headers: str) -> Answer:
        """`ConfirmOrder` with these fields."""
        body, sealed = seal(self.platform.public_key, json.dumps(payload).encode(), self.platform.clock.true_now())
        return self.confirm(body, **{**sealed, **headers})

    def confirm(self, body: bytes, **headers: str) -> Answer:
        head = {"Content-Type": "application/json;charset=UTF-8", **headers}
        return self.ask("POST", "/venue/personal/ConfirmOrder", body, head)

    # Afterwards

    def orders(self, page: int = 1, size: int = 50) -> Any:
        return self.get(f"/venue/personal/personalOrderlist?pageNo={page}&pageSize={size}").json()

    def states(self) -> dict[str, int]:
        return {record["pOrderid"]: int(record["orderstateid"]) for record in self.orders()["records"]}

    def one(self, order_id: str) -> Any:
        return self.get(f"/venue/personal/queryOrder?orderId={order_id}").json()

    def cancel(self, order_id: str) -> Any:
        path = "/tRefundReceipt/tRefundReceipt/createUserReceipt"
        return self.post(path, orderId=order_id, type="2").json()

    def user_id(self) -> str | None:
        return self.get("/system/user/currentUser").json().get("data", {}).get("userId")


def shanghai_text(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def context_of(page: str) -> dict[str, str]:
    """The login page's context, from its script or from its inputs."""
    script = re.search(r"loginContext = (\{.*?\});", page, re.DOTALL)
    if script:
        return json.loads(script[1])
    found = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    uuid = re.search(r"uuid=([0-9a-f]+)", page)
    assert uuid is not None, page
    return {**found, "uuid": uuid[1]}


def seal(public_key: str, text: bytes, sent_at: datetime) -> tuple[bytes, dict[str, str]]:
    """An order's body and its two headers."""
    key = "".join(secrets.choice(string.digits + string.ascii_uppercase) for _ in range(16)).encode()
    milliseconds = str(int(sent_at.astimezone(UTC).timestamp() * 1000)).encode()
    return encrypt(key, text), {"sid": wrap(public_key, key), "tim": wrap(public_key, milliseconds)}


def encrypt(key: bytes, text: bytes) -> bytes:
    padder, encryptor = PKCS7(128).padder(), Cipher(AES(key), ECB()).encryptor()
    padded = padder.update(text) + padder.finalize()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize())


def wrap(public_key: str, text: bytes) -> str:
    key = load_der_public_key(base64.b64decode(public_key))
    assert isinstance(key, RSAPublicKey)
    return base64.b64encode(key.encrypt(text, PKCS1v15())).decode()


def rule(endpoint: str, fault: str, **more: Any) -> dict[str, Any]:
    """One rule of the fault menu."""
    return {"endpoint": endpoint, "fault": fault, **more}


def verdicts(platform: RunningPlatform, path: str) -> Sequence[str]:
    """What became of each request to a path, oldest first."""
    return [asked["verdict"] for asked in platform.control.requests() if asked["path"].endswith(path)]
