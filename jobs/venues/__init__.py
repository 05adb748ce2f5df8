"""Booking platforms: one folder each, and this one table of them.

Opening one imports its client only; a run's process pays for nothing else.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from jobs.models.customs import Customs
from jobs.models.errors import Refusal
from jobs.models.venue import Preset
from jobs.ports.budget import Budget
from jobs.ports.provider import Provider


class ProviderConfig(Struct, frozen=True, kw_only=True):
    """Which platform, and how to reach it.

    `sjtu` reads the addresses, `customs`, and `public_key`, which locks orders (base64 of the DER form; empty: the one
    that all known clients have). `demo` reads `home` (`SJA_HOME`) and `release`, the time of day at which it releases
    courts. `presets`: what its clients know in place of the platform's own; empty: those.
    """

    name: str
    base_url: str = "https://sports.sjtu.edu.cn"
    jaccount_url: str = "https://jaccount.sjtu.edu.cn"
    public_key: str = ""
    customs: Customs = Customs()
    home: str = ""
    release: str = "12:00:00"
    timeout_seconds: float = 10.0
    presets: tuple[Preset, ...] = ()


def _open_sjtu(config: ProviderConfig, budget: Budget | None) -> Provider:
    from jobs.venues.sjtu.client import SjtuProvider  # noqa: PLC0415
    from jobs.venues.sjtu.places import PUBLIC_KEY, KnownPlaces  # noqa: PLC0415

    places = KnownPlaces(
        base_url=config.base_url, jaccount_url=config.jaccount_url, public_key=config.public_key or PUBLIC_KEY
    )
    return SjtuProvider(
        places, config.timeout_seconds, budget=budget, customs=config.customs, presets=config.presets or _sjtu_presets()
    )


def _open_demo(config: ProviderConfig, budget: Budget | None) -> Provider:
    from jobs.venues.demo.provider import DemoProvider  # noqa: PLC0415

    return DemoProvider(
        Path(config.home),
        config.timeout_seconds,
        budget=budget,
        release=config.release,
        presets=config.presets or _sjtu_presets(),
    )


def _sjtu_presets() -> tuple[Preset, ...]:
    from jobs.venues.sjtu.presets import PRESETS  # noqa: PLC0415

    return PRESETS


class _Platform(Struct, frozen=True):
    open: Callable[[ProviderConfig, Budget | None], Provider]
    presets: Callable[[], tuple[Preset, ...]]
    min_interval_seconds: int
    requests_per_minute: int


PROVIDERS: Final[Mapping[str, _Platform]] = {
    #                     open         presets       at most one poll per … seconds, so many requests a minute in all
    "demo": _Platform(_open_demo, _sjtu_presets, 1, 60_000),
    "sjtu": _Platform(_open_sjtu, _sjtu_presets, 60, 120),
}


def open_provider(config: ProviderConfig, budget: Budget | None = None) -> Provider:
    """A client of the platform named; connects when first asked something. Its requests, and those of its members and
    logins, wait for their place in `budget`; None: for nothing. Raises `Refusal` for an unknown name."""
    return _named(config.name).open(config, budget)


def warm_up() -> None:
    """Does once what every client of any platform would do for itself; what is forked afterwards shares it."""
    from jobs.venues.sjtu.client import shared_trust  # noqa: PLC0415
    from jobs.venues.sjtu.places import PUBLIC_KEY  # noqa: PLC0415
    from jobs.venues.sjtu.sealing import seal  # noqa: PLC0415

    shared_trust()
    seal(b"{}", PUBLIC_KEY, 0)  # The key is read, and the library has done what it does at its first use.
    for name in PROVIDERS:
        provider = open_provider(ProviderConfig(name=name))
        provider.member(None).close()
        provider.close()


def presets_of(name: str) -> tuple[Preset, ...]:
    """The platform's presets, by ascending number. Raises `Refusal` for an unknown name."""
    return _named(name).presets()


def min_interval_seconds(name: str) -> int:
    """The shortest polling interval the platform should be asked with. Raises `Refusal` for an unknown name."""
    return _named(name).min_interval_seconds


def requests_per_minute(name: str) -> int:
    """How many requests a minute the platform may be asked in all, by all runs and accounts, where nothing else is set.
    Raises `Refusal` for an unknown name."""
    return _named(name).requests_per_minute


def _named(name: str) -> _Platform:
    if name not in PROVIDERS:
        raise Refusal(f"没有名为“{name[:40]}”的预订平台，可用的有：{'、'.join(PROVIDERS)}")
    return PROVIDERS[name]
