"""The same over TLS, where what can be read of a connection may be meant for TLS alone."""

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from keeping_site import DAYS
from urllib3.util.wait import wait_for_read
from venue_servers import DEADLINE_SECONDS, until

from jobs.venues.sjtu.client import SjtuProvider, shared_trust
from jobs.venues.sjtu.presets import PRESETS
from jobs.venues.sjtu.requests import who_am_i


class EncryptedServer:
    """Keeps its connections; `lines` are those that were opened."""

    def __init__(self, certificate: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._listener = context.wrap_socket(socket.create_server(("127.0.0.1", 0)), server_side=True)
        self.lines: list[ssl.SSLSocket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def base_url(self) -> str:
        return f"https://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        self._listener.close()
        for line in self.lines:
            line.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                self.lines.append(line)
                threading.Thread(target=self._keep, args=(line,), daemon=True).start()

    @staticmethod
    def _keep(line: ssl.SSLSocket) -> None:
        with suppress(OSError):
            while line.recv(65536):
                line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(DAYS), DAYS))


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[EncryptedServer, None, None]:
    certificate = _certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    shared_trust.cache_clear()
    server = EncryptedServer(certificate)
    yield server
    server.close()
    shared_trust.cache_clear()


def _certificate(folder: Path) -> Path:
    key = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        certificate.public_bytes(Encoding.PEM) + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return path


def test_a_connection_that_was_opened_beforehand_is_the_one_that_is_used(server: EncryptedServer) -> None:
    """Its tickets arrive once it is there: something to read, and yet it is open."""
    provider = SjtuProvider(server.base_url, timeout_seconds=5)
    ready = provider.prepare_days(PRESETS[0])
    ready.mend(2)
    until(lambda: server.lines, "the line is accepted")
    wait_for_read(connection_of(provider), timeout=DEADLINE_SECONDS)
    for _ in range(3):
        ready.mend(2)
    ready.send()
    assert ready.answer()
    assert len(server.lines) == 1
    provider.close()


def test_one_that_the_other_side_has_closed_is_opened_anew(server: EncryptedServer) -> None:
    provider = SjtuProvider(server.base_url, timeout_seconds=5)
    ready = provider.prepare_days(PRESETS[0])
    ready.mend(2)
    until(lambda: server.lines, "the line is accepted")
    server.lines[0].shutdown(socket.SHUT_RDWR)
    wait_for_read(connection_of(provider), timeout=DEADLINE_SECONDS)
    ready.mend(2)
    ready.send()
    assert ready.answer()
    assert len(server.lines) == 2
    provider.close()


def test_tickets_are_no_answer_and_what_was_read_of_one_is_not_lost(server: EncryptedServer) -> None:
    member = SjtuProvider(server.base_url, timeout_seconds=5).member(None)
    member.warm(2)
    site = member._site  # pyright: ignore
    line = site.connected()
    until(lambda: server.lines, "the line is accepted")
    wait_for_read(line.sock, timeout=DEADLINE_SECONDS)
    assert not line.is_answered(0.02)
    site.awaited_by = self = object()
    line.sock.sendall(site.spelt(who_am_i()))
    until(lambda: line.is_answered(0.01), "the answer has come")
    assert line.herald == b"H"
    assert site.heard(line, who_am_i(), self).body == DAYS
    member.close()


def connection_of(provider: SjtuProvider) -> socket.socket:
    connection = provider._site._connection
    assert connection is not None
    assert connection.sock is not None
    return connection.sock
