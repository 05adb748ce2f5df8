"""Who begins next."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given, strategies as st

from jobs.models.ids import RunId, UserId
from jobs.models.queue import Share, Waiting, fair_order, next_to_begin

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
MING, HONG = UserId("20001"), UserId("20002")


def waiting(*owners: UserId | None) -> list[Waiting]:
    return [Waiting(run_id=RunId(f"r{place}"), owner=owner, requested_at=NOW) for place, owner in enumerate(owners)]


def test_one_persons_runs_begin_in_the_order_they_were_asked_for() -> None:
    assert fair_order(waiting(MING, MING, MING), {MING: Share(active=5)}) == ["r0", "r1", "r2"]


def test_whoever_asks_for_many_does_not_keep_out_somebody_elses_first() -> None:
    assert fair_order(waiting(MING, MING, MING, HONG), {}) == ["r0", "r3", "r1", "r2"]


def test_who_has_more_running_already_waits_longer() -> None:
    assert fair_order(waiting(MING, HONG, HONG), {MING: Share(active=2)}) == ["r1", "r2", "r0"]


def test_among_equals_who_was_served_longest_ago_is_next() -> None:
    later, earlier = Share(served_at=NOW), Share(served_at=NOW - timedelta(hours=1))
    assert fair_order(waiting(MING, HONG, None), {MING: later, HONG: earlier}) == ["r2", "r1", "r0"]


def test_the_earlier_request_wins_where_all_else_is_equal() -> None:
    assert fair_order(waiting(HONG, MING), {MING: Share(active=1), HONG: Share(active=1)}) == ["r0", "r1"]


def locked(name: str, lock: str | None, *, timed: bool = False) -> Waiting:
    return Waiting(
        run_id=RunId(name),
        owner=MING,
        requested_at=NOW,
        scheduled_at=NOW + timedelta(seconds=75) if timed else None,
        lock=lock,
    )


def begin(*waiting: Waiting, places: int = 9, held: frozenset[str] = frozenset(), most: int = 4) -> list[RunId]:
    return next_to_begin(waiting, {}, places=places, locks_held=held, locks_at_most=most)


def test_of_one_account_only_one_begins_and_none_while_one_runs() -> None:
    line = locked("r0", "czq"), locked("r1", "czq"), locked("r2", "sty"), locked("r3", None)
    assert begin(*line) == ["r0", "r2", "r3"]
    assert begin(*line, held=frozenset({"czq"})) == ["r2", "r3"]


def test_accounts_run_side_by_side_up_to_a_limit_that_holds_nobody_else_up() -> None:
    line = [locked(f"r{n}", f"account{n}") for n in range(5)] + [locked("r5", None)]
    assert begin(*line, most=2) == ["r0", "r1", "r5"]
    assert begin(*line, most=2, held=frozenset({"account9"})) == ["r0", "r5"]


def test_who_prepares_for_an_instant_begins_before_those_who_do_not() -> None:
    assert begin(locked("r0", None), locked("r1", None, timed=True), places=1) == ["r1"]
    assert begin(locked("r0", None), places=0) == []


def test_what_its_lock_keeps_back_takes_nobodys_turn() -> None:
    blocked = [locked(f"b{n}", "czq") for n in range(4)]
    hong = [Waiting(run_id=RunId(f"h{n}"), owner=HONG, requested_at=NOW) for n in range(3)]
    order = begin(*blocked, locked("mine", None), *hong, held=frozenset({"czq"}))
    assert order == ["mine", "h0", "h1", "h2"]


OWNERS = st.sampled_from([MING, HONG, None])


@given(st.lists(OWNERS), st.dictionaries(OWNERS, st.builds(Share, active=st.integers(0, 9))))
def test_everybody_is_in_the_order_once_and_shares_stay_even(
    owners: list[UserId | None], had: dict[UserId | None, Share]
) -> None:
    order = fair_order(waiting(*owners), had)
    assert sorted(order) == sorted(one.run_id for one in waiting(*owners))
    active, left = Counter({owner: share.active for owner, share in had.items()}), Counter(owners)
    for run_id in order:
        owner = owners[int(run_id[1:])]
        assert active[owner] == min(active[one] for one in left if left[one])
        active[owner] += 1
        left[owner] -= 1


@given(st.lists(OWNERS, min_size=2))
def test_at_one_place_everybody_who_waits_has_a_turn_before_anybody_has_two(owners: list[UserId | None]) -> None:
    queue, had, served = waiting(*owners), dict[UserId | None, Share](), list[UserId | None]()
    for turn in range(len(set(owners))):
        run_id = fair_order(queue, had)[0]
        (one,) = [each for each in queue if each.run_id == run_id]
        queue.remove(one)
        had[one.owner] = Share(served_at=NOW + timedelta(minutes=turn))
        served.append(one.owner)
    assert len(set(served)) == len(served)


def test_a_run_waits_for_its_instant_but_not_for_a_clock_that_was_set_back() -> None:
    def may_begin(wait: timedelta) -> bool:
        return Waiting(run_id=RunId("r"), owner=MING, requested_at=NOW, not_before_at=NOW + wait).may_begin(NOW)

    assert may_begin(timedelta(0))
    assert not may_begin(timedelta(seconds=1))
    assert may_begin(timedelta(hours=1))
