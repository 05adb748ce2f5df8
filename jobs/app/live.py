"""Settings and presets as they are now. Parts ask, or are told, instead of copying values at the start."""

import asyncio
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, cast, overload

from msgspec import Struct
from msgspec.structs import replace
from pydantic import SecretStr

from jobs.app.beside import rules_of
from jobs.app.presets import presets_now
from jobs.app.startable import why_not_startable
from jobs.config import Settings, SettingsError, Written, settings_in
from jobs.models.drafts import Rules
from jobs.models.errors import Refusal
from jobs.models.setting_words import HIDDEN, may_be_shown
from jobs.models.venue import Preset

_log = logging.getLogger("sja")

_MADE_WITH: Final = (
    "sja_home",
    "sja_timezone",
    "sja_provider",
    "sja_sjtu_base_url",
    "sja_sjtu_public_key",
    "sja_sjtu_customs",
    "sja_jaccount_base_url",
    "sja_venue_requests_per_minute",
    "sja_launcher",
    "sja_demo_seed",
    "sja_demo_release",
    "sja_demo_period_seconds",
)
"""What clients, processes and texts were made with. Half a change of these would be worse than none: they stay as they
are, for runs too, until the bot is started again."""

_OUTSIDE: Final = {
    "HOST": "127.0.0.1",
    "PORT": "8080",
    "ONEBOT_ACCESS_TOKEN": "",
    "COMMAND_START": '["!", "！", "/", "／"]',
    "NICKNAME": "[]",
    "LOG_LEVEL": "INFO",
    "SUPERUSERS": "[]",
}
"""Settings of NoneBot's, with their defaults."""
_SUPERUSERS: Final = "SUPERUSERS"
"""The one of these that we read ourselves."""
_LATER: Final = frozenset({*map(str.upper, _MADE_WITH), *_OUTSIDE} - {_SUPERUSERS})
_ADDRESSES: Final = frozenset({"SJA_SJTU_BASE_URL", "SJA_JACCOUNT_BASE_URL"})
"""Which hold nothing but an address."""

Values = Written
"""Every setting as text, as `jobs.config.read_environment` has it."""


class ChangedSetting(Struct, frozen=True, kw_only=True):
    """Both values as in `.env`; empty: none, `HIDDEN` for a secret."""

    name: str
    before: str
    after: str


class Reloaded(Struct, frozen=True, kw_only=True):
    """What a reload has found. `changed` holds from now on, `later` once the bot is started again; `presets`: numbers
    of those that are new, different, or gone. `is_whole` False: a part of the bot could not take it up, see the log."""

    changed: tuple[ChangedSetting, ...]
    later: tuple[ChangedSetting, ...]
    presets: tuple[int, ...]
    is_whole: bool = True


