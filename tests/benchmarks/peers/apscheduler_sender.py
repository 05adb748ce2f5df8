"""APScheduler, to compare with: `apscheduler_sender.py loop|threads|spawn PORT`, the instants on the standard input.

`loop`: AsyncIOScheduler, its callback sends. `threads`: BackgroundScheduler with a thread and a connection for each
instant. `spawn`: AsyncIOScheduler, its callback starts a Python that imports urllib3 and sends.
"""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime
from pathlib import Path
from threading import Semaphore
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor as Threads  # pyright: ignore[reportMissingTypeStubs]
from apscheduler.schedulers.asyncio import AsyncIOScheduler  # pyright: ignore[reportMissingTypeStubs]
from apscheduler.schedulers.background import BackgroundScheduler  # pyright: ignore[reportMissingTypeStubs]
from sending import Line, instants


async def on_the_loop(ats: list[float], act: Callable[[int], object]) -> None:
    """Each instant's act, one after the other; returns after the last."""
    scheduler, done = AsyncIOScheduler(timezone=UTC), asyncio.Semaphore(0)

    async def acts(number: int) -> None:
        act(number)
        done.release()

    add_all(scheduler, ats, acts)
    scheduler.start()
    for _ in ats:
        await done.acquire()


def in_threads(ats: list[float], port: int) -> None:
    with ThreadPoolExecutor(len(ats)) as pool:
        opening = [pool.submit(Line, port, "threads", len(ats)) for _ in ats]
        wait(opening)
    lines, done = [opened.result() for opened in opening], Semaphore(0)
    scheduler = BackgroundScheduler(timezone=UTC, executors={"default": Threads(len(ats))})

    def acts(number: int) -> None:
        lines[number].send(number)
        done.release()

    add_all(scheduler, ats, acts)
    scheduler.start()  # pyright: ignore[reportUnknownMemberType]
    for _ in ats:
        done.acquire()


def add_all(scheduler: Any, ats: list[float], act: Callable[[int], object]) -> None:
    for number, at in enumerate(ats):
        due = datetime.fromtimestamp(at, UTC)
        scheduler.add_job(act, "date", run_date=due, args=[number], misfire_grace_time=None)


def main(way: str, port: int) -> None:
    ats = instants()
    if way == "threads":
        in_threads(ats, port)
    elif way == "loop":
        asyncio.run(on_the_loop(ats, Line(port, way, len(ats)).send))
    else:
        senders: list[subprocess.Popen[bytes]] = []
        program = [sys.executable, str(Path(__file__).with_name("urllib3_sender.py"))]

        def start(number: int) -> None:
            senders.append(subprocess.Popen([*program, f"http://127.0.0.1:{port}/spawn/{number}"]))

        asyncio.run(on_the_loop(ats, start))
        assert {sender.wait() for sender in senders} == {0}


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
