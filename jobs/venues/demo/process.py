"""The simulator as a process of its own, one per home, which outlives the bot: monitors poll it meanwhile.

It holds `home/demo/platform.lock` while it lives, keeps its port across restarts, and leaves when nobody asks.
"""

import asyncio
import contextlib
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import time as clock_time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import filelock

from jobs.models.errors import Refusal
from jobs.ports.clock import Clock
from jobs.venues.demo.files import (
    address,
    last_port,
    lock_path,
    open_log,
    release_followed,
    write_address,
    write_release,
)
from jobs.venues.demo.world import World
from jobs.venues.sjtu.presets import PRESETS

if TYPE_CHECKING:
    from jobs.venues.demo.simulation import Simulation

IDLE_SECONDS: Final = 15 * 60.0
"""A simulator that nobody asked anything for so long leaves."""

_LOCK_SECONDS: Final = 2.0
"""Patience with the lock: `ensure` holds it for a moment when it looks, a leaving simulator until it is gone."""


def serve(
    home: Path,
    *,
    port: int = 0,
    seed: int,
    period_seconds: float,
    clock: Clock,
    release: str = "12:00:00",
    clock_offset_seconds: float | None = None,
    idle_seconds: float = IDLE_SECONDS,
    follows_bot: bool = False,
    announce: Callable[[str], None] | None = None,
) -> None:
    """Serves the simulated platform on 127.0.0.1 until a signal, or until nobody asks for `idle_seconds`.

    `port` 0: the port used last time if it is still free, else any. `release`: the time of day, in Shanghai, at which
    a date opens. `clock_offset_seconds`: how far its clock is ahead of `clock`; None: what control said last.
    `follows_bot`: `ensure` may change the release while it runs; otherwise it leaves it as it is. `announce` is called
    with the base URL once it listens. What it has sold is in `home/demo` and outlives it. Raises `Refusal` when the
    home's simulator runs already, a port that was asked for is taken or `release` is no time, `ValueError` for a
    period that is not above 0.
    """
    world = World(seed=seed, period_seconds=period_seconds, release=time_of_day(release))
    try:
        with (
            filelock.FileLock(lock_path(home), timeout=_LOCK_SECONDS, mode=0o600),
            _listener(home, port) as listener,
            _simulation(world, clock, home, clock_offset_seconds) as simulation,
        ):
            write_release(home, release if follows_bot else "")
            write_address(home, listener.getsockname()[1])
            if announce is not None:
                announce(f"http://127.0.0.1:{listener.getsockname()[1]}")
            asyncio.run(_serve_until_idle(simulation, listener, idle_seconds))
    except filelock.Timeout:
        raise Refusal(
            f"演示平台已经在运行（{address(home)}），不需要再启动一个；要换一个，先停止机器人或那一个"
        ) from None


@contextlib.contextmanager
def _simulation(
    world: World, clock: Clock, home: Path, offset_seconds: float | None
) -> Generator["Simulation", None, None]:
    from jobs.venues.demo.simulation import Simulation  # noqa: PLC0415 - not for `ensure`

    simulation = Simulation(world, clock, home=home)
    try:
        simulation.clock.offset_seconds = simulation.kept_offset() if offset_seconds is None else offset_seconds
        yield simulation
    finally:
        simulation.close()


def ensure(
    home: Path,
    *,
    seed: int,
    period_seconds: float,
    command: Sequence[str],
    environment: Mapping[str, str],
    release: str = "12:00:00",
) -> None:
    """Sees to it that the home's simulator runs or is starting; takes milliseconds and does not wait for it.

    `command`, with options appended, must end in `jobs.venues.demo.command.serve_arguments`. A simulator that runs
    already is left alone, whatever its seed; one that was started here gets another `release` when it changes. Two
    that start at once sort it out by the lock. `environment` is all it sees of ours. One that is just dying still
    counts as running: ask again from time to time, it costs next to nothing.
    """
    if _runs(home):
        _follow(home, release)
        return
    options = ["--home", str(home), "--seed", str(seed), "--period-seconds", str(period_seconds)]
    options += ["--release", release, "--beside-bot"]
    with open_log(home) as log:
        process = subprocess.Popen(  # noqa: S603 - the application's own command
            [*command, *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=dict(environment),
        )
    # Reaped by whoever started it, while that one lives, so that no zombie stays; it needs no parent to go on.
    threading.Thread(target=process.wait, name="demo-platform", daemon=True).start()


def _follow(home: Path, release: str) -> None:
    """Tells a simulator that the bot started when the bot has another release by now."""
    if release_followed(home) in (release, "", None):
        return
    from jobs.venues.demo.control import Control, ControlError  # noqa: PLC0415 - rarely

    with contextlib.suppress(ControlError):  # still starting, or just leaving: asked again soon
        Control(home).set_release(release)
        write_release(home, release)


def _runs(home: Path) -> bool:
    try:
        with filelock.FileLock(lock_path(home), timeout=0, mode=0o600):
            return False
    except filelock.Timeout:
        return True


def time_of_day(text: str) -> clock_time:
    """`12:00:00`. Raises `Refusal`."""
    try:
        return clock_time.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise Refusal(f"“{text[:20]}”不是开放时间，请写成 12:00:00 这样") from None


async def _serve_until_idle(simulation: "Simulation", listener: socket.socket, idle_seconds: float) -> None:
    # Imported late: whoever only asks for a simulator (`ensure`) needs no web server.
    import uvicorn  # noqa: PLC0415

    from jobs.venues.demo.front import dated  # noqa: PLC0415
    from jobs.venues.demo.platform import application  # noqa: PLC0415

    asked_at = time.monotonic()

    def note_request() -> None:
        nonlocal asked_at
        asked_at = time.monotonic()

    app = dated(application(simulation, PRESETS), simulation.clock, note_request)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            lifespan="off",
            access_log=False,
            log_level="warning",
            date_header=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
    )

    async def leave_when_idle() -> None:
        while (left := asked_at + idle_seconds - time.monotonic()) > 0:  # noqa: ASYNC110 - sleeps as long as it knows
            await asyncio.sleep(left)
        server.should_exit = True

    leaving = asyncio.create_task(leave_when_idle())
    try:
        await server.serve(sockets=[listener])
    finally:
        leaving.cancel()


def _listener(home: Path, port: int) -> socket.socket:
    """A listening socket on loopback: the port asked for, or last time's, or any."""
    if port:
        try:
            return listen(port)
        except OSError as error:
            raise Refusal(f"端口 {port} 已被占用，请换一个端口或不指定端口") from error
    try:
        return listen(last_port(home))
    except OSError:
        return listen(0)


def listen(port: int) -> socket.socket:
    """A listening socket on loopback; port 0: any. Raises `OSError`."""
    # TCP by name: asyncio sends small answers at once only on sockets that say so; otherwise each takes 40 ms more.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            # Connections of the simulator that was here before may linger; on Windows this would allow a hijack.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except BaseException:
        listener.close()
        raise
    return listener
