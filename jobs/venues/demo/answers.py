"""How the platform says things, and how it reads what it is asked."""

import json
from datetime import UTC, date, datetime
from typing import Any, Final, cast
from urllib.parse import parse_qs

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from jobs.venues.demo.world import ZONE

VERDICT: Final = "demo.verdict"
"""In a request's scope: what became of it, where that is not `ok`."""
LOGIN: Final = (
    "/jaccount-site/oauth2/authorize?response_type=code&client_id=mB5nKHqC00MusWAgnqSF"
    "&redirect_uri=https://sports.sjtu.edu.cn/oauth2Login"
)
"""Where whoever is not logged in is sent, on this host."""
USER: Final = "demo.user"
"""In a request's scope: who is logged in, "" for nobody."""


class Refusing(Response):
    """An answer that tells the ledger why."""

    why: str = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[VERDICT] = self.why
        await super().__call__(scope, receive, send)


class _RefusingJson(JSONResponse, Refusing):
    pass


class _RefusingPage(HTMLResponse, Refusing):
    pass


def success(data: object, message: str = "操作成功") -> Response:
    body = msgspec.json.encode({"code": 0, "msg": message, "data": data})
    return Response(body, media_type="application/json")


def failure(message: str, code: int = 500, why: str = "") -> Response:
    # The platform's codes beside such messages were never recorded; 500 is its framework's usual one.
    return refusing({"code": code, "msg": message}, why or message)


def refusing(said: dict[str, Any], why: str) -> Response:
    """JSON that refuses something; `why` is for the ledger."""
    answer = _RefusingJson(said)
    answer.why = why
    return answer


def error_page(message: str, why: str = "") -> Response:
    """The page that says 操作异常, with HTTP 200."""
    answer = _RefusingPage(
        "<!doctype html><html><head><title>操作异常</title></head><body>"
        f'<h1>操作异常</h1><div class="error-desc">{message}</div></body></html>'
    )
    answer.why = why or message
    return answer


def page(title: str, body: str, status: int = 200) -> Response:
    """An HTML page; `body` is HTML."""
    return HTMLResponse(
        f'<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>{title}</title></head>'
        f"<body>{body}</body></html>",
        status_code=status,
    )


def to_login(request: Request) -> Response:
    """302 to the login."""
    return RedirectResponse(base_url(request) + LOGIN, 302)


def user_of(request: Request) -> str:
    """Who asks, "" for nobody."""
    return request.scope.get(USER, "")


def base_url(request: Request) -> str:
    """Where the asker found us."""
    return f"http://{request.headers.get('host', '127.0.0.1')}"


async def form(request: Request) -> dict[str, str]:
    """A URL-encoded body; bytes that are no text are replaced."""
    fields = parse_qs((await request.body()).decode("utf-8", errors="replace"), keep_blank_values=True)
    return {name: values[-1] for name, values in fields.items()}


async def json_texts(request: Request) -> dict[str, str]:
    """The text fields of a JSON object; {} for any other body, as none of the fields is there."""
    return {name: value for name, value in (await json_object(request)).items() if isinstance(value, str)}


async def json_object(request: Request) -> dict[str, Any]:
    """A JSON object; {} for any other body."""
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", body) if isinstance(body, dict) else {}


async def form_or_json(request: Request) -> dict[str, str]:
    """The text fields of either kind of body."""
    if "json" in request.headers.get("content-type", ""):
        return await json_texts(request)
    return await form(request)


def calendar_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def number(text: str | None, otherwise: int) -> int:
    """A count sent in a form: 1 to 999, or `otherwise`."""
    return (
        int(text) if text and text.isascii() and text.isdecimal() and 1 <= len(text) <= 3 and int(text) else otherwise
    )


def clock_text(at: float | None) -> str | None:
    """An instant as the platform writes it, by the wall clock of Shanghai."""
    return None if at is None else datetime.fromtimestamp(at, UTC).astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")
