"""What an order says before it is locked. Pure."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from jobs.models.customs import Customs, DateId, Tensity, Week
from jobs.models.venue import Day, Preset, Slot

RETURN_URL: Final = "https://sports.sjtu.edu.cn/#/paymentResult/1"
"""A constant of the platform's own page, whatever address it is reached by."""

TENSIONS: Final = {"0": "正常", "1": "紧张", "2": "很紧张", "3": "非常紧张", "4": "很紧张(签退)"}


def order_form(preset: Preset, day: Day, slots: Sequence[Slot], customs: Customs) -> bytes:
    """The order for these slots as UTF-8 JSON, in the platform's own spelling. `slots` is not empty."""
    form: dict[str, Any] = {
        "venTypeId": preset.sport_id,
        "venueId": preset.venue_id,
        "fieldType": preset.sport,
        "returnUrl": RETURN_URL,
        "scheduleDate": day.date.isoformat(),
        "week": _week(day, customs.week),
        "spaces": [_space(slot, customs.tensity) for slot in slots],
        "tenSity": TENSIONS.get(slots[0].tension, TENSIONS["0"]),
    }
    if customs.date_id is DateId.ALWAYS and day.token:
        form["dateId"] = day.token
    return msgspec.json.encode(form)


def _week(day: Day, counted: Week) -> str:
    match counted:
        case Week.SUNDAY:
            return str(day.date.isoweekday() % 7)
        case Week.MONDAY:
            return str(day.date.isoweekday())
        case Week.ZERO:
            return "0"


def _space(slot: Slot, tensity: Tensity) -> dict[str, Any]:
    return {
        "venuePrice": slot.price,
        "count": str(slot.remaining),
        "sign": slot.sign,
        "status": 1,
        "scheduleTime": f"{slot.hour:02d}:00-{slot.hour + 1:02d}:00",
        "subSitename": slot.court,
        "subSiteId": slot.court_id,
        "tensity": slot.tension if tensity is Tensity.COURT else "1",
        "venueNum": 1,
    }
