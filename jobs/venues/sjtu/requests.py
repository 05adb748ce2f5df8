"""Requests as values. What they carry may be secret, so none of it is ever printed."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"
ACCEPT_DATA: Final = "application/json, text/plain, */*"
ACCEPT_PAGES: Final = "text/html,application/xhtml+xml,*/*;q=0.8"


class Request(Struct, frozen=True, kw_only=True):
    """One request to a site. `path` begins with a slash, relative to the site's base, and may have a query.

    `body` None: a question that has none, whose answer shall not come from a cache. `referer` empty: the site's `/pc/`.
    """

    method: str
    path: str
    body: bytes | None = None
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()
    referer: str = ""
    accept: str = ACCEPT_DATA

    def __repr__(self) -> str:
        return f"Request({self.method} {self.path.partition('?')[0]})"


def get(path: str, **query: str) -> Request:
    """A question without a body."""
    return Request(method="GET", path=f"{path}?{urlencode(query)}" if query else path)


def who_am_i() -> Request:
    """The cheapest question there is: no court, no database, and never answered from a cache."""
    return get("/system/user/currentUser")


def post_json(path: str, question: Mapping[str, str]) -> Request:
    return Request(method="POST", path=path, body=msgspec.json.encode(question))


def post_form(path: str, **fields: str) -> Request:
    return Request(method="POST", path=path, body=urlencode(fields).encode(), content_type=FORM)
