"""The login page's answers, decoded. Pure: whatever they are, it comes out as a value or a `VenueError`."""

import html
import re
from collections.abc import Collection
from enum import Enum
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct

from jobs.ports.provider import (
    AccountLocked,
    AttemptOver,
    RateLimited,
    UnexpectedAnswer,
    VenueError,
    VenueUnreachable,
    WrongCaptcha,
    WrongCredentials,
)
from jobs.venues.sjtu.answers import UNREADABLE, Answer, Scalar, printable, text_of, title_of, whole_number
from jobs.venues.sjtu.refusals import BUSY_SECONDS, refuse_limits, wait_asked

APP: Final = "app"
WAYS: Final = (APP, "email", "sms")
EXPIRED: Final = "expired"
"""The detail of an `AttemptOver` of which the page itself says so."""

_DOWN_SECONDS: Final = 30.0
_LONGEST_CONTEXT: Final = 16_384
_LONGEST_VALUE: Final = 4096
_LARGEST_PICTURE: Final = 512 * 1024
_PICTURES: Final = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"RIFF")
_NAMES: Final = ("sid", "client", "returl", "se", "v", "uuid")


def _near(one: str, other: str) -> str:
    """A pattern of both, in one sentence."""
    return rf"{one}[^<>.]{{0,30}}{other}|{other}[^<>.]{{0,30}}{one}"


