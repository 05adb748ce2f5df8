"""What of an order's form sources disagree on: each habit refuses whoever holds another to be true."""

from collections.abc import Callable, Sequence
from datetime import date

from jobs.models.venue import Preset
from jobs.venues.demo.habits import Habits, Tensity, Week
from jobs.venues.demo.purchase import ILLEGAL, Purchase, Refused
from jobs.venues.demo.world import Court


def check_form(purchase: Purchase, habits: Habits, courts: Callable[[Preset, date], Sequence[Court]]) -> None:
    """Raises `Refused`. `courts`: as they stand."""
    if habits.date_id_forbidden and purchase.token is not None:
        raise Refused(ILLEGAL, "dateId: not wanted")
    if purchase.week != _week(purchase.day, habits.week):
        raise Refused(ILLEGAL, f"week: {purchase.week[:9]} for {purchase.day}")
    if habits.tensity is Tensity.ONE and any(choice.tensity != "1" for choice in purchase.choices):
        raise Refused(ILLEGAL, "tensity: not 1")
    if habits.tensity is Tensity.COURT:
        said = {court.id: str(court.tension) for court in courts(purchase.place, purchase.day)}
        if any(said.get(choice.court_id) != choice.tensity for choice in purchase.choices):
            raise Refused(ILLEGAL, "tensity: not the court's")


def _week(day: date, counted: Week) -> str:
    return {Week.SUNDAY: str(day.isoweekday() % 7), Week.MONDAY: str(day.isoweekday()), Week.ZERO: "0"}[counted]
