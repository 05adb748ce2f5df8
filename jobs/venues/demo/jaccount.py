"""The simulated login site, under `/jaccount-site`; and the platform's own end of a login.

Any user name logs in with the password `demo`; one that ends in `2fa` is asked for a second factor.
"""

import html
import json
import secrets
from typing import Final
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Scope

from jobs.venues.demo.answers import base_url, error_page, form, form_or_json, page, refusing
from jobs.venues.demo.habits import LoginAnswers, LoginPage
from jobs.venues.demo.sessions import SESSION, cookies, set_cookie
from jobs.venues.demo.simulation import Simulation
from jobs.venues.demo.visits import Visit, Visits

PREFIX: Final = "/jaccount-site"
PASSWORD: Final = "demo"  # noqa: S105 - everybody's
CLIENT_ID: Final = "mB5nKHqC00MusWAgnqSF"
WAYS: Final = ("app", "email", "sms")
_SID: Final = "jaoauth220160718"
_COOKIES: Final = PREFIX
"""The path of the login site's cookies: on the real internet it has a host of its own."""
_CODE_SECONDS: Final = 300.0
_TICKET_SECONDS: Final = 60.0
_WRONG_CAPTCHA: Final = "请正确填写验证码"
_WRONG_PASSWORD: Final = "请正确填写你的用户名和密码"  # noqa: S105
_OVER: Final = "登录页面已过期，请重新打开"
"""Nobody recorded how the real site says this."""


