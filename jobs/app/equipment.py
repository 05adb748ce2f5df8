"""What a run works with at the platform: its client, its share of the budget, and the desk where it books."""

from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from msgspec import Struct

from jobs.accounts.keyring import SealedKeyring
from jobs.accounts.vault import Vault
from jobs.app.late_desk import LateDesk
from jobs.booking.conflicts import conflicts
from jobs.booking.desk import BookingDesk
from jobs.booking.errand import Errand
from jobs.budget import SharedBudget
from jobs.clock import SystemExactClock
from jobs.models.accounts import Account, named_in, usable
from jobs.models.change import Fence
from jobs.models.job import Job
from jobs.ports.bell import Bell
from jobs.ports.budget import Budget
from jobs.ports.clock import Clock
from jobs.ports.desk import Desk, StandingDesk
from jobs.ports.kind import Stopping
from jobs.ports.provider import Provider
from jobs.ports.store import Store
from jobs.supervisor.kernel_lock import take
from jobs.venues import ProviderConfig, open_provider


class Equipment(Struct, frozen=True):
    provider: Provider
    budget: Budget
    desk: StandingDesk


def open_budget(home: Path, per_minute: int, stopping: Stopping | None = None) -> Budget:
    """The one allowance of this home, as one process has it. Who waits for a place leaves when `stopping` says so."""
    wait = None if stopping is None else stopping.wait
    return SharedBudget(home / "budget", SystemExactClock(), take, per_minute, wait)


@contextmanager
def equipped(
    home: Path,
    config: ProviderConfig,
    per_minute: int,
    *,
    job: Job,
    fence: Fence,
    store: Store,
    bell: Bell,
    clock: Clock,
    stopping: Stopping,
) -> Generator[Equipment]:
    """Everything opens when it is used first."""
    budget = open_budget(home, per_minute, stopping)
    with closing(open_provider(config, budget)) as provider:

        def make_desk() -> Desk:
            named = named_in(job.config)
            found = usable(store.accounts.all(), named.accounts, job.owner, job.origin, named.account_ids)
            errand = Errand(
                job_id=job.id, run_id=fence.run_id, fence=fence, owner=job.owner, origin=job.origin, label=job.label
            )
            return BookingDesk(
                store=store,
                keyring=SealedKeyring(store, Vault(home), clock),
                provider=provider,
                bell=bell,
                clock=clock,
                stopping=stopping,
                budget=budget,
                errand=errand,
                accounts=found.accounts,
                missing=found.missing,
            )

        def find_conflicts(accounts: Sequence[Account], day: date) -> list[str]:
            return conflicts(store, job, accounts, day, ZoneInfo(provider.release.zone))

        with closing(LateDesk(make_desk, find_conflicts)) as desk:
            yield Equipment(provider, budget, desk)
