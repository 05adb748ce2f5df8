"""What only somebody who is logged in may ask: orders, and the rules around them."""

import html
from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from jobs.models.venue import Preset
from jobs.venues.demo.answers import (
    clock_text,
    error_page,
    failure,
    form,
    number,
    success,
    to_login,
    user_of,
)
from jobs.venues.demo.demands import check_form
from jobs.venues.demo.habits import Disguise, Habits, Malformed, Remaining
from jobs.venues.demo.ledger import Sale, Space, State
from jobs.venues.demo.payment import receipt
from jobs.venues.demo.purchase import ILLEGAL, Refused, read_purchase
from jobs.venues.demo.seal import BadSeal, Opened
from jobs.venues.demo.simulation import Simulation
from jobs.venues.demo.slider import Slider

_NO_ORDER: Final = "订单不存在"


class Desk:
    """The endpoints of one simulation. `sports`: what is offered, by venue id and sport id."""

    def __init__(self, simulation: Simulation, sports: Mapping[tuple[str, str], Preset], slider: Slider) -> None:
        self._simulation = simulation
        self._sports = sports
        self._slider = slider

    async def current_user(self, request: Request) -> Response:
        user = user_of(request)
        if not user:
            return JSONResponse({"code": 0, "msg": "操作成功"})
        complete = user not in self._simulation.habits.incomplete
        return success(
            {
                "userId": f"demo-{user}",
                "loginName": user,
                "userName": f"演示{user}",
                "code": user,
                "phonenumber": "13800000000" if complete else "",
                "sex": "0",
                "classNo": "",
                "dept": {"deptName": "演示学院"},
                "roles": [{"roleName": "学生"}],
            }
        )

    async def greet(self, _request: Request) -> Response:
        """`selectSystemOne`: a session for nobody."""
        answer = success({"systemName": "体育场馆预约平台"})
        return _with(answer, self._simulation.sessions.begin_for_nobody())

    async def confirm(self, request: Request) -> Response:
        """`ConfirmOrder`."""
        user, habits = user_of(request), self._simulation.habits
        if not user:
            return self._nobody(request)
        try:
            self._simulation.office.count_try(user)
            purchase = read_purchase(self._opened(request, await request.body()), self._sports)
            check_form(purchase, habits, self._simulation.office.courts)
            if user in habits.incomplete:
                return failure("请先完善个人信息", code=10001)
            if habits.slider and not self._slider.accepts(request.headers.get("tid", "")):
                return failure("请完成滑块验证", code=1002)
            sale = self._simulation.office.sell(user, purchase)
        except BadSeal as error:
            return self._malformed(str(error))
        except Refused as refused:
            return (
                self._malformed(refused.why)
                if refused.message == ILLEGAL
                else failure(refused.message, why=refused.why)
            )
        return success(sale.id)

    async def order(self, request: Request) -> Response:
        """`queryOrder`."""
        sale = self._own(request, request.query_params.get("orderId", ""))
        if not user_of(request):
            return self._nobody(request)
        return failure(_NO_ORDER) if sale is None else success(self._told(sale))

    async def orders(self, request: Request) -> Response:
        """`personalOrderlist`: a page object without an envelope."""
        user = user_of(request)
        if not user:
            return self._nobody(request)
        size, page = number(request.query_params.get("pageSize"), 10), number(request.query_params.get("pageNo"), 1)
        sales, total = self._simulation.office.sales(user, size, (page - 1) * size)
        records = [_record(sale, self._simulation.habits) for sale in sales]
        pages = -(-total // size)
        said: dict[str, Any] = {
            "total": total,
            "size": size,
            "current": page,
            "pages": str(pages),
            "orders": [],
            "searchCount": True,
        }
        return JSONResponse({"records": records, **said})

    async def pay(self, request: Request) -> Response:
        """`orderImmediatelyPC`: where an existing order can be paid."""
        sale = self._own(request, (await form(request)).get("orderId", ""))
        if not user_of(request):
            return self._nobody(request)
        if sale is None:
            return failure(_NO_ORDER)
        if sale.state is not State.UNPAID:
            return failure("订单状态已发生变化")
        return success(receipt(self._simulation, sale))

    async def cancel(self, request: Request) -> Response:
        """The three requests that cancel; the first of them answers with code 4."""
        if not user_of(request):
            return self._nobody(request)
        fields = await form(request)
        step = {"createUserReceipt": 1, "cannelRefundReceipt": 2}.get(request.url.path.rpartition("/")[2], 3)
        order_id = fields.get("orderId", "")
        if step == 1 and fields.get("type") != "2":
            return failure("参数错误", why="type: not 2")
        if self._own(request, order_id) is None:
            return failure(_NO_ORDER)
        if not self._simulation.office.cancel(user_of(request), order_id, step):
            return failure("订单不可取消")
        return JSONResponse({"code": self._simulation.habits.cancel_code if step == 1 else 5 - step, "msg": "操作成功"})

    async def rule(self, request: Request) -> Response:
        """`checkRule`."""
        if not user_of(request):
            return self._nobody(request)
        return success({"isBreak": "0", "breakNum": 0})

    async def other(self, request: Request) -> Response:
        """Any other personal path: nobody is told that, and somebody that there is none."""
        if not user_of(request):
            return self._nobody(request)
        return JSONResponse({"code": 404, "msg": "路径不存在"}, status_code=404)

    def _own(self, request: Request, order_id: str) -> Sale | None:
        sale = self._simulation.office.sale(order_id)
        return sale if sale is not None and sale.user == user_of(request) else None

    def _opened(self, request: Request, body: bytes) -> dict[str, Any]:
        """The order's fields. Raises `BadSeal`."""
        if not request.headers.get("content-type", "").lower().startswith("application/json"):
            raise BadSeal("content-type: not JSON")
        opened = self._simulation.seal.open(request.headers.get("sid", ""), request.headers.get("tim", ""), body)
        self._check_moment(opened)
        return opened.fields

    def _check_moment(self, opened: Opened) -> None:
        clock, tolerance = self._simulation.clock, self._simulation.habits.tim_tolerance_seconds
        off = min(abs((opened.sent_at - now).total_seconds()) for now in (clock.now(), clock.true_now()))
        if off > tolerance:
            raise BadSeal(f"tim: {off:.0f} s off")

    def _malformed(self, why: str) -> Response:
        if self._simulation.habits.malformed is Malformed.PAGE:
            return error_page(ILLEGAL, why=why)
        return failure(ILLEGAL, why=why)

    def _nobody(self, request: Request) -> Response:
        return nobody(self._simulation, request)

    def _told(self, sale: Sale) -> dict[str, Any]:
        left = max(0, int(sale.expires_at - self._simulation.clock.now().timestamp()))
        time_left = _remaining(left if sale.state is State.UNPAID else 0, self._simulation.habits.remaining)
        return {
            "spaces": [_space(sale, space) for space in sale.spaces],
            "countPrice": f"{sale.price}.00",
            "sumMoney": sale.price,
            **time_left,
            "accompanyings": [],
            "scheduleDate": sale.date.isoformat(),
            "venueName": sale.venue,
        }


def nobody(simulation: Simulation, request: Request) -> Response:
    """That nobody is logged in, in the disguise of the day."""
    match simulation.habits.logged_out:
        case Disguise.CODE:
            return failure("登录超时", code=401)
        case Disguise.REDIRECT:
            return to_login(request)
        case Disguise.PAGE:
            return HTMLResponse("<!doctype html><html><head><title>登录</title></head><body></body></html>")


def personal_routes(simulation: Simulation, sports: Mapping[tuple[str, str], Preset], slider: Slider) -> list[Route]:
    desk = Desk(simulation, sports, slider)
    anything = ["GET", "POST"]
    personal, refunds = "/venue/personal", "/tRefundReceipt/tRefundReceipt"
    return [
        Route(f"{personal}/ConfirmOrder", desk.confirm, methods=["POST"]),
        Route(f"{personal}/personalOrderlist", desk.orders),
        Route(f"{personal}/queryOrder", desk.order),
        Route(f"{personal}/orderImmediatelyPC", desk.pay, methods=["POST"]),
        Route(f"{personal}/checkRule", desk.rule, methods=["POST"]),
        Route(f"{refunds}/createUserReceipt", desk.cancel, methods=["POST"]),
        Route(f"{refunds}/cannelRefundReceipt", desk.cancel, methods=["POST"]),
        Route(f"{refunds}/cannelDetail", desk.cancel, methods=["POST"]),
        Route("/system/user/currentUser", desk.current_user),
        Route("/system/operation/selectSystemOne", desk.greet, methods=["POST"]),
        Route("/venue/moreSetting/getOne", _clause, methods=["POST"]),
        Route("/rule/getBreakRule", _break_rule, methods=["POST"]),
        Route("/venue/notice/newStadiumNotice", _notice, methods=["POST"]),
        Route(f"{personal}/{{rest:path}}", desk.other, methods=anything),
        Route("/tRefundReceipt/{rest:path}", desk.other, methods=anything),
    ]


async def _clause(_request: Request) -> Response:
    return success({"id": "1", "content": "<p>预约须知：请按时到场，未付款的预约会自动取消。</p>", "status": "0"})


async def _break_rule(_request: Request) -> Response:
    return success({"breakNum": "3", "limitDay": 7, "content": "七天内违约三次将暂停预约。"})


async def _notice(request: Request) -> Response:
    venue_id = request.query_params.get("id", "")
    return success(
        {"venueId": venue_id, "title": "演示通知", "content": f"演示场馆 {html.escape(venue_id[:36])} 正常开放。"}
    )


def _with(answer: Response, headers: list[tuple[str, str]]) -> Response:
    for name, value in headers:
        answer.headers.append(name, value)
    return answer


def _hours(space: Space) -> str:
    return f"{space.hour:02}:00-{space.hour + 1:02}:00"


def _space(sale: Sale, space: Space) -> dict[str, Any]:
    return {
        "venuePrice": f"{space.price}.00",
        "scheduleTime": _hours(space),
        "subSitename": space.court,
        "subSiteId": space.court_id,
        "venueNum": 1,
        "sportName": sale.sport,
    }


def _remaining(seconds: int, written: Remaining) -> dict[str, Any]:
    """`remainingTime`, if it is there."""
    minutes, rest = divmod(seconds, 60)
    spelt: dict[Remaining, Any] = {
        Remaining.SECONDS: seconds,
        Remaining.WORDS: f"{minutes}分{rest}秒",
        Remaining.CLOCK: f"{minutes}:{rest:02}",
        Remaining.MILLISECONDS: seconds * 1000,
    }
    return {"remainingTime": spelt[written]} if written in spelt else {}


def _record(sale: Sale, habits: Habits) -> dict[str, Any]:
    """A line of the order list; numbers are written now as strings, now as numbers."""
    variety = int(sale.id[-1])
    state = habits.unpaid_state if sale.state is State.UNPAID else int(sale.state)
    return {
        "pOrderid": sale.id,
        "orderstateid": str(state) if variety % 2 else state,
        "venuename": sale.venue,
        "venname": sale.sport,
        "spaceInfo": ",".join(f"{sale.sport} {space.court} ({_hours(space)})" for space in sale.spaces),
        "scDate": sale.date.isoformat(),
        "ordercreatement": clock_text(sale.created_at),
        "orderpaytime": clock_text(sale.paid_at),
        "countprice": f"{sale.price}.00" if variety % 3 else sale.price,
        "cancelOrder": "1" if sale.state in (State.UNPAID, State.PAID) else "0",
    }
