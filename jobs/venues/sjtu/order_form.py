"""What an order says before it is locked. Pure.

Where the sources disagree the choice is a constant with its reason; the platform was never asked.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from jobs.models.venue import Day, Preset, Slot

RETURN_URL: Final = "https://sports.sjtu.edu.cn/#/paymentResult/1"
"""A constant of the platform's own page, whatever address it is reached by."""

SUNDAY: Final = 0
"""`week` is a text from Sunday = 0 to Saturday = 6, as most sources send; one counts from Monday = 1 to Sunday = 7, one
sends "0" always and is served all the same."""

SENDS_DATE_ID: Final = True
"""Always, where the day has one: since about 2025 the platform asks for it when slots are looked at, and no source was
refused for sending it. Some send it with a solved slider only, some never."""

ECHOES_TENSION: Final = True
"""`tensity` is what the court said of itself (`fieldDetailStatus`), which cannot be wrong; one source sends "1"."""

TENSIONS: Final = {"0": "正常", "1": "紧张", "2": "很紧张", "3": "非常紧张", "4": "很紧张(签退)"}


def order_form(preset: Preset, day: Day, slots: Sequence[Slot]) -> bytes:
    """The order for these slots as UTF-8 JSON, in the platform's own spelling. `slots` is not empty."""
    form: dict[str, Any] = {
        "venTypeId": preset.sport_id,
        "venueId": preset.venue_id,
        "fieldType": preset.sport,
        "returnUrl": RETURN_URL,
        "scheduleDate": day.date.isoformat(),
        "week": str((day.date.isoweekday() + SUNDAY) % 7),
        "spaces": [_space(slot) for slot in slots],
        "tenSity": TENSIONS.get(slots[0].tension, TENSIONS["0"]),
    }
    if SENDS_DATE_ID and day.token:
        form["dateId"] = day.token
    return msgspec.json.encode(form)


def _space(slot: Slot) -> dict[str, Any]:
    return {
        "venuePrice": slot.price,
        "count": str(slot.remaining),
        "sign": slot.sign,
        "status": 1,
        "scheduleTime": f"{slot.hour:02d}:00-{slot.hour + 1:02d}:00",
        "subSitename": slot.court,
        "subSiteId": slot.court_id,
        "tensity": slot.tension if ECHOES_TENSION else "1",
        "venueNum": 1,
    }
