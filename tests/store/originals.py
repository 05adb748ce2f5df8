"""`jobs.json` files as the original program wrote them."""

import json
from typing import Any

MONITOR_CONFIG: dict[str, Any] = {
    "target": {
        "venue_keyword": "学生中心",
        "field_type_keyword": "羽毛球",
        "date_offset": 7,
        "start_hour": 18,
        "duration_hours": 1,
    },
    "plan": {"enabled": True, "interval_seconds": 300, "auto_book": False, "preferred_hours": [18, 19, 20]},
}
SCHEDULE_CONFIG: dict[str, Any] = {
    "target": MONITOR_CONFIG["target"],
    "schedule": {"hour": 12, "minute": 0, "second": 0, "preset": 13, "date_offset": 1, "start_hour": 18},
}


def an_entry(job_id: str, **given: Any) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "job_id": job_id,
        "job_type": "monitor",
        "name": "晚场监控",
        "status": "pending",
        "created_at": "2025-11-20T12:00:00.123456+00:00",
        "started_at": None,
        "stopped_at": None,
        "pid": None,
        "config": MONITOR_CONFIG,
        "error_message": None,
        "logs": ["一行"],
    }
    return {**entry, **given}


def a_schedule(job_id: str, **given: Any) -> dict[str, Any]:
    return an_entry(job_id, **{"job_type": "schedule", "config": SCHEDULE_CONFIG, **given})


def a_file(*entries: dict[str, Any]) -> bytes:
    return json.dumps({entry["job_id"]: entry for entry in entries}, ensure_ascii=False, indent=2).encode()
