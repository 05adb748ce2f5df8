"""The whole client against the simulated platform: who is logged in, what is ordered, and what may be said of it."""

import json
from collections.abc import Generator, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from demo_site import BADMINTON, GYM, Buyer, RunningPlatform, rule, running_platform
from venue_servers import until

from jobs.models.orders import OrderedHour, OrderId, OrderState
from jobs.models.venue import Day, Slot
from jobs.ports.accounts import Credentials
from jobs.ports.provider import (
    AttemptOver,
    CodeWanted,
    HasOrder,
    Member,
    NotLoggedIn,
    OrderRefused,
    OutcomeUnknown,
    ProfileIncomplete,
    RateLimited,
    SliderWanted,
    SlotGone,
    SlotStale,
    UnexpectedAnswer,
    VenueError,
    VenueUnreachable,
    WrongCaptcha,
    WrongCredentials,
)
from jobs.venues.demo.provider import DemoProvider
from jobs.venues.sjtu.presets import PRESETS

CONFIRM = "/venue/personal/ConfirmOrder"
LIST = "/venue/personal/personalOrderlist"


class Asked:
    """Implements `Budget`: lets everybody through, and counts."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.quieted: list[tuple[str, float]] = []

    def take(self, server: str, within_seconds: float | None = None) -> None:
        self.taken.append(server)

    def quiet(self, server: str, seconds: float) -> None:
        self.quieted.append((server, seconds))

    def hurrying(self) -> Any:
        raise AssertionError("not the client's to say")

    def left(self, server: str) -> int:
        raise AssertionError("not the client's to ask")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Generator[RunningPlatform, None, None]:
    with running_platform(home=tmp_path_factory.mktemp("home")) as platform:
        yield platform


@pytest.fixture
def platform(shared: RunningPlatform) -> Generator[RunningPlatform, None, None]:
    """Without orders, faults or habits of the test before."""
    yield shared
    shared.control.set_faults()
    shared.simulation.habits = type(shared.simulation.habits)()


@pytest.fixture
def provider(platform: RunningPlatform) -> Iterator[DemoProvider]:
    assert platform.home is not None
    provider = DemoProvider(platform.home, timeout_seconds=5)
    yield provider
    provider.close()


_users = iter(range(10_000))


def log_in(platform: RunningPlatform, provider: DemoProvider, user: str = "") -> bytes:
    attempt = provider.begin_login()
    assert attempt.picture().startswith(b"\x89PNG")
    user = user or f"user{next(_users)}"
    wanted = attempt.submit(Credentials(user=user, password="demo"), platform.control.last_captcha())
    assert wanted is None
    session = attempt.session()
    attempt.close()
    return session


@pytest.fixture
def member(platform: RunningPlatform, provider: DemoProvider) -> Iterator[Member]:
    member = provider.member(log_in(platform, provider))
    yield member
    member.close()


def free(provider: DemoProvider, ahead: int = 7, preset: Any = BADMINTON) -> tuple[Day, list[Slot]]:
    """The slots of one court, hour after hour."""
    day = provider.days(preset)[ahead]
    slots = provider.slots(preset, day)
    court = slots[0].court
    return day, [slot for slot in slots if slot.court == court]


def book(member: Member, day: Day, *slots: Slot, preset: Any = BADMINTON) -> OrderId:
    ready = member.prepare_order(preset, day, slots)
    ready.send()
    return ready.answer()


# Who is logged in


@pytest.mark.parametrize("disguise", ["code", "redirect", "page"])
def test_nobody_is_told_in_every_disguise(platform: RunningPlatform, provider: DemoProvider, disguise: str) -> None:
    platform.control.set_habits(logged_out=disguise)
    for ask in (lambda one: one.check(), lambda one: one.orders(), lambda one: one.cancel(OrderId("1"))):
        for session in (None, b"", b"nonsense", b'{"sports":[["JSESSIONID","/","ABC"]]}', b'{"sports":[[1]]}'):
            member = provider.member(session)
            with pytest.raises(NotLoggedIn):
                ask(member)
            member.close()


def test_a_login_lasts_beyond_the_client_that_made_it(platform: RunningPlatform, provider: DemoProvider) -> None:
    session = log_in(platform, provider, "czq")
    for _ in range(2):
        member = provider.member(session)
        assert member.check().user_id == "demo-czq"
        assert member.check().name == "演示czq"
        session = member.session
        member.close()


def test_no_login_cookie_goes_to_the_platform(platform: RunningPlatform, provider: DemoProvider) -> None:
    kept = json.loads(log_in(platform, provider))
    named = {name: value for name, _, value in kept["sports"]}
    assert named.keys() == {"JSESSIONID", "NSC_tqpsut"}
    assert "." not in named["JSESSIONID"]
    assert "JAAuthCookie" in {name for name, _, _ in kept["jaccount"]}


def test_what_is_secret_is_in_no_repr(platform: RunningPlatform, provider: DemoProvider) -> None:
    session = log_in(platform, provider)
    member = provider.member(session)
    secrets = [value for cookies in json.loads(session).values() for _, _, value in cookies]
    shown = f"{member!r} {provider!r} {vars(member)}"
    assert not [value for value in secrets if value in shown]


def test_single_sign_on_begins_a_new_session_without_a_person(
    platform: RunningPlatform, provider: DemoProvider
) -> None:
    member = provider.member(log_in(platform, provider, "zqc"))
    platform.control.end_sessions("zqc")
    with pytest.raises(NotLoggedIn):
        member.check()
    assert member.renew().user_id == "demo-zqc"
    assert member.check().user_id == "demo-zqc"
    kept = provider.member(member.session)
    assert kept.check().user_id == "demo-zqc"


def test_where_single_sign_on_is_over_a_person_is_wanted(platform: RunningPlatform, provider: DemoProvider) -> None:
    member = provider.member(log_in(platform, provider, "qcz"))
    platform.control.end_sessions("qcz", sign_on=True)
    with pytest.raises(NotLoggedIn):
        member.renew()
    with pytest.raises(NotLoggedIn):
        provider.member(None).renew()


def test_a_renewal_that_fails_takes_no_session_away(platform: RunningPlatform, provider: DemoProvider) -> None:
    member = provider.member(log_in(platform, provider, "keeps"))
    platform.control.set_faults([rule("/jaccount-site/oauth2/authorize", "5xx")])
    with pytest.raises(VenueUnreachable):
        member.renew()
    assert member.check().user_id == "demo-keeps"


# Logging in


@pytest.mark.parametrize("page", ["script", "inputs"])
@pytest.mark.parametrize("answers", ["json", "pages"])
def test_a_wrong_answer_never_ends_the_attempt(
    platform: RunningPlatform, provider: DemoProvider, page: str, answers: str
) -> None:
    platform.control.set_habits(login_page=page, login_answers=answers)
    attempt = provider.begin_login()
    right, wrong = Credentials(user="czq", password="demo"), Credentials(user="czq", password="guess")
    first = attempt.picture()
    assert attempt.picture() != first
    with pytest.raises(WrongCaptcha):
        attempt.submit(right, "zzzzz")
    attempt.picture()
    with pytest.raises(WrongCredentials):
        attempt.submit(wrong, platform.control.last_captcha())
    attempt.picture()
    assert attempt.submit(right, f" {platform.control.last_captcha()} ") is None
    assert provider.member(attempt.session()).check().user_id == "demo-czq"
    with pytest.raises(AttemptOver):
        attempt.picture()
    attempt.close()


def test_an_attempt_that_is_too_old_says_so(platform: RunningPlatform, provider: DemoProvider) -> None:
    attempt = provider.begin_login()
    with pytest.raises(AttemptOver):
        attempt.session()
    with pytest.raises(AttemptOver):
        attempt.submit_code("123456")
    attempt.picture()
    letters = platform.control.last_captcha()
    other = provider.begin_login()
    other.picture()
    with pytest.raises(WrongCaptcha):
        other.submit(Credentials(user="czq", password="demo"), letters)


@pytest.mark.parametrize("answers", ["json", "pages"])
@pytest.mark.parametrize("way", ["app", "sms", "email"])
def test_a_second_factor_is_asked_for_once_and_then_the_client_is_trusted(
    platform: RunningPlatform, provider: DemoProvider, answers: str, way: str
) -> None:
    platform.control.set_habits(login_answers=answers)
    credentials = Credentials(user=f"{way}-{answers}-2fa", password="demo")
    attempt = provider.begin_login()
    attempt.picture()
    wanted = attempt.submit(credentials, platform.control.last_captcha())
    assert wanted == CodeWanted(ways=("app", "email", "sms"))
    if way != "app":
        attempt.send_code(way)
    with pytest.raises(WrongCaptcha, match="再试一次"):
        attempt.submit_code("000000x")
    attempt.submit_code("123456" if way == "app" else platform.control.last_code())
    session = attempt.session()
    assert provider.member(session).check().user_id == f"demo-{credentials.user}"

    again = provider.begin_login(session)
    again.picture()
    assert again.submit(credentials, platform.control.last_captcha()) is None
    stranger = provider.begin_login()
    stranger.picture()
    assert stranger.submit(credentials, platform.control.last_captcha()) is not None


def test_who_could_be_let_in_by_an_old_session_is_asked_all_the_same(
    platform: RunningPlatform, provider: DemoProvider
) -> None:
    """The account may have been given another name or password."""
    attempt = provider.begin_login(log_in(platform, provider, "old"))
    attempt.picture()
    assert attempt.submit(Credentials(user="new", password="demo"), platform.control.last_captcha()) is None
    assert provider.member(attempt.session()).check().user_id == "demo-new"


@pytest.mark.parametrize(("fault", "error"), [("5xx", VenueUnreachable), ("429", RateLimited), ("html", VenueError)])
def test_a_login_page_on_a_bad_day_is_told_apart(
    platform: RunningPlatform, provider: DemoProvider, fault: str, error: type[VenueError]
) -> None:
    platform.control.set_faults([rule("/jaccount-site/oauth2/authorize", fault)])
    with pytest.raises(error):
        provider.begin_login()


# Ordering


def test_an_order_is_made_and_read_back(provider: DemoProvider, member: Member) -> None:
    day, slots = free(provider)
    order_id = book(member, day, slots[0])
    [order] = member.orders()
    assert order.id == order_id
    assert (order.state, order.venue, order.sport, order.date) == (
        OrderState.UNPAID,
        BADMINTON.venue,
        BADMINTON.sport,
        day.date,
    )
    assert order.hours == (OrderedHour(court=slots[0].court, hour=slots[0].hour),)
    assert order.amount == slots[0].price
    assert order.created_at is not None
    one = member.order(order_id)
    assert one is not None
    assert one.pay_seconds == pytest.approx(600, abs=5)
    assert member.order(OrderId("1")) is None


def test_several_hours_of_a_court_are_one_order(provider: DemoProvider, member: Member) -> None:
    day, slots = free(provider)
    book(member, day, *slots[:3])
    [order] = member.orders()
    assert [hour.hour for hour in order.hours] == [slot.hour for slot in slots[:3]]


def test_every_way_it_may_be_locked_is_accepted_and_no_two_orders_have_the_same_key(
    platform: RunningPlatform, provider: DemoProvider, member: Member
) -> None:
    day, slots = free(provider, preset=GYM)
    first, second = (member.prepare_order(GYM, day, slots[:1]) for _ in range(2))
    first.send()
    assert first.answer()
    second.send()
    with pytest.raises(HasOrder):
        second.answer()
    with pytest.raises(HasOrder):
        second.answer()


def test_an_order_is_sent_once_however_often_it_is_said(
    platform: RunningPlatform, provider: DemoProvider, member: Member
) -> None:
    day, slots = free(provider)
    before = len(_asked(platform, CONFIRM))
    ready = member.prepare_order(BADMINTON, day, slots[:1])
    ready.warm(1)
    ready.mend(1)
    ready.mend(1)
    ready.send()
    ready.send()
    assert ready.answer() == ready.answer()
    ready.send()
    assert len(_asked(platform, CONFIRM)) == before + 1


def test_what_was_never_sent_was_surely_not_sent(platform: RunningPlatform, provider: DemoProvider) -> None:
    day, slots = free(provider)
    ready = provider.member(None).prepare_order(BADMINTON, day, slots[:1])
    with pytest.raises(VenueUnreachable):
        ready.answer()


def _asked(platform: RunningPlatform, path: str) -> list[dict[str, Any]]:
    return [asked for asked in platform.control.requests() if asked["path"] == path]


def test_each_refusal_is_told_apart(platform: RunningPlatform, provider: DemoProvider, member: Member) -> None:
    day, slots = free(provider)
    number = BADMINTON.number
    platform.control.take(number, day.date, slots[0].hour, slots[0].court)
    with pytest.raises(SlotGone):
        book(member, day, slots[0])
    platform.control.rivals(1)
    with pytest.raises(SlotGone):
        book(member, day, slots[1])
    platform.control.set_habits(sign_generation=1)
    with pytest.raises(SlotStale) as stale:
        book(member, day, slots[2])
    assert stale.value.retry_after_seconds == 0
    platform.control.set_habits(sign_generation=0, slider=True)
    with pytest.raises(SliderWanted):
        book(member, day, slots[2])
    platform.control.set_habits(slider=False, incomplete=[member.check().user_id.removeprefix("demo-")])
    with pytest.raises(ProfileIncomplete):
        book(member, day, slots[2])
    platform.control.set_habits(incomplete=[])
    book(member, day, slots[2])
    with pytest.raises(HasOrder):
        book(member, day, slots[3])
    assert len(member.orders()) == 1


@pytest.mark.parametrize("malformed", ["code", "page"])
def test_a_lock_that_the_platform_cannot_open_is_a_refusal(
    platform: RunningPlatform, provider: DemoProvider, malformed: str, tmp_path: Path
) -> None:
    """What another key has locked."""
    from jobs.venues.sjtu.client import SjtuProvider
    from jobs.venues.sjtu.places import KnownPlaces

    platform.control.set_habits(malformed=malformed)
    day, slots = free(provider)
    strange = SjtuProvider(KnownPlaces(platform.url, platform.jaccount_url))
    member = strange.member(log_in(platform, provider))
    with pytest.raises(OrderRefused):
        book(member, day, slots[0])


def test_a_key_that_is_none_is_said_without_sending_anything(platform: RunningPlatform, provider: DemoProvider) -> None:
    from jobs.venues.sjtu.client import SjtuProvider
    from jobs.venues.sjtu.places import KnownPlaces

    day, slots = free(provider)
    before = len(_asked(platform, CONFIRM))
    for key in ("", "AAAA", "no base64 ✗"):
        member = SjtuProvider(KnownPlaces(platform.url, platform.jaccount_url, key)).member(None)
        with pytest.raises(VenueError, match="SJA_SJTU_PUBLIC_KEY"):
            book(member, day, slots[0])
    assert len(_asked(platform, CONFIRM)) == before


def test_limits_of_orders_are_limits(platform: RunningPlatform, provider: DemoProvider, member: Member) -> None:
    day, slots = free(provider)
    platform.control.set_habits(orders_per_minute=1, conflict="none")
    book(member, day, slots[0])
    with pytest.raises(RateLimited) as limited:
        book(member, day, slots[1])
    assert limited.value.retry_after_seconds
    platform.control.set_habits(orders_per_minute=0, orders_per_day=1)
    with pytest.raises(RateLimited):
        book(member, day, slots[1])


@pytest.mark.parametrize(
    ("fault", "orders"),
    [
        ("hang", 0),
        ("reset", 0),
        ("5xx", 0),
        ("html", 0),
        ("truncated", 1),
        ("cut", 1),
        ("booked_timed_out", 1),
        ("booked_reset", 1),
    ],
)
def test_whatever_leaves_an_order_in_doubt_is_in_doubt_and_the_orders_tell(
    platform: RunningPlatform, fault: str, orders: int
) -> None:
    assert platform.home is not None
    provider = DemoProvider(platform.home, timeout_seconds=0.7)
    member = provider.member(log_in(platform, provider))
    day, slots = free(provider)
    before = len(_asked(platform, CONFIRM))
    platform.control.set_faults([rule(CONFIRM, fault)])
    with pytest.raises(OutcomeUnknown):
        book(member, day, slots[0])
    platform.control.set_faults()
    assert len(member.orders()) == orders
    # One that was left hanging is noted when it is over.
    until(lambda: len(_asked(platform, CONFIRM)) > before, "the order is noted")
    assert len(_asked(platform, CONFIRM)) == before + 1


@pytest.mark.parametrize(("fault", "error"), [("429", RateLimited), ("login", NotLoggedIn)])
def test_what_says_that_there_is_no_order_is_believed(
    platform: RunningPlatform, provider: DemoProvider, member: Member, fault: str, error: type[VenueError]
) -> None:
    day, slots = free(provider)
    platform.control.set_faults([rule(CONFIRM, fault)])
    with pytest.raises(error):
        book(member, day, slots[0])
    assert member.orders() == []


def test_a_platform_that_is_gone_was_sent_nothing(tmp_path: Path) -> None:
    with running_platform(home=tmp_path) as platform:
        provider = DemoProvider(tmp_path, timeout_seconds=2)
        member = provider.member(log_in(platform, provider))
        day, slots = free(provider)
        ready = member.prepare_order(BADMINTON, day, slots[:1])
        ready.warm(1)
        ready.mend(1)
    ready.send()
    with pytest.raises(VenueUnreachable):
        ready.answer()


# Reading orders


def test_many_orders_come_newest_first_over_several_pages(
    platform: RunningPlatform, provider: DemoProvider, member: Member
) -> None:
    platform.control.set_habits(conflict="none")
    offers = [(day, slot) for ahead in (4, 5, 6, 7) for day, slots in [free(provider, ahead, GYM)] for slot in slots]
    made = [book(member, day, slot, preset=GYM) for day, slot in offers[:45]]
    assert len(made) == 45
    read = [order.id for order in member.orders()]
    assert len(read) >= 40
    assert set(read) <= set(made)
    assert made[-1] in read
    # The oldest is beyond what a person would scroll through; its own page knows it.
    assert member.order(made[0]) is not None


def test_a_state_that_two_sources_read_differently_is_settled_by_the_orders_own_page(
    platform: RunningPlatform, provider: DemoProvider, member: Member
) -> None:
    platform.control.set_habits(unpaid_seconds=0.2)
    day, slots = free(provider)
    order_id = book(member, day, slots[0])
    platform.clock.advance(seconds=2)
    [order] = member.orders()
    assert (order.id, order.state) == (order_id, OrderState.EXPIRED)
    asked = len(_asked(platform, "/venue/personal/queryOrder"))
    member.orders()
    assert len(_asked(platform, "/venue/personal/queryOrder")) == asked, "what has expired stays expired"
    platform.control.set_faults([rule(LIST, "5xx")])
    with pytest.raises(VenueUnreachable):
        member.orders()


def test_an_order_is_given_back_and_its_slot_is_free_again(
    platform: RunningPlatform, provider: DemoProvider, member: Member
) -> None:
    day, slots = free(provider)
    order_id = book(member, day, slots[0])
    assert slots[0].key not in {slot.key for slot in provider.slots(BADMINTON, day)}
    member.cancel(order_id)
    assert member.orders()[0].state is OrderState.CANCELLED
    assert slots[0].key in {slot.key for slot in provider.slots(BADMINTON, day)}
    with pytest.raises(UnexpectedAnswer, match="没有取消"):
        member.cancel(order_id)
    with pytest.raises(UnexpectedAnswer, match="没有取消"):
        member.cancel(OrderId("404404404404404404"))


def test_a_cancelling_without_an_answer_is_in_doubt(platform: RunningPlatform) -> None:
    assert platform.home is not None
    provider = DemoProvider(platform.home, timeout_seconds=0.7)
    member = provider.member(log_in(platform, provider))
    day, slots = free(provider)
    order_id = book(member, day, slots[0])
    platform.control.set_faults([rule("/tRefundReceipt/tRefundReceipt/createUserReceipt", "booked_timed_out")])
    with pytest.raises(OutcomeUnknown):
        member.cancel(order_id)
    assert member.orders()[0].state is OrderState.CANCELLED


def test_a_person_can_open_the_page_where_an_order_is_paid(
    platform: RunningPlatform, provider: DemoProvider, member: Member
) -> None:
    day, slots = free(provider)
    order_id = book(member, day, slots[0])
    payment = member.start_payment(order_id)
    page = Buyer(platform).get(payment.url)
    assert page.status == 200
    assert "支付" in page.text
    assert order_id in page.text
    assert member.orders()[0].state is OrderState.UNPAID
    platform.control.pay(order_id)
    assert member.orders()[0].state is OrderState.PAID
    with pytest.raises(UnexpectedAnswer):
        member.start_payment(order_id)


# What everybody may see


def test_the_catalogue_keeps_the_known_numbers(provider: DemoProvider) -> None:
    assert set(provider.catalogue()) == set(PRESETS)
    assert [preset.number for preset in provider.catalogue()] == [preset.number for preset in PRESETS]


def test_a_courts_tension_is_echoed(provider: DemoProvider) -> None:
    seen = {slot.tension for day in provider.days(BADMINTON) for slot in provider.slots(BADMINTON, day)}
    assert seen <= set("01234")


def test_the_demo_platform_releases_when_it_was_told_to(tmp_path: Path) -> None:
    from jobs.venues import ProviderConfig, open_provider, requests_per_minute

    rule = open_provider(ProviderConfig(name="demo", home=str(tmp_path), release="08:30:00")).release
    opened = rule.opens_at(date(2026, 11, 29))
    assert opened.isoformat() == "2026-11-22T00:30:00+00:00"
    real = open_provider(ProviderConfig(name="sjtu")).release
    assert real.opens_at(date(2026, 11, 29)) - opened == timedelta(hours=3, minutes=30)
    assert (requests_per_minute("sjtu"), requests_per_minute("demo")) == (120, 60_000)


# Its place in the budget


def test_every_request_has_its_place_in_the_budget(platform: RunningPlatform) -> None:
    assert platform.home is not None
    budget = Asked()
    provider = DemoProvider(platform.home, timeout_seconds=5, budget=budget)
    before = len(platform.control.requests())
    member = provider.member(log_in(platform, provider, "counted"))
    day, slots = free(provider)
    ready = member.prepare_order(BADMINTON, day, slots[:1])
    ready.warm(1)
    ready.mend(1)
    taken = len(budget.taken)
    ready.send()
    assert len(budget.taken) == taken, "a place is taken before the instant"
    order_id = ready.answer()
    ready_days = provider.prepare_days(BADMINTON)
    ready_days.warm(1)
    ready_days.mend(1)
    taken = len(budget.taken)
    ready_days.send()
    assert ready_days.answer()
    assert len(budget.taken) == taken
    member.check()
    member.order(order_id)
    member.start_payment(order_id)
    member.cancel(order_id)
    member.renew()
    provider.catalogue()
    assert len(budget.taken) == len(platform.control.requests()) - before
    assert set(budget.taken) == {platform.url.removeprefix("http://")}
    assert budget.quieted == []


def test_a_platform_that_wants_quiet_gets_it_from_everybody(platform: RunningPlatform) -> None:
    assert platform.home is not None
    budget = Asked()
    provider = DemoProvider(platform.home, timeout_seconds=5, budget=budget)
    server = provider.server()
    platform.control.set_faults([rule("/system/user/currentUser", "429", retry_after="7")])
    with pytest.raises(RateLimited):
        provider.member(None).check()
    assert budget.quieted == [(server, 7)]
    platform.control.set_faults(
        [
            rule("/system/user/currentUser", "says", code=500, msg="请求过于频繁"),
            rule(LIST, "says", code=500, msg="请求过于频繁"),
        ]
    )
    with pytest.raises(RateLimited):
        provider.member(None).check()
    assert budget.quieted[1:] == [(server, 60)]
    platform.control.set_faults([rule(LIST, "says", code=500, msg="每日请求超过限制，无法获取")])
    with pytest.raises(RateLimited):
        provider.member(None).orders()
    assert len(budget.quieted) == 2, "one account's daily quota is nobody else's"


class Shut(Asked):
    """A budget in which there is no place."""

    def take(self, server: str, within_seconds: float | None = None) -> None:
        raise RateLimited("请稍候", "", 5.0)


def test_without_a_place_nothing_is_sent(platform: RunningPlatform, provider: DemoProvider) -> None:
    assert platform.home is not None
    day, slots = free(provider)
    shut = DemoProvider(platform.home, timeout_seconds=5, budget=Shut())
    before = len(platform.control.requests())
    ready = shut.member(None).prepare_order(BADMINTON, day, slots[:1])
    ready.warm(0.1)
    ready.mend(0.1)
    ready.send()
    with pytest.raises(RateLimited):
        ready.answer()
    days = shut.prepare_days(BADMINTON)
    days.send()
    with pytest.raises(RateLimited):
        days.answer()
    assert len(platform.control.requests()) == before
