"""The platform's ways of saying no, told apart. Pure.

A missing login comes in three disguises (a redirect, an HTML page, code 401 in a 200), a limit in words of its own
under whatever code; nothing but these texts tells them apart.
"""

import re
from datetime import timedelta
from http import HTTPStatus
from typing import Final
from zoneinfo import ZoneInfo

from jobs.ports.provider import (
    NotLoggedIn,
    ProfileIncomplete,
    RateLimited,
    SliderWanted,
    UnexpectedAnswer,
    VenueUnreachable,
)
from jobs.venues.sjtu.answers import Answer, http_date, is_login_title, printable, text_of, title_of

PLATFORM_ZONE: Final = ZoneInfo("Asia/Shanghai")

BUSY_SECONDS: Final = 60.0
"""The wait after 请求过于频繁 without a Retry-After; the platform's own threshold is unrecorded."""
_QUOTA_SECONDS: Final = 6 * 3600.0
"""The wait after the daily quota when the answer has no Date to reckon from."""
_QUOTA_RESETS: Final = timedelta(days=1, minutes=10)
"""After midnight of the day of asking: an older client of this platform waits until 00:10 of the next day."""
_LONGEST_WAIT: Final = 24 * 3600.0
_DOWN_SECONDS: Final = 30.0
_ODD_SECONDS: Final = 60.0

SLIDER_CODE: Final = 1002
PROFILE_CODE: Final = 10001
_TOO_OFTEN: Final = "请求过于频繁"
_DAILY: Final = "每日请求超过限制"
_LARGEST_REFUSAL: Final = 4096
"""Bytes. Who says no is brief; what is longer is data, and not searched for it."""


def refuse_status(answer: Answer) -> None:
    """Raises what an HTTP status other than 2xx means."""
    status = answer.status
    if 200 <= status < 300:
        return
    detail = f"HTTP {status} {printable(text_of(answer))}".strip()
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise RateLimited("预订平台要求放慢查询", detail, wait_asked(answer, BUSY_SECONDS))
    refuse_limits(answer, text_of(answer), detail)
    if status == HTTPStatus.UNAUTHORIZED:
        raise not_logged_in(detail)
    if status in {HTTPStatus.FOUND, HTTPStatus.SEE_OTHER, HTTPStatus.TEMPORARY_REDIRECT}:
        # The endpoints of the platform never redirect for any other reason than a session that is over.
        # Without its query, which may let somebody in.
        raise not_logged_in(f"HTTP {status} → {printable(answer.location.partition('?')[0])}")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise VenueUnreachable(f"预订平台暂时出错（HTTP {status}）", detail, wait_asked(answer, _DOWN_SECONDS))
    raise UnexpectedAnswer(f"预订平台不接受这个请求（HTTP {status}），请检查平台地址设置", detail)


def refuse_login_page(answer: Answer) -> None:
    """Raises what an HTML page in place of data means."""
    if not answer.is_page:
        return
    text = text_of(answer)
    title = title_of(text)
    if is_login_title(title):
        raise not_logged_in(f"HTML: {printable(title)}")
    refuse_limits(answer, text, "HTML")
    raise UnexpectedAnswer("预订平台返回了网页而不是数据，可能正在维护", printable(text), _ODD_SECONDS)


def refuse_words(answer: Answer, code: int | None, message: str) -> None:
    """Raises what a code other than 0, with its message, means. `code` None: it was not a number."""
    if code == 0:
        return
    said = printable(message)
    detail = f"code {code} {said}".strip()
    refuse_limits(answer, message, detail)
    refuse_person(code, message, detail)
    raise UnexpectedAnswer(f"预订平台拒绝了查询：{said or f'代码 {code}'}", detail, _ODD_SECONDS)


def refuse_person(code: int | None, message: str, detail: str) -> None:
    """Raises where only the account's owner can help: a login, a slider, a profile."""
    if code == HTTPStatus.UNAUTHORIZED or "登录超时" in message or "未登录" in message:
        raise not_logged_in(detail)
    if code == SLIDER_CODE:
        raise SliderWanted("预订平台要求滑块验证，只有本人能完成，请在网页上操作一次", detail)
    if code == PROFILE_CODE:
        raise ProfileIncomplete("账号的个人信息（例如手机号）还没有填完整，请先在预订平台的网页上补全", detail)


def quiet_wanted(answer: Answer) -> float | None:
    """For how many seconds the platform wants not to be asked again; None: it wants no such thing."""
    try:
        refuse_limits(answer, text_of(answer), "")
    except RateLimited as refusal:
        return refusal.retry_after_seconds
    is_busy = answer.status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
    return wait_asked(answer, BUSY_SECONDS) if is_busy or answer.retry_after else None


def pause_wanted(answer: Answer) -> float | None:
    """For how many seconds nobody here should ask that host; None: it wants no such thing.

    What an account has asked for too often today is its own affair: others may have some left, and orders that were
    sent must still be read.
    """
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS or answer.retry_after:
        return wait_asked(answer, BUSY_SECONDS)
    if len(answer.body) <= _LARGEST_REFUSAL and _TOO_OFTEN in text_of(answer):
        return BUSY_SECONDS
    return None


def refuse_limits(answer: Answer, text: str, detail: str) -> None:
    """Raises where a text says that there were too many requests."""
    if _DAILY in text:
        raise RateLimited("今天向预订平台的查询次数已用完", detail, _until_quota_resets(answer))
    if _TOO_OFTEN in text:
        raise RateLimited("预订平台提示请求过于频繁", detail, wait_asked(answer, BUSY_SECONDS))


def not_logged_in(detail: str) -> NotLoggedIn:
    return NotLoggedIn("登录失效，请重新登录", detail)


def wait_asked(answer: Answer, otherwise: float) -> float:
    """Seconds that Retry-After asks for (a number, or a date reckoned from the server's own Date), at most a day."""
    asked = answer.retry_after.strip()
    if re.fullmatch("[0-9]{1,9}", asked):
        return min(float(asked), _LONGEST_WAIT)
    until, now = http_date(asked), http_date(answer.date)
    if until is None or now is None:
        return otherwise
    return min(max((until - now).total_seconds(), 0.0), _LONGEST_WAIT)


def _until_quota_resets(answer: Answer) -> float:
    now = http_date(answer.date)
    if now is None:
        return _QUOTA_SECONDS
    local = now.astimezone(PLATFORM_ZONE)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight + _QUOTA_RESETS - local).total_seconds()
