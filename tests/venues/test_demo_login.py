"""Logging in to the simulated platform: the page, the picture, both kinds of answer, second factor, sessions."""

import io
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import pytest
from demo_site import BADMINTON, Answer, Buyer, RunningPlatform, context_of, running_platform
from PIL import Image

from jobs.venues.demo.habits import Habits, LoginAnswers, LoginPage

JALOGIN = "/jaccount-site/jaccount"


@pytest.fixture
def platform() -> Iterator[RunningPlatform]:
    with running_platform() as platform:
        yield platform


def newcomer(platform: RunningPlatform, name: str = "czq") -> Buyer:
    """Somebody in front of the login page who has not logged in."""
    buyer = Buyer(platform)
    buyer.name = name
    return buyer


def letters(platform: RunningPlatform, buyer: Buyer, context: dict[str, str]) -> str:
    buyer.picture(context)
    return platform.control.captcha(context["uuid"])


def test_whoever_has_not_logged_in_is_sent_to_the_login_page(platform: RunningPlatform) -> None:
    buyer = newcomer(platform)
    answer = buyer.get("/oauth2Login")
    assert answer.status == 302
    answer = buyer.get(answer.headers["Location"])
    asked = urlsplit(answer.headers["Location"])
    assert asked.path == f"{JALOGIN}/jalogin"
    assert set(parse_qs(asked.query)) == {"sid", "client", "returl", "se"}
    assert parse_qs(asked.query)["sid"] == ["jaoauth220160718"]


@pytest.mark.parametrize("page", list(LoginPage))
def test_the_page_tells_its_context_in_a_script_or_in_inputs(page: LoginPage) -> None:
    with running_platform(habits=Habits(login_page=page)) as platform:
        buyer = newcomer(platform)
        assert set(buyer.open_login()) == {"sid", "client", "returl", "se", "v", "uuid"}
        buyer.log_in()
        assert buyer.user_id() == "demo-czq"


def test_the_picture_is_a_png_and_needs_the_page_it_belongs_to(platform: RunningPlatform) -> None:
    buyer = newcomer(platform)
    context = buyer.open_login()
    picture = buyer.picture(context)
    assert picture.headers["Content-Type"] == "image/png"
    assert Image.open(io.BytesIO(picture.body)).size == (160, 60)
    assert buyer.get(f"{JALOGIN}/captcha?uuid={context['uuid']}").status == 404
    assert buyer.get(f"{JALOGIN}/captcha?uuid=nothing", Referer=buyer.referer).status == 404
    assert 4 <= len(platform.control.last_captcha()) <= 5
    assert platform.control.last_captcha().islower()


def test_a_login_ends_in_a_session_of_the_platform(platform: RunningPlatform) -> None:
    buyer = newcomer(platform)
    assert buyer.user_id() is None
    context = buyer.open_login()
    answer = buyer.submit(context, letters(platform, buyer, context)).json()
    assert answer["errno"] == 0
    assert buyer.user_id() is None, "the login page's word alone is no session"
    answer = buyer.get(answer["url"])
    assert "/oauth2Login?code=" in answer.headers["Location"]
    answer = buyer.get(answer.headers["Location"])
    assert answer.headers["Location"] == "/pc?school=1"
    assert buyer.user_id() == "demo-czq"


def test_a_ticket_is_good_for_one_session(platform: RunningPlatform) -> None:
    buyer = Buyer(platform, "czq")
    authorize = buyer.get("/oauth2Login").headers["Location"]
    ticket = buyer.get(authorize).headers["Location"]
    stranger = Buyer(platform)
    stranger.get(ticket)
    assert stranger.user_id() == "demo-czq"
    late = Buyer(platform)
    late.get(ticket)
    assert late.user_id() is None


def test_the_login_sites_own_session_is_worthless_on_the_platform(platform: RunningPlatform) -> None:
    buyer = Buyer(platform, "czq")
    dotted = buyer.cookies["JSESSIONID", "/jaccount-site"]
    assert "." in dotted
    buyer.cookies["JSESSIONID", "/"] = dotted
    assert buyer.user_id() is None


