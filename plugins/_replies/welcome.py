"""What is said once the bot has started: on the terminal, and to the administrators."""

from collections.abc import Sequence
from pathlib import Path


def welcome(*, url: str, has_token: bool, provider: str, home: Path) -> str:
    """How to connect a QQ client to `url`, and how to talk to the bot without one."""
    token = "，token 填 ONEBOT_ACCESS_TOKEN 的值" if has_token else "，不用填 token"
    platform = "demo（演示平台，数据是模拟的，不会真的预订）" if provider == "demo" else provider
    return "\n".join(
        [
            "",
            "SJA 已启动",
            f"  连接 QQ：在 NapCat 或 Lagrange 里添加反向 WebSocket  {url}{token}",
            "  马上试用：另开一个终端运行  make chat，然后发送  !帮助",
            f"  预订平台：{platform}",
            f"  数据目录：{home}",
            "",
        ]
    )


def stopped(running: int) -> str:
    """The last word on the terminal; `running` jobs go on."""
    if not running:
        return "SJA 已停止"
    return f"SJA 已停止；{running} 个任务继续运行，再次启动时接着看管"


def findings_told(findings: Sequence[str]) -> str:
    """What the start had to mend, for administrators."""
    return "\n".join(["启动时发现：", *findings])
