"""The journal of ends, read back."""

import logging
from pathlib import Path
from typing import Final

import msgspec

from jobs.models.ids import RunId, is_job_id
from jobs.ports.launcher import ExitLine

_BEGIN: Final = b'{"run":'
"""How every line begins; writers keep `run` in front."""

RECENT_BYTES: Final = 512 * 1024

_decoder: Final = msgspec.json.Decoder(ExitLine)
_logger: Final = logging.getLogger(__name__)


class ExitLog:
    """`exits.log`, appended to by whoever reaps runs, read from wherever the store left off."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, offset: int) -> tuple[list[ExitLine], int]:
        """See `Exits.read`. Unreadable lines are passed over with a warning.

        A file shorter than `offset` is not the one that was read before, and is read from its beginning.
        """
        whole, offset = self._whole_lines_from(offset)
        texts = whole.splitlines()
        lines = [line for text in texts if (line := _decode(text)) is not None]
        if len(lines) < len(texts):
            _logger.warning("%s: %d unreadable line(s) passed over", self._path, len(texts) - len(lines))
        return lines, offset + len(whole)

    def tells_of(self, run_id: RunId) -> bool:
        """Whether the end of this run is among the last lines: those of `RECENT_BYTES`, thousands of ends."""
        try:
            with self._path.open("rb") as file:
                file.seek(max(file.seek(0, 2) - RECENT_BYTES, 0))
                return _BEGIN + b'"%b"' % run_id.encode() in file.read(RECENT_BYTES)
        except FileNotFoundError:
            return False

    def _whole_lines_from(self, offset: int) -> tuple[bytes, int]:
        try:
            with self._path.open("rb") as file:
                if file.seek(0, 2) < offset:
                    _logger.warning("%s is shorter than what was read of it; reading it anew", self._path)
                    offset = 0
                file.seek(offset)
                content = file.read()
        except FileNotFoundError:
            return b"", 0
        return content[: content.rfind(b"\n") + 1], offset


def _decode(text: bytes) -> ExitLine | None:
    """One line. A write cut short (full disk, power cut) leaves a fragment in front of the next line: skip to that."""
    try:
        line = _decoder.decode(text[max(text.rfind(_BEGIN), 0) :])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    # An id becomes part of a file name. What is none was damaged on the disk, and no run's end.
    return line if is_job_id(line.run) else None