_SCRIPT: Final = re.compile(r"<script\b.*?(?:</script|\Z)", re.IGNORECASE | re.DOTALL)
_INPUT: Final = re.compile(r"<input\b([^<>]{0,6000})>", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(r"""([a-z-]{1,20})\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_UUID: Final = re.compile(r"""uuid["']?\s{0,9}[=:]\s{0,9}["']?([0-9A-Za-z-]{8,64})""")
_WAY: Final = re.compile(r"""["'](app|email|sms)["']""")
_ESCAPE: Final = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_SECOND_FACTOR: Final = "二次验证"
_LOCKED: Final = re.compile(
    r"(?<!将)(?<!将被)(?<!会)(?<!会被)锁定|(?<!将)(?<!将被)(?<!会)(?<!会被)冻结|次数过多"
    r"|\b(?:is|been|temporarily) (?:locked|frozen|suspended|disabled)|too many (?:failed|wrong|attempts|tries|times)",
    re.IGNORECASE,
)
_CODES: Final = {"WRONG_CAPTCHA": "captcha", "WRONG_USER_OR_PASSWORD": "credentials"}
"""What the page's own code says counts more than its words, which are the same for both in one source."""
_BAD: Final = "(?:wrong|incorrect|invalid|mismatch|not match|not correct|unrecognized)"
_PICTURE: Final = "(?:captcha|verification code)"
_NAMED: Final = "(?:password|credentials?|user ?name|account does not exist)"
_PHRASES: Final = (
    (
        "captcha",
        re.compile(rf"请正确填写验证码|验证码错误|验证码不正确|验证码有误|{_near(_BAD, _PICTURE)}", re.IGNORECASE),
    ),
    (
        "credentials",
        re.compile(
            rf"请正确填写你的用户名和密码|用户名或密码|密码错误|密码不正确|账号不存在|{_near(_BAD, _NAMED)}",
            re.IGNORECASE,
        ),
    ),
    ("over", re.compile("过期|超时|已失效|EXPIRED|TIMEOUT|timed out", re.IGNORECASE)),
)
"""Whole phrases, for a page has 验证码 and 密码 on its labels too. In this order."""
_NOTICE: Final = re.compile(
    r"""<[a-z]{1,10}\b[^<>]{0,300}?(?:id|class)\s{0,9}=\s{0,9}["'][^"'<>]{0,100}?(?:err|warn|alert|tip|msg|message)"""
    r"""[^"'<>]{0,100}["'][^<>]{0,300}>([^<>]{1,300})<""",
    re.IGNORECASE,
)
"""Where a page is wont to say what is wrong."""


class LoginForm(Struct, frozen=True, kw_only=True):
    """What the page wants to hear again with the form."""

    sid: str
    client: str
    returl: str
    se: str
    v: str
    uuid: str


class Kind(Enum):
    LOGIN = "login"
    SECOND_FACTOR = "second factor"
    OTHER = "other"


class Verdict(Struct, frozen=True):
    """What a form's answer says: yes, and the `url` to go on to (empty: not said), or the error that was made."""

    url: str = ""
    error: VenueError | None = None


class _Verdict(Struct):
    errno: Scalar
    url: str | None = None
    error: str | None = None
    code: Scalar = None


def read_form(page: str, query: str) -> LoginForm | None:
    """The context of a login page: from its script, from hidden inputs, from the `query` it was reached by, in this
    order for each part. None where that does not make a login page."""
    found = {name: value for name, value in parse_qsl(query, max_num_fields=None) if name in _NAMES}
    found |= _hidden(page)
    found |= _context(page)
    if not found.get("uuid") and (match := _UUID.search(page)):
        found["uuid"] = match[1]
    if not found.get("uuid") or not found.get("sid"):
        return None
    parts = {name: found.get(name, "")[:_LONGEST_VALUE] for name in _NAMES}
    return LoginForm(**parts)


def kind_of(page: str, form: LoginForm | None) -> Kind:
    """What sort of page it is; `form` as `read_form` found it."""
    if _SECOND_FACTOR in title_of(page) or (form is None and (_SECOND_FACTOR in page or "2faVerify" in page)):
        return Kind.SECOND_FACTOR
    return Kind.OTHER if form is None else Kind.LOGIN


def ways_of(page: str) -> tuple[str, ...]:
    """What a second-factor page offers; all there are, where it does not say."""
    named = set(_WAY.findall(page))
    return tuple(way for way in WAYS if way in named) or WAYS


def read_picture(answer: Answer) -> bytes:
    """An image file. Raises `VenueError`."""
    refuse_trouble(answer)
    if answer.status != HTTPStatus.OK or not answer.body.startswith(_PICTURES) or len(answer.body) > _LARGEST_PICTURE:
        raise AttemptOver("登录页没有给出验证码图片，请重新发起登录", f"HTTP {answer.status}, {len(answer.body)} bytes")
    return answer.body


def read_verdict(answer: Answer, typed: Collection[str] = ()) -> Verdict | None:
    """The JSON answer to a form; None: it is not JSON, but a redirect or a page. Raises `VenueError`. `typed`: see
    `complaint`."""
    refuse_trouble(answer)
    if answer.is_redirect or answer.is_page:
        return None
    try:
        said = msgspec.json.decode(answer.body, type=_Verdict)
    except UNREADABLE as error:
        raise UnexpectedAnswer("登录页的答复看不懂，请稍后重新登录", f"HTTP {answer.status}", 60) from error
    if whole_number(said.errno) == 0:
        return Verdict(url=said.url or "")
    return Verdict(error=complaint(said.error or "", str(said.code or ""), typed))


def complaint_of(page: str, typed: Collection[str] = ()) -> VenueError:
    """What a login page that came back complains of, in what people can read of it. `typed`: see `complaint`."""
    text = _SCRIPT.sub(" ", page[:200_000])
    known = next((name for name, phrases in _PHRASES if phrases.search(text)), "")
    notice = " ".join(html.unescape(said).strip() for said in _NOTICE.findall(text)).strip()
    if not known and (locked := _LOCKED.search(text)):
        notice = locked[0]
    return complaint(notice, known, typed)


def complaint(text: str, code: str = "", typed: Collection[str] = ()) -> VenueError:
    """The error that the login page means by its words and its `code` (or what a page was found to say).

    Words that are not known are told, for a person to judge, unless they repeat what was `typed` and is secret.
    """
    if _LOCKED.search(text):
        return AccountLocked("统一身份认证说这个账号已被锁定，没有再试；请本人在统一身份认证的网站上解锁", "locked")
    named = (name for name, phrases in _PHRASES if name == code or phrases.search(text) or phrases.search(code))
    match _CODES.get(code.upper()) or next(named, None):
        case "captcha":
            return WrongCaptcha("验证码不对，请看新的图片再试", "captcha")
        case "credentials":
            return WrongCredentials("学号或密码不对，请核对后重新登记这个账号", "credentials")
        case "over":
            return AttemptOver("这次登录已经过期，请重新发起登录", EXPIRED)
        case _:
            return _unknown(text, code, typed)


def _unknown(text: str, code: str, typed: Collection[str]) -> UnexpectedAnswer:
    said = printable(" ".join(filter(None, [text, code])))
    if any(each and each in f"{text} {code}" for each in typed):
        said = ""
    words = f"登录页没有接受，它说“{said}”" if said else "登录页没有接受，也没有说原因"
    return UnexpectedAnswer(f"{words}；请在浏览器里登录看看", "no known words", 60)


def refuse_trouble(answer: Answer) -> None:
    """Raises what a status or a limit of the login page's means, where it says nothing of the login itself."""
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise RateLimited("统一身份认证要求放慢", "HTTP 429", wait_asked(answer, BUSY_SECONDS))
    if not answer.is_page:
        refuse_limits(answer, text_of(answer), f"HTTP {answer.status}")
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        sentence = f"统一身份认证暂时出错（HTTP {answer.status}）"
        raise VenueUnreachable(sentence, "", wait_asked(answer, _DOWN_SECONDS))
    if answer.status >= HTTPStatus.BAD_REQUEST and not answer.is_page:
        raise UnexpectedAnswer(
            f"统一身份认证不接受这个请求（HTTP {answer.status}）", printable(title_of(text_of(answer)))
        )


def refuse_page(answer: Answer) -> UnexpectedAnswer:
    """What a page that is neither form nor second factor means."""
    title = printable(title_of(text_of(answer)))
    return UnexpectedAnswer("登录页变得认不出来了，请在浏览器里登录看看", f"HTTP {answer.status} {title}".strip(), 60)


def _hidden(page: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in _INPUT.finditer(page):
        attributes = {
            name.lower(): html.unescape(double or single or bare)
            for name, double, single, bare in _ATTRIBUTE.findall(match[1])
        }
        if (name := attributes.get("name", "")) in _NAMES:
            found[name] = attributes.get("value", "")
    return found


def _context(page: str) -> dict[str, str]:
    """The parts of `loginContext = {sid: "…", …}` in a script."""
    _, begins, rest = page.partition("loginContext")
    if not begins:
        return {}
    text, found = rest[:_LONGEST_CONTEXT], dict[str, str]()
    for name in _NAMES:
        pattern = rf"""(?<![A-Za-z0-9_]){name}["']?\s{{0,9}}:\s{{0,9}}(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')"""
        if match := re.search(pattern, text):
            found[name] = _unescaped(match[1] if match[1] is not None else match[2])
    return found


def _unescaped(text: str) -> str:
    """What a JavaScript string means."""
    return _ESCAPE.sub(lambda match: chr(int(match[1] or match[2], 16)) if match[1] or match[2] else match[3], text)
