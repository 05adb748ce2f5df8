"""Whatever a person may create survives `jobs.json`: a draft that is accepted is read back from it as it was."""

import json
from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any, cast

from hypothesis import example, given, strategies as st

from jobs.models.drafts import Draft, Rules, ScheduleRequest, draft_schedule
from jobs.models.errors import Refusal
from jobs.models.ids import JobId, JobNumber
from jobs.models.job import Job, Status
from jobs.models.punctuality import Misfire, Overlap, Punctuality
from jobs.models.recurrence import ALL_DAYS, LAST_DAY, Bounds, Cron, Every, Monthly, Once, Recurrence, Weekly, Window
from jobs.models.routine_drafts import RoutineRequest, RoutineRules, draft_routine
from jobs.models.routines import MAX_INTERVAL_SECONDS
from jobs.models.template_reading import read_templates
from jobs.store.mirror import mirror_of
from jobs.store.original import job_of_entry
from jobs.venues.sjtu.presets import PRESETS

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
ZONE = "Asia/Shanghai"
RULES = Rules(presets=PRESETS, min_interval_seconds=60, zone=ZONE)
TEMPLATES = read_templates(
    {"t": {"argv": ["a", "{x}"], "params": {"x": {"type": "str", "pattern": "(?s:[^-].*)", "default": "x"}}}}, "t"
)
ROUTINE_RULES = RoutineRules(templates=TEMPLATES, zone=ZONE)

hours = st.integers(0, 23)
days = st.dates(date(2026, 11, 20), date(2027, 11, 30))
windows = st.none() | st.builds(Window, first=hours, last=hours)
zones = st.sampled_from([ZONE, "Europe/London", "America/St_Johns"])
bounds = st.builds(
    Bounds,
    starts_on=st.none() | days,
    ends_on=st.none() | days,
    window=windows,
    skips=st.frozensets(days, max_size=3),
    jitter_seconds=st.sampled_from([0, 0, 1, 60, 86400]),
)
clocks = st.times().map(lambda at: at.replace(microsecond=0))
seconds = st.integers(1, 366 * 86400) | st.sampled_from([59, 60, 3600, 86400, 86401, 172800, MAX_INTERVAL_SECONDS])
recurrences: st.SearchStrategy[Recurrence] = st.one_of(
    st.builds(Once, at=st.integers(-9, 400 * 24).map(lambda hour: NOW + timedelta(hours=hour))),
    st.builds(Weekly, time=clocks, days=st.frozensets(st.sampled_from([*ALL_DAYS])), zone=zones, bounds=bounds),
    st.builds(
        Monthly,
        time=clocks,
        days=st.frozensets(st.sampled_from([LAST_DAY, *range(1, 32)]), max_size=4),
        zone=zones,
        bounds=bounds,
    ),
    st.builds(
        Cron, expression=st.sampled_from(["0 8 * * 1-5", "30 0 8 * * *", "*/7 * 29 2 *"]), zone=zones, bounds=bounds
    ),
    st.builds(
        Every,
        seconds=seconds,
        anchor=st.none() | st.integers(-3, 3).map(lambda hour: NOW + timedelta(hours=hour)),
        zone=zones,
        bounds=bounds,
    ),
)
punctualities = st.none() | st.builds(
    Punctuality,
    misfire=st.sampled_from(Misfire),
    overlap=st.sampled_from(Overlap),
    grace_seconds=st.integers(1, 86400),
)


def restored(draft: Draft) -> Job:
    """The job of a draft, written into `jobs.json` and read out of it."""
    job = Job(
        id=JobId("1e95803d"),
        number=JobNumber(7),
        kind=draft.kind,
        name=draft.name,
        status=Status.PENDING,
        config=draft.config,
        created_at=NOW,
        updated_at=NOW,
        recurrence=draft.recurrence,
        punctuality=draft.punctuality,
        lock=draft.lock,
    )
    store: Any = SimpleNamespace(
        jobs=SimpleNamespace(select=lambda: [job]), runs=SimpleNamespace(last_of=lambda _job_id: None)
    )
    written = cast("dict[str, Any]", json.loads(mirror_of(store)))
    return job_of_entry(job.id, written[job.id], NOW)


def check_kept(draft: Draft) -> None:
    kept = restored(draft)
    assert (kept.kind, kept.name, kept.recurrence) == (draft.kind, draft.name, draft.recurrence)
    assert (kept.punctuality, kept.lock) == (draft.punctuality, draft.lock)
    assert kept.config == json.loads(json.dumps(draft.config))


@given(
    seconds=seconds,
    window=windows,
    ends_on=st.none() | days,
    account=st.none() | st.text(max_size=8),
    value=st.text(min_size=1, max_size=20),
)
@example(seconds=2 * 86400, window=Window(first=8, last=22), ends_on=None, account="czq", value="a")
def test_every_routine_survives(
    seconds: int, window: Window | None, ends_on: date | None, account: str | None, value: str
) -> None:
    request = RoutineRequest(
        name="备份",
        template="t",
        params={"x": value},
        interval_seconds=seconds,
        window=window,
        ends_on=ends_on,
        account=account,
    )
    try:
        draft = draft_routine(request, ROUTINE_RULES, NOW)
    except Refusal:
        return
    check_kept(draft)


@given(recurrence=st.none() | recurrences, punctuality=punctualities, on=st.none() | days)
@example(recurrence=Weekly(time=time(12)), punctuality=Punctuality(misfire=Misfire.SKIP), on=date(2026, 11, 28))
def test_every_schedule_survives(
    recurrence: Recurrence | None, punctuality: Punctuality | None, on: date | None
) -> None:
    request = ScheduleRequest(
        name="晨跑", preset=1, recurrence=recurrence, punctuality=punctuality, date=on, date_offset=None if on else 1
    )
    try:
        draft = draft_schedule(request, RULES, NOW)
    except Refusal:
        return
    check_kept(draft)
