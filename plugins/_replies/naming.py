"""What a notification is about, in one name."""

from collections.abc import Mapping
from typing import Any


def who(data: Mapping[str, Any]) -> str:
    """As everywhere: `#7 晚场监控`."""
    return f"#{data['number']} {data.get('name', '任务')}" if "number" in data else str(data.get("name", "任务"))
