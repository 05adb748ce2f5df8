"""Pictures and files that reach a terminal: kept as files that their reader, and nobody else, can open."""

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

    def keep(self, content: bytes, name: str = "") -> Path:
        """Writes one picture, or one file of that name, and returns where it is. Raises `OSError`."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="sja-chat-"))
        self._kept += 1
        ending = Path(name).suffix.lstrip(".") if name else _kind_of(content)
        path = self._folder / f"{self._kept}.{ending if ending.isalnum() else 'bin'}"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        return path


def size_in_words(content: bytes) -> str:
    """`3.2 KB`."""
    return f"{len(content) / 1024:.1f} KB"


def _kind_of(picture: bytes) -> str:
    return next((kind for start, kind in _KINDS if picture.startswith(start)), "bin")
