"""Whatever comes over the line, and whatever is asked: an answer, or a `VenueError`."""

import socket
import threading
from collections.abc import Callable, Generator
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st

from jobs.models.orders import OrderId
from jobs.models.venue import Day
from jobs.ports.accounts import Credentials
from jobs.ports.provider import VenueError
from jobs.venues.sjtu.client import SjtuProvider
from jobs.venues.sjtu.places import KnownPlaces
from jobs.venues.sjtu.presets import PRESETS

DAY = Day(date=date(2026, 11, 29), token="t", is_full=False, is_open=True)
SESSION = b'{"sports":[["JSESSIONID","/","ABC"]],"jaccount":[["JAAuthCookie","/","D"]]}'

QUESTIONS: list[Callable[[SjtuProvider], object]] = [
    lambda provider: provider.days(PRESETS[0]),
    lambda provider: provider.slots(PRESETS[0], DAY),
    lambda provider: provider.catalogue(),
    lambda provider: provider.server_date(1),
    lambda provider: provider.begin_login().submit(Credentials(user="u", password="p"), "abcd"),
    lambda provider: provider.member(SESSION).check(),
    lambda provider: provider.member(SESSION).renew(),
    lambda provider: provider.member(SESSION).orders(),
    lambda provider: provider.member(SESSION).order(OrderId("1")),
    lambda provider: provider.member(SESSION).cancel(OrderId("1")),
    lambda provider: provider.member(SESSION).start_payment(OrderId("1")),
]


class Liar:
    """Says the same bytes to everybody, and hangs up."""

    def __init__(self) -> None:
        self.says = b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                with line, suppress(OSError):
                    line.recv(65536)
                    line.sendall(self.says)


@pytest.fixture(scope="module")
def liar() -> Generator[Liar, None, None]:
    liar = Liar()
    yield liar
    liar.close()


heads = st.sampled_from(
    [
        b"HTTP/1.1 200 OK",
        b"HTTP/1.1 302 Found",
        b"HTTP/1.1 429 \xff",
        b"HTTP/1.1 204 No",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK",
        b"HTTP/0.9 200",
        b"HTTP/1.1 000 OK",
        b"ICY 200 OK",
        b"",
    ]
)
fields = st.sampled_from(
    [
        b"Content-Length: 5",
        b"Content-Length: -1",
        b"Content-Length: 99999999999999999999999",
        b"Transfer-Encoding: chunked",
        b"Set-Cookie: JSESSIONID=\xff\xfe; Path=\x00",
        b"Set-Cookie: ;;;=;=",
        b"Set-Cookie: a=\rb",
        b"Location: /oauth2Login?code=\xe4\xbd\xa0",
        b"Location: http://[::1]:x/",
        b"Location: \x01",
        b"Date: Sun, 99 Nov 99999 99:99:99 GMT",
        b"Retry-After: 1e9",
        b"Retry-After: -1",
        b"Age: x",
        b"no colon",
        b": ",
    ]
)
bodies = st.binary(max_size=30) | st.sampled_from(
    [
        b'{"code":0,"data":{}}',
        b'{"code":0,"rows":[{"venueId":1,"venueName":"x"}],"total":-5}',
        b'{"records":[{"pOrderid":1,"orderstateid":8}],"pages":9999999,"current":1}',
        b'{"errno":0,"url":"http://["}',
        b"5\r\nhello\r\n0\r\n\r\n",
        b"zz\r\n",
        b"<html><script>loginContext={sid:'s',uuid:'u'}</script>",
        b'{"code":4}',
        b"[" * 3000,
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(head=heads, lines=st.lists(fields, max_size=3), body=bodies)
@example(head=b"HTTP/1.1 200 OK", lines=[], body=b'{"code":0,"data":{"userId":"7"}}')
def test_whatever_is_said_every_question_is_answered_or_a_venue_error(
    liar: Liar, head: bytes, lines: list[bytes], body: bytes
) -> None:
    liar.says = b"\r\n".join([head, *lines, b"", body])
    provider = SjtuProvider(KnownPlaces(liar.base_url, f"{liar.base_url}/ja"), timeout_seconds=2)
    for ask in QUESTIONS:
        with suppress(VenueError):
            ask(provider)
    provider.close()


@pytest.mark.parametrize(
    "cookie", [b"x=a\x01b; Path=/", b"big=" + b"y" * 70_000, b"x=a\rb", b"x=\x85\xff", b"", b"x=a\n folded"]
)
@pytest.mark.parametrize("framed", [b"Content-Length: 50\r\n", b""])
def test_what_cannot_be_a_cookie_is_passed_over_and_the_answer_is_heard(
    liar: Liar, cookie: bytes, framed: bytes
) -> None:
    body = b'{"code":0,"data":{"userId":"7","userName":"Ming"}}'
    liar.says = (
        b"HTTP/1.1 200 OK\r\nset-cookie: " + cookie + b"\r\nSet-Cookie: JSESSIONID=NEW\r\n" + framed + b"\r\n" + body
    )
    provider = SjtuProvider(KnownPlaces(liar.base_url, f"{liar.base_url}/ja"), timeout_seconds=2)
    member = provider.member(SESSION)
    assert member.check().name == "Ming"
    assert b'["JSESSIONID","/","NEW"]' in member.session
    member.close()
    provider.close()
