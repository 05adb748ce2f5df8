"""The `schedule` library, to compare with: `schedule_sender.py PORT`, on the standard input instants of whole seconds.

Its loop sleeps as long as the library says that nothing is due, which is the most precise of the loops it documents.
"""

import sys
import time
from datetime import datetime

import schedule  # pyright: ignore[reportMissingTypeStubs]
from sending import Line, instants


def main(port: int) -> None:
    ats = instants()
    line = Line(port, "schedule", len(ats))

    def send(number: int) -> type[schedule.CancelJob]:
        line.send(number)
        return schedule.CancelJob

    for number, at in enumerate(ats):
        wall = datetime.fromtimestamp(at)  # noqa: DTZ006 - the library goes by the local clock
        schedule.every().day.at(f"{wall:%H:%M:%S}").do(send, number)  # pyright: ignore[reportUnknownMemberType]
    while schedule.get_jobs():
        time.sleep(max(0.0, schedule.idle_seconds() or 0.0))
        schedule.run_pending()


if __name__ == "__main__":
    main(int(sys.argv[1]))
