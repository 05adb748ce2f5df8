"""Where the store's files lie, and how they are written: privately, and whole or not at all."""

import contextlib
import errno
import os
import shutil
import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from jobs.models.text import clean, shorten
from jobs.ports.store import StoreUnavailable

_SHOWN_LENGTH: Final = 80
_OPEN: Final = "open\n"
_CLOSED: Final = "closed\n"
_NAMING_ZONE: Final = ZoneInfo("Asia/Shanghai")
"""People look for files by the clock on their wall; this zone has no daylight saving, so names sort by time."""
_REASONS: Final = {
    errno.ENOSPC: "磁盘已满，请清理磁盘空间",
    errno.EDQUOT: "磁盘配额已用完，请清理磁盘空间",
    errno.EROFS: "磁盘是只读的，请检查挂载方式",
    errno.EACCES: "没有权限，请检查目录和文件的权限",
    errno.EPERM: "没有权限，请检查目录和文件的权限",
}


class Places:
    """The paths under one `SJA_HOME`."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.directory = home / "jobs"
        self.database = self.directory / "jobs.db"
        self.log = self.directory / "jobs.db-wal"
        self.mirror = self.directory / "jobs.json"
        self.marker = self.directory / "jobs.db.marker"
        self.backups = home / "backups"

    def prepare(self) -> None:
        """Creates the directories, 0700."""
        for directory in (self.home, self.directory, self.backups):
            make_private_directory(directory)

    def mark_open(self) -> None:
        """From now on a missing or empty database file is damage, and the next start looks closely."""
        write_whole(self.marker, _OPEN.encode())

    def mark_closed(self) -> None:
        """The store was closed in order."""
        write_whole(self.marker, _CLOSED.encode())

    @property
    def was_adopted(self) -> bool:
        """Whether a bot has opened this store before, and so has taken over what an original `jobs.json` held."""
        return self.marker.exists()

    @property
    def lost_facts(self) -> bool:
        """Whether the database file is missing or empty although there were facts in it."""
        if not is_empty(self.database):
            return False
        # A refused repair may have left the backups alone: where there is one, there has been a store.
        return self.was_adopted or not is_empty(self.log) or next(self.backups.glob("jobs-*.db"), None) is not None

    @property
    def was_closed(self) -> bool:
        """Whether the last bot closed the store in order; False too when there was none."""
        return self.marker.exists() and self.marker.read_text(errors="replace") == _CLOSED


def is_empty(path: Path) -> bool:
    """Whether the file has no bytes, or does not exist."""
    return not path.exists() or path.stat().st_size == 0


def make_private_directory(directory: Path) -> None:
    """Creates `directory` with mode 0700 whatever the umask; an existing one is left as it is."""
    if not directory.is_dir():
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.chmod(0o700)


def make_private_file(path: Path) -> None:
    """Creates an empty file of mode 0600 whatever the umask, or narrows an existing one to 0600.

    An existing file is never opened: closing any descriptor of a database drops the locks that SQLite holds on it in
    this process (sqlite.org/howtocorrupt.html, 2.2), and the next run to close its own would delete a log in use.
    """
    if not path.exists():
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    path.chmod(0o600)


def write_whole(path: Path, data: bytes) -> None:
    """Replaces `path` by `data` durably: after a crash it holds the old bytes or the new, never a mixture. 0600."""
    partial = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.partial")
    partial.unlink(missing_ok=True)
    try:
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        move_into_place(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def move_into_place(source: Path, target: Path) -> None:
    """Renames durably over `target`."""
    source.replace(target)
    sync_directory(target.parent)


def sync_file(path: Path) -> None:
    """Waits until the file's bytes are on the disk."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_directory(directory: Path) -> None:
    """Makes renames in `directory` durable; Windows has no such call and needs none."""
    if os.name == "posix":
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def set_aside(path: Path, word: str, at: datetime, *, companions: tuple[str, ...] = ()) -> Path:
    """Renames `path` to `NAME.WORD-YYYYMMDD-HHMMSS`, its companions (`-wal`) alongside; returns the new path."""
    target = dated(path, word, at)
    for suffix in ("", *companions):
        source = path.with_name(path.name + suffix)
        if source.exists():
            source.rename(target.with_name(target.name + suffix))
    sync_directory(path.parent)
    return target


def keep_copy(path: Path, word: str, at: datetime) -> Path:
    """Copies `path` to a dated name, as in `set_aside`."""
    target = dated(path, word, at)
    make_private_file(target)
    shutil.copyfile(path, target)
    return target


def dated(path: Path, word: str, at: datetime) -> Path:
    """`NAME.WORD-YYYYMMDD-HHMMSS`, with `-2`, `-3` … behind where that is taken."""
    return unused(path.with_name(f"{path.name}.{word}-{stamp(at)}"))


def stamp(at: datetime) -> str:
    """`YYYYMMDD-HHMMSS` by the clock on the wall."""
    return at.astimezone(_NAMING_ZONE).strftime("%Y%m%d-%H%M%S")


def unused(path: Path) -> Path:
    """`path`, or the first of `path-2`, `path-3` … (before the suffix `.db`) that does not exist."""
    candidate, count = path, 1
    while candidate.exists():
        count += 1
        candidate = (
            path.with_name(f"{path.stem}-{count}.db")
            if path.suffix == ".db"
            else path.with_name(f"{path.name}-{count}")
        )
    return candidate


def shown(path: Path, length: int = _SHOWN_LENGTH) -> str:
    """A path for people: in one line, shortened to so many characters, and its bytes need not be text."""
    return shorten(clean(str(path).encode(errors="replace").decode()), length)


@contextmanager
def needing_files(what: str) -> Generator[None, None, None]:
    """Turns an `OSError` into `StoreUnavailable`; `what` is the act in Chinese (`写入 jobs.json`)."""
    try:
        yield
    except OSError as error:
        why = _REASONS.get(error.errno or 0, "文件读写出错，请检查磁盘和目录")
        raise StoreUnavailable(f"{what}失败：{why}", str(error)) from error
