"""Pictures that reach a terminal: kept as files that their reader, and nobody else, can open."""

import os
import tempfile
from pathlib import Path
from typing import Final

_KINDS: Final = ((b"\x89PNG", "png"), (b"\xff\xd8", "jpg"), (b"GIF8", "gif"), (b"RIFF", "webp"))


class Album:
    """A folder of its own (0700) below the system's temporary one, made with the first picture. The files stay: whoever
    reads a transcript may want to look at them, and the system clears them away."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._kept = 0

    def keep(self, picture: bytes) -> Path:
        """Writes one picture and returns where it is. Raises `OSError`."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="sja-chat-"))
        self._kept += 1
        path = self._folder / f"{self._kept}.{_kind_of(picture)}"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(picture)
        return path


def size_in_words(picture: bytes) -> str:
    """`3.2 KB`."""
    return f"{len(picture) / 1024:.1f} KB"


def _kind_of(picture: bytes) -> str:
    return next((kind for start, kind in _KINDS if picture.startswith(start)), "bin")
