"""The kinds of jobs: one visible table, open to third parties through the entry-point group `sja.kinds`."""

import logging
from contextlib import suppress
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from jobs.models.conduct import Conduct
from jobs.models.errors import Refusal
from jobs.ports.kind import Kind

_log = logging.getLogger("sja.kinds")

BUILT_IN: Final[dict[str, str]] = {
    "monitor": "jobs.kinds.monitor:MONITOR",
    "schedule": "jobs.kinds.schedule:SCHEDULE",
    "auto_booking": "jobs.kinds.auto_booking:AUTO_BOOKING",
    "keep_alive": "jobs.kinds.keep_alive:KEEP_ALIVE",
    "routine": "jobs.kinds.routine:ROUTINE",
}

ENTRY_POINT_GROUP: Final = "sja.kinds"

_PARTS: Final = ("name", "title", "conduct", "describe", "work")


def kind_named(name: str) -> Kind:
    """The kind of that name; raises `Refusal` when no installed package provides it, or one that does not work. Loads
    nothing else."""
    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        return getattr(import_module(module), attribute)
    for entry in entry_points(group=ENTRY_POINT_GROUP, name=name):
        return _loaded(entry)
    raise Refusal(f"没有安装“{name}”这种任务")


def conduct_of(name: str) -> Conduct:
    """How jobs of the kind are treated; with care where no installed package provides it any more."""
    kind = all_kinds().get(name)
    return kind.conduct if kind is not None else Conduct()


@cache
def all_kinds() -> dict[str, Kind]:
    """Every kind there is that works, by name. Looked for once: what is installed later counts after the next start."""
    kinds = {name: kind_named(name) for name in BUILT_IN}
    for entry in entry_points(group=ENTRY_POINT_GROUP):
        if entry.name not in kinds:
            with suppress(Refusal):  # The log has it; a package that is broken costs its own jobs alone.
                kinds[entry.name] = _loaded(entry)
    return kinds


def _loaded(entry: EntryPoint) -> Kind:
    """What a third party provides; raises `Refusal` when it cannot be loaded or is no kind."""
    try:
        kind = entry.load()
        missing = [part for part in _PARTS if not hasattr(kind, part)]
        if missing or not isinstance(kind.conduct, Conduct):
            raise TypeError(f"no kind: {', '.join(missing) or 'conduct'} is missing or wrong")
    except Exception as error:
        _log.exception("the kind %s of %s is left out", entry.name, entry.value)
        raise Refusal(f"“{entry.name}”这种任务的扩展包载入不了，请超级用户看日志并修好它") from error
    return kind
