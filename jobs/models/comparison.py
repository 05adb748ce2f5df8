"""A server's clock beside ours, and how that is said. Pure."""

from msgspec import Struct


class Comparison(Struct, frozen=True, kw_only=True):
    """The server's clock is ahead of ours by `offset_seconds`, give or take `error_seconds`.

    `contested`: its answers contradict each other, as those of several hosts behind one name do. `is_believed` False:
    it is so far off that ours counts instead.
    """

    offset_seconds: float
    error_seconds: float
    requests: int
    contested: bool = False
    is_believed: bool = True


def comparison_in_words(comparison: Comparison | None) -> str:
    """`对方时钟快 0.3 秒 ±5 毫秒`, `对方时钟与本机一致 ±3 毫秒`; None: it was not possible."""
    if comparison is None:
        return "没能与对方对时，按本机时钟"
    if not comparison.is_believed:
        return "对方时钟相差太多，不可信，按本机时钟出手"
    error = f"±{_length_in_words(comparison.error_seconds)}"
    if comparison.contested:
        return f"对方各台机器的时钟不一致，按最慢的一台，{error}"
    if abs(comparison.offset_seconds) <= max(comparison.error_seconds, 0.0005):
        return f"对方时钟与本机一致 {error}"
    way = "快" if comparison.offset_seconds > 0 else "慢"
    return f"对方时钟{way} {_length_in_words(abs(comparison.offset_seconds))} {error}"


def _length_in_words(seconds: float) -> str:
    if seconds < 0.0995:
        return f"{max(round(seconds * 1000), 1)} 毫秒"
    return f"{seconds:.1f} 秒"