def test_a_session_needs_the_load_balancers_cookie_too(platform: RunningPlatform) -> None:
    buyer = Buyer(platform, "czq")
    [node] = [name for name, _ in buyer.cookies if name.startswith("NSC_")]
    del buyer.cookies[node, "/"]
    assert buyer.user_id() is None
    platform.control.set_habits(node_cookie_required=False)
    assert buyer.user_id() == "demo-czq"


def test_a_greeting_brings_a_session_for_nobody(platform: RunningPlatform) -> None:
    buyer = newcomer(platform)
    assert buyer.post("/system/operation/selectSystemOne").json()["code"] == 0
    assert ("JSESSIONID", "/") in buyer.cookies
    assert buyer.user_id() is None


def said(answer: Answer) -> tuple[int, str | None, str]:
    body = answer.json()
    return body["errno"], body["url"], body["code"]


def test_a_wrong_answer_costs_the_picture_but_not_the_attempt(platform: RunningPlatform) -> None:
    buyer = newcomer(platform)
    context = buyer.open_login()
    right = letters(platform, buyer, context)
    assert said(buyer.submit(context, "zzzzz")) == (1, None, "WRONG_CAPTCHA")
    assert said(buyer.submit(context, right)) == (1, None, "WRONG_CAPTCHA")
    assert platform.control.captcha(context["uuid"]) == ""
    assert buyer.submit(context, letters(platform, buyer, context)).json()["errno"] == 0


def test_another_picture_makes_the_one_before_worthless(platform: RunningPlatform) -> None:
    buyer = newcomer(platform)
    context = buyer.open_login()
    first = letters(platform, buyer, context)
    second = letters(platform, buyer, context)
    assert said(buyer.submit(context, first)) == (1, None, "WRONG_CAPTCHA") or first == second
    assert buyer.submit(context, letters(platform, buyer, context).upper()).json()["errno"] == 0


def test_a_picture_is_too_old_after_its_time(platform: RunningPlatform) -> None:
    platform.control.set_habits(captcha_seconds=1e-6)
    buyer = newcomer(platform)
    context = buyer.open_login()
    assert said(buyer.submit(context, letters(platform, buyer, context))) == (1, None, "WRONG_CAPTCHA")


def test_a_wrong_password_is_said_to_be_one(platform: RunningPlatform) -> None:
    buyer = newcomer(platform)
    context = buyer.open_login()
    answer = buyer.submit(context, letters(platform, buyer, context), "wrong")
    assert said(answer) == (1, None, "WRONG_USER_OR_PASSWORD")
    assert answer.json()["error"] == "请正确填写你的用户名和密码"


@pytest.mark.parametrize("field", ["sid", "client", "returl", "se", "uuid"])
def test_a_form_of_another_page_is_over(platform: RunningPlatform, field: str) -> None:
    buyer = newcomer(platform)
    context = buyer.open_login()
    right = letters(platform, buyer, context)
    assert said(buyer.submit({**context, field: "x"}, right)) == (1, None, "SESSION_EXPIRED")


def test_the_older_answers_are_pages_and_redirects() -> None:
    with running_platform(habits=Habits(login_answers=LoginAnswers.PAGES)) as platform:
        buyer = newcomer(platform)
        context = buyer.open_login()
        again = buyer.submit(context, "zzzzz")
        assert "请正确填写验证码" in again.text
        context = context_of(again.text)
        again = buyer.submit(context, letters(platform, buyer, context), "wrong")
        assert (again.status, "请正确填写你的用户名和密码" in again.text) == (200, True)
        context = context_of(again.text)
        answer = buyer.submit(context, letters(platform, buyer, context))
        assert answer.status == 302
        buyer.follow(urljoin(platform.url, answer.headers["Location"]))
        assert buyer.user_id() == "demo-czq"


def test_an_unknown_application_is_turned_away(platform: RunningPlatform) -> None:
    known = {"response_type": "code", "client_id": "mB5nKHqC00MusWAgnqSF", "redirect_uri": "https://x/oauth2Login"}
    for wrong in ({"client_id": "x"}, {"response_type": "token"}, {"redirect_uri": "https://evil.example/"}):
        answer = Buyer(platform).get(f"{platform.jaccount_url}/oauth2/authorize?{urlencode(known | wrong)}")
        assert "操作异常" in answer.text


