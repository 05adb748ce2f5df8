"""Which program a warden runs: it has imported it all once and for all, so another program needs another warden."""

import hashlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

PACKAGE = Path(__file__).resolve().parents[2]


def generation_of(command: Sequence[str], environment: Mapping[str, str], package: Path = PACKAGE) -> str:
    """A digest, 64 hexadecimal digits, of the command, what surrounds it, the interpreter and the program on disk."""
    files = sorted(package.rglob("*.py"))
    stats = [(str(path), stat.st_mtime_ns, stat.st_size) for path in files for stat in [path.stat()]]
    program = (sys.version, sys.executable, list(command), sorted(environment.items()), stats)
    return hashlib.sha256(msgspec.msgpack.encode(program)).hexdigest()
