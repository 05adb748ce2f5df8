"""How much a process uses, from the kernel's own counts."""

import psutil

from jobs.models.run import Identity
from jobs.ports.clock import Clock
from jobs.ports.meter import Usage
from jobs.supervisor.identity import is_alive


class ProcessMeter:
    """Implements `ports.meter.Meter`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def usage(self, identity: Identity) -> Usage | None:
        if not is_alive(identity):
            return None
        try:
            process = psutil.Process(identity.pid)
            with process.oneshot():
                times = process.cpu_times()
                lifetime = max(self._clock.now().timestamp() - process.create_time(), 1.0)
                return Usage(
                    cpu_percent=100 * (times.user + times.system) / lifetime,
                    memory_bytes=process.memory_info().rss,
                )
        except psutil.NoSuchProcess:
            return None
