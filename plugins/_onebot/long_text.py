"""Text of any length, in the first form that the chat takes: text, a forwarded message, a picture, a file."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final

from msgspec import Struct
from nonebot.log import logger

from jobs import Chat, DeliveryOutcome, DeliveryReport
from plugins._onebot.delivery import deliver, deliver_file, deliver_pages, deliver_picture
from plugins._pictures.drawing import drawn
from plugins._replies.pages import PAGES_AT_MOST, TEXT_WIDTH, beginning, file_name, pages_of

_DRAWN_LINES_AT_MOST: Final = 120
_DRAWN_AT_MOST: Final = 6000
"""Lines, and characters, of one picture: more than that nobody reads on a phone."""
_FILE_AT_MOST: Final = 1_000_000
"""Characters of one file; it travels in one frame."""
_TITLE_WIDTH: Final = 60
_BYTE_ORDER_MARK: Final = "utf-8-sig"
"""Without the mark the viewers of phones and old editors take UTF-8 for the local encoding."""


class _Whole(Struct, frozen=True):
    """All of a long text: as pages of a forwarded message, and in one piece."""

    text: str
    pages: Sequence[str]

    @property
    def title(self) -> str:
        """The first line."""
        return self.text.strip().partition("\n")[0][:_TITLE_WIDTH]


async def deliver_text(
    chat: Chat, text: str, *, pages: Sequence[str] = (), mentions: Sequence[str] = (), width: int = TEXT_WIDTH
) -> DeliveryReport:
    """Sends a text as one message: as text where it fits, else as forwarded pages, a picture, a file, its beginning.

    `mentions`: QQ numbers that are really mentioned, where it goes as text; the other forms cannot.
    `width`: up to so many characters go as text.
    `pages`: the whole where `text` is only a shorter stand-in for it; they are at most what one forwarded message
    holds. A form is followed by the next only when it surely did not arrive: said twice is worse than not seen.
    Never raises for what a network can do.
    """
    if not pages and len(text) <= width:
        return await deliver(chat, text, mentions=mentions)
    whole = _Whole("\n".join(pages) or text, pages or pages_of(text))
    for form in _FORMS:
        report = await form(chat, whole)
        if report.outcome is not DeliveryOutcome.REFUSED:
            return report
        logger.info(f"long text to {chat.type} {chat.peer_id}: {report.detail}")
    return await deliver(chat, beginning(text), mentions=mentions)


async def _as_pages(chat: Chat, whole: _Whole) -> DeliveryReport:
    if not 0 < len(whole.pages) <= PAGES_AT_MOST:
        return _not_in("a forwarded message")
    return await deliver_pages(chat, whole.title, whole.pages)


async def _as_picture(chat: Chat, whole: _Whole) -> DeliveryReport:
    lines = whole.text.splitlines()
    if len(whole.text) > _DRAWN_AT_MOST or len(lines) > _DRAWN_LINES_AT_MOST:
        return _not_in("a picture")
    picture = await drawn(partial(_draw, whole.title, lines[1:]))
    return await deliver_picture(chat, whole.title, picture) if picture else _not_in("a picture")


async def _as_file(chat: Chat, whole: _Whole) -> DeliveryReport:
    content = whole.text[:_FILE_AT_MOST].encode(_BYTE_ORDER_MARK, "replace")
    return await deliver_file(chat, file_name(whole.title), content)


_FORMS: Final[Sequence[Callable[[Chat, _Whole], Awaitable[DeliveryReport]]]] = (_as_pages, _as_picture, _as_file)


def _not_in(form: str) -> DeliveryReport:
    return DeliveryReport(outcome=DeliveryOutcome.REFUSED, detail=f"does not go as {form}")


def _draw(title: str, lines: Sequence[str]) -> bytes | None:
    """None: this machine has no font for it."""
    from plugins._pictures import draw_text  # noqa: PLC0415 - for the rare long text that nothing else carries

    return draw_text(title, lines)
