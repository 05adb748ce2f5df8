"""The client over real HTTP, against a server on a bad day: every misfortune has its own typed error."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import date

import pytest
from keeping_site import DAYS, OK, KeepingServer
from venue_servers import DEADLINE_SECONDS, Misbehaving, answering, reset

from jobs.models.errors import Refusal
from jobs.models.venue import Day
from jobs.ports.provider import NotLoggedIn, RateLimited, UnexpectedAnswer, VenueError, VenueUnreachable
from jobs.venues import ProviderConfig, min_interval_seconds, open_provider, presets_of
from jobs.venues.sjtu.client import LARGEST_ANSWER, SjtuProvider
from jobs.venues.sjtu.requests import who_am_i
from jobs.venues.sjtu.site import Site

PRESET = presets_of("sjtu")[4]
DAY = Day(date=date(2025, 11, 28), token="dG9rZW4=", is_full=False, is_open=True)
EMPTY = json.dumps({"code": 0, "data": []}).encode()


def truncated(connection: socket.socket) -> None:
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"code":0,"data":[')


def dripping(connection: socket.socket) -> None:
    """A byte now and then: no single wait is long, the whole is endless."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    for _ in range(400):
        connection.sendall(b" ")
        time.sleep(0.02)


def dripping_header(connection: socket.socket) -> None:
    """The same, and even the header never comes to its end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    for _ in range(400):
        connection.sendall(b"a")
        time.sleep(0.02)


def huge(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    for _ in range(LARGEST_ANSWER // 65536 + 64):
        connection.sendall(b" " * 65536)


LOGIN_PAGE = "<html><head><title>登录</title></head></html>".encode()
LIMITED = {"code": 500, "msg": "请求过于频繁"}


@pytest.mark.parametrize(
    ("behaviour", "error", "retry_after_seconds"),
    [
        (answering(LOGIN_PAGE, "200 OK", "Content-Type: text/html"), NotLoggedIn, None),
        (answering(b"", "302 Found", "Location: http://127.0.0.1:9/login"), NotLoggedIn, None),
        (answering(b'{"code":401,"msg":""}'), NotLoggedIn, None),
        (answering(b"", "429 Too Many Requests", "Retry-After: 7"), RateLimited, 7),
        (answering(json.dumps(LIMITED).encode()), RateLimited, 60),
        (answering(b"oops", "500 Internal Server Error"), VenueUnreachable, 30),
        (answering(b'{"code":0,"data":['), UnexpectedAnswer, 60),
        (answering(b"", "404 Not Found"), UnexpectedAnswer, None),
        (truncated, VenueUnreachable, 10),
        (reset, VenueUnreachable, 10),
        (lambda connection: None, VenueUnreachable, 10),
        (lambda connection: connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n"), VenueUnreachable, 10),
        (huge, UnexpectedAnswer, 10),
    ],
    ids=[
        *("login page", "redirect", "code 401", "429", "limit in words", "500", "truncated JSON", "404"),
        *("truncated body", "reset", "closed", "not HTTP", "huge"),
    ],
)
def test_each_misfortune_is_told_apart_and_asked_only_once(
    behaviour: Callable[[socket.socket], None], error: type[VenueError], retry_after_seconds: float | None
) -> None:
    with Misbehaving(behaviour) as server:
        provider = SjtuProvider(server.base_url, timeout_seconds=2)
        with pytest.raises(error) as caught:
            provider.slots(PRESET, DAY)
        provider.close()
    assert type(caught.value) is error
    assert caught.value.retry_after_seconds == retry_after_seconds
    assert len(server.requests) == 1


def test_a_server_that_never_answers_is_given_up() -> None:
    enough = threading.Event()

    def wait(_connection: socket.socket) -> None:
        enough.wait(DEADLINE_SECONDS)

    with Misbehaving(wait) as server:
        try:
            with pytest.raises(VenueUnreachable):
                SjtuProvider(server.base_url, timeout_seconds=0.2).days(PRESET)
        finally:
            enough.set()


@pytest.mark.parametrize("behaviour", [dripping, dripping_header])
def test_an_answer_that_trickles_for_ever_is_given_up(behaviour: Callable[[socket.socket], None]) -> None:
    with Misbehaving(behaviour) as server, pytest.raises(VenueUnreachable, match="太慢"):
        SjtuProvider(server.base_url, timeout_seconds=0.3).days(PRESET)


@pytest.mark.parametrize("within_seconds", [0.0, -1.0])
def test_no_time_at_all_is_not_all_the_time_there_is(within_seconds: float) -> None:
    """The server answers well within the usual time-out, but not at once."""

    def answer_later(number: int, request: bytes) -> tuple[str, bytes]:
        time.sleep(0.3)
        return OK, DAYS

    server = KeepingServer()
    server.answering = answer_later
    site = Site(lambda: server.base_url, timeout_seconds=20)
    with pytest.raises(VenueUnreachable):
        site.ask(who_am_i(), within_seconds)
    site.close()
    server.close()


def test_a_platform_that_is_not_there_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(VenueUnreachable) as caught:
        SjtuProvider(f"http://127.0.0.1:{port}", timeout_seconds=2).days(PRESET)
    assert caught.value.sentence == "暂时连不上预订平台"


@pytest.mark.parametrize(
    "address", ["http://", "http://[::1", "no address", "http://127.0.0.1:99999", "http://\u4f8b.example/\u5b50"]
)
def test_an_impossible_address_is_a_venue_error_too(address: str) -> None:
    with pytest.raises(VenueError):
        SjtuProvider(address, timeout_seconds=2).days(PRESET)


def test_a_client_recovers_when_the_platform_does() -> None:
    behaviours = iter([truncated, reset, answering(EMPTY)])

    def behave(connection: socket.socket) -> None:
        next(behaviours)(connection)

    with Misbehaving(behave) as server:
        provider = SjtuProvider(server.base_url, timeout_seconds=2)
        for _ in range(2):
            with pytest.raises(VenueUnreachable):
                provider.days(PRESET)
        assert provider.days(PRESET) == []


def request_of(ask: Callable[[SjtuProvider], object]) -> tuple[bytes, dict[str, str], dict[str, str]]:
    """What the client sends: request line, headers, JSON body."""
    with Misbehaving(answering(EMPTY)) as server:
        ask(SjtuProvider(server.base_url + "/", timeout_seconds=2))
        [request] = server.requests
    head, _, body = request.partition(b"\r\n\r\n")
    line, *headers = head.split(b"\r\n")
    fields = (header.decode().split(": ", 1) for header in headers)
    return line, {name.lower(): value for name, value in fields}, json.loads(body)


def test_the_question_for_days_is_spelled_as_the_platform_spells_it() -> None:
    line, headers, body = request_of(lambda provider: provider.days(PRESET))
    assert line == b"POST /manage/fieldDetail/queryFieldReserveSituationIsFull HTTP/1.1"
    assert body == {"id": PRESET.venue_id, "feildType": PRESET.sport_id, "date": ""}
    assert headers["content-type"].startswith("application/json")
    assert headers["accept"].startswith("application/json")
    assert headers["referer"].endswith("/pc/")
    assert not headers["referer"].endswith("//pc/")


def test_the_question_for_slots_carries_the_days_token() -> None:
    line, _, body = request_of(lambda provider: provider.slots(PRESET, DAY))
    assert line == b"POST /manage/fieldDetail/queryFieldSituation HTTP/1.1"
    assert body == {
        "fieldType": PRESET.sport_id,
        "date": "2025-11-28",
        "venueId": PRESET.venue_id,
        "dateId": "dG9rZW4=",
    }


def test_a_day_without_token_is_asked_for_without_one() -> None:
    day = Day(date=DAY.date, token="", is_full=False, is_open=True)
    assert "dateId" not in request_of(lambda provider: provider.slots(PRESET, day))[2]


def test_a_preset_without_sport_is_refused_before_anything_is_sent() -> None:
    nowhere = presets_of("sjtu")[26]
    with Misbehaving(answering(EMPTY)) as server:
        provider = SjtuProvider(server.base_url, timeout_seconds=2)
        with pytest.raises(VenueError, match="预设27"):
            provider.days(nowhere)
        with pytest.raises(VenueError, match="预设27"):
            provider.slots(nowhere, DAY)
    assert server.requests == []


def test_an_unknown_platform_is_refused_with_the_known_ones() -> None:
    for ask in (presets_of, min_interval_seconds, lambda name: open_provider(ProviderConfig(name=name))):
        with pytest.raises(Refusal, match="demo、sjtu"):
            ask("nowhere")


def test_the_real_platform_is_asked_at_most_once_a_minute() -> None:
    assert (min_interval_seconds("sjtu"), min_interval_seconds("demo")) == (60, 1)


@pytest.mark.parametrize("name", ["sjtu", "demo"])
def test_opening_a_platform_imports_its_client_and_little_else(name: str) -> None:
    program = f"""
import sys
from jobs.venues import ProviderConfig, open_provider
open_provider(ProviderConfig(name={name!r}, home="."))
heavy = {{"pydantic", "starlette", "uvicorn", "fastapi", "nonebot", "asyncio", "filelock", "apscheduler"}}
print(sorted(heavy & set(sys.modules)))
"""
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=20, check=True)
    assert answer.stdout.strip() == "[]"
