"""The login page as others might play it: what is followed, what is read, and what is not said."""

import json
import logging
from collections.abc import Generator
from contextlib import closing

import pytest
from hypothesis import given, strategies as st
from keeping_site import KeepingServer

from jobs.ports.accounts import Credentials
from jobs.ports.provider import (
    AccountLocked,
    AttemptOver,
    LoginAttempt,
    NotLoggedIn,
    UnexpectedAnswer,
    VenueError,
    WrongCaptcha,
    WrongCredentials,
)
from jobs.venues.sjtu.client import SjtuProvider
from jobs.venues.sjtu.login_page import Kind, complaint, complaint_of, kind_of, read_form, ways_of
from jobs.venues.sjtu.places import KnownPlaces
from jobs.venues.sjtu.sign_on import _path_within

PAGE = """<html><head><title>统一身份认证</title></head>
<body><label>用户名</label><label>密码</label><label>验证码</label>
<script>var messages = {captcha: "请正确填写验证码", user: "请正确填写你的用户名和密码"};
var loginContext = {
  sid: "jaoauth220160718", client: 'C\\x2bD', returl: "a\\/b", se: "s\\u0026", v: "", uuid: "0123-abcd" };
</script></body></html>"""
SECOND = "<html><title>二次验证</title><input name='c' value='sms'></html>"
OK = "200 OK"
PICTURE = b"\x89PNG\r\n\x1a\n"
CREDENTIALS = Credentials(user="stu-4711", password="p4ss-w0rd!")


def moved(location: str) -> tuple[str, bytes]:
    return f"302 Found\r\nLocation: {location}", b""


@pytest.fixture
def server() -> Generator[KeepingServer, None, None]:
    server = KeepingServer()
    yield server
    server.close()


@pytest.fixture
def provider(server: KeepingServer) -> Generator[SjtuProvider, None, None]:
    provider = SjtuProvider(KnownPlaces(server.base_url, f"{server.base_url}/ja"), timeout_seconds=5)
    yield provider
    provider.close()


def play(server: KeepingServer, **answers: tuple[str, bytes]) -> None:
    """By the last part of the path, else 404."""

    def answer(number: int, request: bytes) -> tuple[str, bytes]:
        path = request.split(b" ")[1].partition(b"?")[0].rpartition(b"/")[2].decode()
        return answers.get(path, ("404 Not Found", b""))

    server.answering = answer


def opened(server: KeepingServer, provider: SjtuProvider, ulogin: tuple[str, bytes]) -> LoginAttempt:
    play(
        server,
        authorize=moved("/ja/jaccount/jalogin?sid=x"),
        jalogin=(OK, PAGE.encode()),
        captcha=(OK, PICTURE),
        ulogin=ulogin,
        currentUser=(OK, b'{"code":0,"data":{"userId":7,"userName":"x"}}'),
    )
    attempt = provider.begin_login()
    assert attempt.picture() == PICTURE
    return attempt


def test_the_context_is_read_from_the_script_as_javascript_means_it() -> None:
    form = read_form(PAGE, "client=other&returl=other")
    assert form is not None
    assert (form.sid, form.client, form.returl, form.se, form.v, form.uuid) == (
        "jaoauth220160718",
        "C+D",
        "a/b",
        "s&",
        "",
        "0123-abcd",
    )
    assert kind_of(PAGE, form) is Kind.LOGIN


def test_the_older_page_has_it_in_inputs_and_in_its_address() -> None:
    inputs = """<input value='a&amp;b' type=hidden name="returl"><INPUT NAME=sid VALUE=s>"""
    page = f'{inputs}<img src="captcha?uuid=abcd-1234&t=1">'
    form = read_form(page, "sid=other&client=c%2B&se=e")
    assert form is not None
    assert (form.sid, form.client, form.returl, form.se, form.uuid) == ("s", "c+", "a&b", "e", "abcd-1234")


