"""The cookies of one site. Nobody else's are sent there, and none of them is ever printed."""

import re
from collections.abc import Callable, Iterable
from email.utils import parsedate_to_datetime
from typing import Final

MOST_COOKIES: Final = 40
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}")
_VALUE: Final = re.compile(r"[\x21-\x3a\x3c-\x7e]{0,4096}")
"""Printable ASCII without blanks and semicolons: whatever else a header might carry stays out of ours."""
_PATH: Final = re.compile(r"/[\x21-\x3a\x3c-\x7e]{0,256}")


class Jar:
    """Cookies by name and path. What they are worth only the site knows: none is kept from it for its age.

    `refuses` says of a name and a value that it shall not be kept.
    """

    def __init__(self, refuses: Callable[[str, str], bool] = lambda _name, _value: False) -> None:
        self._refuses = refuses
        self._cookies: dict[tuple[str, str], str] = {}
        self.changes = 0
        """How often anything in it has changed."""

    def __repr__(self) -> str:
        return f"Jar({len(self._cookies)} cookies)"

    def keep(self, headers: Iterable[str]) -> None:
        """Takes in (or throws away) what these `Set-Cookie` headers say; those that cannot be read are passed over."""
        for header in headers:
            pair, *rest = header.split(";")
            name, is_one, value = (part.strip() for part in pair.partition("="))
            attributes = _attributes(rest)
            path = attributes.get("path", "/")
            if is_one:
                self._put(name, value.strip('"'), path if _PATH.fullmatch(path) else "/", _is_gone(attributes))

    def header(self, *paths: str) -> str:
        """What a request to a path carries, the closest first; empty: nothing. `paths`: the names it goes by."""
        found = [
            (name, path, value)
            for (name, path), value in self._cookies.items()
            if any(_covers(path, asked) for asked in paths)
        ]
        found.sort(key=lambda cookie: -len(cookie[1]))
        return "; ".join(f"{name}={value}" for name, _, value in found)

    def has(self, name: str) -> bool:
        return any(name == kept for kept, _ in self._cookies)

    def dump(self) -> list[list[str]]:
        """Name, path and value of each; for `load`. Secret."""
        return [[name, path, value] for (name, path), value in self._cookies.items()]

    def load(self, cookies: Iterable[Iterable[str]]) -> None:
        """Takes in what was dumped; nonsense is passed over."""
        for cookie in cookies:
            match list(cookie):
                case [name, path, value] if _PATH.fullmatch(path):
                    self._put(name, value, path, is_gone=False)
                case _:
                    continue

    def _put(self, name: str, value: str, path: str, is_gone: bool) -> None:
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value) or self._refuses(name, value):
            return
        before = self._cookies.get((name, path))
        if is_gone:
            self._cookies.pop((name, path), None)
        elif before is not None or len(self._cookies) < MOST_COOKIES:
            self._cookies[name, path] = value
        self.changes += before != self._cookies.get((name, path))


def _attributes(parts: Iterable[str]) -> dict[str, str]:
    pairs = (part.partition("=") for part in parts)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _is_gone(attributes: dict[str, str]) -> bool:
    """Whether the site takes the cookie back: no age left, or a date long past."""
    age = attributes.get("max-age")
    if age is not None and re.fullmatch(r"-?[0-9]{1,12}", age):
        return int(age) <= 0
    try:
        # What is taken back is dated 1970; a date of today needs no clock of ours to be judged.
        return parsedate_to_datetime(attributes.get("expires", "")).year < 2000
    except (ValueError, OverflowError, TypeError, IndexError):
        return False


def _covers(path: str, asked: str) -> bool:
    if not asked.startswith(path):
        return False
    return path.endswith("/") or asked[len(path) : len(path) + 1] in {"", "/", "?"}
