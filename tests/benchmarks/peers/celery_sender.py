"""Celery, to compare with: `celery_sender.py PORT`, the instants on the standard input.

`apply_async(eta=…)` for each, then one worker (`--pool solo`) that takes them. The broker is a folder, so that nothing
has to be installed besides; it plays no part at the instant, when the worker has the tasks already.
"""

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from celery import Celery  # pyright: ignore[reportMissingTypeStubs]
from sending import Line, instants


def main(port: int) -> None:
    ats = instants()
    line = Line(port, "celery", len(ats))
    with TemporaryDirectory() as folder:
        app: Any = Celery("lateness", broker="filesystem://")
        folders = {"data_folder_in": folder, "data_folder_out": folder, "control_folder": f"{folder}/control"}
        Path(folder, "control").mkdir()
        app.conf.update(broker_transport_options=folders, worker_enable_remote_control=False)
        left = set(range(len(ats)))

        @app.task(ignore_result=True)
        def send(number: int) -> None:
            line.send(number)
            left.discard(number)
            if not left:
                os.kill(os.getpid(), signal.SIGTERM)

        for number, at in enumerate(ats):
            send.apply_async((number,), eta=datetime.fromtimestamp(at, UTC))
        quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "ERROR")
        app.worker_main(["--quiet", "worker", "--pool", "solo", *quiet])


if __name__ == "__main__":
    main(int(sys.argv[1]))
