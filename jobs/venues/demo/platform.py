"""The platform's read endpoints over a simulated world, as an ASGI application.

Field spellings, typos included, are the real platform's; numbers are sent as strings or as numbers, as it does.
"""

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from email.utils import format_datetime
from enum import StrEnum
from typing import Any, Final, cast
from urllib.parse import parse_qs

from msgspec import Struct
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jobs.models.venue import Preset
from jobs.ports.clock import Clock
from jobs.venues.demo.world import FIRST_HOUR, Cell, Court, World, released_at

_LOGIN_ADDRESS: Final = "https://jaccount.sjtu.edu.cn/oauth2/authorize"
_STALE: Final = "场地信息已过期，请刷新页面"


class Disguise(StrEnum):
    """How the platform says that nobody is logged in; the real one does all three."""

    CODE = "code"
    REDIRECT = "redirect"
    PAGE = "page"


class Habits(Struct, frozen=True, kw_only=True):
    """What sources disagree on, each with the strictest default."""

    date_id_required: bool = True
    logged_out: Disguise = Disguise.CODE


class Platform:
    """Answers for one world. `presets` say which venues offer which sports."""

    def __init__(self, world: World, clock: Clock, presets: Sequence[Preset], habits: Habits) -> None:
        self._world = world
        self._clock = clock
        self._habits = habits
        self._sports = {(preset.venue_id, preset.sport_id): preset for preset in presets if preset.sport_id}
        self._venues: dict[str, list[Preset]] = {}
        for preset in presets:
            self._venues.setdefault(preset.venue_id, []).append(preset)

    async def current_user(self, _request: Request) -> Response:
        return JSONResponse({"code": 0, "msg": "操作成功"})

    async def venue_list(self, request: Request) -> Response:
        form = await _form(request)
        wanted = form.get("venueName", "")
        rows = [_venue(presets[0]) for presets in self._venues.values() if wanted in presets[0].venue]
        size, page = _number(form.get("pageSize"), 10), _number(form.get("pageNum"), 1)
        shown = rows[(page - 1) * size : page * size]
        return JSONResponse({"code": 0, "msg": "查询成功", "rows": shown, "total": len(rows)})

    async def venue(self, request: Request) -> Response:
        presets = self._venues.get((await _form(request)).get("id", ""))
        if presets is None:
            return _failure("场馆不存在")
        sports = [
            {"id": preset.sport_id, "name": preset.sport, "nameEn": "", "tension": "0", "image": ""}
            for preset in presets
            if preset.sport_id
        ]
        return _success({**_venue(presets[0]), "venueMobile": "", "venueRule": "", "motionTypes": sports})

    async def days(self, request: Request) -> Response:
        asked = await _json(request)
        place = self._sports.get((asked.get("id", ""), asked.get("feildType", "")))
        if place is None:
            return _failure("场馆或项目不存在")
        now = self._clock.now()
        return _success([self._day(place, day, now) for day in self._world.visible(now)])

    async def situation(self, request: Request) -> Response:
        asked = await _json(request)
        place = self._sports.get((asked.get("venueId", ""), asked.get("fieldType", "")))
        day = _date(asked.get("date", ""))
        if place is None or day is None:
            return _failure("参数错误")
        token = asked.get("dateId")
        if token is None and self._habits.date_id_required:
            return _failure("dateId不能为空")
        if token is not None and token != self._world.token(place, day):
            return _failure(_STALE)
        return _success([_court(court) for court in self._world.courts(place, day, self._clock.now())])

    async def personal(self, _request: Request) -> Response:
        match self._habits.logged_out:
            case Disguise.CODE:
                return JSONResponse({"code": 401, "msg": "登录超时"})
            case Disguise.REDIRECT:
                return RedirectResponse(_LOGIN_ADDRESS, status_code=302)
            case Disguise.PAGE:
                return HTMLResponse("<!doctype html><html><head><title>登录</title></head><body></body></html>")

    def _day(self, place: Preset, day: date, now: datetime) -> dict[str, Any]:
        return {
            "date": day.isoformat(),
            "dateId": self._world.token(place, day),
            "isAll": "1" if self._world.is_full(place, day, now) else "0",
            "open": now >= released_at(day),
        }


