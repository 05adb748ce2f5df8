"""How a run went that somebody asked for is marked so, and only then."""

from lives_site import DAILY, NOW, a_job, a_run

from jobs.models import endings
from jobs.models.conduct import Conduct
from jobs.models.job import Job, Status
from jobs.models.notices import ASKED
from jobs.models.run import Exit, Run


def is_marked(job: Job, run: Run, code: int) -> bool:
    change = endings.ended(
        job, run, Exit(code=code), NOW, conduct=Conduct(), chance=0.5, next_run_id=run.id, log=["last words"]
    )
    (told,) = change.notifications
    return bool(told.data.get(ASKED))


def test_what_somebody_asked_for_is_news_however_the_job_flaps() -> None:
    job = a_job(status=Status.RUNNING, recurrence=DAILY, next_at=NOW)
    for code in (0, 1):
        assert not is_marked(job, a_run(scheduled_at=NOW), code)
        assert is_marked(job, a_run(), code)
        assert is_marked(job, a_run(returns_to=Status.PENDING), code)