def test_other_pages_are_told_apart() -> None:
    assert read_form("<html>维护中</html>", "") is None
    assert kind_of("<html>维护中</html>", None) is Kind.OTHER
    assert kind_of(SECOND, None) is Kind.SECOND_FACTOR
    assert ways_of(SECOND) == ("sms",)
    assert ways_of("<html>") == ("app", "email", "sms")


@pytest.mark.parametrize(
    ("text", "code", "error"),
    [
        ("请正确填写验证码", "WRONG_CAPTCHA", WrongCaptcha),
        ("请正确填写验证码", "WRONG_USER_OR_PASSWORD", WrongCredentials),
        ("请正确填写你的用户名和密码,注意：用户名和密码区分大小写", "", WrongCredentials),
        ("请正确填写验证码", "", WrongCaptcha),
        ("会话已过期", "", AttemptOver),
        ("", "SESSION_TIMEOUT", AttemptOver),
        ("???", "", UnexpectedAnswer),
        ("", "", UnexpectedAnswer),
        ("账号已被锁定，请 30 分钟后再试", "WRONG_USER_OR_PASSWORD", AccountLocked),
        ("密码错误次数过多", "", AccountLocked),
        ("该账号已冻结", "E12", AccountLocked),
        ("Your account has been locked", "", AccountLocked),
        ("密码错误，再错 3 次账号将被锁定", "", WrongCredentials),
        ("Wrong username or password", "", WrongCredentials),
        ("Invalid credentials.", "", WrongCredentials),
        ("The captcha is incorrect", "", WrongCaptcha),
        ("Invalid verification code", "", WrongCaptcha),
    ],
)
def test_a_complaint_is_what_its_code_and_then_its_words_say(text: str, code: str, error: type[VenueError]) -> None:
    assert type(complaint(text, code)) is error


def test_a_page_that_comes_back_complains_in_what_people_can_read() -> None:
    """Not in its labels, nor in its scripts."""
    assert type(complaint_of(PAGE)) is UnexpectedAnswer
    assert type(complaint_of(PAGE.replace("<label>", "<b>请正确填写你的用户名和密码</b><label>"))) is WrongCredentials


@pytest.mark.parametrize(
    "location",
    [
        "https://elsewhere.example/oauth2/authorize",
        "http://127.0.0.1:9/ja/jaccount/jalogin",
        "//elsewhere.example/",
        "http://user@127.0.0.1/",
        "file:///etc/passwd",
        "http://[",
        "http://127.0.0.1:99999/",
    ],
)
def test_no_redirect_leads_anywhere_else(server: KeepingServer, provider: SjtuProvider, location: str) -> None:
    play(server, authorize=moved(location))
    with pytest.raises(UnexpectedAnswer, match="别的网站"):
        provider.begin_login()
    assert len(server.pieces) == 1


def test_redirects_without_end_end(server: KeepingServer, provider: SjtuProvider) -> None:
    play(server, authorize=moved("/ja/oauth2/authorize?again"))
    with pytest.raises(UnexpectedAnswer, match="没有尽头"):
        provider.begin_login()
    assert len(server.pieces) == 9


@pytest.mark.parametrize("location", ["", "?x=\u4f60", "/ja/oauth2/a b", "#", "/ja/\x7f"])
def test_odd_redirects_are_venue_errors(server: KeepingServer, provider: SjtuProvider, location: str) -> None:
    play(server, authorize=moved(location))
    with pytest.raises(VenueError):
        provider.begin_login()


def test_plain_http_where_the_site_is_encrypted_goes_to_the_encrypted_site() -> None:
    base = "https://sports.example"
    assert _path_within(base, "http://sports.example/oauth2Login?code=1") == "/oauth2Login?code=1"
    assert _path_within(base, "https://sports.example:443/pc") == "/pc"
    for other in ("http://sports.example:8080/", "https://sports.example.evil/", "https://sports.example:444/"):
        assert _path_within(base, other) is None
    assert _path_within("http://h:1/ja", "http://h:1/jab") is None
    assert _path_within("http://h:1/ja", "http://h:1/ja?x") == "/?x"


