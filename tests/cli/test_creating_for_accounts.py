"""Jobs that book, from a shell: for whom, and what is said where there is nobody to book for."""

from contextlib import closing

import pytest
from terminal_site import Shell, is_refusal

from jobs.clock import SystemClock
from jobs.models.accounts import Standing
from jobs.store.opening import open_beside

MONITOR = ("create-monitor", "--name", "晚场", "--preset", "5")
SCHEDULE = ("create-schedule", "--name", "晚场", "--preset", "5", "--hour", "12", "--minute", "0")
BOOKING = ("create-booking", "--name", "周五抢票", "--preset", "5")


def add(shell: Shell, nickname: str, *more: str) -> None:
    words = ("accounts", "add", nickname, "--user", f"u-{nickname}", *more, "--password-stdin")
    assert shell.sja(*words, typed="p").code == 0


@pytest.mark.parametrize("words", [(*MONITOR, "--auto-book"), SCHEDULE])
def test_on_an_empty_home_the_originals_command_still_creates_and_says_what_is_missing(
    shell: Shell, words: tuple[str, ...]
) -> None:
    created = shell.sja(*words, "--users", "czq,sty")
    assert created.code == 0
    assert "✅ 已创建" in created.out
    (warning,) = [line for line in created.err.splitlines() if line.startswith("⚠️")]
    assert "没有账号“czq”、“sty”" in warning
    assert "sja accounts add czq --user 学号" in warning
    (job,) = shell.store()
    assert job.config["accounts"] == ["czq", "sty"]


def test_without_any_account_it_is_said_that_nothing_will_be_booked(shell: Shell) -> None:
    assert "只盯着，不下单" in shell.sja(*MONITOR, "--auto-book").err
    assert "只演练" in shell.sja(*SCHEDULE).err
    assert "⚠️" not in shell.sja(*MONITOR).err, "nobody asked it to book"


def test_accounts_that_are_not_logged_in_are_named_with_the_next_step(shell: Shell) -> None:
    add(shell, "czq")
    for words in ((*MONITOR, "--auto-book"), SCHEDULE, BOOKING):
        (warning,) = [line for line in shell.sja(*words).err.splitlines() if line.startswith("⚠️")]
        assert "账号 czq 没有登录" in warning
        assert "sja accounts login czq" in warning


def test_with_an_account_that_is_logged_in_nothing_is_warned_of(shell: Shell) -> None:
    add(shell, "czq")
    add(shell, "sty", "--owner", "10001")
    with closing(open_beside(shell.home, SystemClock())) as store:
        (czq, _) = store.accounts.all()
        store.accounts.keep_session(czq.id, None, Standing.IN, "", SystemClock().now())
    assert "⚠️" not in shell.sja(*MONITOR, "--auto-book").err
    assert "⚠️" not in shell.sja(*SCHEDULE, "--users", "czq").err
    assert "没有账号“sty”" in shell.sja(*SCHEDULE, "--users", "czq,sty").err, "it is somebody else's"


def test_a_monitor_may_look_at_several_days_the_dearest_first(shell: Shell) -> None:
    assert shell.sja(*MONITOR, "--date", "+3,+2").code == 0
    (job,) = shell.store()
    later, sooner = job.config["plan"]["dates"]
    assert later > sooner


def test_courts_and_hours_in_a_row_are_wished_for(shell: Shell) -> None:
    for words in (MONITOR, SCHEDULE):
        created = shell.sja(*words, "--court", "3，5", "--length", "2", "--pt", "18,19")
        assert "连订2小时" in created.out
        assert "场地 3,5" in created.out
    monitor, schedule = sorted(shell.store(), key=lambda job: job.number)
    assert (monitor.config["plan"]["courts"], monitor.config["target"]["duration_hours"]) == (["3", "5"], 2)
    assert schedule.config["schedule"]["courts"] == ["3", "5"]


@pytest.mark.parametrize(
    ("option", "value"), [("--length", "0"), ("--length", "9"), ("--pt", "6"), ("--court", "x" * 99)]
)
def test_what_no_court_has_is_refused_with_an_option_of_the_shell(shell: Shell, option: str, value: str) -> None:
    for words in (MONITOR, SCHEDULE, BOOKING):
        refused = shell.sja(*words, option, value)
        assert is_refusal(refused)
        assert f"例如 {option}=" in refused.err
    assert shell.store() == []


def test_a_race_wants_an_account(shell: Shell) -> None:
    nobody = shell.sja(*BOOKING)
    assert is_refusal(nobody)
    assert "sja accounts add" in nobody.err
    unknown = shell.sja(*BOOKING, "--users", "czq")
    assert is_refusal(unknown)
    assert "sja accounts add czq --user 学号" in unknown.err
    assert shell.store() == []


def test_a_race_is_created_for_the_next_day_that_is_released(shell: Shell) -> None:
    add(shell, "czq")
    created = shell.sja(*BOOKING, "--pt", "20,19", "--court", "3")
    assert created.code == 0
    assert "✅ 已创建抢票 #1" in created.out
    (job,) = shell.store()
    assert (job.kind, job.config["plan"]["preferred_hours"]) == ("auto_booking", [20, 19])
    assert job.next_at is not None


def test_a_race_for_a_day_that_is_open_names_the_ways_on(shell: Shell) -> None:
    add(shell, "czq")
    refused = shell.sja(*BOOKING, "--date", "明天")
    assert is_refusal(refused)
    assert "sja book 5 " in refused.err
    assert "sja create-monitor --name 周五抢票 --preset=5" in refused.err
    assert refused.err.rstrip().endswith("--auto-book")


def test_accounts_are_kept_alive(shell: Shell) -> None:
    assert is_refusal(shell.sja("keep-alive"))
    add(shell, "czq")
    created = shell.sja("keep-alive", "--interval", "20分钟", "--users", "czq")
    assert created.code == 0
    assert "已经有了，不再多建：#1 保活" in shell.sja("keep-alive").out, "the default is the same account"
    (job,) = shell.store()
    assert (job.kind, job.name, job.config["plan"]["interval_seconds"]) == ("keep_alive", "保活", 1200)
    refused = shell.sja("keep-alive", "--interval", "5")
    assert is_refusal(refused)
    assert "--interval=15分钟" in refused.err


def test_a_job_that_has_done_nothing_yet_can_be_asked_why(shell: Shell) -> None:
    shell.sja(*MONITOR)
    answer = shell.sja("why", "1")
    assert answer.code == 0
    assert "#1 晚场" in answer.out.splitlines()[0]
    assert "结论：" in answer.out
    assert is_refusal(shell.sja("why", "9"))


def test_booking_at_once_without_an_account_of_the_operators_names_those_there_are(shell: Shell) -> None:
    shell.sja("accounts", "add", "xiaolin", "--user", "u", "--owner=20001", "--password-stdin", typed="p")
    refused = shell.sja("book", "5", "明天", "19")
    assert is_refusal(refused)
    assert "--users 20001/xiaolin" in refused.err
