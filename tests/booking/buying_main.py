"""A run's process that buys: `buying_main.py HOME JOB RUN EPOCH HOUR`. It waits for its answer until it is killed."""

import sys
from contextlib import closing
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS.parent), str(TESTS / "booking"), str(TESTS / "venues")]


def main(home: Path, job_id: str, run_id: str, epoch: int, hour: int) -> None:
    from booking_site import GROUP, OWNER, OpenHanded, Silence
    from demo_site import BADMINTON
    from lying_site import Waiting

    from jobs.accounts.keyring import SealedKeyring
    from jobs.accounts.vault import Vault
    from jobs.booking.desk import BookingDesk
    from jobs.booking.errand import Errand
    from jobs.clock import SystemClock
    from jobs.models.change import Fence
    from jobs.models.ids import Epoch, JobId, RunId
    from jobs.models.wishes import Wishes, choices
    from jobs.ports.desk import Offer
    from jobs.store.opening import open_for_run
    from jobs.venues.demo.provider import DemoProvider

    clock = SystemClock()
    with closing(open_for_run(home)) as store, closing(DemoProvider(home, 60.0)) as provider:
        day = provider.days(BADMINTON)[3]
        ranked = choices(provider.slots(BADMINTON, day), Wishes(hours=(hour,)))
        offers = [Offer(preset=BADMINTON, day=day, slots=choice) for choice in ranked]
        fence = Fence(run_id=RunId(run_id), epoch=Epoch(epoch))
        errand = Errand(job_id=JobId(job_id), run_id=fence.run_id, fence=fence, owner=OWNER, origin=GROUP)
        desk = BookingDesk(
            store=store,
            keyring=SealedKeyring(store, Vault(home), clock),
            provider=provider,
            bell=Silence(),
            clock=clock,
            stopping=Waiting(),
            budget=OpenHanded(),
            errand=errand,
            accounts=store.accounts.all(),
        )
        desk.buy(offers, lambda: offers)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
