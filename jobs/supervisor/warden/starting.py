"""Starting a warden, and waiting until it can be talked to."""

import os
import select
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from jobs.ports.launcher import LaunchFailed
from jobs.supervisor.environment import RUN_MARK, RUN_MARK_PLACEHOLDER
from jobs.supervisor.run_files import NOT_STARTED
from jobs.supervisor.warden.protocol import EXIT_HELD, READY

READY_PATIENCE_SECONDS: Final = 30.0
"""To import everything; a second on an idle machine."""
LOG_MAX_BYTES: Final = 1024 * 1024
"""Of `warden.log`; a longer one is begun anew by the next warden."""


def start_warden(
    command: Sequence[str], home: Path, generation: str, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """Starts a warden and waits until it is ready, or another turns out to keep the home. Blocks: call it in a thread.

    Raises `LaunchFailed`, and then leaves none behind.
    """
    environment = {name: value for name, value in environment.items() if name != RUN_MARK}
    try:
        with _log_of(home).open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own command
                [*command, str(home), generation],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=home,
                env={**environment, RUN_MARK: RUN_MARK_PLACEHOLDER},
                start_new_session=True,
            )
    except OSError as error:
        raise LaunchFailed(NOT_STARTED, f"the warden: {error}") from error
    said = _first_words(process)
    if said == READY or (not said and process.wait() == EXIT_HELD):
        return process
    process.kill()
    process.wait()
    raise LaunchFailed(NOT_STARTED, f"the warden did not start ({process.returncode}); see {home}/warden.log")


def _first_words(process: subprocess.Popen[bytes]) -> bytes:
    """What it says first, empty when it leaves; a word of our own when it says nothing for too long."""
    assert process.stdout is not None
    with process.stdout as says:
        # Not select(2): a bot with a thousand runs has descriptors that do not fit into its sets.
        poll = select.poll()
        poll.register(says, select.POLLIN)
        return os.read(says.fileno(), len(READY)) if poll.poll(READY_PATIENCE_SECONDS * 1000) else b"silent"


def _log_of(home: Path) -> Path:
    path = home / "warden.log"
    path.touch(mode=0o600)
    if path.stat().st_size > LOG_MAX_BYTES:
        os.truncate(path, 0)
    return path


def deadline() -> float:
    """When a warden that another bot has started must be ready, on the monotonic clock."""
    return time.monotonic() + READY_PATIENCE_SECONDS
