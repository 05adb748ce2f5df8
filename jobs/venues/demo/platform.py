"""The simulated platform as an ASGI application: what anybody may ask is here, the rest in its neighbours.

Field spellings, typos included, are the real platform's; numbers are sent as strings or as numbers, as it does.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from jobs.models.venue import Preset
from jobs.ports.clock import Clock
from jobs.venues.demo.answers import calendar_date, failure, form, json_texts, number, success
from jobs.venues.demo.box_office import STALE
from jobs.venues.demo.front import dated, fronted
from jobs.venues.demo.habits import Disguise, Free, Habits
from jobs.venues.demo.jaccount import login_routes
from jobs.venues.demo.payment import payment_routes
from jobs.venues.demo.personal import personal_routes
from jobs.venues.demo.simulation import Simulation
from jobs.venues.demo.slider import Slider
from jobs.venues.demo.steering import steered
from jobs.venues.demo.world import FIRST_HOUR, Cell, Court, World

__all__ = ["Disguise", "Habits", "application", "dated", "simulated"]


class Board:
    """What is to be had, for anybody who asks. `presets` say which venues offer which sports."""

    def __init__(self, simulation: Simulation, presets: Sequence[Preset]) -> None:
        self._simulation = simulation
        self._sports = {(preset.venue_id, preset.sport_id): preset for preset in presets if preset.sport_id}
        self._venues: dict[str, list[Preset]] = {}
        for preset in presets:
            self._venues.setdefault(preset.venue_id, []).append(preset)

    def routes(self) -> list[Route]:
        """What is asked most comes first."""
        asked = {
            "/manage/fieldDetail/queryFieldReserveSituationIsFull": self.days,
            "/manage/fieldDetail/queryFieldSituation": self.situation,
            "/manage/venue/list": self.venue_list,
            "/manage/venue/listOrderCount": self.venue_list,
            "/manage/venue/queryVenueById": self.venue,
            "/manage/motionType/typeList": self.types,
            "/manage/campus/list": self.campuses,
        }
        return [Route(path, answer, methods=["POST"]) for path, answer in asked.items()]

    async def days(self, request: Request) -> Response:
        asked = await json_texts(request)
        place = self._sports.get((asked.get("id", ""), asked.get("feildType", "")))
        if place is None:
            return failure("场馆或项目不存在")
        world, now = self._simulation.world, self._simulation.clock.now()
        return success([self._day(place, day) for day in world.visible(now)])

    async def situation(self, request: Request) -> Response:
        asked = await json_texts(request)
        place = self._sports.get((asked.get("venueId", ""), asked.get("fieldType", "")))
        day = calendar_date(asked.get("date", ""))
        if place is None or day is None:
            return failure("参数错误")
        token = asked.get("dateId")
        if token is None and self._simulation.habits.date_id_required:
            return failure("dateId不能为空")
        if token is not None and token != self._simulation.world.token(place, day):
            return failure(STALE)
        free = self._simulation.habits.free
        return success([_court(court, free) for court in self._simulation.office.courts(place, day)])

    async def venue_list(self, request: Request) -> Response:
        fields, habits = await form(request), self._simulation.habits
        path, flag = request.url.path.rpartition("/")[2], fields.get("flag", "")
        if path != (habits.venue_list or path) or flag != (habits.venue_flag or flag):
            return failure("参数错误", why=f"{path}, flag {flag[:9]}")
        wanted, types = fields.get("venueName", ""), fields.get("typeIds", "")
        rows = [
            _venue(presets[0])
            for presets in self._venues.values()
            if wanted in presets[0].venue and (not types or any(preset.sport_id == types for preset in presets))
        ]
        size, page = number(fields.get("pageSize"), 10), number(fields.get("pageNum"), 1)
        shown = rows[(page - 1) * size : page * size]
        return JSONResponse({"code": 0, "msg": "查询成功", "rows": shown, "total": len(rows)})

    async def venue(self, request: Request) -> Response:
        presets = self._venues.get((await form(request)).get("id", ""))
        if presets is None:
            return failure("场馆不存在")
        sports = [
            {
                "id": preset.sport_id,
                "name": preset.sport,
                "nameEn": "",
                "tension": "0",
                "writeOffType": "1",
                "nowDate": self._simulation.clock.now().date().isoformat(),
                "image": "",
            }
            for preset in presets
            if preset.sport_id
        ]
        return success({**_venue(presets[0]), "venueMobile": "", "venueRule": "", "motionTypes": sports})

    async def types(self, _request: Request) -> Response:
        rows = [{"id": preset.sport_id, "name": preset.sport} for preset in self._sports.values()]
        return JSONResponse({"code": 0, "msg": "查询成功", "rows": rows, "total": len(rows)})

    async def campuses(self, _request: Request) -> Response:
        names = sorted({_campus(presets[0]) for presets in self._venues.values()})
        rows = [{"campusId": str(place), "campusName": name} for place, name in enumerate(names, start=1)]
        return JSONResponse({"code": 0, "msg": "查询成功", "rows": rows, "total": len(rows)})

    def _day(self, place: Preset, day: date) -> dict[str, Any]:
        return {
            "date": day.isoformat(),
            "dateId": self._simulation.world.token(place, day),
            "isAll": "1" if self._simulation.office.is_full(place, day) else "0",
            "open": self._simulation.clock.now() >= self._simulation.world.opens_at(day),
        }


def application(simulation: Simulation, presets: Sequence[Preset]) -> ASGIApp:
    """All of the platform, its login and its payment page, with faults and ledger; without `Date` headers.

    Paths it does not know answer 404.
    """
    slider = Slider()
    sports = {(preset.venue_id, preset.sport_id): preset for preset in presets if preset.sport_id}
    routes = [
        *Board(simulation, presets).routes(),
        *personal_routes(simulation, sports, slider),
        *payment_routes(simulation),
        *slider.routes(),
    ]
    jaccount, login = login_routes(simulation)
    return fronted(Starlette(routes=[*routes, *login]), simulation, steered(simulation, jaccount, slider, sports))


def simulated(world: World, clock: Clock, presets: Sequence[Preset], habits: Habits | None = None) -> ASGIApp:
    """`application` for a simulation of its own, in memory."""
    return application(Simulation(world, clock, habits), presets)


def _campus(preset: Preset) -> str:
    return next((name for name in ("徐汇", "张江") if name in preset.venue), "闵行") + "校区"


def _venue(preset: Preset) -> dict[str, Any]:
    return {
        "venueId": preset.venue_id,
        "venueName": preset.venue,
        "venueNameEn": "",
        "campusName": _campus(preset),
        "openTime": "07:00-22:00",
    }


def _court(court: Court, free: Free) -> dict[str, Any]:
    return {
        "fieldId": court.id,
        "fieldName": court.name,
        "fieldDetailStatus": str(court.tension),
        "detailSort": court.number,
        "priceList": [
            _cell(cell, court.number + hour, free) for hour, cell in enumerate(court.cells, start=FIRST_HOUR)
        ],
    }


def _cell(cell: Cell, variety: int, free: Free) -> dict[str, Any]:
    """An item of `priceList`, its numbers written now as strings, now as numbers."""
    status = 1 if free is Free.COUNT and cell.is_free else int(cell.status)
    count = 0 if free is Free.STATUS else cell.count
    return {
        "count": str(count) if variety % 2 else count,
        "price": f"{cell.price}.00" if variety % 5 else cell.price,
        "status": str(status) if variety % 3 else status,
        "sign": cell.sign,
        "flag": 0,
    }