class LoginSite:
    """The pages of one simulation."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self.visits = Visits()
        self._tickets: dict[str, tuple[str, float]] = {}

    async def authorize(self, request: Request) -> Response:
        """Whoever is signed on goes straight on to the platform, everybody else to the login page."""
        asked = request.query_params
        where = urlsplit(asked.get("redirect_uri", ""))
        if asked.get("client_id") != CLIENT_ID or asked.get("response_type") != "code" or where.path != "/oauth2Login":
            return error_page("应用未注册", why="authorize: unknown client or address")
        users = self._simulation.signed_on.users(request.scope)
        if users:
            return RedirectResponse(f"{base_url(request)}/oauth2Login?code={self._ticket(users.pop())}", 302)
        visit = self.visits.begin(request.url.query)
        named = {"sid": _SID, "client": visit.client, "returl": visit.returl, "se": visit.se}
        answer = RedirectResponse(f"{PREFIX}/jaccount/jalogin?{urlencode(named)}", 302)
        return _greeted(answer, request.scope)

    async def login_page(self, request: Request) -> Response:
        visit = self.visits.by_se(request.query_params.get("se", ""))
        if visit is None:
            return error_page(_OVER)
        return _greeted(self._shown(visit), request.scope)

    async def captcha(self, request: Request) -> Response:
        """The picture of a page; each makes the one before worthless."""
        visit = self.visits.by_uuid(request.query_params.get("uuid", ""))
        if visit is None or "/jaccount/" not in request.headers.get("referer", ""):
            return Response(status_code=404)
        letters = visit.new_letters(self._simulation.clock.monotonic())
        self.visits.last = visit
        return Response(_picture(letters), media_type="image/png", headers={"Cache-Control": "no-store"})

    async def login(self, request: Request) -> Response:
        """`ulogin`."""
        sent = await form(request)
        visit = self.visits.by_se(sent.get("se", ""))
        if visit is None or not _matches(visit, sent):
            return self._told_wrong(None, _OVER, "SESSION_EXPIRED")
        now, habits = self._simulation.clock.monotonic(), self._simulation.habits
        if not visit.use_letters(sent.get("captcha", ""), now, habits.captcha_seconds):
            return self._told_wrong(visit, _WRONG_CAPTCHA, "WRONG_CAPTCHA")
        user = sent.get("user", "").strip()
        if not user or sent.get("pass") != PASSWORD:
            return self._told_wrong(visit, _WRONG_PASSWORD, "WRONG_USER_OR_PASSWORD")
        wants_code = habits.second_factor_for_all or user.lower().endswith("2fa")
        if wants_code and user not in self._simulation.trusted.users(request.scope):
            return self._ask_for_code(request, visit, user)
        return self._logged_in(visit, user)

    async def second_page(self, request: Request) -> Response:
        """二次验证."""
        waiting = self.visits.waiting(_sessions(request.scope))
        if waiting is None:
            return error_page(_OVER)
        ways = "".join(f'<label><input type="radio" name="c" value="{way}">{way}</label>' for way in WAYS)
        account = html.escape(waiting[1].candidate)
        fields = f'<input type="hidden" name="account" value="{account}"><input name="captcha">'
        trust = '<label><input type="checkbox" name="trust" value="true">信任此设备</label>'
        return page("二次验证", f"<h1>二次验证</h1><form>{ways}{fields}{trust}</form>")

    async def send_code(self, request: Request) -> Response:
        """`loginVerify`: one of the ways is chosen; a code is sent, or the app's is expected."""
        waiting = self.visits.waiting(_sessions(request.scope))
        way = (await form_or_json(request)).get("c", "")
        if waiting is None or way not in WAYS:
            return _wrong(_OVER if waiting is None else "验证方式不可用", "WRONG_WAY")
        visit = waiting[1]
        visit.code = self._simulation.habits.app_code if way == "app" else f"{secrets.randbelow(10**6):06d}"
        visit.code_at = self._simulation.clock.monotonic()
        self.visits.last_code = visit.code
        return JSONResponse({"errno": 0, "error": None})

    async def verify(self, request: Request) -> Response:
        """`2faVerify`."""
        waiting = self.visits.waiting(_sessions(request.scope))
        sent = await form_or_json(request)
        if waiting is None:
            return _wrong(_OVER, "SESSION_EXPIRED")
        visit = waiting[1]
        fresh = self._simulation.clock.monotonic() - visit.code_at <= _CODE_SECONDS
        right = visit.code if visit.code and fresh else self._simulation.habits.app_code
        if sent.get("captcha", "").strip() != right or sent.get("account", "") != visit.candidate:
            return _wrong("验证码错误", "WRONG_CAPTCHA")
        answer = self._logged_in(visit, visit.candidate, as_json=True)
        if sent.get("trust", "").lower() in ("true", "1", "on"):
            answer.headers.append(*self._simulation.trusted.give(visit.candidate, _COOKIES))
        return answer

    async def arrive(self, request: Request) -> Response:
        """The platform's `/oauth2Login`: a ticket becomes a session."""
        user, made_at = self._tickets.pop(request.query_params.get("code", ""), ("", 0.0))
        if not user or self._simulation.clock.monotonic() - made_at > _TICKET_SECONDS:
            where = {
                "response_type": "code",
                "client_id": CLIENT_ID,
                "redirect_uri": f"{base_url(request)}/oauth2Login",
            }
            return RedirectResponse(f"{base_url(request)}{PREFIX}/oauth2/authorize?{urlencode(where)}", 302)
        answer = RedirectResponse("/pc?school=1", 302)
        for name, value in self._simulation.sessions.begin(user):
            answer.headers.append(name, value)
        return answer

    def _shown(self, visit: Visit, complaint: str = "") -> Response:
        visit.new_page()
        context = {"sid": _SID, "client": visit.client, "returl": visit.returl, "se": visit.se, "v": visit.v}
        picture = f'<img src="{PREFIX}/jaccount/captcha?uuid={visit.uuid}">'
        inputs = '<input name="user"><input name="pass" type="password"><input name="captcha">'
        if self._simulation.habits.login_page is LoginPage.SCRIPT:
            script = f"<script>\nvar loginContext = {json.dumps({**context, 'uuid': visit.uuid}, indent=2)};\n</script>"
            picture = ""
        else:
            script = ""
            inputs += "".join(f'<input type="hidden" name="{name}" value="{text}">' for name, text in context.items())
        body = f"{script}<div>{complaint}</div><form method='post' action='ulogin'>{inputs}{picture}</form>"
        return page("上海交通大学统一身份认证（演示）", body)

    def _told_wrong(self, visit: Visit | None, message: str, code: str) -> Response:
        if self._simulation.habits.login_answers is LoginAnswers.JSON:
            return _wrong(message, code)
        return self._shown(visit, message) if visit else error_page(message)

    def _ask_for_code(self, request: Request, visit: Visit, user: str) -> Response:
        sessions = [name for name in _sessions(request.scope) if "." in name]
        if not sessions:
            return self._told_wrong(None, _OVER, "SESSION_EXPIRED")
        visit.candidate, visit.code = user, ""
        self.visits.wait_for_code(sessions[0], visit)
        return self._sent_on(f"{PREFIX}/jaccount/2fa")

    def _logged_in(self, visit: Visit, user: str, *, as_json: bool = False) -> Response:
        self.visits.end(visit)
        answer = self._sent_on(f"{PREFIX}/oauth2/authorize?{visit.query}", as_json=as_json)
        answer.headers.append(*self._simulation.signed_on.give(user, _COOKIES))
        return answer

    def _sent_on(self, where: str, *, as_json: bool = False) -> Response:
        if as_json or self._simulation.habits.login_answers is LoginAnswers.JSON:
            return JSONResponse({"errno": 0, "error": None, "code": None, "url": where})
        return RedirectResponse(where, 302)

    def _ticket(self, user: str) -> str:
        now = self._simulation.clock.monotonic()
        self._tickets = {code: kept for code, kept in self._tickets.items() if now - kept[1] <= _TICKET_SECONDS}
        code = secrets.token_urlsafe(24)
        self._tickets[code] = (user, now)
        return code


