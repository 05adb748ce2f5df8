"""Reads what people write by hand: small regular files, and nothing else that a path may lead to."""

import errno
import os
import stat
from pathlib import Path
from typing import Final

_WITHOUT_WAITING: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""Opening a pipe that nobody writes to would wait for ever."""
_TROUBLES: Final = {
    errno.EACCES: "没有读它的权限",
    errno.EPERM: "没有读它的权限",
    errno.ELOOP: "链接绕成了圈",
    errno.ENAMETOOLONG: "路径太长",
    errno.ENOTDIR: "路径中间有一段不是目录",
    errno.EIO: "磁盘读取出错",
}


class Unreadable(Exception):
    """Why a file cannot be read; the message is the end of a Chinese sentence: `读不懂：要存成 UTF-8（…）`."""


def read_small(path: Path, bytes_at_most: int) -> str | None:
    """The text of a file in UTF-8, with a byte order mark or without; None: there is none.

    Raises `Unreadable`, at once, for what is no regular file (a pipe, a device, a directory), larger, or no such text.
    """
    try:
        content = _content(path, bytes_at_most)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        # ValueError: a path that no system takes.
        raise Unreadable(f"读不出来：{_why(error)}") from error
    if len(content) > bytes_at_most:
        raise Unreadable(f"太大了，最多 {bytes_at_most // 1024} KB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"读不懂：要存成 UTF-8（{_place(content, error.start)}起不是）") from error


def is_regular_file(path: Path) -> bool:
    """Whether there is a regular file, which alone may be opened; links are followed."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def _content(path: Path, bytes_at_most: int) -> bytes:
    """One byte more than that where there is more. Opening a device may do something, so it is looked at first."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise Unreadable("读不出来：不是普通文件")
    with os.fdopen(os.open(path, _WITHOUT_WAITING), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise Unreadable("读不出来：不是普通文件")
        return file.read(bytes_at_most + 1)


def _why(error: OSError | ValueError) -> str:
    if isinstance(error, OSError):
        return _TROUBLES.get(error.errno or 0) or error.strerror or "系统不让读"
    return "路径里有不能用的字符"


def _place(content: bytes, at: int) -> str:
    """`第 3 行第 5 个字`."""
    line = content.rfind(b"\n", 0, at) + 1
    number = content.count(b"\n", 0, at) + 1
    before = content[line:at].decode("utf-8", "replace")
    return f"第 {number} 行第 {len(before) + 1} 个字"
