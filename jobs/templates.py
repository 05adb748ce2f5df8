"""The command templates of a home: those that ship, and what its operator wrote into `templates.toml`."""

import sys
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

from jobs.models.template_reading import read_templates
from jobs.models.templates import WHOLE_FILE, Template, Templates, merged
from jobs.models.toml_words import toml_trouble
from jobs.small_files import Unreadable, read_small

FILE_NAME: Final = "templates.toml"
_LARGEST_BYTES: Final = 1024 * 1024
"""Of the file; thousands of templates."""
_EXAMPLES: Final = Path(__file__).with_name("examples.py")

_Signature = tuple[int, int, int]


class TemplateBook:
    """Reads the templates of one home, and again whenever the file has changed; `complain` is told, once for each
    reading, of what cannot be used."""

    def __init__(self, home: Path, complain: Callable[[str], object] = str) -> None:
        self.path = home / FILE_NAME
        """Where the operator writes."""
        self._complain = complain
        self._seen: _Signature | None = None
        self._templates = shipped()
        self._written: dict[str, Template] = {}
        """What the file holds, or held when it could be used."""

    def templates(self) -> Templates:
        """All templates as they are now. Never raises: what cannot be used is among the refused.

        What was read before goes on being known where what is written now, the whole file or one template, cannot be
        used; and so does what ships.
        """
        signature = self._signature()
        if signature != self._seen:
            self._seen = signature
            self._templates = self._read() if signature is not None else self._forget()
            for sentence in self._templates.refused.values():
                self._complain(sentence)
        return self._templates

    def _signature(self) -> _Signature | None:
        """What changes with the file; None: there is none."""
        try:
            about = self.path.stat()
        except FileNotFoundError:
            return None
        except OSError:
            return (0, 0, 0)
        return about.st_mtime_ns, about.st_size, about.st_ino

    def _read(self) -> Templates:
        try:
            now = read_templates(_document(self.path), FILE_NAME)
        except Unreadable as trouble:
            sentence = f"{FILE_NAME} {trouble}，先照旧用以前读到的和自带的模板，请管理员改好"
            now = Templates(refused={WHOLE_FILE: sentence})
            kept = self._written
        else:
            kept = {name: template for name, template in self._written.items() if name in now.refused}
        self._written = {**kept, **now.known}
        return merged(shipped(), Templates(known=self._written, refused=now.refused))

    def _forget(self) -> Templates:
        self._written = {}
        return shipped()


@cache
def shipped() -> Templates:
    """The two harmless templates that ship, run by the Python that runs us: the same on every system."""
    return read_templates(
        {
            "hello": {
                "title": "打个招呼",
                "argv": [*_ours("hello"), "{who}", "{times}"],
                "timeout_seconds": 60,
                "params": {
                    "who": {"type": "str", "title": "向谁", "default": "世界"},
                    "times": {"type": "int", "title": "几行", "min": 1, "max": 10, "default": 3},
                },
            },
            "disk": {
                "title": "看磁盘还剩多少空间",
                "argv": [*_ours("disk"), "{least}"],
                "timeout_seconds": 60,
                "params": {
                    "least": {
                        "type": "int",
                        "title": "至少空闲百分之几，少于它就算失败",
                        "min": 0,
                        "max": 99,
                        "default": 5,
                    }
                },
            },
        },
        "自带的模板",
    )


def _ours(example: str) -> list[str]:
    """The beginning of an example's arguments; isolated from whatever Python finds around it, and writing UTF-8."""
    words = [sys.executable, "-I", "-X", "utf8", str(_EXAMPLES), example]
    return [word.replace("{", "{{").replace("}", "}}") for word in words]


def _document(path: Path) -> dict[str, Any]:
    """Raises `Unreadable`."""
    text = read_small(path, _LARGEST_BYTES)
    try:
        return tomllib.loads(text or "")
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"读不懂（{toml_trouble(error)}）") from error
