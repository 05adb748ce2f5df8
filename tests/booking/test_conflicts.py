"""What is in the way of an order before it is tried for: orders that are held, and others who want the same account."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from booking_site import DATE, GROUP, NOW, OWNER, Site, account
from msgspec.structs import replace

from jobs.booking.conflicts import conflicts
from jobs.models.accounts import Share
from jobs.models.bookings import Booking, BookingState
from jobs.models.change import Change
from jobs.models.ids import Epoch, JobId, JobNumber, RunId, UserId
from jobs.models.job import Job, Status
from jobs.models.run import Run, RunStatus

ZONE = ZoneInfo("Asia/Shanghai")
CZQ, STY = account("czq"), account("sty")


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site(CZQ, STY)


def said(site: Site) -> list[str]:
    return conflicts(site.store, site.job, site.accounts, DATE, ZONE)


def another(site: Site, number: int = 2, kind: str = "auto_booking", **fields: Any) -> Job:
    target = {"preset": 18, "date": DATE.isoformat()}
    job = Job(
        **{
            "id": JobId(f"{number:08x}"),
            "number": JobNumber(number),
            "kind": kind,
            "name": "别人的",
            "status": Status.PENDING,
            "config": {"target": target, "accounts": ["sty", "czq"]},
            "owner": OWNER,
            "origin": GROUP,
            "next_at": NOW,
            "created_at": NOW,
            "updated_at": NOW,
            **fields,
        }
    )
    site.store.apply(Change(jobs=(job,)))
    return job


def held(site: Site, **fields: Any) -> None:
    row = Booking(
        **{
            "account_id": CZQ.id,
            "slot_key": "v/s/1",
            "nickname": "czq",
            "owner": OWNER,
            "origin": None,
            "preset": 18,
            "venue": "霍英东体育中心",
            "date": DATE,
            "hour": 9,
            "court": "场地1",
            "state": BookingState.PAID,
            "order_id": "1",
            "opened_at": NOW,
            **fields,
        }
    )
    site.store.apply(Change(bookings=(row,)))


def test_an_order_for_that_day_may_forbid_another(site: Site) -> None:
    held(site)
    assert said(site) == ["czq 11-29 已有订单，平台可能不让再订"]


@pytest.mark.parametrize(
    "fields",
    [{"date": DATE + timedelta(days=1)}, {"state": BookingState.CANCELLED}, {"account_id": "somebody-elses"}],
)
def test_an_order_of_another_day_or_one_given_back_or_somebody_elses_is_in_nobodys_way(
    site: Site, fields: dict[str, Any]
) -> None:
    held(site, **fields)
    assert said(site) == []


def test_what_the_job_itself_has_got_is_not_in_its_way(site: Site) -> None:
    held(site, job_id=site.job.id)
    assert said(site) == []


def test_another_race_for_that_day_with_the_account_is_named_where_it_can_be_seen(
    site: Site,
) -> None:
    another(site)
    friend = UserId("77")
    site.store.apply(Change(accounts=(replace(CZQ, version=1, shared_with=(Share(kind="user", peer_id=friend),)),)))
    another(site, 3, owner=friend, origin=None)
    assert said(site) == ["#2 也要用 czq、sty 抢 11-29 的场", "另一个任务也要用 czq 抢 11-29 的场"]


def test_a_schedule_whose_turn_it_is_counts_while_it_waits_and_while_it_runs(site: Site) -> None:
    config = {"target": {"preset": 18, "date_offset": 7}, "schedule": {"hour": 12}, "accounts": ["czq"]}
    another(site, 2, "schedule", config=config)
    running = another(site, 3, "schedule", config=config, status=Status.RUNNING, next_at=NOW + timedelta(days=1))
    run = Run(
        id=RunId("2" * 32),
        job_id=running.id,
        status=RunStatus.LIVE,
        epoch=Epoch(1),
        scheduled_at=NOW,
        requested_at=NOW,
    )
    site.store.apply(Change(runs=(run,)))
    another(site, 4, "schedule", config=config, next_at=NOW + timedelta(days=1))
    assert said(site) == ["#2 也要用 czq 抢 11-29 的场", "#3 也要用 czq 抢 11-29 的场"]


@pytest.mark.parametrize(
    "fields",
    [
        {"status": Status.COMPLETED},
        {"config": {"target": {"preset": 18, "date": "2026-11-28"}, "accounts": ["czq"]}},
        {"config": {"target": {"preset": 18, "date": DATE.isoformat()}, "accounts": ["abc"]}},
        {"config": {"target": 3}},
        {"kind": "monitor"},
    ],
)
def test_who_is_over_or_wants_another_day_or_account_is_no_rival(site: Site, fields: dict[str, Any]) -> None:
    another(site, **fields)
    assert said(site) == []
