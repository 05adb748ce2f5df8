"""The platform's ways of saying no, told apart. Pure.

A missing login comes in three disguises (a redirect, an HTML page, code 401 in a 200), a limit in words of its own
under whatever code; nothing but these texts tells them apart.
"""

import re
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from jobs.ports.provider import NotLoggedIn, RateLimited, UnexpectedAnswer, VenueUnreachable

PLATFORM_ZONE: Final = ZoneInfo("Asia/Shanghai")

_BUSY_SECONDS: Final = 60.0
"""The wait after 请求过于频繁 without a Retry-After; the platform's own threshold is unrecorded."""
_QUOTA_SECONDS: Final = 6 * 3600.0
"""The wait after the daily quota when the answer has no Date to reckon from."""
_QUOTA_RESETS: Final = timedelta(days=1, minutes=10)
"""After midnight of the day of asking: an older client of this platform waits until 00:10 of the next day."""
_LONGEST_WAIT: Final = 24 * 3600.0
_DOWN_SECONDS: Final = 30.0
_ODD_SECONDS: Final = 60.0

_TITLE: Final = re.compile(r"<title[^>]*>([^<]{0,200})", re.IGNORECASE)
_LOGIN_WORDS: Final = ("登录", "登陆", "统一身份认证", "jaccount", "login")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")


class Answer(Struct, frozen=True, kw_only=True):
    """One HTTP answer, reduced to what decides. Headers that were absent are empty."""

    status: int
    body: bytes
    location: str = ""
    retry_after: str = ""
    date: str = ""
    age: str = ""


class _Message(Struct):
    msg: str


def refuse_status(answer: Answer) -> None:
    """Raises what an HTTP status other than 2xx means."""
    status = answer.status
    if 200 <= status < 300:
        return
    detail = f"HTTP {status} {_excerpt(answer)}".strip()
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise RateLimited("预订平台要求放慢查询", detail, _wait(answer, _BUSY_SECONDS))
    _refuse_limits(answer, _text(answer), detail)
    if status == HTTPStatus.UNAUTHORIZED:
        raise _not_logged_in(detail)
    if status in {HTTPStatus.FOUND, HTTPStatus.SEE_OTHER, HTTPStatus.TEMPORARY_REDIRECT}:
        # The endpoints of the platform never redirect for any other reason than a session that is over.
        raise _not_logged_in(f"HTTP {status} → {_printable(answer.location)}")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise VenueUnreachable(f"预订平台暂时出错（HTTP {status}）", detail, _wait(answer, _DOWN_SECONDS))
    raise UnexpectedAnswer(f"预订平台不接受这个请求（HTTP {status}），请检查平台地址设置", detail)


def refuse_login_page(answer: Answer) -> None:
    """Raises what an HTML page in place of data means."""
    if not answer.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return
    text = _text(answer)
    title = match[1].strip() if (match := _TITLE.search(text)) else ""
    if any(word in title.lower() for word in _LOGIN_WORDS):
        raise _not_logged_in(f"HTML: {_printable(title)}")
    _refuse_limits(answer, text, "HTML")
    raise UnexpectedAnswer("预订平台返回了网页而不是数据，可能正在维护", _excerpt(answer), _ODD_SECONDS)


def refuse_words(answer: Answer, code: int | None, message: str) -> None:
    """Raises what a code other than 0, with its message, means. `code` None: it was not a number."""
    if code == 0:
        return
    said = _printable(message)
    detail = f"code {code} {said}".strip()
    _refuse_limits(answer, message, detail)
    if code == HTTPStatus.UNAUTHORIZED or "登录超时" in message or "未登录" in message:
        raise _not_logged_in(detail)
    raise UnexpectedAnswer(f"预订平台拒绝了查询：{said or f'代码 {code}'}", detail, _ODD_SECONDS)


def quiet_wanted(answer: Answer) -> float | None:
    """For how many seconds the platform wants not to be asked again; None: it wants no such thing."""
    try:
        _refuse_limits(answer, _text(answer), "")
    except RateLimited as refusal:
        return refusal.retry_after_seconds
    is_busy = answer.status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
    return _wait(answer, _BUSY_SECONDS) if is_busy or answer.retry_after else None


def _refuse_limits(answer: Answer, text: str, detail: str) -> None:
    if "每日请求超过限制" in text:
        raise RateLimited("今天向预订平台的查询次数已用完", detail, _until_quota_resets(answer))
    if "请求过于频繁" in text:
        raise RateLimited("预订平台提示请求过于频繁", detail, _wait(answer, _BUSY_SECONDS))


def _not_logged_in(detail: str) -> NotLoggedIn:
    return NotLoggedIn("登录失效，请重新登录", detail)


def _wait(answer: Answer, otherwise: float) -> float:
    """Seconds that Retry-After asks for (a number, or a date reckoned from the server's own Date), at most a day."""
    asked = answer.retry_after.strip()
    if re.fullmatch("[0-9]{1,9}", asked):
        return min(float(asked), _LONGEST_WAIT)
    until, now = _http_date(asked), _http_date(answer.date)
    if until is None or now is None:
        return otherwise
    return min(max((until - now).total_seconds(), 0.0), _LONGEST_WAIT)


def _until_quota_resets(answer: Answer) -> float:
    now = _http_date(answer.date)
    if now is None:
        return _QUOTA_SECONDS
    local = now.astimezone(PLATFORM_ZONE)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight + _QUOTA_RESETS - local).total_seconds()


def _http_date(text: str) -> datetime | None:
    try:
        instant = parsedate_to_datetime(text)
    except ValueError:
        return None
    return instant if instant.tzinfo else None


def _text(answer: Answer) -> str:
    """What the body says: the message of an envelope, where it is one (JSON may escape what we look for)."""
    try:
        return msgspec.json.decode(answer.body, type=_Message).msg
    except (ValueError, RecursionError):
        return answer.body[:65536].decode("utf-8", errors="replace")


def _excerpt(answer: Answer) -> str:
    return _printable(_text(answer))


def _printable(text: str) -> str:
    """At most 120 characters of somebody else's text, on one line, without controls and bidi tricks."""
    return _UNPRINTABLE.sub(" ", text).strip()[:120]
