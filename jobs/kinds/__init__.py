"""The kinds of jobs: one visible table, open to third parties through the entry-point group `sja.kinds`."""

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Final

from jobs.models.conduct import Conduct
from jobs.models.errors import Refusal
from jobs.ports.kind import Kind

BUILT_IN: Final[dict[str, str]] = {
    "monitor": "jobs.kinds.monitor:MONITOR",
    "schedule": "jobs.kinds.schedule:SCHEDULE",
    "routine": "jobs.kinds.routine:ROUTINE",
}

ENTRY_POINT_GROUP: Final = "sja.kinds"


def kind_named(name: str) -> Kind:
    """The kind of that name; raises `Refusal` when no installed package provides it. Loads nothing else."""
    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        return getattr(import_module(module), attribute)
    for entry in entry_points(group=ENTRY_POINT_GROUP, name=name):
        return entry.load()
    raise Refusal(f"没有安装“{name}”这种任务")


def conduct_of(name: str) -> Conduct:
    """How jobs of the kind are treated; with care where no installed package provides it any more."""
    kind = all_kinds().get(name)
    return kind.conduct if kind is not None else Conduct()


@cache
def all_kinds() -> dict[str, Kind]:
    """Every kind there is, by name. Looked for once: what is installed later counts after the next start."""
    names = [*BUILT_IN, *(entry.name for entry in entry_points(group=ENTRY_POINT_GROUP))]
    return {name: kind_named(name) for name in names}