@given(st.text(max_size=40), st.text(max_size=40))
def test_whatever_is_called_an_address_is_inside_or_not(base: str, url: str) -> None:
    for address in (url, f"http://h/{url}", f"http://{url}"):
        path = _path_within("http://h", address)
        assert path is None or path.startswith("/")
    assert kind_of(base, read_form(base, url)) in Kind


@pytest.mark.parametrize("name", ["picture", "page", "nothing"])
def test_no_picture_is_said(server: KeepingServer, provider: SjtuProvider, name: str) -> None:
    attempt = opened(server, provider, (OK, b"{}"))
    captcha = {"picture": (OK, b"MZ"), "page": (OK, PAGE.encode()), "nothing": ("404 Not Found", b"")}[name]
    play(server, captcha=captcha)
    with pytest.raises((AttemptOver, UnexpectedAnswer)):
        attempt.picture()


@pytest.mark.parametrize(
    ("ulogin", "error"),
    [
        ((OK, b'{"errno":0}'), UnexpectedAnswer),
        ((OK, b'{"errno":0,"url":"https://elsewhere.example/"}'), UnexpectedAnswer),
        ((OK, b'{"errno":"1","error":null,"code":null}'), UnexpectedAnswer),
        ((OK, b"[]"), UnexpectedAnswer),
        ((OK, b""), UnexpectedAnswer),
        ((OK, b"<html>?</html>"), UnexpectedAnswer),
        ((OK, PAGE.encode()), UnexpectedAnswer),
        (moved("/ja/jaccount/jalogin"), UnexpectedAnswer),
        (moved("/oauth2Login?code=bad"), VenueError),
    ],
)
def test_a_form_answered_oddly_is_an_error_that_says_nothing_of_what_was_typed(
    server: KeepingServer,
    provider: SjtuProvider,
    ulogin: tuple[str, bytes],
    error: type[VenueError],
    caplog: pytest.LogCaptureFixture,
) -> None:
    echo = f"{CREDENTIALS.user} {CREDENTIALS.password} abcd".encode()
    attempt = opened(server, provider, (ulogin[0], ulogin[1].replace(b"null", b'"' + echo + b'"')))
    with caplog.at_level(logging.DEBUG), pytest.raises(error) as caught:
        attempt.submit(CREDENTIALS, "abcd")
    told = f"{caught.value!r} {caught.value.sentence} {caught.value.detail} {caplog.text} {vars(attempt)}"
    assert CREDENTIALS.password not in told
    assert "abcd" not in caught.value.sentence + caught.value.detail


def test_an_unknown_refusal_is_told_in_the_pages_words_and_is_no_attempt_that_is_over() -> None:
    """Taken for one, it was tried again without end, until the account was locked."""
    error = complaint("请联系\u202e管理员" + "长" * 500, "E17", ("p4ss-w0rd!", "abcd"))
    assert "请联系 管理员长" in error.sentence
    assert len(error.sentence) < 200
    page = PAGE.replace("<label>", "<div class='login-error'>系统升级&amp;维护</div><label>", 1)
    assert "它说“系统升级&维护”" in complaint_of(page).sentence
    for text in ("密码 p4ss-w0rd! 太简单", "abcd?"):
        assert complaint(text, "", ("p4ss-w0rd!", "abcd")).sentence.startswith("登录页没有接受，也没有说原因")


@pytest.mark.parametrize("said", ["该账号已被锁定", "账号已冻结", "Your account is locked"])
def test_a_locked_account_is_told_on_a_page_too(said: str) -> None:
    assert type(complaint_of(PAGE.replace("<label>", f"<b>{said}</b><label>", 1))) is AccountLocked
    assert type(complaint_of(PAGE.replace("<label>", f"<p id='msg'>{said}</p><label>", 1))) is AccountLocked


