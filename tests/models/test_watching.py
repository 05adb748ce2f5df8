"""Who hangs, and who only was not watched: what counts is what the watcher saw, by its own clock."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, strategies as st

from jobs.models.watching import Beat, HangRule, Silence, listened, no_progress, too_much_memory

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)
RULE = HangRule()

seconds = st.floats(0, 10**6, allow_nan=False)
instants = st.datetimes(timezones=st.just(UTC))
promises = st.builds(Beat, at=instants, next_check_at=instants, checks=st.integers(0, 10**9))


def beat(interval: float | None = 300, checks: int = 1, at: datetime = NOON) -> Beat:
    return Beat(at=at, next_check_at=None if interval is None else at + timedelta(seconds=interval), checks=checks)


def watched(looks: list[tuple[Beat, float]]) -> Silence:
    silence: Silence | None = None
    for seen, passed in looks:
        silence = listened(silence, seen, passed)
    assert silence is not None
    return silence


@given(seen=promises, passed=st.lists(seconds, min_size=1, max_size=20))
def test_the_first_look_never_condemns_whatever_the_clocks_say(seen: Beat, passed: list[float]) -> None:
    """So a restart of the bot condemns nobody, nor does a clock that was set while it was away."""
    assert not RULE.is_hung(watched([(seen, passed[0])]))
    assert watched([(seen, each) for each in passed]).seconds == sum(passed[1:])


@given(beats=st.lists(promises, min_size=1, max_size=20, unique_by=lambda beat: beat.checks), passed=seconds)
def test_whoever_says_something_new_at_every_look_is_never_hung(beats: list[Beat], passed: float) -> None:
    assert not RULE.is_hung(watched([(each, passed) for each in beats]))


@given(seen=promises, passed=st.lists(seconds, min_size=1, max_size=20))
def test_nobody_hangs_within_the_floor_or_within_four_intervals(seen: Beat, passed: list[float]) -> None:
    silence = watched([(seen, each) for each in passed])
    interval = seen.interval_seconds
    assert interval is not None
    assert RULE.is_hung(silence) == (silence.seconds >= max(4 * interval, 120))


@given(passed=seconds)
def test_who_promised_nothing_has_an_hour_and_who_never_began_ten_minutes(passed: float) -> None:
    assert RULE.is_hung(Silence(beat=beat(None), seconds=passed)) == (passed >= 3600)
    assert RULE.is_hung(Silence(beat=None, seconds=passed)) == (passed >= 600)


def test_a_clock_set_back_between_two_readings_leaves_the_floor() -> None:
    assert RULE.patience_seconds(beat(-3600)) == 120


@given(seen=promises, passed=seconds)
def test_suspicion_comes_before_the_verdict(seen: Beat, passed: float) -> None:
    silence = Silence(beat=seen, seconds=passed)
    assert RULE.is_suspect(silence) or not RULE.is_hung(silence)


def test_the_reasons_are_words_for_people() -> None:
    assert no_progress(Silence(beat=beat(), seconds=1210)).sentence == (
        "20分钟10秒没有进展（应每 300 秒查询一次），已请它退出"
    )
    assert no_progress(Silence(beat=beat(), seconds=1200)).again
    assert no_progress(Silence(beat=None, seconds=600)).sentence == "10分钟没有进展，已请它退出"
    heavy = too_much_memory(599 * 2**20 + 1, 512 * 2**20)
    assert heavy.sentence == "内存超过上限 512 MB（用了 600 MB），已被停止"
    assert not heavy.again
