"""The presets of a home: its platform's own, and what its operator wrote into `presets.toml`."""

from typing import Final

from jobs.config import Settings
from jobs.models.errors import Refusal
from jobs.models.preset_reading import PRESETS_FILE, read_presets
from jobs.models.venue import Preset
from jobs.small_files import Unreadable, read_small
from jobs.venues import presets_of

_LARGEST_BYTES: Final = 256 * 1024
"""Of the file; far more than its most presets take."""


def presets_now(settings: Settings) -> tuple[Preset, ...]:
    """By ascending number; the very tuple of the platform's own where the operator has written none.

    Raises `Refusal` where the file is there and cannot be used.
    """
    own, path = presets_of(settings.sja_provider), settings.sja_home / PRESETS_FILE
    try:
        text = read_small(path, _LARGEST_BYTES)
    except Unreadable as trouble:
        raise Refusal(f"{PRESETS_FILE} {trouble}") from trouble
    if text is None:
        return own
    presets = read_presets(text, own)
    return own if presets == own else presets


def presets_or_own(settings: Settings) -> tuple[tuple[Preset, ...], str | None]:
    """As `presets_now`; where the file cannot be used the platform's own, and why in a sentence."""
    try:
        return presets_now(settings), None
    except Refusal as wrong:
        return presets_of(settings.sja_provider), f"{wrong.sentence}；暂用平台自带的预设"
