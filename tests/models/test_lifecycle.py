"""The one table: what it allows is exactly what the product promises."""

import pytest
from hypothesis import given, strategies as st

from jobs.models.job import Status
from jobs.models.lifecycle import TRANSITIONS, IllegalTransition, Trigger, allows, follow

PROMISED = {
    Status.PENDING: {Status.RUNNING, Status.PAUSED, Status.STOPPED, Status.COMPLETED},
    Status.RUNNING: {Status.PENDING, Status.COMPLETED, Status.FAILED, Status.STOPPED, Status.PAUSED},
    Status.PAUSED: {Status.PENDING, Status.RUNNING, Status.STOPPED},
    Status.STOPPED: {Status.PENDING, Status.RUNNING},
    Status.FAILED: {Status.PENDING, Status.RUNNING},
    Status.COMPLETED: {Status.PENDING, Status.RUNNING},
}
"""product.md, section 3, the column “from → to”."""


@pytest.mark.parametrize("status", Status)
def test_a_status_leads_exactly_where_the_product_says(status: Status) -> None:
    assert {after for (before, _), after in TRANSITIONS.items() if before is status} == PROMISED[status]


@given(st.sampled_from(Status), st.sampled_from(Trigger))
def test_a_move_is_legal_exactly_when_the_table_has_a_row(status: Status, trigger: Trigger) -> None:
    if allows(status, trigger):
        assert follow(status, trigger) in PROMISED[status]
    else:
        with pytest.raises(IllegalTransition):
            follow(status, trigger)


def test_every_status_has_a_face_of_its_own() -> None:
    assert len({status.icon for status in Status}) == len(Status)
    assert len({status.words for status in Status}) == len(Status)
