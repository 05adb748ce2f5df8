"""What the terminal says once the bot has started."""

from pathlib import Path

WS_PATH = "/onebot/v11/ws"


def welcome(*, host: str, port: int, has_token: bool, provider: str, home: Path) -> str:
    """How to connect a QQ client, and how to talk to the bot without one."""
    shown = "本机IP" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host  # noqa: S104 - only compared
    token = "，token 填 ONEBOT_ACCESS_TOKEN 的值" if has_token else "，不用填 token"
    platform = "演示平台（模拟数据，不会真的预订）" if provider == "demo" else provider
    return "\n".join(
        [
            "",
            "SJA 已启动",
            f"  连接 QQ：在 NapCat 或 Lagrange 里添加反向 WebSocket  ws://{shown}:{port}{WS_PATH}{token}",
            "  马上试用：另开一个终端运行  make chat，然后发送  !帮助",
            f"  预订平台：{platform}    数据目录：{home}",
            "",
        ]
    )
