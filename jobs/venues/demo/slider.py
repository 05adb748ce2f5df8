"""The slider captcha's pair of endpoints. Nothing solves it here but a person's word, given through control."""

import base64
import io
import secrets
from collections import OrderedDict
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from jobs.venues.demo.answers import json_object

_KEPT: Final = 200


class _Puzzle:
    def __init__(self) -> None:
        self.token = secrets.token_hex(16)
        self.secret = secrets.token_hex(8)
        self.verification = secrets.token_urlsafe(24)
        """What an order must carry as `tid` once a person has solved it."""
        self.solved = False


class Slider:
    """The puzzles shown so far, and which of them a person has solved."""

    def __init__(self) -> None:
        self._puzzles: OrderedDict[str, _Puzzle] = OrderedDict()

    def routes(self) -> list[Route]:
        return [
            Route("/captcha/get", self.get, methods=["POST"]),
            Route("/captcha/check", self.check, methods=["POST"]),
        ]

    async def get(self, _request: Request) -> Response:
        """A puzzle: two pictures, a token and a secret key."""
        puzzle = _Puzzle()
        self._puzzles[puzzle.token] = puzzle
        while len(self._puzzles) > _KEPT:
            self._puzzles.popitem(last=False)
        shown = {
            "originalImageBase64": _picture(310, 155),
            "jigsawImageBase64": _picture(47, 155),
            "token": puzzle.token,
            "secretKey": puzzle.secret,
            "captchaType": "blockPuzzle",
            "result": False,
        }
        return _told(True, shown)

    async def check(self, request: Request) -> Response:
        """Right once a person has said so through control, wrong otherwise, whatever point is sent."""
        puzzle = self._puzzles.get(str((await json_object(request)).get("token")))
        right = puzzle is not None and puzzle.solved
        return _told(right, {"token": puzzle.token, "result": True} if puzzle and right else None)

    def solve(self, token: str | None = None) -> str | None:
        """A person has moved the piece home, of this puzzle or of the last one: the `tid` that proves it."""
        puzzle = self._puzzles.get(token) if token else next(reversed(self._puzzles.values()), None)
        if puzzle is None:
            return None
        puzzle.solved = True
        return puzzle.verification

    def accepts(self, verification: str) -> bool:
        """Whether an order may go through with this `tid`; each is good for one."""
        for token, puzzle in self._puzzles.items():
            if puzzle.solved and secrets.compare_digest(puzzle.verification.encode(), verification.encode()):
                del self._puzzles[token]
                return True
        return False


def _told(right: bool, data: dict[str, Any] | None) -> Response:
    said = {"repCode": "0000", "repMsg": None} if right else {"repCode": "6111", "repMsg": "验证失败"}
    return JSONResponse({**said, "repData": data, "success": right})


def _picture(width: int, height: int) -> str:
    from PIL import Image  # noqa: PLC0415 - rarely asked for

    stream = io.BytesIO()
    Image.effect_noise((width, height), 64).save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode()
