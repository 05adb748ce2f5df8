"""Looking for secrets wherever a running bot leaves anything: files, logs, chats, processes, answers."""

import base64
import gzip
import json
import sqlite3
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

import psutil
from harness import processes_of

Haystack = tuple[str, bytes]
"""A place, in words, and what is there."""
_BETWEEN_SECONDS = 0.02


def forms(secret: str) -> set[bytes]:
    """How a secret may be written: as it is, in JSON, in an address, in Base64 (wherever it begins)."""
    raw = secret.encode()
    texts = {raw, json.dumps(secret)[1:-1].encode(), quote(secret).encode()}
    for skipped in range(3):
        encoded = base64.b64encode(b"\0" * skipped + raw)
        texts.add(encoded[4 if skipped else 0 :].rstrip(b"=")[:-1])
    return {text for text in texts if len(text) >= 5}


def hits(secrets: dict[str, str], haystacks: Iterable[Haystack]) -> list[str]:
    """Which secret is where."""
    needles = {name: forms(secret) for name, secret in secrets.items()}
    return [
        f"{name} in {place}"
        for place, content in haystacks
        for name, texts in needles.items()
        if any(text in content for text in texts)
    ]


def files_of(home: Path, leaving: Callable[[str], bool]) -> Iterator[Haystack]:
    """Every file below, unpacked where it is packed. `leaving`: by its path from the home, what is left out."""
    for path in sorted(home.rglob("*")):
        place = str(path.relative_to(home))
        if path.is_file() and not leaving(place):
            with suppress(FileNotFoundError):
                content = path.read_bytes()
                yield place, content
                if path.suffix == ".gz":
                    with suppress(OSError, EOFError, zlib.error):
                        yield f"{place}, unpacked", gzip.decompress(content)


def sealed_in(database: Path) -> list[bytes]:
    """What is sealed in a store, account by account."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        rows = db.execute("SELECT * FROM secrets").fetchall()
    return [cell for row in rows for cell in row if isinstance(cell, bytes)]


class Onlooker:
    """Reads the arguments and the environment of every process of a home, again and again, while it is entered."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.seen: dict[str, bytes] = {}
        """By what the process is called; each different thing once."""

    def __enter__(self) -> "Onlooker":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def haystacks(self) -> list[Haystack]:
        return [(f"process {name}", content) for name, content in self.seen.items()]

    def look(self) -> None:
        for process in processes_of(self._home):
            with suppress(psutil.Error, OSError):
                words = Path(f"/proc/{process.pid}/cmdline").read_bytes()
                environment = Path(f"/proc/{process.pid}/environ").read_bytes()
                self.seen[f"{process.pid} {words[:200]!r}"] = words + b"\0" + environment

    def _look(self) -> None:
        while not self._over.wait(_BETWEEN_SECONDS):
            self.look()
