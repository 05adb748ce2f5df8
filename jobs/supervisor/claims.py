"""The file of one run, `run/<run id>.json`, as its keeper writes it; `run_files.RunFile` reads it.

Whoever could create it keeps the run: that makes starting idempotent. Standard library alone: shims are many and small.
"""

# Importing pathlib would cost every shim 5 ms.
# ruff: noqa: PTH105, PTH108, PTH118, PTH123

import errno
import json
import os
from contextlib import suppress

from jobs.supervisor.process_table import boot_id, look_up

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

_NO_LINKS: "Final" = (errno.EPERM, errno.EACCES, errno.ENOSYS, errno.ENOTSUP)


def spell_identity(pid: int) -> "dict[str, Any]":
    """The process under `pid` as `Identity` is written in files; a start of 0 when it is gone already."""
    row = look_up(pid)
    return {"boot_id": boot_id(), "pid": pid, "start": row[0] if row else 0}


def spell(document: "dict[str, Any]") -> bytes:
    """One line of JSON."""
    return json.dumps(document, separators=(",", ":")).encode() + b"\n"


class Claim:
    """One run's file in the hands of `keeper`, this process. Every method but `withdraw` may raise `OSError`."""

    def __init__(self, home: str, run: str, job: str, epoch: int, keeper: "dict[str, Any]") -> None:
        self._record = {"run": run, "job": job, "epoch": epoch, "keeper": keeper, "worker": None, "ended": False}
        self._file = os.path.join(home, "run", f"{run}.json")
        self._draft = f"{self._file}.{os.getpid()}"

    def take(self) -> bool:
        """Makes the run this keeper's own. False when it is, or was, somebody's already."""
        try:
            # Linked, not created and then written: whatever kills this process, the claim says whose it is.
            self._write_draft()
            os.link(self._draft, self._file)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            return self._take_without_links()
        finally:
            with suppress(FileNotFoundError):
                os.unlink(self._draft)
        return True

    def name_worker(self, worker: "dict[str, Any]") -> None:
        """Puts on record who works on the run."""
        self._record["worker"] = worker
        self._rewrite()

    def say_unstarted(self) -> None:
        """Puts on record that no worker could be started, and that `exits.log` says so."""
        self._record["ended"] = True
        self._rewrite()

    def withdraw(self) -> None:
        """Gives the run free again. Only while no worker was given anything to do."""
        for path in (self._file, self._draft):
            with suppress(OSError):
                os.unlink(path)

    def _take_without_links(self) -> bool:
        """As `take`, without hard links: killed between two calls, it leaves a claim that nobody can read."""
        try:
            with open(self._file, "xb", buffering=0) as file:
                file.write(spell(self._record))
        except FileExistsError:
            return False
        return True

    def _rewrite(self) -> None:
        self._write_draft()
        os.replace(self._draft, self._file)

    def _write_draft(self) -> None:
        with open(self._draft, "wb") as file:
            file.write(spell(self._record))
