"""The file that holds the keys: made once, privately and durably, and never replaced by this program."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet, MultiFernet

from jobs.models.errors import Refusal

_OTHERS: Final = 0o077


class KeyFile:
    """One Fernet key a line; what is sealed is sealed with the first and opened with any. Blank lines and those that
    begin with `#` are not read.

    To change keys, put a line that `Fernet.generate_key()` makes in front of the others; those stay for as long as
    something sealed with them is kept, backups included.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def is_there(self) -> bool:
        return self.path.exists()

    @property
    def is_private(self) -> bool:
        """Whether nobody else can read it, as far as the system tells; True where it is not there."""
        return os.name != "posix" or not self.is_there or not self.path.stat().st_mode & _OTHERS

    def read(self) -> MultiFernet | None:
        """None where there is no file. Raises `Refusal` for one that cannot be read as keys."""
        try:
            lines = [line.strip() for line in self.path.read_bytes().splitlines()]
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Refusal(
                "读不了密钥文件 secrets.key，请超级用户检查它的权限（应为 600，属于运行机器人的用户）"
            ) from error
        try:
            return MultiFernet([Fernet(line) for line in lines if line and not line.startswith(b"#")])
        except ValueError:  # No line is told: a spoiled key is still most of a key.
            raise Refusal("密钥文件 secrets.key 的内容不对，请超级用户放回原来的文件") from None

    def make(self) -> None:
        """Makes the file with a new key, on the disk when this returns. Whoever comes second leaves it as it is."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._make(Fernet.generate_key() + b"\n")
        except OSError as error:
            raise Refusal("写不了密钥文件 secrets.key，请超级用户检查磁盘空间和数据目录的权限") from error

    def _make(self, content: bytes) -> None:
        descriptor, name = tempfile.mkstemp(prefix=".secrets.key.", suffix=".partial", dir=self.path.parent)
        try:
            with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor; made 0600
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            # Not a rename: the file of another process, which may have sealed with it already, would be gone.
            with suppress(FileExistsError):
                self._link(name, content)
            _sync(self.path.parent)
        finally:
            Path(name).unlink(missing_ok=True)

    def _link(self, name: str, content: bytes) -> None:
        try:
            os.link(name, self.path)
        except FileExistsError:
            raise
        except OSError:  # A file system without links. For an instant others may find the file empty, and refuse.
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "wb") as file:  # noqa: PTH123
                file.write(content)
                file.flush()
                os.fsync(file.fileno())


def _sync(directory: Path) -> None:
    """Makes the file's name durable; Windows has no such call and needs none."""
    if os.name == "posix":
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
