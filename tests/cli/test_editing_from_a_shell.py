"""`sja job-edit`, in a home without a bot."""

from datetime import time

import pytest
from terminal_site import Shell, a_job

from jobs.clock import SystemClock
from jobs.models.job import Job, Status
from jobs.models.recurrence import Every, Weekly, next_after

WATCHES = {
    "target": {"preset": 13, "venue_keyword": "", "field_type_keyword": "", "colour": "blue"},
    "plan": {"interval_seconds": 300, "preferred_hours": [18, 19], "auto_book": False, "mode": "kept"},
    "note": "of another program",
}


def the_job(shell: Shell) -> Job:
    (job,) = shell.store()
    return job


def test_a_monitor_is_changed_and_what_nobody_here_knows_stays(shell: Shell) -> None:
    shell.store(a_job("aa", name="晚场", kind="monitor", status=Status.STOPPED, config=WATCHES))
    said = shell.sja("job-edit", "1", "间隔=10分钟", "时段=19-21", "自动=是", "名称=周末 监控")
    assert said.code == 0, said.err
    assert said.out.splitlines()[:5] == [
        "✏️ 已修改 #1 晚场",
        "名称：晚场 → 周末 监控",
        "时段：18,19点 → 19,20点",
        "间隔：每300秒 → 每600秒",
        "自动预订：否 → 是",
    ]
    config = the_job(shell).config
    assert (config["note"], config["plan"]["mode"], config["target"]["colour"]) == (
        "of another program",
        "kept",
        "blue",
    )
    assert shell.sja("job-edit", "1", "间隔=600").out == "ℹ️ #1 周末 监控 本来就是这样，没有改动\n"


def test_the_rhythm_of_a_schedule_is_changed_in_parts(shell: Shell) -> None:
    now = SystemClock().now()
    daily = Weekly(time=time(12))
    books = {"target": {"preset": 13, "date_offset": 1}, "schedule": {"hour": 12, "preset": 13, "date_offset": 1}}
    waits = {"kind": "schedule", "status": Status.PENDING, "config": books}
    shell.store(a_job("aa", name="晨跑", recurrence=daily, next_at=next_after(daily, now), **waits))
    assert "时间：每天 12:00 → 每周六 09:00" in shell.sja("job-edit", "1", "时间=每周六 9点").out
    job = the_job(shell)
    assert job.recurrence == Weekly(time=time(9), days=frozenset({5}))
    assert job.next_at == next_after(job.recurrence, SystemClock().now())
    assert "→ 工作日 09:00，跳过 2030-01-01" in shell.sja("job-edit", "1", "时间=工作日", "跳过=2030-01-01").out
    assert "，跳过 2030-01-01 → 工作日 09:00\n" in shell.sja("job-edit", "1", "跳过=无").out


def test_a_routine_is_changed_parameters_and_account_included(shell: Shell) -> None:
    config = {"template": "hello", "params": {"times": 2}, "account": "czq", "interval": 3600, "dispatch": {"a": 1}}
    waits = {"kind": "routine", "status": Status.PENDING, "lock": "routine/czq"}
    shell.store(a_job("aa", name="问好", recurrence=Every(seconds=3600), config=config, **waits))
    said = shell.sja("job-edit", "1", "times=3", "间隔=2小时", "有效时段=8-22", "账号=sty")
    assert said.code == 0, said.err
    assert "参数 times：2 → 3" in said.out
    assert "间隔：每1小时 → 每2小时" in said.out
    assert "有效时段：全天 → 8-22点" in said.out
    job = the_job(shell)
    assert (job.lock, job.config["account"], job.config["dispatch"]) == ("routine/sty", "sty", {"a": 1})


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "能改的有：名称、"),
        (("截止=12-31",), "没有“截止”这个选项"),
        (("间隔=2天",), "间隔最多"),
        (("预设=99",), "看不出"),
        (("预设=获鹰东羽毛求",), "是不是 18 霍英东体育中心·羽毛球？请写编号"),
        (("账号=nobody",), "没有 #1 晚场 可以用的账号“nobody”"),
        (("通知=私聊",), "没有发起人"),
    ],
)
def test_what_cannot_be_is_refused(shell: Shell, words: tuple[str, ...], says: str) -> None:
    shell.store(a_job("aa", name="晚场", kind="monitor", status=Status.STOPPED, config=WATCHES))
    said = shell.sja("job-edit", "1", *words)
    assert (said.code, says in said.err) == (1, True), said
    assert shell.sja("job-edit", "1", "间隔600").code == 2
    assert the_job(shell).config == WATCHES