def simulated(world: World, clock: Clock, presets: Sequence[Preset], habits: Habits | None = None) -> Starlette:
    """The application. Paths it does not know answer 404."""
    platform = Platform(world, clock, presets, habits or Habits())
    anything = ["GET", "POST"]
    return Starlette(
        routes=[
            Route("/system/user/currentUser", platform.current_user),
            Route("/manage/venue/list", platform.venue_list, methods=["POST"]),
            Route("/manage/venue/listOrderCount", platform.venue_list, methods=["POST"]),
            Route("/manage/venue/queryVenueById", platform.venue, methods=["POST"]),
            Route("/manage/fieldDetail/queryFieldReserveSituationIsFull", platform.days, methods=["POST"]),
            Route("/manage/fieldDetail/queryFieldSituation", platform.situation, methods=["POST"]),
            Route("/venue/personal/{rest:path}", platform.personal, methods=anything),
            Route("/tRefundReceipt/{rest:path}", platform.personal, methods=anything),
        ]
    )


def dated(app: ASGIApp, clock: Clock, asked: Callable[[], None]) -> ASGIApp:
    """`app` with a `Date` header by the world's clock, calling `asked` for every request.

    Clients reckon the platform's clock from that header, so it must be the one that releases slots.
    """

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                date_header = (b"date", format_datetime(clock.now(), usegmt=True).encode())
                message["headers"] = [*message.get("headers", []), date_header]
            await send(message)

        asked()
        await app(scope, receive, send_dated)

    return front


def _success(data: object) -> Response:
    return JSONResponse({"code": 0, "msg": "操作成功", "data": data})


def _failure(message: str) -> Response:
    # The platform's codes beside such messages were never recorded; 500 is its framework's usual one.
    return JSONResponse({"code": 500, "msg": message})


def _venue(preset: Preset) -> dict[str, Any]:
    campus = next((name for name in ("徐汇", "张江") if name in preset.venue), "闵行")
    return {
        "venueId": preset.venue_id,
        "venueName": preset.venue,
        "venueNameEn": "",
        "campusName": f"{campus}校区",
        "openTime": "07:00-22:00",
    }


def _court(court: Court) -> dict[str, Any]:
    return {
        "fieldId": court.id,
        "fieldName": court.name,
        "fieldDetailStatus": str(court.tension),
        "detailSort": court.number,
        "priceList": [_cell(cell, court.number + hour) for hour, cell in enumerate(court.cells, start=FIRST_HOUR)],
    }


def _cell(cell: Cell, variety: int) -> dict[str, Any]:
    """An item of `priceList`, its numbers written now as strings, now as numbers."""
    status = int(cell.status)
    return {
        "count": str(cell.count) if variety % 2 else cell.count,
        "price": f"{cell.price}.00" if variety % 5 else cell.price,
        "status": str(status) if variety % 3 else status,
        "sign": cell.sign,
        "flag": 0,
    }


async def _form(request: Request) -> dict[str, str]:
    """A URL-encoded body; bytes that are no text are replaced."""
    fields = parse_qs((await request.body()).decode("utf-8", errors="replace"))
    return {name: values[-1] for name, values in fields.items()}


async def _json(request: Request) -> dict[str, str]:
    """The text fields of a JSON object; {} for any other body, as none of the fields is there."""
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError):
        return {}
    if not isinstance(body, dict):
        return {}
    fields = cast("dict[str, Any]", body)
    return {name: value for name, value in fields.items() if isinstance(value, str)}


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _number(text: str | None, otherwise: int) -> int:
    """A count sent in a form: 1 to 1000, or `otherwise`."""
    return (
        int(text) if text and text.isascii() and text.isdecimal() and 1 <= len(text) <= 3 and int(text) else otherwise
    )
