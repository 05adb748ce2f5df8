"""The client against the simulator over real HTTP, and the simulator's other endpoints."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import urllib3
from venue_servers import SetClock, shanghai, simulator

from jobs.models.venue import Preset
from jobs.ports.provider import UnexpectedAnswer
from jobs.venues import presets_of
from jobs.venues.demo.habits import Disguise, Habits
from jobs.venues.demo.world import World
from jobs.venues.sjtu.client import SjtuProvider

WORLD = World(seed=11)
BADMINTON = presets_of("demo")[4]
SPORTS = [preset for preset in presets_of("demo") if preset.sport]
IS_FULL = "/manage/fieldDetail/queryFieldReserveSituationIsFull"
SITUATION = "/manage/fieldDetail/queryFieldSituation"


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[str, SetClock]]:
    clock = SetClock(shanghai(2025, 11, 21, 15))
    with simulator(WORLD, clock) as base_url:
        yield base_url, clock


@pytest.fixture
def clock(served: tuple[str, SetClock]) -> SetClock:
    clock = served[1]
    clock.set(shanghai(2025, 11, 21, 15))
    return clock


@pytest.fixture
def base_url(served: tuple[str, SetClock]) -> str:
    return served[0]


def post(url: str, **body: Any) -> dict[str, Any]:
    return urllib3.request("POST", url, json=body, retries=False).json()


def post_form(url: str, **fields: str) -> dict[str, Any]:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    return urllib3.request("POST", url, body=urlencode(fields), headers=form, retries=False).json()


def test_the_client_reads_every_preset(base_url: str, clock: SetClock) -> None:
    provider = SjtuProvider(base_url)
    for preset in SPORTS:
        days = provider.days(preset)
        assert [day.date for day in days] == WORLD.visible(clock.now())
        assert all(len(day.token) == 44 and day.is_open for day in days)
        assert_slots_are_the_worlds(provider, preset, days[3].date, clock)
    provider.close()


def assert_slots_are_the_worlds(provider: SjtuProvider, preset: Preset, date: date, clock: SetClock) -> None:
    day = next(day for day in provider.days(preset) if day.date == date)
    expected = {
        (hour, court.id, court.name, f"{cell.price}.00", cell.count, cell.sign)
        for court in WORLD.courts(preset, date, clock.now())
        for hour, cell in enumerate(court.cells, start=7)
        if cell.status == 0 and cell.count > 0
    }
    slots = provider.slots(preset, day)
    assert slots
    assert {(s.hour, s.court_id, s.court, s.price, s.remaining, s.sign) for s in slots} == expected
    assert {slot.date for slot in slots} == {date}


def test_a_new_date_appears_at_noon_all_free_and_fills_up(base_url: str, clock: SetClock) -> None:
    provider = SjtuProvider(base_url)
    clock.set(shanghai(2025, 11, 21, 11, 59, 59))
    assert provider.days(BADMINTON)[-1].date == date(2025, 11, 27)
    clock.set(shanghai(2025, 11, 21, 12))
    newest = provider.days(BADMINTON)[-1]
    assert newest.date == date(2025, 11, 28)
    assert len(provider.slots(BADMINTON, newest)) == 12 * 15
    clock.advance(hours=1)
    assert len(provider.slots(BADMINTON, newest)) < 12 * 12
    provider.close()


def test_a_date_that_is_not_released_shows_nothing_free_even_to_those_who_know_its_token(
    base_url: str, clock: SetClock
) -> None:
    clock.set(shanghai(2025, 11, 21, 11, 59, 59))
    unreleased = date(2025, 11, 28)
    asked = {
        "fieldType": BADMINTON.sport_id,
        "venueId": BADMINTON.venue_id,
        "date": "2025-11-28",
        "dateId": WORLD.token(BADMINTON, unreleased),
    }
    courts = post(base_url + SITUATION, **asked)["data"]
    assert {int(item["status"]) for court in courts for item in court["priceList"]} == {-2}


def test_slots_come_and_go_with_time(base_url: str, clock: SetClock) -> None:
    provider = SjtuProvider(base_url)
    day = provider.days(BADMINTON)[2]
    first = {slot.key for slot in provider.slots(BADMINTON, day)}
    clock.advance(minutes=30)
    second = {slot.key for slot in provider.slots(BADMINTON, day)}
    assert first - second
    assert second - first
    provider.close()


def test_two_simulators_of_one_seed_answer_alike(base_url: str, clock: SetClock) -> None:
    with simulator(World(seed=11), clock) as other_url:
        one, other = SjtuProvider(base_url), SjtuProvider(other_url)
        assert one.days(BADMINTON) == other.days(BADMINTON)
        day = one.days(BADMINTON)[1]
        assert one.slots(BADMINTON, day) == other.slots(BADMINTON, day)
        one.close()
        other.close()


def test_numbers_are_written_now_as_text_now_as_numbers(base_url: str) -> None:
    provider = SjtuProvider(base_url)
    day = provider.days(BADMINTON)[2]
    asked = {"fieldType": BADMINTON.sport_id, "venueId": BADMINTON.venue_id, "date": str(day.date), "dateId": day.token}
    [court, *_] = post(base_url + SITUATION, **asked)["data"]
    for field in ("count", "price", "status"):
        assert {type(item[field]) for item in court["priceList"]} == {int, str}
    assert len(court["priceList"]) == 15
    provider.close()


@pytest.mark.parametrize(
    "wrong",
    [
        {"dateId": "A" * 44},
        {"dateId": WORLD.token(BADMINTON, date(2025, 11, 23))},
        {"dateId": None},
        {"fieldType": "x"},
        {"venueId": "x"},
        {"date": "2025-13-01"},
        {"date": None},
    ],
)
def test_a_question_with_a_wrong_field_is_answered_with_an_error_code(base_url: str, wrong: dict[str, Any]) -> None:
    right = {
        "fieldType": BADMINTON.sport_id,
        "venueId": BADMINTON.venue_id,
        "date": "2025-11-22",
        "dateId": WORLD.token(BADMINTON, date(2025, 11, 22)),
    }
    assert post(base_url + SITUATION, **right)["code"] == 0
    answer = post(base_url + SITUATION, **(right | wrong))
    assert answer["code"] != 0
    assert "data" not in answer


def test_the_client_learns_that_a_token_is_stale(base_url: str) -> None:
    provider = SjtuProvider(base_url)
    today, tomorrow, *_ = provider.days(BADMINTON)
    mixed = type(today)(date=today.date, token=tomorrow.token, is_full=False, is_open=True)
    with pytest.raises(UnexpectedAnswer, match="已过期"):
        provider.slots(BADMINTON, mixed)
    provider.close()


def test_older_clients_may_leave_the_token_out_where_the_platform_allows_it(clock: SetClock) -> None:
    asked = {"fieldType": BADMINTON.sport_id, "venueId": BADMINTON.venue_id, "date": "2025-11-22"}
    with simulator(WORLD, clock, Habits(date_id_required=False)) as lenient_url:
        assert len(post(lenient_url + SITUATION, **asked)["data"]) == 12


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff", b"[" * 100_000, b'{"id":{}}'])
def test_nonsense_is_answered_with_an_error_code(base_url: str, body: bytes) -> None:
    for path in (IS_FULL, SITUATION):
        answer = urllib3.request("POST", base_url + path, body=body, retries=False)
        assert (answer.status, answer.json()["code"]) == (200, 500)


def test_venues_are_listed_in_pages_and_found_by_name(base_url: str) -> None:
    def listed(**fields: str) -> dict[str, Any]:
        return post_form(f"{base_url}/manage/venue/list", **fields)

    everything = listed(pageSize="100", pageNum="1", flag="0")
    assert everything["total"] == len(everything["rows"]) == 19
    assert listed(pageSize="10", pageNum="2")["rows"] == everything["rows"][10:]
    [found] = listed(venueName="霍英东")["rows"]
    assert found["venueId"] == "9096787a-bc53-430a-9405-57dc46bc9e83"


def test_a_venue_tells_its_sports(base_url: str) -> None:
    def told(venue_id: str) -> dict[str, Any]:
        return post_form(f"{base_url}/manage/venue/queryVenueById", id=venue_id)

    sports = told(BADMINTON.venue_id)["data"]["motionTypes"]
    assert [(sport["name"], sport["id"]) for sport in sports] == [
        ("羽毛球", "29942202-d2ac-448e-90b7-14d3c6be19ff"),
        ("篮球", "8dc0e52c-564a-4d9a-9cb2-08477f1a18d4"),
    ]
    assert told(presets_of("demo")[26].venue_id)["data"]["motionTypes"] == []
    assert told("nowhere")["code"] == 500


def test_nobody_is_logged_in(base_url: str) -> None:
    user = urllib3.request("GET", f"{base_url}/system/user/currentUser", retries=False).json()
    assert user["code"] == 0
    assert "data" not in user
    orders = urllib3.request("GET", f"{base_url}/venue/personal/personalOrderlist?pageNo=1", retries=False).json()
    assert orders["code"] == 401


@pytest.mark.parametrize(("disguise", "status"), [(Disguise.REDIRECT, 302), (Disguise.PAGE, 200)])
def test_nobody_is_logged_in_in_other_disguises(clock: SetClock, disguise: Disguise, status: int) -> None:
    with simulator(WORLD, clock, Habits(logged_out=disguise)) as base_url:
        answer = urllib3.request("POST", f"{base_url}/venue/personal/ConfirmOrder", redirect=False, retries=False)
    assert answer.status == status
    assert "jaccount" in answer.headers.get("Location", "") or "<title>登录</title>" in answer.data.decode()


@pytest.mark.parametrize("path", ["/", "/manage", "/pc/other", "/manage/fieldDetail/other"])
def test_unknown_paths_are_not_found(base_url: str, path: str) -> None:
    assert urllib3.request("GET", base_url + path, retries=False).status == 404


def test_answers_carry_the_date_by_the_worlds_own_clock(base_url: str, clock: SetClock) -> None:
    clock.set(shanghai(2025, 11, 21, 12) - timedelta(seconds=1))
    answer = urllib3.request("GET", base_url + "/system/user/currentUser", retries=False)
    assert answer.headers.getlist("Date") == ["Fri, 21 Nov 2025 03:59:59 GMT"]
