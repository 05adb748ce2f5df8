"""Frames over a Unix socket whose kernel keeps them apart (SOCK_SEQPACKET), and who is at the other end of it."""

import array
import os
import socket
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Final

SOCKET_NAME: Final = "warden.sock"

_CREDENTIALS: Final = struct.Struct("3i")
"""`struct ucred` of unix(7): pid, uid, gid."""


class BadFrame(Exception):
    """The peer sent what nobody would: too long, or with more descriptors than one."""


def new_socket() -> socket.socket:
    """A socket that never makes its process wait."""
    made = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    made.setblocking(False)
    return made


def address_in(directory: int) -> str:
    """The address of the warden's socket in an open directory, however long the name of that is."""
    return f"/proc/self/fd/{directory}/{SOCKET_NAME}"


def open_directory(home: Path) -> int:
    return os.open(home, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)


def sockets_work_in(home: Path) -> bool:
    """Whether this system, and the file system the home is on, have such sockets."""
    trial = f"{SOCKET_NAME}.{os.getpid()}"
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory = open_directory(home)
        try:
            with new_socket() as bound:
                bound.bind(f"/proc/self/fd/{directory}/{trial}")
            os.unlink(trial, dir_fd=directory)
        finally:
            os.close(directory)
    except OSError:
        return False
    return True


def peer_uid(connection: socket.socket) -> int:
    """The user whose process is at the other end, as the kernel knows it."""
    _, uid, _ = _CREDENTIALS.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    return uid


def send(connection: socket.socket, frame: bytes, fds: Sequence[int] = ()) -> None:
    """Sends one frame at once; raises `BlockingIOError` where the peer has not taken earlier ones."""
    passed = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    connection.sendmsg([frame], passed, socket.MSG_NOSIGNAL | socket.MSG_DONTWAIT)


def receive(connection: socket.socket, limit: int) -> tuple[bytes, int | None]:
    """One frame, empty when the peer has left, and the descriptor that came with it, the caller's to close.

    Raises `BlockingIOError` where there is none, and `BadFrame`, of which nothing is left open.
    """
    room = socket.CMSG_SPACE(struct.calcsize("i"))
    frame, passed, flags, _ = connection.recvmsg(limit, room, socket.MSG_CMSG_CLOEXEC | socket.MSG_DONTWAIT)
    fds = array.array("i")
    for level, type, content in passed:
        if level == socket.SOL_SOCKET and type == socket.SCM_RIGHTS:
            fds.frombytes(content[: len(content) - len(content) % fds.itemsize])
    if flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC) or len(fds) > 1:
        for fd in fds:
            os.close(fd)
        raise BadFrame(f"a frame of more than {limit} bytes, or with more than one descriptor")
    return frame, fds[0] if fds else None
