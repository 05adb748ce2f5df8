"""One simulated platform: its world, its clock, its settings and all it remembers."""

from datetime import time
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from jobs.ports.clock import Clock
from jobs.venues.demo.box_office import BoxOffice
from jobs.venues.demo.clock import PlatformClock
from jobs.venues.demo.faults import Faults, Rule
from jobs.venues.demo.files import (
    ledger_path,
    make_control_key,
    private_key,
    public_key,
    write_private_key,
    write_public_key,
)
from jobs.venues.demo.habits import Habits
from jobs.venues.demo.ledger import Ledger, open_ledger
from jobs.venues.demo.seal import SealKey, passing_key
from jobs.venues.demo.sessions import Passes, Sessions
from jobs.venues.demo.world import World


class Simulation:
    """What control changes lasts as long as the ledger does. `home` None: all of it is in memory."""

    def __init__(self, world: World, clock: Clock, habits: Habits | None = None, home: Path | None = None) -> None:
        self.ledger = open_ledger(ledger_path(home)) if home else Ledger()
        self.clock = clock if isinstance(clock, PlatformClock) else PlatformClock(clock)
        self.habits = habits or self._kept_habits()
        self._world = world
        self.world = self._signed(world)
        self.control_key = make_control_key(home) if home else "demo"
        self.seal = home_key(home) if home else passing_key()
        self.faults = Faults()
        self.sessions = Sessions(self.ledger, self.clock, lambda: self.habits)
        self.signed_on = Passes(self.ledger, "JAAuthCookie")
        self.trusted = Passes(self.ledger, "JATrustCookie")
        self.office = BoxOffice(self.ledger, self.clock, lambda: self.world, lambda: self.habits)

    def set_habits(self, **changed: Any) -> None:
        """Raises `msgspec.ValidationError` for a name or a value there is none of."""
        known = {name: getattr(self.habits, name) for name in self.habits.__struct_fields__}
        self.habits = msgspec.convert(msgspec.to_builtins({**known, **changed}), Habits)
        self.ledger.set_setting("habits", msgspec.json.encode(self.habits).decode())
        self.world = self._signed(self._world)

    def set_release(self, release: time) -> None:
        """Until the end of this process."""
        self._world = replace(self._world, release=release)
        self.world = self._signed(self._world)

    def set_clock(self, offset_seconds: float) -> None:
        self.clock.offset_seconds = offset_seconds
        self.ledger.set_setting("clock", repr(offset_seconds))

    def set_faults(self, rules: list[Rule], seed: int) -> None:
        self.faults.set(rules, seed)

    def kept_offset(self) -> float:
        """What control last said, 0.0 when it never did."""
        return float(self.ledger.setting("clock") or 0.0)

    def _kept_habits(self) -> Habits:
        kept = self.ledger.setting("habits")
        try:
            return msgspec.json.decode(kept, type=Habits) if kept else Habits()
        except msgspec.ValidationError:  # written by another version
            return Habits()

    def _signed(self, world: World) -> World:
        return replace(world, sign_seconds=self.habits.sign_seconds, sign_generation=self.habits.sign_generation)

    def close(self) -> None:
        self.ledger.close()


def home_key(home: Path) -> SealKey:
    """The home's private key, made (it takes a moment) where none can be read; its public half is written beside it."""
    try:
        key = SealKey.read(private_key(home) or b"")
    except ValueError:
        key = SealKey.make()
        write_private_key(home, key.pem())
    if public_key(home) != key.public():
        write_public_key(home, key.public())
    return key
