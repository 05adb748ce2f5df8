"""Booking platforms: one folder each, and this one table of them.

Opening one imports its client only; a run's process pays for nothing else.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from jobs.models.errors import Refusal
from jobs.models.venue import Preset
from jobs.ports.provider import Provider


class ProviderConfig(Struct, frozen=True, kw_only=True):
    """Which platform, and how to reach it. `base_url` is read by `sjtu`, `home` (`SJA_HOME`) by `demo`."""

    name: str
    base_url: str = "https://sports.sjtu.edu.cn"
    home: str = ""
    timeout_seconds: float = 10.0


def _open_sjtu(config: ProviderConfig) -> Provider:
    from jobs.venues.sjtu.client import SjtuProvider  # noqa: PLC0415

    return SjtuProvider(config.base_url, config.timeout_seconds)


def _open_demo(config: ProviderConfig) -> Provider:
    from jobs.venues.demo.provider import DemoProvider  # noqa: PLC0415

    return DemoProvider(Path(config.home), config.timeout_seconds)


def _sjtu_presets() -> tuple[Preset, ...]:
    from jobs.venues.sjtu.presets import PRESETS  # noqa: PLC0415

    return PRESETS


class _Platform(Struct, frozen=True):
    open: Callable[[ProviderConfig], Provider]
    presets: Callable[[], tuple[Preset, ...]]
    min_interval_seconds: int


PROVIDERS: Final[Mapping[str, _Platform]] = {
    #                     open         presets       at most one poll per … seconds
    "demo": _Platform(_open_demo, _sjtu_presets, 1),
    "sjtu": _Platform(_open_sjtu, _sjtu_presets, 60),
}


def open_provider(config: ProviderConfig) -> Provider:
    """A client of the platform named; connects when first asked something. Raises `Refusal` for an unknown name."""
    return _named(config.name).open(config)


def warm_up() -> None:
    """Does once what every client of any platform would do for itself; what is forked afterwards shares it."""
    from jobs.venues.sjtu.client import shared_trust  # noqa: PLC0415

    shared_trust()
    for name in PROVIDERS:
        open_provider(ProviderConfig(name=name)).close()


def presets_of(name: str) -> tuple[Preset, ...]:
    """The platform's presets, by ascending number. Raises `Refusal` for an unknown name."""
    return _named(name).presets()


def min_interval_seconds(name: str) -> int:
    """The shortest polling interval the platform should be asked with. Raises `Refusal` for an unknown name."""
    return _named(name).min_interval_seconds


def _named(name: str) -> _Platform:
    if name not in PROVIDERS:
        raise Refusal(f"没有名为“{name[:40]}”的预订平台，可用的有：{'、'.join(PROVIDERS)}")
    return PROVIDERS[name]
