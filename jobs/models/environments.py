"""What of an environment may be handed on to a process that does work for people."""

from collections.abc import Mapping
from typing import Final

RUN_MARK: Final = "SJA_RUN"
"""Says, of a run's worker and of all that it starts, which run they belong to: whoever has left for a session of its
own is found by it."""

INHERITED: Final = frozenset(
    {
        *("PATH", "HOME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR"),
        *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "TEMP", "TMP", "USERPROFILE", "APPDATA"),
    }
)
"""Besides `LC_*`: where things are and how to write, nothing secret."""


def harmless(surrounding: Mapping[str, str]) -> dict[str, str]:
    """The part of an environment that says nothing secret."""
    return {name: value for name, value in surrounding.items() if name in INHERITED or name.startswith("LC_")}