def login_routes(simulation: Simulation) -> tuple[LoginSite, list[Route]]:
    """The site, for control, and its routes."""
    site = LoginSite(simulation)
    jaccount = f"{PREFIX}/jaccount"
    return site, [
        Route(f"{PREFIX}/oauth2/authorize", site.authorize),
        Route(f"{jaccount}/jalogin", site.login_page),
        Route(f"{jaccount}/captcha", site.captcha),
        Route(f"{jaccount}/ulogin", site.login, methods=["POST"]),
        Route(f"{jaccount}/2fa", site.second_page),
        Route(f"{jaccount}/2fa/loginVerify", site.send_code, methods=["POST"]),
        Route(f"{jaccount}/2faVerify", site.verify, methods=["POST"]),
        Route("/oauth2Login", site.arrive),
        Route("/pc", _home),
    ]


async def _home(_request: Request) -> Response:
    return page("体育场馆预约平台（演示）", "<h1>演示平台</h1><p>这里是预约平台的模拟，没有网页，只有接口。</p>")


def _sessions(scope: Scope) -> list[str]:
    return [value for name, value in cookies(scope) if name == SESSION]


def _greeted(answer: Response, scope: Scope) -> Response:
    """Gives a newcomer the login site's own session cookie: named as the platform's, with a dot in it."""
    if not any("." in name for name in _sessions(scope)):
        answer.headers.append(*set_cookie(SESSION, f"{secrets.token_hex(16).upper()}.jaccount12", _COOKIES))
    return answer


def _matches(visit: Visit, sent: dict[str, str]) -> bool:
    expected = {
        "sid": _SID,
        "client": visit.client,
        "returl": visit.returl,
        "v": visit.v,
        "uuid": visit.uuid,
        "lt": "p",
    }
    return all(sent.get(name, "") == text for name, text in expected.items())


def _wrong(message: str, code: str) -> Response:
    return refusing({"errno": 1, "error": message, "code": code, "url": None}, why=code)


def _picture(letters: str) -> bytes:
    from captcha.image import ImageCaptcha  # noqa: PLC0415 - brings fonts and Pillow

    return ImageCaptcha(width=160, height=60).generate(letters).getvalue()
