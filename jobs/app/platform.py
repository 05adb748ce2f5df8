"""Which platform the settings mean, how it is reached, and how often it may be asked."""

from collections.abc import Sequence
from datetime import time
from typing import Final

from jobs.config import Settings
from jobs.models.customs import read_customs
from jobs.models.release import ReleaseRule
from jobs.models.venue import Preset
from jobs.venues import ProviderConfig, presets_of, requests_per_minute

_DEMO: Final = "demo"


def provider_config(settings: Settings, presets: Sequence[Preset] = ()) -> ProviderConfig:
    """Which platform, and how to reach it. `presets`: those of this home, where the operator has written any."""
    return ProviderConfig(
        name=settings.sja_provider,
        base_url=settings.sja_sjtu_base_url,
        jaccount_url=settings.sja_jaccount_base_url,
        public_key=settings.sja_sjtu_public_key,
        customs=read_customs(settings.sja_sjtu_customs),
        home=str(settings.sja_home),
        release=settings.sja_demo_release,
        presets=() if presets == presets_of(settings.sja_provider) else tuple(presets),
    )


def release_of(settings: Settings) -> ReleaseRule:
    """When the platform opens a date."""
    if settings.sja_provider != _DEMO:
        return ReleaseRule()
    return ReleaseRule(time=time.fromisoformat(settings.sja_demo_release))


def allowance(settings: Settings) -> int:
    """Requests per minute to the platform, of everybody together."""
    return settings.sja_venue_requests_per_minute or requests_per_minute(settings.sja_provider)