def test_nobody_is_ever_sent_off_this_machine(platform: RunningPlatform) -> None:
    asked = {"response_type": "code", "client_id": "mB5nKHqC00MusWAgnqSF"}
    where = urlencode(asked | {"redirect_uri": "https://sports.sjtu.edu.cn/oauth2Login"})
    answer = Buyer(platform, "czq").get(f"{platform.jaccount_url}/oauth2/authorize?{where}")
    assert answer.headers["Location"].startswith(f"{platform.url}/oauth2Login?code=")


# The second factor


def test_some_are_asked_for_a_second_factor(platform: RunningPlatform) -> None:
    buyer = newcomer(platform, "czq2fa")
    page = second_page(platform, buyer)
    assert "二次验证" in page.text
    assert buyer.user_id() is None
    assert send_code(buyer, "email")["errno"] == 0
    wrong = verify(buyer, "000000x")
    assert (wrong["errno"], wrong["code"]) == (1, "WRONG_CAPTCHA")
    right = verify(buyer, platform.control.last_code())
    assert right["errno"] == 0
    buyer.follow(urljoin(platform.url, right["url"]))
    assert buyer.user_id() == "demo-czq2fa"


def test_the_app_needs_no_sending(platform: RunningPlatform) -> None:
    buyer = newcomer(platform, "czq2fa")
    second_page(platform, buyer)
    assert verify(buyer, "123456")["errno"] == 0


def test_a_code_belongs_to_the_browser_it_was_asked_in(platform: RunningPlatform) -> None:
    buyer, other = newcomer(platform, "czq2fa"), newcomer(platform, "czq2fa")
    second_page(platform, buyer)
    other.open_login()
    assert verify(other, "123456")["errno"] == 1
    assert send_code(other, "sms")["errno"] == 1
    assert send_code(buyer, "pigeon")["errno"] == 1


def test_a_trusted_browser_is_not_asked_again(platform: RunningPlatform) -> None:
    buyer = newcomer(platform, "czq2fa")
    second_page(platform, buyer)
    assert verify(buyer, "123456", trust="true")["errno"] == 0
    del buyer.cookies["JAAuthCookie", "/jaccount-site"]
    buyer.log_in()
    assert buyer.user_id() == "demo-czq2fa"
    assert "二次验证" in second_page(platform, newcomer(platform, "czq2fa")).text


def second_page(platform: RunningPlatform, buyer: Buyer) -> Answer:
    context = buyer.open_login()
    answer = buyer.submit(context, letters(platform, buyer, context)).json()
    assert answer["errno"] == 0
    return buyer.get(answer["url"])


def send_code(buyer: Buyer, way: str) -> dict[str, str | int]:
    return buyer.post(f"{JALOGIN}/2fa/loginVerify", c=way).json()


def verify(buyer: Buyer, code: str, trust: str = "false") -> dict[str, str | int]:
    return buyer.post(f"{JALOGIN}/2faVerify", account=buyer.name, captcha=code, trust=trust).json()


# The end of sessions


def test_single_sign_on_brings_a_session_back_without_a_person(platform: RunningPlatform) -> None:
    buyer = Buyer(platform, "czq")
    assert platform.control.end_sessions("czq") == 1
    assert buyer.user_id() is None
    buyer.follow("/oauth2Login")
    assert buyer.user_id() == "demo-czq"


def test_when_single_sign_on_is_over_too_the_login_page_comes(platform: RunningPlatform) -> None:
    buyer, other = Buyer(platform, "czq"), Buyer(platform, "sty")
    platform.control.end_sessions("czq", sign_on=True)
    assert "loginContext" in buyer.follow("/oauth2Login").text
    assert buyer.user_id() is None
    assert other.user_id() == "demo-sty"


def test_a_session_that_is_idle_for_too_long_is_over(platform: RunningPlatform) -> None:
    buyer = Buyer(platform, "czq")
    platform.control.set_habits(session_seconds=1e-9)
    assert buyer.user_id() is None
    platform.control.set_habits(session_seconds=1800)
    assert buyer.user_id() is None


def test_the_day_that_is_played_ends_no_session(platform: RunningPlatform) -> None:
    buyer = Buyer(platform, "czq")
    platform.clock.advance(hours=20)
    assert buyer.user_id() == "demo-czq"
    assert buyer.order(BADMINTON, platform.clock.today() + timedelta(days=1), 19)["code"] == 0
