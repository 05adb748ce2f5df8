"""The pager: a real Apprise to a receiver on loopback; its address is never told."""

import json
import logging
import socket
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from jobs.paging import Pager, pager_trouble
from jobs.ports.notifier import DeliveryOutcome

pytest.importorskip("apprise")


class Receiver:
    """A web hook that keeps what it is sent."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.status = 200
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.heard.append(json.loads(body))
                self.send_response(receiver.status)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def address(self) -> str:
        return f"json://user:geheim@127.0.0.1:{self.server.server_port}/"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


async def test_what_is_paged_arrives_whole(receiver: Receiver) -> None:
    report = await Pager(receiver.address).page("🚨 群 12345 有要紧的事", "第一行\n<b>第二行</b> & 完")
    assert report.outcome is DeliveryOutcome.SENT
    (heard,) = receiver.heard
    assert (heard["title"], heard["message"]) == ("🚨 群 12345 有要紧的事", "第一行\n<b>第二行</b> & 完")


async def test_a_service_that_does_not_take_it_is_a_refusal_and_the_address_stays_secret(
    receiver: Receiver, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    receiver.status = 500
    pager = Pager(receiver.address)
    with caplog.at_level(logging.DEBUG):
        report = await pager.page("t", "x")
    assert report.outcome is DeliveryOutcome.REFUSED
    assert receiver.heard
    printed = capsys.readouterr()
    for said in (report.detail, repr(pager), caplog.text, printed.out, printed.err):
        assert "geheim" not in said


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_a_service_that_is_away_for_now_has_refused_nothing(receiver: Receiver, status: int) -> None:
    receiver.status = status
    assert (await Pager(receiver.address).page("t", "x")).outcome is DeliveryOutcome.OFFLINE


@pytest.mark.parametrize("scheme", ["json", "jsons", "mailto", "gotify"])
async def test_a_service_that_nobody_answers_for_is_offline(scheme: str, receiver: Receiver) -> None:
    receiver.server.server_close()
    token = "geheim" if scheme == "gotify" else ""
    address = f"{scheme}://user:geheim@127.0.0.1:{receiver.server.server_port}/{token}"
    address += "?to=a@example.com&from=b@example.com&smtp=127.0.0.1" if scheme == "mailto" else ""
    report = await Pager(address).page("t", "x")
    assert report.outcome is DeliveryOutcome.OFFLINE
    assert "geheim" not in report.detail


async def test_a_host_that_no_name_server_knows_is_offline() -> None:
    assert (await Pager("json://nowhere.invalid/").page("t", "x")).outcome is DeliveryOutcome.OFFLINE


async def test_a_service_that_takes_all_and_never_answers_may_have_taken_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"json://127.0.0.1:{silent.getsockname()[1]}/?rto=0.3"
        assert (await Pager(address).page("t", "x")).outcome is DeliveryOutcome.UNCERTAIN


async def test_an_address_that_apprise_does_not_know_is_said_once_and_not_repeated() -> None:
    report = await Pager("nonsense://geheim").page("t", "x")
    assert report.outcome is DeliveryOutcome.REFUSED
    trouble = pager_trouble("nonsense://geheim")
    assert trouble is not None
    assert "geheim" not in "".join((report.detail, *trouble))
    assert pager_trouble("") is None
    assert pager_trouble("json://127.0.0.1:9") is None


async def test_without_the_package_there_is_one_clear_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    assert (await Pager("json://x").page("t", "x")).outcome is DeliveryOutcome.REFUSED
    what, fix = pager_trouble("json://x") or ("", "")
    assert "没有安装 apprise" in what
    assert "pip install" in fix


async def test_no_address_means_no_pager() -> None:
    assert not Pager("").is_set
    assert (await Pager("").page("t", "x")).outcome is DeliveryOutcome.REFUSED
