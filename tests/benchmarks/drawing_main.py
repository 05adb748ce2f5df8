"""Draws the list of twenty jobs in a process of its own, ours or the plain table, and prints what that took as JSON.

`drawing_main.py ours|plain ROUNDS`: seconds of each round, the first one included, bytes of the file, and MiB of memory
beyond what the process had when the list was at hand as values: at the peak, and of that what no file backs. Its path
holds the project, the tests' pictures and the peers.
"""

import json
import sys
from pathlib import Path
from time import perf_counter

from picture_site import ZONE, page_of, usual_rows

from plugins._pictures import draw_list, finding
from plugins._replies.listing import configuration, latest

_PAGE = page_of(*usual_rows(20), total=37, pages=2)


def main(whose: str, rounds: int) -> None:
    font = next((file for name, file in finding.known_files().items() if name in finding.CHINESE), None)
    work = _ours if whose == "ours" else _plain
    before, own_before = _peak_kib(), _own_kib()
    seconds: list[float] = []
    picture: bytes | None = b""
    for _ in range(rounds):
        begun = perf_counter()
        picture = work(font)
        seconds.append(perf_counter() - begun)
    mib = {"peak": (_peak_kib() - before) / 1024, "own": (_own_kib() - own_before) / 1024}
    print(json.dumps({"seconds": seconds, "bytes": len(picture or b""), "mib": mib}))


def _ours(_: Path | None) -> bytes | None:
    return draw_list(_PAGE, ZONE)


def _plain(font: Path | None) -> bytes | None:
    if font is None:
        return None
    from pillow_table import draw

    index = 2 if font.suffix == ".ttc" else 0
    rows = [
        (row.job.label, row.job.status.words, latest(row, ZONE), " · ".join(filter(None, configuration(row, ZONE))))
        for row in _PAGE.rows
    ]
    return draw(rows, font, index)


def _peak_kib() -> int:
    return _status("VmHWM")


def _own_kib() -> int:
    return _status("RssAnon")


def _status(field: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
