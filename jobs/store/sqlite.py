"""SQLite, spoken to in one way: explicit transactions, and errors that say what an operator can do."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, Final, Literal

from jobs.ports.store import StoreUnavailable
from jobs.store.turns import Precedence

PATIENT_SECONDS: Final = 10.0
"""How long a writer that nobody waits for waits for another. A transaction lasts under a millisecond, a checkpoint a
few, a chunk of an import tens: whoever waits longer waits for something stuck."""

Value = str | int | float | bytes | None

_SENTENCES: Final = {
    sqlite3.SQLITE_FULL: "磁盘已满，任务库无法写入，请清理磁盘空间",
    sqlite3.SQLITE_READONLY: "任务库是只读的，请检查文件和目录的权限",
    sqlite3.SQLITE_PERM: "没有读写任务库的权限，请检查文件和目录的权限",
    sqlite3.SQLITE_CANTOPEN: "打不开任务库，请检查文件和目录的权限",
    sqlite3.SQLITE_BUSY: "任务库被别的程序占用太久，请稍后再试",
    sqlite3.SQLITE_LOCKED: "任务库被别的程序占用太久，请稍后再试",
    sqlite3.SQLITE_IOERR: "读写任务库时磁盘出错，请检查磁盘",
    sqlite3.SQLITE_CORRUPT: "任务库已损坏，请重启机器人，它会自动恢复",
    sqlite3.SQLITE_NOTADB: "任务库已损坏，请重启机器人，它会自动恢复",
    sqlite3.SQLITE_ERROR: "任务库的结构不符，请重启机器人，它会检查并恢复",
}


def primary_code(error: sqlite3.Error) -> int:
    """The primary result code (`SQLITE_…`), 0 where the error did not come from SQLite itself."""
    code = getattr(error, "sqlite_errorcode", 0)
    return int(code) & 0xFF


def unavailable(error: sqlite3.Error) -> StoreUnavailable:
    """What a person may read of an SQLite error."""
    sentence = _SENTENCES.get(primary_code(error), "任务库暂时不可用，请稍后再试")
    return StoreUnavailable(sentence, f"{type(error).__name__}: {error}")


class Database:
    """One connection. Used by one thread; statements outside `transaction` are transactions of their own.

    Every method raises `StoreUnavailable` for what a disk or another process can do; `sqlite3.IntegrityError`
    passes through, for the writer to name. With `precedence` it is the bot's: it goes before the runs when it wants to
    write, and waits for nobody where it need not.
    """

    def __init__(
        self,
        path: Path,
        synchronous: Literal["FULL", "NORMAL"],
        patience_seconds: float = PATIENT_SECONDS,
        precedence: Precedence | None = None,
    ) -> None:
        self._precedence = precedence
        self._patience_ms = round(patience_seconds * 1000)
        self._owes_an_empty_log = False
        with _translated():
            # check_same_thread stays on: a store belongs to one thread.
            self._connection = sqlite3.connect(path, timeout=patience_seconds, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        try:
            self.run(f"PRAGMA synchronous = {synchronous}")
            self.run("PRAGMA foreign_keys = ON")
        except BaseException:
            self._connection.close()
            raise

    def rows(self, sql: str, *values: Value) -> list[sqlite3.Row]:
        with _translated():
            try:
                return self._connection.execute(sql, values).fetchall()
            except sqlite3.OperationalError as error:
                if not str(error).startswith("Could not decode to UTF-8"):
                    raise
                return self._rows_leniently(sql, values)

    def row(self, sql: str, *values: Value) -> sqlite3.Row | None:
        found = self.rows(sql, *values)
        return found[0] if found else None

    def scalar(self, sql: str, *values: Value) -> Any:
        """The first column of the first row; None when there is no row."""
        found = self.row(sql, *values)
        return found[0] if found else None

    def run(self, sql: str, *values: Value) -> int:
        """Executes one statement and returns how many rows it changed."""
        # Within a transaction the file is ours already.
        goes_first = nullcontext() if self._precedence is None or self._connection.in_transaction else self._precedence
        with _translated(), goes_first:
            return self._connection.execute(sql, values).rowcount

    @contextmanager
    def transaction(self) -> Generator[None, None, None]:
        """All or nothing: committed when the block ends, rolled back when it raises."""
        self.run("BEGIN IMMEDIATE")
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self.run("ROLLBACK")
            raise
        if self._owes_an_empty_log:
            self.empty_log()

    @contextmanager
    def at_ease(self) -> Generator[None, None, None]:
        """Within it, writes do not wait for the disk: for what a power cut may take. Not inside a transaction."""
        self.run("PRAGMA synchronous = NORMAL")
        try:
            yield
        finally:
            self.run("PRAGMA synchronous = FULL")

    @contextmanager
    def wiping(self) -> Generator[None, None, None]:
        """Within it, what is deleted is overwritten; otherwise it lies in the file until its place is needed. Not in a
        transaction."""
        self.scalar("PRAGMA secure_delete = ON")
        try:
            yield
        finally:
            self.scalar("PRAGMA secure_delete = OFF")

    def empty_log(self) -> None:
        """Brings everything from the log into the file, and the log to no bytes. Not in a transaction.

        Whoever reads or writes in it just now is waited for; the bot, which does this in its event loop, comes back to
        it after each of its next transactions, and when it closes.
        """
        self._owes_an_empty_log = self._precedence is not None
        with suppress(StoreUnavailable):  # A full disk: everything is as true in the log.
            if self._precedence is None:
                self.scalar("PRAGMA wal_checkpoint(TRUNCATE)")
                return
            self.scalar("PRAGMA busy_timeout = 0")
            try:
                self._owes_an_empty_log = self.scalar("PRAGMA wal_checkpoint(TRUNCATE)") != 0
            finally:
                self.scalar(f"PRAGMA busy_timeout = {self._patience_ms}")

    def backup_into(self, target: Path) -> None:
        """Copies the whole database, as of one instant, into the file `target`, which must be empty."""
        with _translated():
            copy = sqlite3.connect(target, isolation_level=None)
            try:
                self._connection.backup(copy)
                # A backup is one file, to be carried about; the copied header says WAL otherwise.
                copy.execute("PRAGMA journal_mode = DELETE")
            finally:
                copy.close()

    def close(self) -> None:
        if self._owes_an_empty_log:
            self.empty_log()
            self._owes_an_empty_log = False
        with _translated():
            self._connection.close()
        if self._precedence is not None:
            self._precedence.close()

    def _rows_leniently(self, sql: str, values: tuple[Value, ...]) -> list[sqlite3.Row]:
        """Rows of a damaged file: one text that is not UTF-8 shall not hide the other rows."""
        self._connection.text_factory = _replacing
        try:
            return self._connection.execute(sql, values).fetchall()
        finally:
            self._connection.text_factory = str


def _replacing(data: bytes) -> str:
    return data.decode(errors="replace")


@contextmanager
def _translated() -> Generator[None, None, None]:
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except sqlite3.Error as error:
        raise unavailable(error) from error
    except UnicodeDecodeError as error:
        # Python could not read SQLite's complaint, which quotes the damaged text.
        raise StoreUnavailable(_SENTENCES[sqlite3.SQLITE_CORRUPT], repr(error)) from error
