"""What a round has shown, so that an empty campaign proves nothing."""

from collections import Counter
from typing import Final

from lies_record_site import Record

from jobs.models import notices
from jobs.models.bookings import BookingState
from jobs.venues.demo.faults import Fault

FAULTS_THAT_STRIKE: Final = tuple(
    f"lie: {what}"
    for what in (
        *(str(fault) for fault in Fault),
        *("session ends", "sign-on ends", "signs go stale", "a rival buys", "a slider"),
        *("cancelled by hand", "paid by hand", "a run stands still"),
    )
)
OUTCOMES: Final = tuple(
    f"round: {what}"
    for what in (
        *("booked", "nothing booked", "uncertain, then booked", "uncertain, then absent", "booked, found by another"),
        *("paid", "cancelled", "expired", "reminded", "asked to log in", "ended unseen", "two jobs at once"),
        *("a run killed", "killed after sending, and booked", "held by hand"),
        *("refused: " + word for word in ("taken", "stale", "has order", "limit", "slider")),
    )
)
_WORDS: Final = {"已被": "taken", "过期": "stale", "已有": "has order", "已存在": "has order", "冲突": "has order"}


def counted(record: Record) -> Counter[str]:
    counts = Counter({f"lie: {what}": times for what, times in record.struck.items()})
    counts += Counter(f"round: {what}" for what in _shown(record))
    counts["rounds"] = 1
    counts["orders"] = len(record.made)
    counts["runs"] = len(record.ends)
    counts["requests"] = len(record.knocks)
    return counts


def _shown(record: Record) -> set[str]:
    told = {one.topic for one in record.told}
    made = {one.order_id: one for one in record.made}
    states = {row.state for row in record.rows}
    uncertain = {one.data["account"] for one in record.told if one.topic == notices.BOOKING_UNCERTAIN}
    booked = [one for one in record.told if one.topic == notices.BOOKED]
    absent = {one.data["account"] for one in record.told if one.topic == notices.BOOKING_ABSENT}
    killed = [end for end in record.ends if end.was_killed]
    ended_unseen = set(made) - {one.data["order_id"] for one in booked}
    shown = {
        "booked": bool(booked),
        "nothing booked": not made,
        "uncertain, then booked": any(one.data["account"] in uncertain for one in booked),
        "uncertain, then absent": bool(absent),
        "booked, found by another": any(
            row.state in _HAD and row.settled_at and _is_later(record, row) for row in record.rows
        ),
        "paid": BookingState.PAID in states,
        "cancelled": BookingState.CANCELLED in states,
        "expired": BookingState.EXPIRED in states,
        "reminded": notices.PAYMENT_DUE in told,
        "asked to log in": notices.LOGIN_WANTED in told,
        "ended unseen": bool(ended_unseen),
        "two jobs at once": len(record.case.tasks) > 1,
        "a run killed": bool(killed),
        "killed after sending, and booked": any(one.run_id == end.run_id for one in record.made for end in killed),
        "held by hand": bool(record.case.held_by_hand),
    }
    verdicts = {one.verdict for one in record.asked if one.path.endswith("ConfirmOrder")}
    refused = {f"refused: {word}" for verdict in verdicts for mark, word in _VERDICTS.items() if mark in verdict}
    return {what for what, is_so in shown.items() if is_so} | refused


_HAD: Final = frozenset({BookingState.BOOKED, BookingState.PAID, BookingState.CANCELLED, BookingState.EXPIRED})
_VERDICTS: Final = {
    "taken": "taken",
    "stale": "stale",
    "has order": "has order",
    "频繁": "limit",
    "每日": "limit",
    "滑块": "slider",
}


def _is_later(record: Record, row: object) -> bool:
    """Whether its own run was over when it was settled."""
    ends = {end.run_id: end.at for end in record.ends}
    made = [one for one in record.made if one.run_id in ends]
    booked = {one.data["order_id"]: one.created_at for one in record.told if one.topic == notices.BOOKED}
    return any(booked[one.order_id] > ends[str(one.run_id)] for one in made if one.order_id in booked)
