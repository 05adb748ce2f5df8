"""An order ready to be sent: its bytes leave once at most, and nobody says for certain what is not."""

import socket
import threading
import time
from base64 import b64decode
from collections.abc import Generator
from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from keeping_site import DAYS, OK, KeepingServer
from venue_servers import until

from jobs.models.venue import Day, Slot
from jobs.ports.provider import (
    Member,
    OrderRefused,
    OutcomeUnknown,
    ReadyOrder,
    Remedy,
    SlotGone,
    VenueUnreachable,
)
from jobs.venues.sjtu.client import SjtuProvider
from jobs.venues.sjtu.places import KnownPlaces
from jobs.venues.sjtu.presets import PRESETS

PRESET = PRESETS[33]
DAY = Day(date=date(2026, 11, 29), token="dG9rZW4=", is_full=False, is_open=True)
SLOTS = [
    Slot(
        date=DAY.date,
        hour=hour,
        court="场地7",
        court_id="f7",
        price="30.00",
        remaining=1,
        sign=f"sign-{hour}",
        tension="2",
    )
    for hour in (20, 21)
]
YES = b'{"code":0,"data":"202611221200004711"}'


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


@pytest.fixture
def server() -> Generator[KeepingServer, None, None]:
    server = KeepingServer()
    server.answering = lambda number, request: (OK, YES if b"ConfirmOrder" in request else DAYS)
    yield server
    server.close()


@pytest.fixture
def member(server: KeepingServer, key: RSAPrivateKey) -> Generator[Member, None, None]:
    member = SjtuProvider(_places(server, key), timeout_seconds=2).member(
        b'{"sports":[["JSESSIONID","/","ABC"]],"jaccount":[["JAAuthCookie","/","D"]]}'
    )
    yield member
    member.close()


def _places(server: KeepingServer, key: RSAPrivateKey) -> KnownPlaces:
    import base64

    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return KnownPlaces(base_url=server.base_url, public_key=base64.b64encode(der).decode())


def prepared(member: Member) -> ReadyOrder:
    return member.prepare_order(PRESET, DAY, SLOTS)


def orders_in(server: KeepingServer) -> list[bytes]:
    return [piece for _, piece in server.pieces if piece.startswith(b"POST /venue/personal/ConfirmOrder")]


