"""The platform's client: what everybody may see, and the doors to what only accounts may."""

from collections.abc import Sequence
from datetime import time
from typing import TYPE_CHECKING, Final

from jobs.models.customs import Customs
from jobs.models.release import ReleaseRule
from jobs.models.venue import Day, Preset, Slot
from jobs.ports.aim import ServerDate
from jobs.ports.budget import Budget
from jobs.ports.provider import LoginAttempt, Member, UnexpectedAnswer, VenueError
from jobs.venues.sjtu.answers import Answer
from jobs.venues.sjtu.catalogue import Venue, numbered, read_sports, read_venues
from jobs.venues.sjtu.places import KnownPlaces, Places
from jobs.venues.sjtu.presets import PRESETS
from jobs.venues.sjtu.ready import ReadyQuestion
from jobs.venues.sjtu.refusals import quiet_wanted
from jobs.venues.sjtu.requests import Request, post_form, post_json, who_am_i
from jobs.venues.sjtu.server_clock import ServerClock
from jobs.venues.sjtu.site import LARGEST_ANSWER, Site, shared_trust
from jobs.venues.sjtu.wire import read_days, read_second, read_slots

if TYPE_CHECKING:
    from jobs.venues.sjtu.session import Jars

__all__ = ["LARGEST_ANSWER", "SjtuProvider", "shared_trust"]


_DAYS_PATH: Final = "/manage/fieldDetail/queryFieldReserveSituationIsFull"
_SLOTS_PATH: Final = "/manage/fieldDetail/queryFieldSituation"
_VENUES_PATH: Final = "/manage/venue"
_VENUE_PATH: Final = "/manage/venue/queryVenueById"
_PAGE_SIZE: Final = 50
_MOST_PAGES: Final = 10


class SjtuProvider:
    """Implements `ports.provider.Provider` over HTTP. One instance per thread; its members are each their own.

    `places`: where the platform is, or its base URL alone. `timeout_seconds` bounds connecting, each wait for bytes,
    and the whole body.
    """

    def __init__(
        self,
        places: Places | str,
        timeout_seconds: float = 10.0,
        *,
        budget: Budget | None = None,
        release: str = "12:00:00",
        customs: Customs = Customs(),  # noqa: B008 - frozen
        presets: Sequence[Preset] = PRESETS,
    ) -> None:
        self.presets = presets
        self._places: Places = KnownPlaces(places) if isinstance(places, str) else places
        self._timeout_seconds = timeout_seconds
        self._budget = budget
        self._release = release
        self._customs = customs
        self._site = Site(lambda: self._places.base_url, timeout_seconds=timeout_seconds, budget=budget)

    @property
    def release(self) -> ReleaseRule:
        return ReleaseRule(time=time.fromisoformat(self._release))

    def catalogue(self) -> list[Preset]:
        """What the platform lists now, those of a known number first. A venue whose page cannot be read is left out."""
        found = [preset for venue in self._venues() for preset in self._presets_of(venue)]
        return sorted(dict.fromkeys(found), key=lambda preset: preset.number or len(PRESETS) + 1)

    def days(self, preset: Preset) -> list[Day]:
        return read_days(self._site.ask(_days_question(preset)))

    def prepare_days(self, preset: Preset) -> ReadyQuestion:
        return ReadyQuestion(self._site, lambda: _days_question(preset), self._greet, lambda: self.days(preset))

    def slots(self, preset: Preset, day: Day) -> list[Slot]:
        _require_sport(preset)
        question = {"fieldType": preset.sport_id, "date": day.date.isoformat(), "venueId": preset.venue_id}
        if day.token:
            question["dateId"] = day.token
        return read_slots(self._site.ask(post_json(_SLOTS_PATH, question)), day.date, self._customs.free)

    def server(self) -> str:
        return self._site.server()

    def server_date(self, within_seconds: float) -> ServerDate:
        answer = self._greet(within_seconds)
        return ServerDate(second=read_second(answer), quiet_seconds=quiet_wanted(answer))

    def member(self, session: bytes | None) -> Member:
        # Orders are locked with a library that only they need.
        from jobs.venues.sjtu.member import SjtuMember  # noqa: PLC0415

        return SjtuMember(
            self._places,
            session,
            timeout_seconds=self._timeout_seconds,
            budget=self._budget,
            clock=self._clock(),
            customs=self._customs,
        )

    def begin_login(self, session: bytes | None = None) -> LoginAttempt:
        from jobs.venues.sjtu.login import LetIn  # noqa: PLC0415
        from jobs.venues.sjtu.session import jars_from, trusted_again  # noqa: PLC0415

        try:
            return self._opened_login(trusted_again(session))
        except LetIn:
            # By a cookie that is not known to do that; as a stranger everybody sees the page.
            return self._opened_login(jars_from(None))

    def close(self) -> None:
        self._site.close()

    def _opened_login(self, jars: "Jars") -> LoginAttempt:
        from jobs.venues.sjtu.login import SjtuLogin  # noqa: PLC0415

        attempt = SjtuLogin(
            self._places, jars, timeout_seconds=self._timeout_seconds, budget=self._budget, clock=self._clock()
        )
        try:
            return attempt.open()
        except BaseException:
            attempt.close()
            raise

    def _clock(self) -> ServerClock:
        """What is known of the platform's clock, shared with all members and logins."""
        self._site.clock = self._site.clock or ServerClock()
        return self._site.clock

    def _greet(self, within_seconds: float) -> Answer:
        self._clock()
        return self._site.ask(who_am_i(), within_seconds)

    def _venues(self) -> list[Venue]:
        venues: dict[Venue, None] = {}
        for number in range(1, _MOST_PAGES + 1):
            page = read_venues(self._site.ask(_venues_question(number, self._customs)))
            before = len(venues)
            venues |= dict.fromkeys(page.venues)
            if len(venues) == before or (page.total is not None and len(venues) >= page.total):
                break
        return list(venues)

    def _presets_of(self, venue: Venue) -> list[Preset]:
        try:
            sports = read_sports(self._site.ask(post_form(_VENUE_PATH, id=venue.id)))
        except UnexpectedAnswer:
            return []
        return numbered(venue, sports, PRESETS)


def _days_question(preset: Preset) -> Request:
    _require_sport(preset)
    # The platform takes today's date or none; none needs no clock.
    return post_json(_DAYS_PATH, {"id": preset.venue_id, "feildType": preset.sport_id, "date": ""})


def _venues_question(number: int, customs: Customs) -> Request:
    paging = {"pageSize": str(_PAGE_SIZE), "pageNum": str(number)}
    path = f"{_VENUES_PATH}/{customs.venue_list}"
    return post_form(path, **paging, campusIds="", typeIds="", venueName="", flag=customs.venue_flag)


def _require_sport(preset: Preset) -> None:
    if not preset.sport_id:
        raise VenueError(f"预设{preset.number} {preset.title}没有登记运动项目，查不了场次，请换一个预设")