def test_who_is_let_in_by_cookies_nobody_knows_of_begins_as_a_stranger(
    server: KeepingServer, provider: SjtuProvider
) -> None:
    def answer(number: int, request: bytes) -> tuple[str, bytes]:
        if b"/authorize" in request:
            return moved("/oauth2Login?code=7" if b"Other=x" in request else "/ja/jaccount/jalogin?sid=x")
        return (OK, PAGE.encode()) if b"/jalogin" in request.split(b" ")[1] else (OK, PICTURE)

    server.answering = answer
    for known in ([["Other", "/", "x"], ["trust", "/", "t"]], []):
        with closing(provider.begin_login(json.dumps({"jaccount": known}).encode())) as attempt:
            assert attempt.picture() == PICTURE


def test_the_login_pages_addresses_are_not_told_to_the_platform(server: KeepingServer, provider: SjtuProvider) -> None:
    """They say who is logging in, and may hold what lets them in."""
    attempt = opened(server, provider, (OK, b'{"errno":0,"url":"/ja/oauth2/authorize?ticket=7"}'))
    server.pieces.clear()
    play(
        server,
        ulogin=(OK, b'{"errno":0,"url":"/ja/oauth2/authorize?ticket=7"}'),
        authorize=moved("/oauth2Login?code=7"),
        oauth2Login=moved("/pc?school=1"),
        currentUser=(OK, b'{"code":0,"data":{"userId":7}}'),
    )
    assert attempt.submit(CREDENTIALS, "abcd") is None
    [arrival] = [piece for _, piece in server.pieces if piece.startswith(b"GET /oauth2Login")]
    assert b"ticket" not in arrival
    assert b"/ja/" not in arrival


def test_a_session_that_the_platform_does_not_know_is_no_login(server: KeepingServer, provider: SjtuProvider) -> None:
    attempt = opened(server, provider, (OK, b'{"errno":0,"url":"/pc?school=1"}'))
    play(server, ulogin=(OK, b'{"errno":0,"url":"/pc?school=1"}'), currentUser=(OK, b'{"code":0}'))
    with pytest.raises(NotLoggedIn):
        attempt.submit(CREDENTIALS, "abcd")
    with pytest.raises(AttemptOver):
        attempt.session()


def test_a_yes_that_says_nowhere_to_go_on_to_begins_at_the_beginning(
    server: KeepingServer, provider: SjtuProvider
) -> None:
    attempt = opened(server, provider, (OK, b""))
    play(
        server,
        ulogin=(f"{OK}\r\nSet-Cookie: JAAuthCookie=x; Path=/ja", b'{"errno":0,"url":null}'),
        authorize=moved("/oauth2Login?code=7"),
        oauth2Login=moved("/pc?school=1"),
        currentUser=(OK, b'{"code":0,"data":{"userId":7}}'),
    )
    assert attempt.submit(CREDENTIALS, "abcd") is None
    assert b"JAAuthCookie" in attempt.session()


def test_the_form_says_what_the_page_said(server: KeepingServer, provider: SjtuProvider) -> None:
    attempt = opened(server, provider, (OK, b'{"errno":0,"url":"/pc?school=1"}'))
    assert attempt.submit(CREDENTIALS, "abcd") is None
    sent = b"".join(piece for _, piece in server.pieces)
    for part in (b"sid=jaoauth220160718", b"client=C%2BD", b"returl=a%2Fb", b"se=s%26", b"uuid=0123-abcd", b"lt=p"):
        assert part in sent
    assert b"user=stu-4711&pass=p4ss-w0rd%21&captcha=abcd" in sent
    assert b"Referer: " + server.base_url.encode() + b"/ja/jaccount/jalogin?sid=x" in sent
    assert sent.count(b"p4ss") == 1
