"""Who did what: the latest acts, those on one job however old, and words for each."""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from jobs.clock import SystemClock
from jobs.engine import deeds, job_acted_on
from jobs.models.audit import Audit
from jobs.models.change import Change, Event
from jobs.models.deeds import Deed, deed_in_words, without_echoes
from jobs.models.errors import NotFound
from jobs.models.ids import JobId, JobNumber
from jobs.models.job import Job, Status
from jobs.ports.store import Store
from jobs.store.opening import open_beside

ROOT = Path(__file__).parents[2]
ZONE = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
EVER = NOON - timedelta(days=3650)
WITHOUT_AN_ACTOR = {"booking.attempted", "booking.refused", "booking.rehearsed"}
CODE = re.compile(r'"((?:job|account|order|booking|chat|settings|backup)\.[a-z_]+)"')


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_beside(tmp_path, SystemClock())) as store:
        yield store


def keep(store: Store, id: str, acts: int) -> Job:
    job = Job(
        id=JobId(id),
        number=JobNumber(0),
        kind="monitor",
        name=f"任务{id}",
        status=Status.STOPPED,
        config={},
        recurrence=None,
        created_at=NOON,
        updated_at=NOON,
    )
    happened = (Event(job_id=job.id, type="job.started", at=NOON, actor="qq:20001") for _ in range(acts))
    store.apply(Change(jobs=(job,), events=tuple(happened)))
    stored = store.jobs.get(job.id)
    assert stored is not None
    return stored


def words(act: str, subject: str = "甲", actor: str = "qq:20001") -> str:
    return deed_in_words(Deed(at=NOON, actor=actor, act=act, subject=subject), ZONE)


def audit(act: str, subject: str, seconds: float) -> Audit:
    return Audit(at=NOON + timedelta(seconds=seconds), actor="qq:20001", act=act, subject=subject)


def told(*audits: Audit) -> list[str]:
    """Of what was written in this order."""
    return [f"{each.act} {each.subject}" for each in without_echoes(list(reversed(audits)))]


def test_acts_on_a_job_are_found_however_much_was_done_to_others_since(store: Store) -> None:
    early = keep(store, "aa", 1)
    keep(store, "bb", 2500)
    assert job_acted_on(store, EVER, early.number).id == early.id
    assert [deed.job_id for deed in deeds(store, EVER, 20, job_id=early.id)] == [early.id]
    assert deeds(store, EVER, 20, job_id=early.id, actor="qq:20002") == []
    with pytest.raises(NotFound):
        job_acted_on(store, EVER, 999)


def test_a_deleted_job_is_found_by_its_number(store: Store) -> None:
    job = keep(store, "aa", 1)
    store.apply(Change(jobs=(replace(job, deleted_at=NOON),)))
    assert job_acted_on(store, EVER, job.number).id == job.id


def test_every_act_that_is_written_with_an_actor_has_words() -> None:
    written = {
        code
        for package in ("jobs", "plugins")
        for path in (ROOT / package).rglob("*.py")
        if path.name != "deeds.py"
        for code in CODE.findall(path.read_text("utf-8"))
    }
    assert len(written) > 30
    assert {code for code in written - WITHOUT_AN_ACTOR if code in words(code)} == set()


def test_one_booking_is_one_line() -> None:
    asked, booked = audit("booking.asked", "体育馆 11-23 小陈", 0), audit("booking.confirmed", "小陈 体育馆 A1", 3)
    reminded, paid = audit("booking.reminded", "小陈 体育馆 A1", 300), audit("booking.paid", "小陈 体育馆 A1", 400)
    assert told(asked, booked, reminded, paid) == ["booking.confirmed 小陈 体育馆 A1"]
    # One that came to nothing is told, too, and so is each of two accounts.
    other = audit("booking.confirmed", "小王 体育馆 A2", 4)
    before = audit("booking.asked", "体育馆 11-23 小陈", -60)
    assert len(told(before, asked, booked, other)) == 3
    assert len(told(audit("booking.asked", "很久以前", -3600), booked)) == 2


def test_one_cancellation_is_one_line() -> None:
    asked, booking = audit("order.cancel_asked", "小陈 体育馆 A1", 0), audit("booking.cancelled", "小陈 馆 A1", 3)
    assert told(asked, booking, audit("order.cancelled", "小陈 体育馆 A1", 3)) == ["order.cancelled 小陈 体育馆 A1"]
    assert len(told(asked, audit("order.cancelled", "小陈 体育馆 A2", 3))) == 2


def test_whose_account_it_is_is_said_in_words_where_it_is_somebody_elses() -> None:
    assert words("account.shared", "账号 小陈（qq:20001）").endswith("QQ20001 共享 账号 小陈")
    assert words("account.added", "账号 小陈（qq:20002）").endswith("QQ20001 添加 账号 小陈（QQ20002）")
    assert words("account.removed", "账号 小陈（operator）").endswith("QQ20001 删除 账号 小陈（命令行）")
