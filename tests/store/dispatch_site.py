"""`dispatch_config.json` files as the TaskDispatcher wrote them."""

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
SAVED_AT = datetime(2026, 1, 8, 10, 45, tzinfo=SHANGHAI)
"""A little after the sample's last run, and before its next."""

KWARGS: dict[str, Any] = {
    "task_type": "xhs_type",
    "xhs_account_id": "account_1",
    "xhs_account_name": "账号1",
    "user_query": "开始运营",
    "options": {"tags": ["一", 2, None], "dry": True},
    "task_id": "a1b2c3d4-0001",
}


def a_task(task_id: str = "a1b2c3d4-0001", **given: Any) -> dict[str, Any]:
    """The task of the TaskDispatcher's own documentation, its places filled in."""
    task: dict[str, Any] = {
        "task_id": task_id,
        "account_id": "account_1",
        "account_name": "账号1",
        "task_type": "xhs_type",
        "status": "pending",
        "interval": 3600,
        "valid_time_range": [8, 22],
        "task_end_time": "2026-02-08",
        "last_execution_time": "2026-01-08T10:30:00",
        "next_execution_time": "2026-01-08T11:30:00",
        "created_at": "2026-01-08T00:00:00",
        "updated_at": "2026-01-08T10:30:00",
        "kwargs": {**KWARGS, "task_id": task_id},
        "sys_type": "mac_intel",
    }
    return {**task, **given}


def a_config(*tasks: Any, **given: Any) -> dict[str, Any]:
    index: dict[str, list[str]] = {}
    for task in filter(lambda task: isinstance(task, dict), tasks):
        if "task_id" in task and task.get("account_id"):
            index.setdefault(str(task["account_id"]), []).append(str(task["task_id"]))
    document = {
        "version": "1.0",
        "saved_at": "2026-01-08T00:36:37.121980",
        "tasks": list(tasks),
        "account_tasks": index,
    }
    return {**document, **given}


def a_file(*tasks: Any, **given: Any) -> bytes:
    return json.dumps(a_config(*tasks, **given), indent=2).encode()
