"""Sessions are looked at in a calm rhythm; a platform in trouble is asked again sooner, a person is not nagged."""

from typing import Any

import pytest
from kind_site import LOCKED, Counter, Notebook, Platform, Site

from jobs.kinds.keep_alive import KEEP_ALIVE
from jobs.models.errors import Refusal
from jobs.ports.provider import NotLoggedIn, VenueUnreachable, WrongCredentials

UNREACHABLE = VenueUnreachable("场馆平台没有回应", retry_after_seconds=5)


def keep(desk: Counter, *, waits: int, interval: int = 900, book: Notebook | None = None) -> Site:
    config = {"plan": {"interval_seconds": interval}, "accounts": ["czq"]}
    return Site(KEEP_ALIVE, config, Platform([]), waits=waits, desk=desk, book=book)


def test_every_interval_every_account_is_looked_at() -> None:
    site = keep(Counter("czq", "sty"), waits=3)
    outcome = site.work()
    assert (outcome.done, outcome.sentence) == (False, "被要求退出")
    assert site.desk.readied == 3
    assert site.book.said[1] == "czq 已登录；sty 已登录"
    assert all(900 <= waited <= 1080 for waited in site.stopping.waited)


@pytest.mark.parametrize("interval", [0, 1, 59])
def test_it_never_looks_more_often_than_the_floor(interval: int) -> None:
    site = keep(Counter("czq"), waits=20, interval=interval)
    site.work()
    assert min(site.stopping.waited) >= 60


def test_a_platform_in_trouble_is_asked_again_ever_later_a_few_times_and_then_as_usual() -> None:
    desk = Counter("czq")
    desk.ready = {"czq": UNREACHABLE}
    site = keep(desk, waits=6, interval=7200)
    site.work()
    for waited, least in zip(site.stopping.waited, [60, 120, 240, 480, 7200, 7200], strict=True):
        assert least <= waited <= least * 1.2


@pytest.mark.parametrize("error", [NotLoggedIn("要重新登录"), WrongCredentials("学号或密码不对")])
def test_what_needs_a_person_is_not_asked_for_again_before_the_usual_time(error: Any) -> None:
    desk = Counter("czq")
    desk.ready = {"czq": error}
    site = keep(desk, waits=3)
    site.work()
    assert min(site.stopping.waited) >= 900
    assert site.book.said[1] == f"czq {error.sentence}"


def test_only_what_has_changed_goes_into_the_history() -> None:
    desk = Counter("czq", "sty")
    site = keep(desk, waits=4)
    wait = site.stopping.wait

    def session_ends(seconds: float) -> bool:
        if len(site.stopping.waited) == 1:
            desk.ready = {"sty": NotLoggedIn("要重新登录")}
        return wait(seconds)

    site.stopping.wait = session_ends
    site.work()
    assert [(data["account"], data["logged_in"]) for _, data in site.book.events] == [
        ("czq", True),
        ("sty", True),
        ("sty", False),
    ]


def test_a_store_that_cannot_be_had_is_waited_out() -> None:
    book = Notebook()
    book.troubles = [LOCKED]
    site = keep(Counter("czq"), waits=2, book=book)
    site.work()
    assert book.said[1] == f"{LOCKED.sentence}，稍后再试"
    assert len(book.events) == 1


def test_accounts_that_are_not_there_are_named() -> None:
    site = keep(Counter("czq", missing=["sty"]), waits=1)
    site.work()
    assert site.book.said[1] == "czq 已登录；没有账号 sty"


@pytest.mark.parametrize(("missing", "words"), [([], "没有可以保活的账号"), (["czq"], "没有账号 czq")])
def test_without_an_account_there_is_nothing_to_keep_alive(missing: list[str], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        keep(Counter(missing=missing), waits=1).work()


def test_a_configuration_is_described_in_words() -> None:
    assert KEEP_ALIVE.describe({"accounts": ["czq", "sty"]}, ()) == "账号 czq、sty · 每15分钟检查登录"
    assert KEEP_ALIVE.describe({}, ()) == "默认账号 · 每15分钟检查登录"
    assert KEEP_ALIVE.describe({"plan": 3}, ()) == "配置无法辨认"
