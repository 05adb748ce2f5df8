"""The prepared question: sent in one piece on a warm connection, or at once on a fresh one."""

import socket
import threading
import time
from collections.abc import Generator

import pytest
from keeping_site import DAYS, OK, KeepingServer

from jobs.ports.aim import ServerDate
from jobs.ports.provider import RateLimited, VenueUnreachable
from jobs.venues.sjtu.client import SjtuProvider
from jobs.venues.sjtu.presets import PRESETS

PRESET = next(preset for preset in PRESETS if preset.sport_id)


@pytest.fixture
def server() -> Generator[KeepingServer, None, None]:
    server = KeepingServer()
    yield server
    server.close()


@pytest.fixture
def provider(server: KeepingServer) -> Generator[SjtuProvider, None, None]:
    provider = SjtuProvider(server.base_url, timeout_seconds=5)
    yield provider
    provider.close()


def test_the_date_of_a_cheap_answer_is_the_servers_clock(server: KeepingServer, provider: SjtuProvider) -> None:
    assert provider.server_date(5) == ServerDate(second=1795320007)
    assert server.pieces[0][1].startswith(b"GET /system/user/currentUser HTTP/1.1\r\n")
    assert provider.server() == server.base_url.removeprefix("http://")


def test_no_cache_shall_answer_for_the_clock_and_one_that_does_is_not_listened_to(
    server: KeepingServer, provider: SjtuProvider
) -> None:
    server.answering = lambda number, request: ("200 OK\r\nAge: 600", DAYS)
    assert provider.server_date(5).second is None
    assert b"\r\nCache-Control: no-cache\r\n" in server.pieces[0][1]
    server.answering = lambda number, request: ("200 OK\r\nAge: 0", DAYS)
    assert provider.server_date(5).second == 1795320007


@pytest.mark.parametrize(
    ("status", "quiet"),
    [
        ("429 Too Many Requests\r\nRetry-After: 90", 90),
        ("503 Service Unavailable\r\nRetry-After: 45", 45),
        ("429 Too Many Requests", 60),
        ("403 Forbidden\r\nRetry-After: 20", 20),
        ("500 Internal Server Error", None),
        ("401 Unauthorized", None),
        ("302 Found\r\nLocation: /login", None),
        ("200 OK", None),
    ],
)
def test_a_refusal_has_a_date_too_and_says_how_long_not_to_ask(
    server: KeepingServer, provider: SjtuProvider, status: str, quiet: float | None
) -> None:
    server.answering = lambda number, request: (status, b"")
    assert provider.server_date(5) == ServerDate(second=1795320007, quiet_seconds=quiet)


def test_a_connection_is_opened_anew_without_asking_for_the_name_again(
    server: KeepingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Resolving it may take as long as it likes."""
    provider = SjtuProvider(server.base_url.replace("127.0.0.1", "localhost"), timeout_seconds=5)
    ready = provider.prepare_days(PRESET)
    ready.warm(5)
    asked: list[object] = []
    resolve = socket.getaddrinfo

    def noting(host: object, *rest: object, **more: object) -> object:
        asked.append(host)
        return resolve(host, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", noting)
    server.hang_up()
    ready.mend(1)
    ready.send()
    assert ready.answer()
    server.hang_up()
    unmended = provider.prepare_days(PRESET)
    unmended.send()
    assert unmended.answer()
    assert asked == ["127.0.0.1", "127.0.0.1"]
    assert b"\r\nHost: localhost:" in server.pieces[-1][1]
    provider.close()


def test_where_it_was_is_forgotten_once_nobody_is_there_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        provider = SjtuProvider(f"http://localhost:{listener.getsockname()[1]}", timeout_seconds=5)
        ready = provider.prepare_days(PRESET)
        ready.mend(1)
        listener.accept()[0].close()
    asked: list[object] = []
    resolve = socket.getaddrinfo

    def noting(host: object, *rest: object, **more: object) -> object:
        asked.append(host)
        return resolve(host, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", noting)
    ready.mend(1)
    ready.mend(1)
    assert asked == ["127.0.0.1", "localhost"]


def test_it_is_the_ordinary_question_in_one_piece_on_the_warm_connection(
    server: KeepingServer, provider: SjtuProvider
) -> None:
    asked = provider.days(PRESET)
    ordinary = b"".join(piece for _, piece in server.pieces)
    server.pieces.clear()
    ready = provider.prepare_days(PRESET)
    ready.warm(5)
    ready.mend(1)
    ready.send()
    assert ready.answer() == asked
    assert server.pieces[1:] == [(1, ordinary)]
    assert provider.days(PRESET) == asked, "the connection is of use afterwards"
    assert {number for number, _ in server.pieces} == {1}


def test_a_connection_that_was_closed_is_noticed_before_the_instant(
    server: KeepingServer, provider: SjtuProvider
) -> None:
    ready = provider.prepare_days(PRESET)
    ready.warm(5)
    server.hang_up()
    ready.mend(1)
    assert len(server.pieces) == 1, "mending asks nothing"
    ready.send()
    assert ready.answer()
    assert [number for number, _ in server.pieces] == [1, 2]


def test_one_that_is_closed_at_the_instant_is_replaced_at_once(server: KeepingServer, provider: SjtuProvider) -> None:
    server.answering = lambda number, request: (OK, DAYS) if number > 1 or request.startswith(b"GET") else None
    ready = provider.prepare_days(PRESET)
    ready.warm(5)
    ready.mend(1)
    ready.send()
    assert ready.answer()
    # The ordinary question may come in two pieces.
    assert [number for number, _ in server.pieces][:3] == [1, 1, 2]
    assert {number for number, _ in server.pieces} == {1, 2}


def test_what_was_never_warmed_is_sent_all_the_same(server: KeepingServer, provider: SjtuProvider) -> None:
    ready = provider.prepare_days(PRESET)
    ready.send()
    assert ready.answer()
    assert len(server.pieces) == 1


def test_a_refusal_is_no_reason_to_ask_again(server: KeepingServer, provider: SjtuProvider) -> None:
    server.answering = lambda number, request: ("429 Too Many Requests", b"")
    ready = provider.prepare_days(PRESET)
    ready.send()
    with pytest.raises(RateLimited):
        ready.answer()
    assert len(server.pieces) == 1


def test_a_server_that_is_silent_takes_no_more_time_than_there_is(
    server: KeepingServer, provider: SjtuProvider
) -> None:
    silence = threading.Event()

    def be_silent(number: int, request: bytes) -> None:
        silence.wait(20)

    server.answering = be_silent
    ready = provider.prepare_days(PRESET)
    since = time.monotonic()
    ready.warm(0.05)
    assert time.monotonic() - since < 5, "not the time-out of an ordinary request"
    silence.set()


def test_nobody_there_is_told_when_the_answer_is_asked_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        address = f"http://127.0.0.1:{gone.getsockname()[1]}"
    ready = SjtuProvider(address, timeout_seconds=5).prepare_days(PRESET)
    ready.warm(1)
    ready.mend(1)
    ready.send()
    with pytest.raises(VenueUnreachable):
        ready.answer()
