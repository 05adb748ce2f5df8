"""No process that holds passwords or sessions leaves its memory on a disk when it crashes."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("no such limit", allow_module_level=True)

import resource

DEADLINE_SECONDS = 30.0


@pytest.fixture
def cores() -> int:
    """How much of a core this machine lets us ask for; what is started here is allowed as much."""
    before = resource.getrlimit(resource.RLIMIT_CORE)
    if before[1] == 0:
        pytest.skip("cores are forbidden here anyway")
    return before[1]


def allowed(cores: int, *arguments: str) -> "subprocess.Popen[str]":
    begins = f"import resource; resource.setrlimit(resource.RLIMIT_CORE, ({cores}, {cores}))"
    script = f"{begins}\nimport runpy, sys\nsys.argv = sys.argv[1:]\nrunpy.run_module(sys.argv[0], run_name='__main__')"
    return subprocess.Popen(
        [sys.executable, "-P", "-c", script, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


@pytest.mark.parametrize("module", ["jobs.warden", "jobs.worker"])
def test_wardens_and_runs_leave_no_core(tmp_path: Path, cores: int, module: str) -> None:
    home = tmp_path / "home"
    home.mkdir(0o700)
    with allowed(cores, module, str(home), "test") as process:
        try:
            deadline = time.monotonic() + DEADLINE_SECONDS
            while resource.prlimit(process.pid, resource.RLIMIT_CORE) != (0, cores):
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.01)
        finally:
            process.kill()


def test_nor_does_what_a_bot_calls(cores: int) -> None:
    script = f"""
import resource
from jobs.supervisor.limits import forbid_cores
resource.setrlimit(resource.RLIMIT_CORE, ({cores}, {cores}))
forbid_cores()
print(resource.getrlimit(resource.RLIMIT_CORE)[0])
"""
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "0"
