"""What surrounds a run's process."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

RUN_MARK: Final = "SJA_RUN"
"""The environment variable that says, of a worker and all its children, which run they belong to."""

RUN_MARK_PLACEHOLDER: Final = "0" * 32
"""The mark of whoever forks workers: of no run, with room for a run id. The last variable of the environment."""

INHERITED: Final = frozenset(
    {
        *("PATH", "HOME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR"),
        *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "TEMP", "TMP", "USERPROFILE", "APPDATA"),
    }
)
"""What a worker may see of the bot's environment, besides `LC_*`: where things are and how to write, nothing secret."""


def worker_environment(surrounding: Mapping[str, str], home: Path) -> dict[str, str]:
    """What workers see: the harmless part of `surrounding`, where `jobs` is found from any directory, and the home."""
    inherited = {name: value for name, value in surrounding.items() if name in INHERITED or name.startswith("LC_")}
    return {
        **inherited,
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        "SJA_HOME": str(home),
        "PYTHONUNBUFFERED": "1",
    }