class Live:
    """The settings and presets in force. `read`: reads every setting anew."""

    def __init__(self, settings: Settings, presets: Sequence[Preset], read: Callable[[], Values]) -> None:
        self._read = read
        self._listeners: list[Callable[[], None]] = []
        self._checks: list[Callable[[Settings], str | None]] = []
        self._take(settings, tuple(presets), _written(settings, read()))

    @property
    def superusers(self) -> frozenset[str]:
        """As named in `SUPERUSERS`."""
        return _listed(self._texts[_SUPERUSERS])

    @property
    def presets_view(self) -> Sequence[Preset]:
        """The presets as they are whenever it is looked at."""
        return _Now(lambda: self.presets)

    def follow(self, follower: Callable[[], None]) -> None:
        """Has `follower` called now, and after every reload."""
        self._listeners.append(follower)
        follower()

    def values(self) -> Values:
        """Every setting as it stands written now. Raises `Refusal` where that cannot be read."""
        try:
            return self._read()
        except SettingsError as wrong:
            raise Refusal(str(wrong)) from wrong

    def demand(self, check: Callable[[Settings], str | None]) -> None:
        """Has `check` asked, in a thread, before new settings hold: its sentence refuses them."""
        self._checks.append(check)

    async def reload(self, agree: Callable[[Reloaded], None]) -> Reloaded:
        """Reads everything anew, in a thread, and lets it hold. `agree` hears what will change, and may raise: then
        nothing does.

        Raises `Refusal` where anything cannot be used; then everything stays as it was.
        """
        values, settings, presets = await asyncio.to_thread(self._checked)
        texts = _written(settings, values)
        differing = [name for name in texts if texts[name] != self._texts[name]]
        found = Reloaded(
            changed=tuple(self._changes(texts, (name for name in differing if name not in _LATER))),
            later=tuple(self._changes(texts, (name for name in differing if name in _LATER))),
            presets=tuple(sorted({preset.number for preset in set(presets) ^ set(self.presets)})),
        )
        agree(found)
        self._take(self._kept(settings), presets, {**texts, **{name: self._texts[name] for name in _LATER}})
        taken_up = [_took_up(follower) for follower in self._listeners]
        return replace(found, is_whole=all(taken_up))

    # -- inside -------------------------------------------------------------------------------------------------------
    def _take(self, settings: Settings, presets: tuple[Preset, ...], texts: Mapping[str, str]) -> None:
        self.settings = settings
        self.presets = presets
        self.rules: Rules = rules_of(settings, presets)
        self._texts = texts

    def _kept(self, settings: Settings) -> Settings:
        """New settings, but for what the bot was made with."""
        return settings.model_copy(update={name: getattr(self.settings, name) for name in _MADE_WITH})

    def _checked(self) -> tuple[Values, Settings, tuple[Preset, ...]]:
        values = self.values()
        try:
            settings = settings_in(values)
        except SettingsError as wrong:
            raise Refusal(str(wrong)) from wrong
        used = self._kept(settings)
        presets = presets_now(used)
        for refusal in why_not_startable(values, used, presets):
            raise Refusal(refusal)
        for check in self._checks:
            if trouble := check(used):
                raise Refusal(trouble)
        return values, settings, presets

    def _changes(self, texts: Mapping[str, str], names: Iterable[str]) -> Iterator[ChangedSetting]:
        for name in names:
            before, after = self._texts[name], texts[name]
            if name not in _ADDRESSES and not (may_be_shown(name, before) and may_be_shown(name, after)):
                before, after = HIDDEN if before else "", HIDDEN if after else ""
            yield ChangedSetting(name=name, before=before, after=after)


def _took_up(follower: Callable[[], None]) -> bool:
    """One that fails keeps no other from it."""
    try:
        follower()
    except Exception:
        _log.exception("new settings could not be taken up")
        return False
    return True


class _Now(Sequence[Preset]):
    """A sequence that is another one whenever it is looked at."""

    def __init__(self, now: Callable[[], Sequence[Preset]]) -> None:
        self._now = now

    @overload
    def __getitem__(self, index: int) -> Preset: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Preset]: ...
    def __getitem__(self, index: int | slice) -> Preset | Sequence[Preset]:
        return self._now()[index]

    def __len__(self) -> int:
        return len(self._now())

    def __iter__(self) -> Iterator[Preset]:
        return iter(self._now())


def _written(settings: Settings, values: Values) -> dict[str, str]:
    """Every setting as in `.env`, by its name there; secrets as they are."""
    ours = {name.upper(): _text(getattr(settings, name)) for name in type(settings).model_fields}
    return {**ours, **{name: values.get(name.lower()) or default for name, default in _OUTSIDE.items()}}


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case frozenset():
            return ",".join(sorted(cast("frozenset[str]", value)))
        case SecretStr():
            return value.get_secret_value()
        case _:
            return str(value)


def _listed(text: str) -> frozenset[str]:
    """Of a JSON list; empty for what is none."""
    try:
        found: object = json.loads(text)
    except ValueError:
        return frozenset()
    return frozenset(map(str, cast("list[Any]", found))) if isinstance(found, list) else frozenset()
