"""What whoever runs the simulator may ask and change, under `/_demo/`, with the key that is in `home/demo/control`."""

import hmac
from collections.abc import Mapping
from datetime import time
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from jobs.models.venue import Preset
from jobs.venues.demo.answers import calendar_date, json_object
from jobs.venues.demo.faults import rules_from
from jobs.venues.demo.jaccount import LoginSite
from jobs.venues.demo.ledger import REQUESTS_KEPT
from jobs.venues.demo.simulation import Simulation
from jobs.venues.demo.slider import Slider
from jobs.venues.demo.world import HOURS

KEY_HEADER = "X-Demo-Key"


class Steering:
    """Every answer is JSON; a wrong request is HTTP 400 with `error`, a wrong key 403."""

    def __init__(
        self, simulation: Simulation, site: LoginSite, slider: Slider, sports: Mapping[tuple[str, str], Preset]
    ) -> None:
        self._simulation = simulation
        self._site = site
        self._slider = slider
        self._sports = {preset.number: preset for preset in sports.values()}

    async def ledger(self, _request: Request) -> Response:
        """Every order, newest first, with its spaces and every state it was in."""
        office, ledger = self._simulation.office, self._simulation.ledger
        office.settle(self._simulation.clock.now().timestamp())
        changes = ledger.changes()
        orders: list[dict[str, Any]] = [
            {
                **msgspec.to_builtins(sale),
                "changes": [{"state": int(state), "why": why, "at": at} for state, why, at in changes.get(sale.id, [])],
            }
            for sale in ledger.sales()
        ]
        return JSONResponse({"orders": orders})

    async def requests(self, request: Request) -> Response:
        """The latest requests, oldest first."""
        last = request.query_params.get("last", "")
        count = int(last) if last.isdecimal() else REQUESTS_KEPT
        return JSONResponse({"requests": msgspec.to_builtins(self._simulation.ledger.requests(count))})

    async def status(self, _request: Request) -> Response:
        clock = self._simulation.clock
        return JSONResponse(
            {
                "now": clock.now().isoformat(),
                "offset_seconds": clock.offset_seconds,
                "habits": msgspec.to_builtins(self._simulation.habits),
                "release": self._simulation.world.release.isoformat(),
            }
        )

    async def clock(self, request: Request) -> Response:
        self._simulation.set_clock(float((await json_object(request))["offset_seconds"]))
        return await self.status(request)

    async def release(self, request: Request) -> Response:
        self._simulation.set_release(time.fromisoformat(str((await json_object(request))["release"])))
        return await self.status(request)

    async def faults(self, request: Request) -> Response:
        asked = await json_object(request)
        self._simulation.set_faults(rules_from(asked.get("rules", [])), int(asked.get("seed", 0)))
        return JSONResponse({})

    async def habits(self, request: Request) -> Response:
        self._simulation.set_habits(**await json_object(request))
        return await self.status(request)

    async def captcha(self, request: Request) -> Response:
        """The letters of a page's picture, or of the one shown last."""
        uuid = request.query_params.get("uuid")
        visit = self._site.visits.by_uuid(uuid) if uuid else self._site.visits.last
        return JSONResponse({"letters": visit.letters if visit else ""})

    async def code(self, _request: Request) -> Response:
        """The second factor sent last; before any was sent, what the app shows."""
        return JSONResponse({"code": self._site.visits.last_code or self._simulation.habits.app_code})

    async def pay(self, request: Request) -> Response:
        return JSONResponse({"paid": self._simulation.office.pay(str((await json_object(request))["order_id"]))})

    async def end_sessions(self, request: Request) -> Response:
        """`sign_on` too: single sign-on brings nobody back, a login is needed."""
        asked = await json_object(request)
        user = asked.get("user")
        if asked.get("sign_on"):
            self._simulation.signed_on.take_back(user)
        return JSONResponse({"ended": self._simulation.sessions.end(user)})

    async def slider(self, request: Request) -> Response:
        """A person has solved a puzzle: what an order may carry as `tid`, null when there is no such puzzle."""
        return JSONResponse({"verification": self._slider.solve((await json_object(request)).get("token"))})

    async def rivals(self, request: Request) -> Response:
        """So many of the next orders come too late."""
        self._simulation.office.rivals_next = int((await json_object(request))["next"])
        return JSONResponse({})

    async def take(self, request: Request) -> Response:
        """Somebody else buys a place now."""
        asked = await json_object(request)
        place, day, hour = self._sports[int(asked["preset"])], calendar_date(str(asked["date"])), int(asked["hour"])
        if day is None or hour not in HOURS:
            raise ValueError("date or hour")
        return JSONResponse({"taken": self._simulation.office.take(place, day, hour, str(asked["court"]))})


def steered(
    simulation: Simulation, site: LoginSite, slider: Slider, sports: Mapping[tuple[str, str], Preset]
) -> ASGIApp:
    """The application under `/_demo/`."""
    steering = Steering(simulation, site, slider, sports)
    told = {"ledger": steering.ledger, "requests": steering.requests, "status": steering.status}
    told |= {"captcha": steering.captcha, "code": steering.code}
    done = {
        "clock": steering.clock,
        "release": steering.release,
        "faults": steering.faults,
        "habits": steering.habits,
        "pay": steering.pay,
    }
    done |= {"end-sessions": steering.end_sessions, "slider": steering.slider}
    done |= {"rivals": steering.rivals, "take": steering.take}
    app = Starlette(
        routes=[
            *(Route(f"/_demo/{name}", answer) for name, answer in told.items()),
            *(Route(f"/_demo/{name}", answer, methods=["POST"]) for name, answer in done.items()),
        ],
        exception_handlers=dict.fromkeys((msgspec.ValidationError, KeyError, ValueError, TypeError), _wrong),
    )

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        key = headers.get(KEY_HEADER.lower().encode(), b"")
        # Compared in constant time; and a page in somebody's browser cannot send this header without being asked.
        known = hmac.compare_digest(key, simulation.control_key.encode())
        await (app if known else JSONResponse({"error": "X-Demo-Key"}, 403))(scope, receive, send)

    return guarded


async def _wrong(_request: Request, error: Exception) -> Response:
    return JSONResponse({"error": f"{type(error).__name__}: {error}"}, 400)
