"""How a server's clock is said to stand."""

import pytest

from jobs.models.comparison import Comparison, comparison_in_words


@pytest.mark.parametrize(
    ("offset", "error", "words"),
    [
        (0.3, 0.005, "对方时钟快 0.3 秒 ±5 毫秒"),
        (-3.7, 0.012, "对方时钟慢 3.7 秒 ±12 毫秒"),
        (42.04, 0.2, "对方时钟快 42.0 秒 ±0.2 秒"),
        (0.002, 0.003, "对方时钟与本机一致 ±3 毫秒"),
        (-0.02, 0.0001, "对方时钟慢 20 毫秒 ±1 毫秒"),
    ],
)
def test_a_clock_is_said_with_its_error(offset: float, error: float, words: str) -> None:
    assert comparison_in_words(Comparison(offset_seconds=offset, error_seconds=error, requests=9)) == words


def test_a_clock_that_is_not_known_or_not_one_is_said_too() -> None:
    assert comparison_in_words(None) == "没能与对方对时，按本机时钟"
    contested = Comparison(offset_seconds=1, error_seconds=1.2, requests=9, contested=True)
    far_off = Comparison(offset_seconds=28800, error_seconds=0.5, requests=1, is_believed=False)
    assert comparison_in_words(far_off) == "对方时钟相差太多，不可信，按本机时钟出手"
    assert comparison_in_words(contested) == "对方各台机器的时钟不一致，按最慢的一台，±1.2 秒"
