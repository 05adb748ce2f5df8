"""Which peers are not there to be compared with."""

from typing import Final

from circus_peer import circus_is_installed
from measuring import missing
from pm2_peer import pm2_is_installed
from supervisor_peer import supervisor_is_installed
from timed_peers import celery_is_installed, schedule_is_installed

_PEERS: Final = {
    "circus": circus_is_installed,
    "supervisor": supervisor_is_installed,
    "pm2": pm2_is_installed,
    "celery": celery_is_installed,
    "schedule": schedule_is_installed,
}


def absent(*names: str) -> list[str]:
    """A word about each of these peers that is not installed."""
    return [word for name in names for word in missing(_PEERS[name](), name)]