def test_it_is_one_piece_that_the_platforms_key_opens(
    server: KeepingServer, member: Member, key: RSAPrivateKey
) -> None:
    from msgspec.json import decode

    keys = set()
    for _ in range(2):
        server.pieces.clear()
        ready = prepared(member)
        ready.warm(2)
        ready.mend(1)
        since = time.time()
        ready.send()
        assert ready.answer() == "202611221200004711"
        [order] = orders_in(server)
        head, _, body = order.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        assert fields["Content-Type"] == "application/json;charset=UTF-8"
        assert fields["Cookie"] == "JSESSIONID=ABC"
        assert len(fields["sid"]) == len(fields["tim"]) == 344
        aes = key.decrypt(b64decode(fields["sid"]), PKCS1v15())
        keys.add(aes)
        assert len(aes) == 16
        assert all(letter in b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" for letter in aes)
        # The server's Date is what counts, and that one stands still.
        assert int(key.decrypt(b64decode(fields["tim"]), PKCS1v15())) < since * 1000 + 10**9
        decryptor = Cipher(algorithms.AES(aes), modes.ECB()).decryptor()
        plain = decryptor.update(b64decode(body)) + decryptor.finalize()
        assert decode(plain[: -plain[-1]]) == {
            "venTypeId": PRESET.sport_id,
            "venueId": PRESET.venue_id,
            "fieldType": "网球",
            "returnUrl": "https://sports.sjtu.edu.cn/#/paymentResult/1",
            "scheduleDate": "2026-11-29",
            "week": "0",
            "tenSity": "很紧张",
            "dateId": "dG9rZW4=",
            "spaces": [
                {
                    "venuePrice": "30.00",
                    "count": "1",
                    "sign": f"sign-{hour}",
                    "status": 1,
                    "scheduleTime": f"{hour}:00-{hour + 1}:00",
                    "subSitename": "场地7",
                    "subSiteId": "f7",
                    "tensity": "2",
                    "venueNum": 1,
                }
                for hour in (20, 21)
            ],
        }
    assert len(keys) == 2


def test_a_session_that_warming_renews_is_the_one_that_orders(server: KeepingServer, member: Member) -> None:
    fresh = f"{OK}\r\nSet-Cookie: JSESSIONID=NEW; Path=/"
    server.answering = lambda number, request: (fresh, DAYS) if request.startswith(b"GET") else (OK, YES)
    ready = prepared(member)
    ready.warm(2)
    ready.mend(1)
    ready.send()
    assert ready.answer()
    assert b"\r\nCookie: JSESSIONID=NEW\r\n" in orders_in(server)[0]


def test_a_connection_that_was_closed_in_time_is_replaced_before_anything_is_sent(
    server: KeepingServer, member: Member
) -> None:
    ready = prepared(member)
    ready.warm(2)
    ready.mend(1)
    server.hang_up()
    ready.send()
    assert ready.answer()
    assert len(orders_in(server)) == 1


def test_one_that_is_closed_once_it_was_sent_is_in_doubt_and_not_sent_again(
    server: KeepingServer, member: Member
) -> None:
    server.answering = lambda number, request: None if b"ConfirmOrder" in request else (OK, DAYS)
    ready = prepared(member)
    ready.warm(2)
    ready.mend(1)
    ready.send()
    for _ in range(2):
        with pytest.raises(OutcomeUnknown):
            ready.answer()
    ready.send()
    ready.mend(1)
    ready.send()
    assert len(orders_in(server)) == 1
    server.answering = lambda number, request: (OK, YES)
    again = prepared(member)
    again.send()
    assert again.answer(), "the member is of use afterwards"


def test_what_was_given_up_before_it_was_sent_is_not_sent_any_more(server: KeepingServer, member: Member) -> None:
    ready = prepared(member)
    ready.mend(1)
    with pytest.raises(VenueUnreachable):
        ready.answer()
    ready.send()
    assert server.pieces == []


def test_nobody_else_hears_the_answer_to_an_order(server: KeepingServer, member: Member) -> None:
    user = b'{"code":0,"data":{"userId":"7"}}'
    server.answering = lambda number, request: (OK, YES if b"ConfirmOrder" in request else user)
    ready = prepared(member)
    ready.mend(1)
    ready.send()
    until(lambda: orders_in(server), "the order is there")
    assert member.check().user_id == "7"
    with pytest.raises(OutcomeUnknown):
        ready.answer()
    assert len(orders_in(server)) == 1


def test_whether_an_answer_has_come_is_known_without_waiting_for_it(server: KeepingServer, member: Member) -> None:
    may_answer = threading.Event()

    def answer_late(number: int, request: bytes) -> tuple[bytes, bytes]:
        may_answer.wait(20)
        return OK, YES

    ready = prepared(member)
    assert ready.is_answered(0), "nothing was sent: it can be said at once"
    ready.mend(1)
    server.answering = answer_late
    ready.send()
    assert not ready.is_answered(0.02)
    may_answer.set()
    until(lambda: ready.is_answered(0.01), "the answer has come")
    assert ready.answer() == "202611221200004711"
    assert ready.is_answered(0)


def test_patience_is_counted_from_when_it_was_sent(server: KeepingServer, key: RSAPrivateKey) -> None:
    silence = threading.Event()

    def be_silent(number: int, request: bytes) -> None:
        silence.wait(20)

    server.answering = be_silent
    ready = prepared(SjtuProvider(_places(server, key), timeout_seconds=0.3).member(None))
    ready.send()
    assert ready.is_answered(60), "nobody waits for it any longer"
    with pytest.raises(OutcomeUnknown):
        ready.answer()
    silence.set()


def test_silence_is_in_doubt(server: KeepingServer, key: RSAPrivateKey) -> None:
    silence = threading.Event()

    def be_silent(number: int, request: bytes) -> None:
        silence.wait(20)

    server.answering = be_silent
    ready = prepared(SjtuProvider(_places(server, key), timeout_seconds=0.2).member(None))
    ready.send()
    with pytest.raises(OutcomeUnknown):
        ready.answer()
    silence.set()


def test_an_answer_without_end_is_in_doubt(server: KeepingServer, member: Member) -> None:
    server.answering = lambda number, request: (OK, b" " * (5 * 1024 * 1024))
    ready = prepared(member)
    ready.send()
    with pytest.raises(OutcomeUnknown):
        ready.answer()


def test_nobody_there_was_sent_nothing(key: RSAPrivateKey) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        places = KnownPlaces(f"http://127.0.0.1:{gone.getsockname()[1]}")
    member = SjtuProvider(places, timeout_seconds=2).member(None)
    member.warm(0.5)
    ready = prepared(member)
    ready.warm(0.5)
    ready.mend(0.5)
    ready.send()
    with pytest.raises(VenueUnreachable):
        ready.answer()


def test_a_key_that_locks_nothing_is_a_definite_no(server: KeepingServer) -> None:
    """Nothing was sent: nobody may take it for an order in doubt."""
    ready = prepared(SjtuProvider(KnownPlaces(server.base_url, public_key="AAAA"), timeout_seconds=2).member(None))
    ready.warm(1)
    ready.mend(1)
    ready.send()
    with pytest.raises(OrderRefused, match="SJA_SJTU_PUBLIC_KEY") as refused:
        ready.answer()
    assert refused.value.remedy is Remedy.NOTHING
    assert orders_in(server) == []


def test_what_could_not_be_made_any_more_is_not_taken_for_sent(server: KeepingServer, key: RSAPrivateKey) -> None:
    """Its connection is still there; not a byte goes through it."""
    places = Losing(_places(server, key))
    ready = prepared(SjtuProvider(places, timeout_seconds=2).member(None))
    ready.mend(1)
    places.has_key = False
    ready.warm(1)
    ready.send()
    with pytest.raises(OrderRefused):
        ready.answer()
    assert orders_in(server) == []


class Losing:
    """A platform whose key is no longer there."""

    def __init__(self, places: KnownPlaces) -> None:
        self.base_url, self.jaccount_url = places.base_url, places.jaccount_url
        self.payment_url, self._key = places.payment_url, places.public_key
        self.has_key = True

    @property
    def public_key(self) -> str:
        return self._key if self.has_key else "AAAA"


def test_a_refusal_is_a_refusal(server: KeepingServer, member: Member) -> None:
    server.answering = lambda number, request: (OK, '{"code":500,"msg":"已被预订"}'.encode())
    member.warm(1)
    ready = prepared(member)
    ready.send()
    with pytest.raises(SlotGone):
        ready.answer()
    assert len({number for number, _ in server.pieces}) == 1, "on the connection that was warmed"


def test_several_members_send_at_the_same_instant_each_on_a_connection_of_its_own(
    server: KeepingServer, key: RSAPrivateKey
) -> None:
    provider = SjtuProvider(_places(server, key), timeout_seconds=5)
    members = [provider.member(None) for _ in range(3)]
    ready = [prepared(member) for member in members]
    for one in ready:
        one.warm(2)
        one.mend(1)
    for one in ready:
        one.send()
    assert [one.answer() for one in ready] == ["202611221200004711"] * 3
    assert len({number for number, piece in server.pieces if b"ConfirmOrder" in piece}) == 3


def test_a_stranger_that_breaks_every_rule_raises_nothing_but_venue_errors(
    server: KeepingServer, member: Member
) -> None:
    """Headers that nobody should send."""
    for odd in (
        "200 \u00e9",
        "200 OK\r\nSet-Cookie: \u00e9=\u00e9; Path=\u00e9",
        "200 OK\r\nDate: \u00e9",
        "999 X",
        "-1 X",
    ):
        server.answering = lambda number, request, odd=odd: (odd, b"{}")
        ready = prepared(member)
        ready.send()
        with pytest.raises(OutcomeUnknown):
            ready.answer()
