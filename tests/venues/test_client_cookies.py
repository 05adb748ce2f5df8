"""Cookies: each site's own, no more, and never on paper."""

from hypothesis import given, strategies as st

from jobs.venues.sjtu.jar import MOST_COOKIES, Jar
from jobs.venues.sjtu.server_clock import ServerClock
from jobs.venues.sjtu.session import jars_from, sports_jar, trusted_again


def jar_with(*headers: str) -> Jar:
    jar = Jar()
    jar.keep(headers)
    return jar


def test_what_a_site_gave_it_gets_back() -> None:
    jar = jar_with("JSESSIONID=ABC; Path=/; HttpOnly", "NSC_x=ffff;expires=Sun, 22-Nov-2026 12:30:00 GMT;path=/;secure")
    assert jar.header("/manage/venue/list") == "JSESSIONID=ABC; NSC_x=ffff"
    jar.keep(["JSESSIONID=DEF; Path=/"])
    assert jar.header("/") == "JSESSIONID=DEF; NSC_x=ffff"


def test_a_cookie_goes_below_its_path_only_and_the_closest_comes_first() -> None:
    jar = jar_with("a=1; Path=/", "a=2; Path=/jaccount", "b=3; Path=/jaccount/")
    assert jar.header("/jaccount/ulogin") == "b=3; a=2; a=1"
    assert jar.header("/jaccount?x") == "a=2; a=1"
    assert jar.header("/jaccounts") == "a=1"
    assert jar.header("/site/jaccount/x", "/jaccount/x") == "b=3; a=2; a=1"


def test_what_a_site_takes_back_is_gone() -> None:
    jar = jar_with("a=1", "b=2", "c=3", "d=4")
    jar.keep(
        ["a=deleteMe; Max-Age=0", "b=; Expires=Thu, 01-Jan-1970 00:00:00 GMT", "c=; max-age=-1", "d=5; Max-Age=60"]
    )
    assert jar.header("/") == "d=5"


def test_what_could_break_a_header_is_not_kept() -> None:
    jar = jar_with("a=1\r\nX: y", "b b=1", "=1", "c", "d=\u4f60", "e=" + "x" * 5000, "f=a b", 'g="q"')
    assert jar.header("/") == "g=q"
    jar.keep(f"n{number}=1" for number in range(200))
    assert jar.header("/").count("=") == MOST_COOKIES
    jar.load([["x\r\n", "/", "1"], ["y", "/", "1\r\n"], ["z", "nowhere", "1"], ["w"]])
    assert "\r" not in jar.header("/")


def test_the_login_pages_own_session_is_not_the_platforms() -> None:
    jar = sports_jar()
    jar.keep(["JSESSIONID=ABC.jaccount12; Path=/", "NSC_x=1.2"])
    assert jar.header("/") == "NSC_x=1.2"
    jar.load([["JSESSIONID", "/", "ABC.jaccount12"]])
    assert jar.header("/") == "NSC_x=1.2"


def test_a_login_begins_with_what_the_page_trusts_and_nothing_else() -> None:
    jars = jars_from(None)
    jars.sports.keep(["JSESSIONID=A"])
    jars.jaccount.keep(["JSESSIONID=B.c", "JAAuthCookie=D", "JATrustCookie=E"])
    again = trusted_again(jars.dump())
    assert again.sports.header("/") == ""
    assert again.jaccount.header("/") == "JATrustCookie=E"
    kept = jars_from(jars.dump())
    assert (kept.sports.header("/"), kept.dump()) == ("JSESSIONID=A", jars.dump())


def test_no_value_is_printed() -> None:
    assert "secret" not in repr(jar_with("a=secret"))


@given(st.lists(st.text(max_size=40)), st.binary(max_size=60))
def test_whatever_is_set_or_kept_is_a_header_or_nothing(headers: list[str], session: bytes) -> None:
    jar = jar_with(*headers)
    sent = jar.header("/")
    assert sent.isascii()
    assert sent.isprintable()
    again = Jar()
    again.load(jar.dump())
    assert again.header("/") == sent
    assert jars_from(session).dump()


def test_our_clock_is_corrected_by_no_more_than_the_dates_prove() -> None:
    now = 1000.0
    clock = ServerClock(wall=lambda: now)
    assert clock.milliseconds() == 1_000_000
    clock.learn(999.8, 999.9, 999)
    assert clock.milliseconds() == 1_000_000, "it may well be right"
    clock.learn(999.8, 999.9, 1010)
    assert clock.milliseconds() == 1_010_100
    clock.learn(999.3, 999.5, 1010)
    assert clock.milliseconds() == 1_010_500, "at least so far ahead"
    clock.learn(999.9, 1000.0, 990)
    assert clock.milliseconds() == 991_100, "it was set back"
