"""What it is worth at an instant of our steady clock that somebody has found something out before. Pure."""

from typing import Final

from jobs.exact.shared import Finding
from jobs.models.offsets import Estimate

SURVEY_REQUESTS: Final = 4
"""They halve the second that one leaves open three times: 60 ms and what an answer is under way."""
_YOUNG_SECONDS: Final = 8.0
"""A close comparison by another run counts for so long: 2 ms of drift."""
_SHARPENED_SECONDS: Final = 60.0
"""One that is no older is sharpened by few requests, not made anew."""
_SURVEY_IS_OLD_SECONDS: Final = 30.0
"""One that is younger does for others who want to know how the clocks stand."""
_IN_VAIN_SECONDS: Final = 10.0
"""A server that gave another run no date is not asked again for so long."""


def is_close(finding: Finding, at: float) -> bool:
    """Whether asking would bring nothing better."""
    if not finding.settled:
        return False
    if finding.estimate is None:
        return at - finding.steady <= _IN_VAIN_SECONDS
    return at - finding.estimate.measured_at <= _YOUNG_SECONDS


def is_good_to_hear(finding: Finding, at: float, *, closely: bool) -> bool:
    """Whether it does for people who want to know how the clocks stand."""
    known = finding.estimate
    if known is None or at - known.measured_at > _SURVEY_IS_OLD_SECONDS:
        return False
    return finding.settled or (not closely and known.requests >= SURVEY_REQUESTS)


def is_sharpenable(finding: Finding, at: float) -> bool:
    """Whether a few requests make it as good as it can be."""
    known = finding.estimate
    if known is None or known.contested or not finding.settled:
        return False
    return at - known.measured_at <= _SHARPENED_SECONDS


def says_more(newer: Estimate, known: Estimate, at: float) -> bool:
    """Whether `newer` says more about the instant `at`; that hosts contradict each other always does."""
    return newer.contested or newer.at(at).width < known.at(at).width
