"""One visit to the login page by a person."""

import time
from collections.abc import Collection
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from msgspec.structs import replace

from jobs.ports.accounts import Credentials
from jobs.ports.budget import Budget
from jobs.ports.provider import AttemptOver, CodeWanted, UnexpectedAnswer, WrongCaptcha, WrongCredentials
from jobs.venues.sjtu.answers import Answer, text_of
from jobs.venues.sjtu.login_page import (
    APP,
    EXPIRED,
    Kind,
    LoginForm,
    complaint_of,
    kind_of,
    read_form,
    read_picture,
    read_verdict,
    refuse_page,
    ways_of,
)
from jobs.venues.sjtu.places import Places
from jobs.venues.sjtu.requests import Request, get, post_form, who_am_i
from jobs.venues.sjtu.server_clock import ServerClock
from jobs.venues.sjtu.session import Jars
from jobs.venues.sjtu.sign_on import Journey, Landing
from jobs.venues.sjtu.site import Site
from jobs.venues.sjtu.wire import read_person

TRUST: Final = "true"
"""What `trust` says when this client shall not be asked for a second factor again; its spelling is one source's."""

_LT: Final = "p"


class LetIn(UnexpectedAnswer):
    """The login page knew this client so well that it asked for no name; nobody can say whose it thinks it is."""


class SjtuLogin:
    """Implements `ports.provider.LoginAttempt`. Of what is typed it keeps the user's name alone, for the second factor.

    `jars`: what the login page knows this client by.
    """

    def __init__(
        self,
        places: Places,
        jars: Jars,
        *,
        timeout_seconds: float,
        budget: Budget | None = None,
        clock: ServerClock | None = None,
    ) -> None:
        self._jars = jars
        self._clock = clock or ServerClock()
        self._sports = Site(
            lambda: places.base_url, timeout_seconds=timeout_seconds, budget=budget, clock=self._clock, jar=jars.sports
        )
        self._journey = Journey(places, self._sports, jars, timeout_seconds=timeout_seconds, budget=budget)
        self._form: LoginForm | None = None
        self._page_url = ""
        self._user = ""
        self._ways: tuple[str, ...] = ()
        """How the second factor may come; empty: none was asked for."""
        self._chosen = ""
        self._is_in = False

    def open(self) -> "SjtuLogin":
        """Opens the login page. Raises `VenueError`; `LetIn` where no page was shown."""
        landing = self._journey.begin()
        if landing is None:
            raise LetIn("登录页没有让人登录就放行了，请稍后再试", "let in without a login", 60)
        if self._arrive(landing) is not None:
            raise refuse_page(landing.answer)
        return self

    def picture(self) -> bytes:
        form = self._current_form()
        milliseconds = str(int(time.time() * 1000))
        return read_picture(self._ask(get("/jaccount/captcha", uuid=form.uuid, t=milliseconds)))

    def submit(self, credentials: Credentials, captcha: str) -> CodeWanted | None:
        form = self._current_form()
        self._user = credentials.user
        fields = {
            "sid": form.sid,
            "client": form.client,
            "returl": form.returl,
            "se": form.se,
            "v": form.v,
            "uuid": form.uuid,
            "user": credentials.user,
            "pass": credentials.password,
            "captcha": captcha.strip(),
            "lt": _LT,
        }
        answer = self._ask(post_form("/jaccount/ulogin", **fields))
        return self._go_on(answer, "/jaccount/ulogin", (credentials.password, captcha.strip()))

    def send_code(self, way: str) -> None:
        if way not in self._ways:
            raise AttemptOver("这次登录不需要，或不支持这种验证方式，请重新发起登录", "no such way")
        self._chosen = way
        verdict = read_verdict(self._ask(post_form("/jaccount/2fa/loginVerify", c=way)))
        error = verdict.error if verdict is not None else None
        if error is not None and (error.detail == EXPIRED or isinstance(error, WrongCredentials)):
            raise error
        if error is not None:
            raise UnexpectedAnswer("验证码没有发出来，请稍后再试，或换一种方式", error.detail, 60)

    def submit_code(self, code: str) -> None:
        if not self._ways:
            raise AttemptOver("这次登录还没有走到这一步，请重新发起登录", "no second factor asked for")
        if not self._chosen and APP in self._ways:
            # A code that nobody had sent is the app's; the page may want to be told which it is.
            with suppress(UnexpectedAnswer):
                self.send_code(APP)
        fields = {"account": self._user, "captcha": code.strip(), "trust": TRUST}
        wrong = WrongCaptcha("验证码不对，请再试一次", "second factor")
        try:
            answer = self._ask(post_form("/jaccount/2faVerify", **fields))
            wanted = self._go_on(answer, "/jaccount/2faVerify", (code.strip(),))
        except WrongCaptcha as error:
            raise wrong from error
        if wanted is not None:
            raise wrong

    def session(self) -> bytes:
        if not self._is_in:
            raise AttemptOver("还没有登录成功", "no session yet")
        return self._jars.dump()

    def close(self) -> None:
        self._journey.close()
        self._sports.close()

    def _current_form(self) -> LoginForm:
        if self._form is None or self._is_in:
            raise AttemptOver("这次登录已经结束，请重新发起登录", "no form")
        return self._form

    def _go_on(self, answer: Answer, path: str, typed: Collection[str]) -> CodeWanted | None:
        """From a form's answer, in whichever style, to a session, or to the second factor. `typed`: what in it is
        secret."""
        verdict = read_verdict(answer, typed)
        if verdict is not None and verdict.error is not None:
            raise verdict.error
        here = self._journey.jaccount_url(path)
        if verdict is not None and not verdict.url:
            landing = self._journey.begin()
        elif verdict is not None:
            landing = self._journey.travel(self._journey.absolute(here, verdict.url))
        elif answer.is_redirect:
            landing = self._journey.travel(self._journey.absolute(here, answer.location))
        else:
            landing = Landing(self._page_url, answer)
        if landing is None:
            self._prove()
            return None
        wanted = self._arrive(landing)
        if wanted is None:
            raise complaint_of(text_of(landing.answer), typed)
        return wanted

    def _arrive(self, landing: Landing) -> CodeWanted | None:
        """Takes in the page: None: a login form, whose context is the one that counts from now on."""
        page = text_of(landing.answer)
        form = read_form(page, urlsplit(landing.url).query)
        match kind_of(page, form):
            case Kind.SECOND_FACTOR:
                self._page_url = landing.url
                self._ways, self._chosen = ways_of(page), ""
                return CodeWanted(ways=self._ways)
            case Kind.LOGIN:
                self._form, self._page_url = form, landing.url
                return None
            case Kind.OTHER:
                raise refuse_page(landing.answer)

    def _prove(self) -> None:
        """Asks the platform who is logged in now."""
        read_person(self._sports.ask(who_am_i()))
        self._is_in = True

    def _ask(self, request: Request) -> Answer:
        return self._journey.ask(replace(request, referer=self._page_url))
