"""What the simulator keeps on disk, under `home/demo`, for its owner's eyes only."""

import os
import re
import secrets
import tempfile
from pathlib import Path
from typing import BinaryIO, Final

_ADDRESS: Final = re.compile(r"http://127\.0\.0\.1:([0-9]{1,5})")
_LARGEST_LOG: Final = 1024 * 1024


def folder(home: Path) -> Path:
    """`home/demo`, made with mode 0700 where it is missing (so is `home`)."""
    demo = home / "demo"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    demo.mkdir(mode=0o700, exist_ok=True)
    return demo


def lock_path(home: Path) -> Path:
    """The file whose lock the one live simulator of a home holds; never removed."""
    return folder(home) / "platform.lock"


def open_log(home: Path) -> BinaryIO:
    """What a detached simulator prints: appended to, begun anew when it has grown large."""
    path = folder(home) / "platform.log"
    large = path.exists() and path.stat().st_size > _LARGEST_LOG
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | (os.O_TRUNC if large else 0)
    return os.fdopen(os.open(path, flags, 0o600), "ab")


def address(home: Path) -> str | None:
    """The base URL the home's simulator uses or used last, None when there was none. Says nothing about its health."""
    try:
        text = (home / "demo" / "address").read_text(encoding="ascii").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    return text if _ADDRESS.fullmatch(text) else None


def last_port(home: Path) -> int:
    """The port of `address`, 0 when there is none."""
    match = _ADDRESS.fullmatch(address(home) or "")
    return int(match[1]) if match and int(match[1]) < 65536 else 0


def write_address(home: Path, port: int) -> None:
    """Replaces the address at once: a reader sees the old one or the new one, whole."""
    _write(folder(home) / "address", f"http://127.0.0.1:{port}\n")


def public_key(home: Path) -> str | None:
    """The public key of the home's simulator, base64 of its DER form; None when there was none yet."""
    return _text(home / "demo" / "public_key")


def write_public_key(home: Path, key: str) -> None:
    _write(folder(home) / "public_key", key + "\n")


def private_key(home: Path) -> bytes | None:
    """PEM; None when there was none yet."""
    try:
        return (home / "demo" / "key.pem").read_bytes()
    except FileNotFoundError:
        return None


def write_private_key(home: Path, pem: bytes) -> None:
    _write(folder(home) / "key.pem", pem.decode("ascii"))


def control_key(home: Path) -> str | None:
    """What `/_demo/` wants to be told; None when no simulator ever ran here."""
    return _text(home / "demo" / "control")


def make_control_key(home: Path) -> str:
    """The home's control key, made where there is none."""
    key = control_key(home)
    if not key:
        key = secrets.token_urlsafe(24)
        _write(folder(home) / "control", key + "\n")
    return key


def release_followed(home: Path) -> str | None:
    """The release of a simulator that goes by the bot's; "" for one that does not, None when there was none yet."""
    return _text(home / "demo" / "release")


def write_release(home: Path, release: str) -> None:
    _write(folder(home) / "release", release + "\n")


def ledger_path(home: Path) -> Path:
    return folder(home) / "ledger.db"


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return None


def _write(path: Path, text: str) -> None:
    """Replaces a file at once, mode 0600."""
    descriptor, name = tempfile.mkstemp(prefix=f"{path.name}-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
