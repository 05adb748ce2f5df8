"""Every HTTP route of the running bot is shut; what is left is the WebSocket, which asks for the token."""

import json
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path

import pytest
from front_site import Place

_ROUTES = """
import json, nonebot
from nonebot.adapters.onebot.v11 import Adapter
from plugins._onebot.safety import close_http_doors
nonebot.init(driver="~fastapi")
nonebot.get_driver().register_adapter(Adapter)
app = nonebot.get_app()
open_before = [route.path for route in app.router.routes]
close_http_doors(app)
print(json.dumps([open_before, [[type(route).__name__, route.path] for route in app.router.routes]]))
"""


def routes(directory: Path) -> tuple[list[str], list[list[str]]]:
    """The paths before the doors are shut; kinds and paths of what is left."""
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(root)!r})\n{_ROUTES}"]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=True, timeout=60)
    before, after = json.loads(done.stdout.splitlines()[-1])
    return before, after


def test_nothing_but_the_web_socket_is_left(tmp_path: Path) -> None:
    before, after = routes(tmp_path)
    assert "/onebot/v11/http" in before, "the adapter's own doors, which are to be shut, are called otherwise now"
    assert {kind for kind, _ in after} == {"APIWebSocketRoute"}, after
    assert all(path.startswith("/onebot/v11") for _, path in after), after


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
async def test_no_path_answers_to_any_method(
    place: Place, tmp_path_factory: pytest.TempPathFactory, method: str
) -> None:
    paths = ["/", "/docs", "/redoc", "/openapi.json", "/onebot/v11", "/onebot/v11/", "/onebot/v11/http"]
    paths += ["/onebot/v11/http/", "/onebot/v11/ws", "/onebot/v11/ws/", "/onebot/v12/", "/../etc/passwd", "/static/x"]
    event = json.dumps({"post_type": "message", "message_type": "private", "user_id": 90001, "message": "!任务列表"})
    for path in paths:
        link = HTTPConnection("127.0.0.1", place.bot.port, timeout=20)
        link.request(method, path, event if method != "GET" else None, {"X-Self-ID": str(place.qq.bot.user_id)})
        answer = link.getresponse()
        assert answer.status in (307, 403, 404, 405), f"{method} {path}: {answer.status}"
        link.close()
    assert not place.qq.said_by_bot
