"""A picture is an ornament: whatever becomes of it, the reply comes."""

import threading
import time
from typing import Any

import pytest
from test_pictures import FONTS, with_font

from jobs import Chat, DeliveryOutcome, DeliveryReport
from plugins._onebot import long_text
from plugins._pictures import draw_text
from plugins._pictures.canvas import Style, measured, wrapped
from plugins._pictures.drawing import drawn
from plugins._pictures.fonts import pieces

CHAT = Chat(self_id="10000", type="group", peer_id="12345")


def broken() -> bytes | None:
    raise ZeroDivisionError


async def test_a_drawing_that_raises_is_none() -> None:
    assert await drawn(broken) is None
    assert await drawn(lambda: b"PNG") == b"PNG"


async def test_a_drawing_that_takes_too_long_is_none_and_those_behind_it_wait_no_longer() -> None:
    released = threading.Event()
    try:
        assert await drawn(lambda: b"late" if released.wait(60) else None, patience_seconds=0.05) is None
        assert await drawn(lambda: b"PNG", patience_seconds=0.05) is None
    finally:
        released.set()
    assert await drawn(lambda: b"PNG") == b"PNG"


async def test_a_long_text_that_cannot_be_drawn_goes_as_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client takes no forwarded message."""
    said: list[str] = []

    async def refused(*_: Any) -> DeliveryReport:
        return DeliveryReport(outcome=DeliveryOutcome.REFUSED)

    async def filed(_: Chat, name: str, __: bytes) -> DeliveryReport:
        said.append(name)
        return DeliveryReport(outcome=DeliveryOutcome.SENT)

    monkeypatch.setattr(long_text, "deliver_pages", refused)
    monkeypatch.setattr(long_text, "deliver_file", filed)
    monkeypatch.setattr(long_text, "_draw", lambda *_: broken())
    report = await long_text.deliver_text(CHAT, "一行字\n" * 400)
    assert report.outcome is DeliveryOutcome.SENT
    assert said == ["一行字.txt"]


@pytest.mark.parametrize("text", ["ب" * 1200, "ب ا " * 300, "a" + "\u0301" * 1200, "ก" * 500, "🏳" * 100])
def test_no_piece_is_long_and_no_letter_is_lost(text: str) -> None:
    found = pieces(text)
    assert max(map(len, found)) <= 41
    assert "".join(found).replace("\u0301", "") == text.replace("\u0301", "")


@with_font
def test_joined_scripts_are_drawn_in_no_time_and_stay_in_their_lines() -> None:
    assert FONTS is not None
    text, style = "中" * 400 + "ب" * 1200, Style(28)
    begun = time.process_time()
    assert draw_text("题", [text])
    assert time.process_time() - begun < 10, "it was half a minute"
    lines = wrapped(FONTS, text, style, 300, 12)
    assert lines[-1].endswith("…")
    assert max(measured(FONTS, line, style) for line in lines) <= 300 + 2 * style.size
