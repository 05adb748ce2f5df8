"""What the platform says to an order. Pure.

Strict about certainty: a refusal is believed only in words that are known to mean that there is no order. Everything
else that comes back once an order was sent leaves it unknown, and the account's orders tell.
"""

from http import HTTPStatus
from typing import Final

import msgspec
from msgspec import Raw, Struct

from jobs.models.orders import OrderId
from jobs.ports.provider import (
    HasOrder,
    OrderRefused,
    OutcomeUnknown,
    RateLimited,
    SlotGone,
    SlotStale,
    VenueError,
)
from jobs.venues.sjtu.answers import (
    UNREADABLE,
    Answer,
    Scalar,
    is_login_title,
    printable,
    text_of,
    title_of,
    whole_number,
)
from jobs.venues.sjtu.order_list import order_id_of
from jobs.venues.sjtu.refusals import BUSY_SECONDS, not_logged_in, refuse_limits, refuse_person, wait_asked
from jobs.venues.sjtu.wire import scalar

_LONGEST_WORDS: Final = 200
"""Characters of a bare text that is still a refusal and no document."""
_DONE: Final = ("成功", "已提交", "已生成")
"""Beside these no word is believed: 提交成功，场地状态已发生变化 may well be an order."""
_LOGIN_TITLES: Final = ("登录", "登陆", "统一身份认证")
"""Stricter than for questions: an address with `login` in it makes no login page."""
_ERROR_MARKS: Final = ("操作异常", "error-desc")
"""Of the page the platform shows for an order it does not accept."""


class _Meaning(Struct, frozen=True):
    error: type[VenueError]
    sentence: str
    words: tuple[str, ...]
    retry_after_seconds: float | None = None


_MEANINGS: Final = (
    _Meaning(SlotStale, "场次信息已过期，要重新查询", ("场地信息已过期",), 0.0),
    _Meaning(
        HasOrder,
        "这个账号已有一个订单，平台不允许再订；可以先付款或取消那一个，再试",
        ("已有个人预约", "已存在订单", "冲突预定", "冲突预订"),
    ),
    _Meaning(
        SlotGone,
        "这个场次刚刚被别人订走了",
        (
            *("已被预订", "已被预定", "已被预约", "已被占用", "场地不可用", "场地已满"),
            *("请重新选择场地", "状态已发生变化"),
        ),
    ),
    _Meaning(OrderRefused, "预订平台不接受这样的订单", ("非法请求", "操作异常")),
)
"""In this order: a text may say more than one thing. The codes beside them are mostly unrecorded."""


class _Said(Struct):
    code: Scalar
    msg: str | None = None
    data: Raw = Raw(b"null")


def read_order_id(answer: Answer) -> OrderId:
    """The id of the order that was made, as the platform says. Raises the typed refusal, else `OutcomeUnknown`."""
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise RateLimited("预订平台要求放慢", "HTTP 429", wait_asked(answer, BUSY_SECONDS))
    if answer.status == HTTPStatus.UNAUTHORIZED:
        raise not_logged_in("HTTP 401")
    if answer.is_redirect:
        place = printable(answer.location.partition("?")[0])
        if is_login_title(place) or "oauth2" in place.lower():
            raise not_logged_in(f"HTTP {answer.status} → {place}")
        raise unknown(f"HTTP {answer.status} → {place}")
    if answer.status != HTTPStatus.OK:
        raise unknown(f"HTTP {answer.status}")
    if answer.is_page:
        raise _meaning_of_page(answer)
    return _id_in_words(answer)


def unknown(detail: str) -> OutcomeUnknown:
    """Nobody knows what became of an order that was sent."""
    return OutcomeUnknown("订单已经发出，但没有收到看得懂的答复；有没有订上，以账号里的订单为准", detail)


def _meaning_of_page(answer: Answer) -> VenueError:
    text = text_of(answer)
    title = title_of(text)
    if any(words in title for words in _LOGIN_TITLES) and not any(words in title for words in _DONE):
        return not_logged_in(f"HTML: {printable(title)}")
    if any(words in text for words in _DONE):
        return unknown(f"HTML: {printable(title)}")
    refuse_limits(answer, text, "HTML")
    if any(mark in text for mark in _ERROR_MARKS):
        return OrderRefused("预订平台不接受这样的订单", f"HTML: {printable(title)}")
    return unknown(f"HTML: {printable(title)}")


def _id_in_words(answer: Answer) -> OrderId:
    try:
        said = msgspec.json.decode(answer.body, type=_Said)
    except UNREADABLE as error:
        _refuse_words(answer, None, _bare_words(answer))
        raise unknown("not an envelope") from error
    code, message = whole_number(said.code), said.msg or ""
    if code == 0:
        order_id = order_id_of(scalar(said.data))
        if order_id is None:
            raise unknown("code 0 without an id")
        return order_id
    _refuse_words(answer, code, message)
    raise unknown(f"code {said.code!r} {printable(message)}"[:200])


def _bare_words(answer: Answer) -> str:
    """A short text that is not the beginning of any JSON; else nothing."""
    text = answer.body[: 4 * _LONGEST_WORDS].decode("utf-8", errors="replace").strip()
    return text if len(text) <= _LONGEST_WORDS and not text.startswith(("{", "[", '"')) else ""


def _refuse_words(answer: Answer, code: int | None, message: str) -> None:
    """Raises where it is known what code and words mean."""
    detail = f"code {code} {printable(message)}".strip()
    if any(words in message for words in _DONE):
        raise unknown(detail)
    refuse_limits(answer, message, detail)
    refuse_person(code, message, detail)
    for meaning in _MEANINGS:
        if any(words in message for words in meaning.words):
            raise meaning.error(meaning.sentence, detail, meaning.retry_after_seconds)
