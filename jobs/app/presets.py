"""The presets of a home: its platform's own, and what its operator wrote into `presets.toml`."""

from pathlib import Path
from typing import Final

from jobs.config import Settings
from jobs.models.errors import Refusal
from jobs.models.preset_reading import PRESETS_FILE, read_presets
from jobs.models.venue import Preset
from jobs.venues import presets_of

_LARGEST_BYTES: Final = 256 * 1024
"""Of the file; far more than its most presets take."""


def presets_now(settings: Settings) -> tuple[Preset, ...]:
    """By ascending number; the very tuple of the platform's own where the operator has written none.

    Raises `Refusal` where the file is there and cannot be used.
    """
    own, path = presets_of(settings.sja_provider), settings.sja_home / PRESETS_FILE
    text = _text(path)
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


def _text(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_BYTES + 1)
        if len(content) > _LARGEST_BYTES:
            raise Refusal(f"{PRESETS_FILE} 太大了，最多 {_LARGEST_BYTES // 1024} KB")
        return content.decode("utf-8-sig")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Refusal(f"{PRESETS_FILE} 读不出来（{error.strerror}）") from error
    except UnicodeDecodeError as error:
        raise Refusal(f"{PRESETS_FILE} 读不懂：要存成 UTF-8") from error
