"""A desk that is made when it is used first, and anew when somebody has come for whom it can book."""

from jobs.app.late_desk import LateDesk
from jobs.ports.desk import Desk
from tests.kinds.kind_site import Counter


def never() -> Desk:
    raise AssertionError("nobody has asked for it")


class _Counted(Counter):
    is_closed = False

    def close(self) -> None:
        self.is_closed = True


def test_a_desk_that_nobody_uses_is_never_made() -> None:
    LateDesk(never).close()


def test_somebody_who_comes_later_is_found_and_nobody_else_makes_it_anew() -> None:
    made = [_Counted(), _Counted(), _Counted("czq", missing=["sty"]), _Counted("czq", missing=["sty"])]
    made += [_Counted("czq", "sty"), _Counted("nobody asks any more")]
    left = iter(made)
    desk = LateDesk(lambda: next(left))
    seen: list[list[str]] = []
    for _ in range(6):
        seen.append([one.nickname for one in desk.accounts])
        desk.look_for_accounts()
    assert seen == [[], [], ["czq"], ["czq"], ["czq", "sty"], ["czq", "sty"]]
    assert [one.is_closed for one in made[:5]] == [True, False, True, False, False]
    desk.close()
    assert made[4].is_closed
    assert next(left) is made[5]
