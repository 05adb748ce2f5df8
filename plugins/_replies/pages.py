"""Long text: what one message holds, the pages of a forwarded one, a file's name, and what is said where none goes."""

from collections.abc import Sequence
from typing import Final

TEXT_WIDTH: Final = 900
"""Characters that go as one text; clients fold or refuse much more."""
LINES_WIDTH: Final = 1800
"""The same for what is read line by line: clients still show that whole, though folded."""
PAGE_WIDTH: Final = 1000
PAGES_AT_MOST: Final = 30
"""Nodes of one forwarded message."""
_NAME_WIDTH: Final = 40


def pages_of(text: str) -> tuple[str, ...]:
    """A text as pages of at most `PAGE_WIDTH` characters, cut at line ends where lines are shorter; however many."""
    return paged(text.splitlines())


def paged(lines: Sequence[str]) -> tuple[str, ...]:
    """Lines as pages, each as full as its limit allows; none of them blank."""
    pages: list[str] = []
    page = ""
    for piece in _pieces(lines):
        if page and len(page) + 1 + len(piece) > PAGE_WIDTH:
            pages.append(page)
            page = piece
        else:
            page = f"{page}\n{piece}" if page else piece
    return tuple(page for page in [*pages, page] if page.strip())


def beginning(text: str) -> str:
    """As much as one text holds, with how much is missing and how to get it."""
    if len(text) <= TEXT_WIDTH:
        return text
    room = TEXT_WIDTH - 60
    head = text[:room].rpartition("\n")[0] or text[:room]
    return (
        f"{head}\n（太长，后面 {len(text) - len(head)} 字发不出来；加上关键字、日期、行数或页码再问一次，可以少看一些）"
    )


def file_name(title: str) -> str:
    """A name that every system takes, from a text's first line: `7 晚场监控 最后 200 行日志.txt`."""
    kept = "".join(mark if mark.isalnum() or mark in "-_·" else " " for mark in title)
    return f"{' '.join(kept.split())[:_NAME_WIDTH].strip() or '全文'}.txt"


def _pieces(lines: Sequence[str]) -> list[str]:
    """The lines, each cut where it alone is wider than a page."""
    return [line[at : at + PAGE_WIDTH] for line in lines for at in range(0, max(len(line), 1), PAGE_WIDTH)]
