"""Who begins next."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given, strategies as st

from jobs.models.ids import RunId, UserId
from jobs.models.queue import Waiting, fair_order

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
MING, HONG = UserId("20001"), UserId("20002")


def waiting(*owners: UserId | None) -> list[Waiting]:
    return [Waiting(run_id=RunId(f"r{place}"), owner=owner) for place, owner in enumerate(owners)]


def test_one_persons_runs_begin_in_the_order_they_were_asked_for() -> None:
    assert fair_order(waiting(MING, MING, MING), {MING: 5}) == ["r0", "r1", "r2"]


def test_whoever_asks_for_many_does_not_keep_out_somebody_elses_first() -> None:
    assert fair_order(waiting(MING, MING, MING, HONG), {}) == ["r0", "r3", "r1", "r2"]


def test_who_has_more_running_already_waits_longer() -> None:
    assert fair_order(waiting(MING, HONG, HONG), {MING: 2}) == ["r1", "r2", "r0"]


def test_the_earlier_request_wins_among_equals() -> None:
    assert fair_order(waiting(HONG, MING), {MING: 1, HONG: 1}) == ["r0", "r1"]


@given(st.lists(st.sampled_from([MING, HONG, None])), st.dictionaries(st.sampled_from([MING, HONG]), st.integers(0, 9)))
def test_everybody_is_in_the_order_once_and_shares_stay_even(owners: list[UserId | None], active: dict) -> None:
    order = fair_order(waiting(*owners), active)
    assert sorted(order) == sorted(one.run_id for one in waiting(*owners))
    shares, left = Counter(active), Counter(owners)
    for run_id in order:
        owner = owners[int(run_id[1:])]
        assert shares[owner] == min(shares[one] for one in left if left[one])
        shares[owner] += 1
        left[owner] -= 1


def test_a_run_waits_for_its_instant_but_not_for_a_clock_that_was_set_back() -> None:
    def may_begin(wait: timedelta) -> bool:
        return Waiting(run_id=RunId("r"), owner=MING, not_before_at=NOW + wait).may_begin(NOW)

    assert may_begin(timedelta(0))
    assert not may_begin(timedelta(seconds=1))
    assert may_begin(timedelta(hours=1))
