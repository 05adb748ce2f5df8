"""A whole race over HTTP: a run of 抢票, armed for the release of the simulated platform, and the platform's ledger."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
from demo_site import BADMINTON, running_platform
from lying_site import Home, free_home
from msgspec.structs import replace

from jobs.app.run import Handover, execute
from jobs.models.change import Change, Fence
from jobs.models.configs import BookingConfig, BookingPlan, MonitorConfig, Plan
from jobs.models.job import Job, Status
from jobs.models.recurrence import Once
from jobs.models.run import EXIT_DONE
from jobs.models.venue import Target
from jobs.models.why import why
from jobs.venues import ProviderConfig

ZONE = ZoneInfo("Asia/Shanghai")
BEFORE = timedelta(seconds=4)
"""How long before the release the run begins: no rehearsal, and a rough comparison of clocks."""


class Never:
    """Implements `Stopping`: nobody asks the run to leave."""

    def is_set(self) -> bool:
        return False

    def wait(self, seconds: float) -> bool:
        time.sleep(seconds)
        return False


def handed(home: Home, fence: Fence, release: str = "12:00:00") -> Handover:
    directory = home.platform.home
    assert directory is not None
    return Handover(
        home=str(directory),
        job_id=next(job.id for job in home.store.jobs.select()),
        run_id=fence.run_id,
        epoch=fence.epoch,
        zone="Asia/Shanghai",
        min_interval_seconds=1,
        provider=ProviderConfig(name="demo", home=str(directory), release=release),
        requests_per_minute=60_000,
    )


def armed(home: Home, release: datetime, users: tuple[str, ...], hours: tuple[int, ...]) -> tuple[Job, Handover]:
    job, fence = home.new_job()
    stored = home.store.jobs.get(job.id)
    assert stored is not None
    config = BookingConfig(
        target=Target(preset=BADMINTON.number, date=release.astimezone(ZONE).date() + timedelta(days=7)),
        plan=BookingPlan(preferred_hours=hours),
        accounts=users,
    )
    job = replace(stored, config=msgspec.to_builtins(config), recurrence=Once(at=release))
    run = home.store.runs.get(fence.run_id)
    assert run is not None
    home.store.apply(Change(jobs=(job,), runs=(replace(run, scheduled_at=release),)))
    return job, handed(home, fence, f"{release.astimezone(ZONE):%H:%M:%S}")


def test_at_the_release_every_account_gets_the_best_court_that_is_left_and_not_before(tmp_path: Path) -> None:
    directory = free_home(tmp_path / "home")
    with running_platform(home=directory, now=datetime.now(UTC)) as platform:
        home = Home(platform, ("czq", "sty"))
        release = (datetime.now(UTC) + BEFORE).replace(microsecond=0)
        platform.control.set_release(f"{release.astimezone(ZONE):%H:%M:%S}")
        job, handover = armed(home, release, ("czq", "sty"), (19, 18))
        assert execute(handover, Never()) == EXIT_DONE
        orders = home.ledger()
        told = why(home.store.history.of_job(job.id, 1000), replace(job, status=Status.COMPLETED), ZONE)
        outcome = home.store.runs.get(handover.run_id)
        home.close()
    assert sorted(order["user"] for order in orders) == ["czq", "sty"]
    assert {space["hour"] for order in orders for space in order["spaces"]} == {19}
    assert all(order["created_at"] >= release.timestamp() for order in orders)
    assert outcome is not None
    assert outcome.outcome is not None
    assert outcome.outcome.sentence.startswith("订到：czq")
    assert f"为 {release.astimezone(ZONE):%m-%d %H:%M:%S} 而运行" in told
    assert "毫秒 czq 下单" in told
    assert "已读回订单" in told


def test_a_monitor_books_what_is_free_once_for_each_account_and_is_done(tmp_path: Path) -> None:
    directory = free_home(tmp_path / "home")
    with running_platform(home=directory) as platform:
        home = Home(platform, ("czq", "sty"))
        job, fence = home.new_job()
        stored = home.store.jobs.get(job.id)
        assert stored is not None
        config = MonitorConfig(
            target=Target(preset=BADMINTON.number, date_offset=3, duration_hours=2),
            plan=Plan(auto_book=True, preferred_hours=(19, 18, 9)),
            accounts=("czq", "sty"),
        )
        home.store.apply(Change(jobs=(replace(stored, kind="monitor", config=msgspec.to_builtins(config)),)))
        assert execute(handed(home, fence), Never()) == EXIT_DONE
        orders = home.ledger()
        told = [notice.topic for notice in home.told()]
        home.close()
    assert sorted(order["user"] for order in orders) == ["czq", "sty"]
    assert all(len(order["spaces"]) == 2 for order in orders)
    assert sorted(told) == ["booked", "booked", "slots_freed"]
