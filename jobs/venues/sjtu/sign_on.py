"""The way from the login page to a session at the platform: redirects, over two sites and nowhere else."""

from typing import Final
from urllib.parse import quote, urldefrag, urlencode, urljoin, urlsplit

from msgspec import Struct

from jobs.ports.budget import Budget
from jobs.ports.provider import UnexpectedAnswer
from jobs.venues.sjtu.answers import Answer
from jobs.venues.sjtu.login_page import refuse_trouble
from jobs.venues.sjtu.places import Places
from jobs.venues.sjtu.requests import ACCEPT_PAGES, Request
from jobs.venues.sjtu.session import Jars
from jobs.venues.sjtu.site import Site

CLIENT_ID: Final = "mB5nKHqC00MusWAgnqSF"
"""The platform's, at the login page."""

_ARRIVAL: Final = "/oauth2Login"
_MOST_REDIRECTS: Final = 8
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_URL_CHARACTERS: Final = "%/?=&:+,;@!$'()*~-._[]"


class Landing(Struct, frozen=True):
    """The page at which the redirects ended, before the platform was reached."""

    url: str
    answer: Answer

    def __repr__(self) -> str:
        return f"Landing({self.answer!r})"


class Journey:
    """One visit to the login page on behalf of a platform's `sports` site. Methods may raise `VenueError`."""

    def __init__(
        self, places: Places, sports: Site, jars: Jars, *, timeout_seconds: float, budget: Budget | None = None
    ) -> None:
        self._sports = sports
        self._jaccount = Site(
            lambda: places.jaccount_url,
            timeout_seconds=timeout_seconds,
            budget=budget,
            jar=jars.jaccount,
            called="统一身份认证",
        )

    def begin(self) -> Landing | None:
        """Asks to be let in. None: that was enough, and the platform has given a session."""
        query = urlencode(
            {
                "response_type": "code",
                "client_id": CLIENT_ID,
                "redirect_uri": f"{self._sports.base_url}{_ARRIVAL}",
            }
        )
        return self.travel(f"{self._jaccount.base_url}/oauth2/authorize?{query}")

    def travel(self, url: str) -> Landing | None:
        """Follows redirects from there. None: the platform was reached."""
        referer = ""
        """Of the login page's own, for itself alone: its addresses say who is logging in where."""
        for _ in range(_MOST_REDIRECTS + 1):
            site, path = self._site_of(url)
            if site is self._sports and not path.startswith(_ARRIVAL):
                return None
            own = referer if site is self._jaccount else ""
            answer = site.ask(Request(method="GET", path=path, referer=own, accept=ACCEPT_PAGES))
            refuse_trouble(answer)
            if not answer.is_redirect:
                return None if site is self._sports else Landing(url, answer)
            referer, url = url if site is self._jaccount else "", self.absolute(url, answer.location)
        raise UnexpectedAnswer("登录页绕来绕去，没有尽头，请稍后再试", f"over {_MOST_REDIRECTS} redirects", 60)

    def ask(self, request: Request) -> Answer:
        """A request to the login page's own site."""
        return self._jaccount.ask(request)

    def absolute(self, url: str, location: str) -> str:
        """Where a redirect at that address leads."""
        try:
            return urldefrag(urljoin(url, quote(location.strip(), safe=_URL_CHARACTERS + "#"))).url
        except ValueError as error:
            raise self._astray("unreadable") from error

    def jaccount_url(self, path: str) -> str:
        return f"{self._jaccount.base_url}{path}"

    def close(self) -> None:
        """Closes the connection to the login page."""
        self._jaccount.close()

    def _site_of(self, url: str) -> tuple[Site, str]:
        """The site that an address is of, and the address as seen from its base. Raises for any third one."""
        for site in (self._jaccount, self._sports):
            path = _path_within(site.base_url, url)
            if path is not None:
                return site, path
        raise self._astray(urlsplit(url).netloc)

    @staticmethod
    def _astray(where: str) -> UnexpectedAnswer:
        return UnexpectedAnswer("登录页把我们引到了别的网站，没有跟去", where[:100], 60)


def _path_within(base: str, url: str) -> str | None:
    """Path and query of an address below a base; None: it is not. Plain HTTP where the base is encrypted is taken for
    a slip: the request goes to the base's own scheme."""
    try:
        ours, theirs = urlsplit(base), urlsplit(url)
        ours_at = (ours.hostname, ours.port or _DEFAULT_PORTS.get(ours.scheme))
        theirs_at = (theirs.hostname, theirs.port or _DEFAULT_PORTS.get(theirs.scheme))
    except ValueError:
        return None
    is_slip = theirs.scheme == "http" and ours.scheme == "https" and theirs.port in {None, 80} and not ours.port
    if theirs.username or (theirs.scheme != ours.scheme and not is_slip):
        return None
    if (ours.hostname != theirs.hostname) if is_slip else (ours_at != theirs_at):
        return None
    prefix, path = ours.path.rstrip("/"), theirs.path or "/"
    if path != prefix and not path.startswith(f"{prefix}/"):
        return None
    rest = path.removeprefix(prefix) or "/"
    return f"{rest}?{theirs.query}" if theirs.query else rest
