"""An event listener of supervisor: writes `STATE name pid instant` to the file it is given, one line an event."""

import sys
from pathlib import Path
from time import perf_counter


def fields(text: str) -> dict[str, str]:
    return dict(part.split(":", 1) for part in text.split())


with Path(sys.argv[1]).open("a", encoding="utf-8", buffering=1) as seen:
    sys.stdout.write("READY\n")
    sys.stdout.flush()
    for line in sys.stdin:
        at = perf_counter()
        head = fields(line)
        body = fields(sys.stdin.read(int(head["len"])))
        state = head["eventname"].removeprefix("PROCESS_STATE_")
        seen.write(f"{state} {body['processname']} {body['pid']} {at}\n")
        sys.stdout.write("RESULT 2\nOKREADY\n")
        sys.stdout.flush()
