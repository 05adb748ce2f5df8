"""`sja create-schedule`: when a schedule acts, in the words of a chat."""

import re

import pytest
from terminal_site import Shell

HERE = ("create-schedule", "--name=晚场", "--preset=13")
THREE = r"接下来(?:（北京时间）)?：(?:\d\d-\d\d .*?\d\d:\d\d:\d\d、){2}\d\d-\d\d .*?\d\d:\d\d:\d\d"


@pytest.mark.parametrize(
    ("words", "understood"),
    [
        ((), "每天 12:00"),
        (("--hour=8", "--minute=30"), "每天 08:30"),
        (("--when=每周一三五 12:00",), "每周一三五 12:00"),
        (("--when=每月最后一天 18:00",), "每月最后一天 18:00"),
        (("--when=每2小时 8-22点",), "每2小时 8-22点"),
        (("--cron=0 8 * * 1-5",), 'cron="0 8 * * 1-5"'),
        (
            ("--when=每天9点", "--ends=2099-12-31", "--skip=2099-11-28", "--jitter=60", "--zone=Europe/London"),
            "每天 09:00（Europe/London 时间），2099-12-31 前，跳过 2099-11-28，随机推迟最多60秒",
        ),
    ],
)
def test_a_schedule_says_what_was_understood_and_its_next_three_instants(
    shell: Shell, words: tuple[str, ...], understood: str
) -> None:
    created = shell.sja(*HERE, *words)
    assert created.code == 0, created.err
    (job,) = shell.store()
    detail = shell.sja("job", str(job.number)).out
    assert f"配置：{understood} · " in detail
    assert re.search(THREE, detail)


def test_days_to_skip_may_be_given_one_by_one(shell: Shell) -> None:
    assert shell.sja(*HERE, "--skip=2099-12-25", "--skip", "2099-12-26,2099-12-27").code == 0
    (job,) = shell.store()
    assert job.recurrence is not None
    assert "跳过 2099-12-25、2099-12-26、2099-12-27" in shell.sja("job", str(job.number)).out


def test_punctuality_is_kept_with_the_job(shell: Shell) -> None:
    assert shell.sja(*HERE, "--misfire=once", "--grace=10m", "--overlap=queue").code == 0
    (job,) = shell.store()
    assert job.punctuality is not None
    assert (job.punctuality.misfire, job.punctuality.grace_seconds, job.punctuality.overlap) == ("once", 600, "queue")


@pytest.mark.parametrize(
    ("words", "instead"),
    [
        (("--when=每天12:00", "--hour=12"), "--when"),
        (("--when=每天12:00", "--cron=0 12 * * *"), "只留一种"),
        (("--when=",), "--when"),
        (("--when=随便",), "12:00 每天"),
        (("--cron=0 0 30 2 *",), '例如 --cron="0 8 * * 1-5"'),
        (("--skip=11-23~11-25",), "例如 --skip=11-23,11-24"),
        (("--window=25-30",), "--window=8-22"),
        (("--when=10分钟后",), "请写几点"),
        (("--misfire=skip", "--grace=60"), "宽限"),
        (("--ends=12-01", "--starts=12-31"), "要晚于开始"),
    ],
)
def test_a_time_that_cannot_be_is_refused_and_nothing_is_created(
    shell: Shell, words: tuple[str, ...], instead: str
) -> None:
    refused = shell.sja(*HERE, *words)
    assert (refused.code, refused.out) == (1, "")
    assert instead in refused.err
    assert shell.store() == []
