"""The logs of jobs, for those who read them."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from jobs.logs.following import Following
from jobs.logs.lines import readable
from jobs.logs.parts import log_name, read_name
from jobs.logs.reading import LOOKED_THROUGH_AT_MOST, READ_AT_MOST, Picking, pick, pick_before
from jobs.models.ids import JobId
from jobs.models.redaction import redact


class FileLogs:
    """Implements `ports.logs.Logs` over `directory/<job id>.log` and its older parts, see `parts`.

    Keeps nothing between two calls: any thread may call any method, beside others who write, rotate and compress.
    """

    def __init__(self, directory: Path, zone: str = "Asia/Shanghai") -> None:
        """`zone`: the one that lines give their instants in."""
        self._directory = directory
        self._zone = ZoneInfo(zone)

    def tail(self, job_id: JobId, lines: int, search: str = "", since: datetime | None = None) -> list[str]:
        """As the port says, over all parts. A word, in any case of letters, or an instant is looked for in the last
        32 MiB, counted as they were before compression; without either the last 128 MiB are read at most."""
        picking = self._picking(lines, search, since)
        pick(self._directory, log_name(job_id), picking, _at_most(search, since))
        return picking.lines

    def follow(
        self,
        job_id: JobId,
        pause: Callable[[], None],
        *,
        lines: int = 0,
        search: str = "",
        since: datetime | None = None,
    ) -> Iterator[str]:
        """The last `lines` lines and then each one written later (that holds `search`), none left out, none twice.

        Calls `pause` whenever there is nothing new.
        """
        with closing(Following(self._directory, log_name(job_id))) as following:
            if lines:
                yield from self._before(job_id, following, self._picking(lines, search, since), _at_most(search, since))
            while True:
                has_new = False
                for raw in following.new_lines():
                    has_new = True
                    line = readable(raw)
                    if search.casefold() in line.casefold():
                        yield line
                if not has_new:
                    pause()

    def append(self, job_id: JobId, lines: list[str]) -> None:
        if not lines:
            return
        data = "".join(f"{redact(line)}\n" for line in lines).encode()
        descriptor = os.open(self._directory / log_name(job_id), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, data)
        finally:
            os.close(descriptor)

    def remove(self, job_id: JobId) -> None:
        """Also what is being compressed just now, whatever name it goes by when it is found."""
        while files := self._files_of(log_name(job_id)):
            for file in files:
                file.unlink(missing_ok=True)

    def _files_of(self, log: str) -> list[Path]:
        with os.scandir(self._directory) as entries:
            return [
                Path(entry.path)
                for entry in entries
                if entry.name.startswith(log) and (name := read_name(entry.name)) and name.log == log
            ]

    def _picking(self, lines: int, search: str, since: datetime | None) -> Picking:
        written = "" if since is None else f"{since.astimezone(self._zone):%Y-%m-%d %H:%M:%S}"
        return Picking(lines, search, written.encode())

    def _before(self, job_id: JobId, following: Following, picking: Picking, at_most: int) -> list[str]:
        """The lines before the place where the following begins."""
        start = following.start
        position = start.tell() if start else 0
        pick_before(self._directory, log_name(job_id), start, picking, at_most)
        if start:
            start.seek(position)
        return picking.lines


def _at_most(search: str, since: datetime | None) -> int:
    return LOOKED_THROUGH_AT_MOST if search or since else READ_AT_MOST
