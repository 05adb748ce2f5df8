"""A desk that is made when it is used first."""

from jobs.app.late_desk import LateDesk
from jobs.ports.desk import Desk


def never() -> Desk:
    raise AssertionError("nobody has asked for it")


def test_a_desk_that_nobody_uses_is_never_made() -> None:
    LateDesk(never).close()
