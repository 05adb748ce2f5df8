"""The page where an order is paid, with no money at all: opened in a browser, by the fields the platform gives out."""

import hashlib
import hmac
import html
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jobs.venues.demo.answers import base_url, clock_text, form, page
from jobs.venues.demo.ledger import Sale, State
from jobs.venues.demo.simulation import Simulation

PAGE: Final = "/payment/pay/pay.action"
"""The real platform's has this path, on a host of its own."""
_SUBSYSTEM: Final = {"subsysid": "tyg", "sysid": "54"}


def receipt(simulation: Simulation, sale: Sale) -> dict[str, str]:
    """What sends a person to the page."""
    return {"data": sale.id, "sign": _sign(simulation, sale.id), **_SUBSYSTEM}


def payment_link(base: str, simulation: Simulation, sale: Sale) -> str:
    return f"{base}{PAGE}?{urlencode(receipt(simulation, sale))}"


def payment_routes(simulation: Simulation) -> list[Route]:
    async def show(request: Request) -> Response:
        """The page; a POST with `pay` pays."""
        sent = {**request.query_params, **(await form(request) if request.method == "POST" else {})}
        sale = simulation.office.sale(sent.get("data", ""))
        if sale is None or not hmac.compare_digest(_sign(simulation, sale.id).encode(), sent.get("sign", "").encode()):
            return page("无法支付", "<h1>没有这个订单</h1>", status=404)
        if "pay" in sent and request.method == "POST":
            simulation.office.pay(sale.id)
            sale = simulation.office.sale(sale.id) or sale
        return _shown(sale, payment_link(base_url(request), simulation, sale))

    return [Route(PAGE, show, methods=["GET", "POST"])]


def _shown(sale: Sale, link: str) -> Response:
    hours = "、".join(f"{html.escape(space.court)} {space.hour}:00–{space.hour + 1}:00" for space in sale.spaces)
    what = f"<p>{html.escape(sale.venue)} {html.escape(sale.sport)}<br>{sale.date} {hours}<br>{sale.price}.00 元</p>"
    match sale.state:
        case State.UNPAID:
            button = (
                f'<form method="post" action="{html.escape(link)}"><button name="pay" value="1">支付</button></form>'
            )
            until = f"<p>请在 {clock_text(sale.expires_at)} 前支付。这是演示平台，不会产生真实费用。</p>"
            return page("订单支付", f"<h1>订单 {sale.id}</h1>{what}{until}{button}")
        case State.PAID | State.USED:
            return page("支付成功", f"<h1>支付成功</h1>{what}")
        case State.CANCELLED:
            return page("无法支付", f"<h1>订单已取消</h1>{what}")
        case State.EXPIRED:
            return page("无法支付", f"<h1>订单超时未支付，已失效</h1>{what}")


def _sign(simulation: Simulation, order_id: str) -> str:
    return hmac.new(simulation.control_key.encode(), order_id.encode(), hashlib.sha256).hexdigest()
