"""What the bot refuses to start with, and the doors it keeps shut."""

import ipaddress
from typing import Final

from fastapi import FastAPI
from fastapi.routing import APIRoute
from nonebot.adapters.onebot.v11.config import Config as OneBotConfig
from nonebot.config import Config

_HTTP_DOORS: Final = "/onebot"


def refusal_of(config: Config, platform: str) -> str | None:
    """Why the bot must not start with this configuration, in one line; None when it may. `platform` as in `sys`."""
    if not ipaddress.ip_address(str(config.host)).is_loopback and not access_token(config):
        return (
            f"HOST={config.host} 会让别的机器也能连接，请先设置 ONEBOT_ACCESS_TOKEN（与 QQ 客户端里填的相同），"
            "或改回 HOST=127.0.0.1"
        )
    if platform == "win32" and config.model_dump().get("fastapi_reload"):
        return "FASTAPI_RELOAD=true 在 Windows 上会让任务进程无法启动，请改为 false"
    return None


def access_token(config: Config) -> str:
    """The token as the adapter understands the configuration; empty: it asks for none."""
    return OneBotConfig.model_validate(config.model_dump()).onebot_access_token or ""


def close_http_doors(app: FastAPI) -> None:
    """Takes the adapter's HTTP POST routes away: they accept unsigned events, a forged superuser's included.

    The WebSocket, which asks for the token, stays.
    """
    routes = app.router.routes
    routes[:] = [route for route in routes if not (isinstance(route, APIRoute) and route.path.startswith(_HTTP_DOORS))]


def websocket_url(config: Config) -> str:
    """Where a QQ client connects; an address that means every interface is left for people to fill in."""
    address = ipaddress.ip_address(str(config.host))
    host = "本机IP" if address.is_unspecified else f"[{address}]" if address.version == 6 else str(address)
    return f"ws://{host}:{config.port}/onebot/v11/ws"
