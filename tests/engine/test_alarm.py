"""What administrators are told of the machine: clearly, once, and nothing that was acknowledged is lost."""

import logging
import os
import resource
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from engine_site import Audience, House, until

from jobs.alarm import QUIET_SECONDS, Alarm
from jobs.app.conditions import Conditions
from jobs.bell import LoopBell
from jobs.ports.bell import Listener
from jobs.ports.store import StoreUnavailable
from jobs.store.opening import open_store
from jobs.store.store import SqliteStore


class TwoHands:
    """A clock whose two halves are moved by hand, each by itself."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 22, 3, tzinfo=UTC)
        self.seconds = 1000.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.seconds

    def goes_on(self, seconds: float) -> None:
        self.seconds += seconds
        self.at += timedelta(seconds=seconds)


class Machine:
    """A home with a store on it, and who looks after both."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.clock = TwoHands()
        self.store: SqliteStore = open_store(home, self.clock).store
        self.audience = Audience()
        self.bell = LoopBell(home)
        self.ear: Listener = self.bell.listen()
        self.conditions = Conditions(
            home=home,
            store=self.store,
            clock=self.clock,
            bell=self.bell,
            alarm=Alarm(self.audience, self.clock),
        )

    def look(self, times: int = 1) -> list[tuple[str, str]]:
        """Looks, ten seconds after the last time; all that was told until then."""
        for _ in range(times):
            self.clock.goes_on(10)
            self.conditions.look()
        return self.audience.administrators_heard

    def topics(self) -> list[str]:
        return [topic for topic, _ in self.look()]

    async def rang(self) -> bool:
        return await self.ear.wait(0)

    def close(self) -> None:
        self.store.close()


@pytest.fixture
async def machine(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path / "home")
    yield machine
    machine.close()


def test_a_topic_is_told_once_an_hour_whatever_is_said_of_it() -> None:
    clock, audience = TwoHands(), Audience()
    alarm = Alarm(audience, clock)
    for second in range(7300):
        alarm.tell("disk", f"磁盘已满 {second}")
        clock.goes_on(1)
    assert [sentence for _, sentence in audience.administrators_heard] == [
        "磁盘已满 0",
        f"磁盘已满 {int(QUIET_SECONDS)}",
        f"磁盘已满 {int(2 * QUIET_SECONDS)}",
    ]
    alarm.tell("launch", "另一件事")
    assert audience.administrators_heard[-1] == ("launch", "另一件事")


def test_that_a_trouble_is_over_is_said_once_and_only_to_those_who_heard_of_it() -> None:
    audience = Audience()
    alarm = Alarm(audience, TwoHands())
    alarm.over("disk", "又有空间了")
    assert audience.administrators_heard == []
    alarm.tell("disk", "磁盘已满")
    alarm.over("disk", "又有空间了")
    alarm.over("disk", "又有空间了")
    assert [sentence for _, sentence in audience.administrators_heard] == ["磁盘已满", "又有空间了"]


def test_trouble_that_comes_back_after_it_was_over_is_told_again_three_times_an_hour() -> None:
    clock, audience = TwoHands(), Audience()
    alarm = Alarm(audience, clock)
    for round_ in range(6):
        alarm.tell("disk", f"磁盘已满 {round_}")
        clock.goes_on(60)
        alarm.over("disk", "又有空间了")
        clock.goes_on(60)
    heard = [sentence for _, sentence in audience.administrators_heard]
    assert heard == [
        "磁盘已满 0",
        "又有空间了",
        "磁盘已满 1",
        "又有空间了",
        "磁盘已满 2",
        "又有空间了（它在反复出现，之后一小时内不再说）",
    ]
    clock.goes_on(QUIET_SECONDS)
    alarm.tell("disk", "磁盘已满 6")
    assert audience.administrators_heard[-1] == ("disk", "磁盘已满 6")


def test_trouble_that_lasts_is_in_the_log_twice_an_hour_at_most(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "sja")
    clock = TwoHands()
    alarm = Alarm(Audience(), clock)
    for _ in range(2 * 360):
        alarm.tell("disk", "磁盘已满")
        clock.goes_on(10)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"] * 2


async def test_a_machine_that_is_well_is_not_talked_about(machine: Machine) -> None:
    assert machine.look(100) == []
    assert not await machine.rang()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (3600, "系统时间向前跳了 1小时（有人改了时间，或机器休眠过），定时任务已按新的时间重新安排"),
        (-90, "系统时间向后跳了 90秒，定时任务已按新的时间重新安排"),
    ],
)
async def test_a_clock_that_was_set_is_told_and_the_scheduler_woken(machine: Machine, seconds: int, words: str) -> None:
    machine.look()
    machine.clock.at += timedelta(seconds=seconds)
    assert machine.look(3) == [("clock", words)]
    assert await machine.rang()


async def test_a_clock_that_is_slewed_is_no_news(machine: Machine) -> None:
    for _ in range(100):
        machine.clock.at += timedelta(seconds=0.4)
        machine.look()
    assert machine.audience.administrators_heard == []


async def test_a_home_that_is_deleted_is_told_once_and_again_when_it_is_back(machine: Machine, tmp_path: Path) -> None:
    machine.home.rename(tmp_path / "elsewhere")
    ((topic, sentence),) = machine.look(3)
    assert topic == "home"
    assert f"数据目录 {machine.home} 被删除或换掉了" in sentence
    (tmp_path / "elsewhere").rename(machine.home)
    assert machine.look(2)[1:] == [("home", f"数据目录 {machine.home} 又在原处了")]


async def test_a_home_replaced_by_another_is_told_too(machine: Machine, tmp_path: Path) -> None:
    machine.home.rename(tmp_path / "elsewhere")
    shutil.copytree(tmp_path / "elsewhere", machine.home)
    assert machine.topics() == ["home"]


async def test_a_store_that_fails_is_told_with_its_reason_and_when_it_works_again(machine: Machine) -> None:
    assert machine.conditions.failed(StoreUnavailable("磁盘已满，任务库无法写入，请清理磁盘空间"))
    (told,) = machine.audience.administrators_heard
    assert told == ("store", "磁盘已满，任务库无法写入，请清理磁盘空间。期间的命令会被拒绝，正在运行的任务不受影响")
    assert machine.look(2)[1:] == [("store", "任务库又可以写入了，已经确认的操作都还在")]
    assert await machine.rang()


async def test_a_mirror_that_cannot_be_written_is_no_matter_of_the_store(machine: Machine) -> None:
    for _ in range(3):
        assert machine.conditions.failed(StoreUnavailable("写入 jobs.json失败：没有权限"), "mirror")
        machine.look(3)
    ((topic, sentence),) = machine.audience.administrators_heard
    assert topic == "mirror"
    assert sentence == "jobs.json 写不了：写入 jobs.json失败：没有权限。任务照常运行，只是这份抄本暂时不是最新的"


async def test_a_defect_is_none_of_the_machines_conditions(machine: Machine) -> None:
    assert not machine.conditions.failed(KeyError("x"))
    assert not machine.conditions.failed(FileNotFoundError(2, "no such file"))
    assert machine.audience.administrators_heard == []


@pytest.fixture
def no_descriptors() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = os.open(os.devnull, os.O_RDONLY)
    os.close(highest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 8, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


async def test_descriptors_that_run_out_are_told_in_words_and_crash_nothing(
    machine: Machine, no_descriptors: None
) -> None:
    ((topic, sentence),) = machine.look(2)
    assert topic == "descriptors"
    assert "打开的文件太多" in sentence
    assert "ulimit -n" in sentence
    held: list[int] = []

    def take_all() -> None:
        while True:
            held.append(os.open(os.devnull, os.O_RDONLY))

    with pytest.raises(OSError, match="Too many open files") as refused:
        take_all()
    assert machine.conditions.failed(refused.value)
    assert machine.look() == [(topic, sentence)]
    for descriptor in held:
        os.close(descriptor)


async def test_a_warden_that_is_followed_by_another_is_no_news_but_one_after_the_other_is(machine: Machine) -> None:
    def next_warden(pid: int, looks: int) -> None:
        (machine.home / "warden.pid").write_text(f"{pid}\n")
        machine.look(looks)

    for pid in range(100, 110):
        next_warden(pid, looks=30)
    assert machine.audience.administrators_heard == []
    for pid in range(200, 210):
        next_warden(pid, looks=3)
    ((topic, sentence),) = machine.audience.administrators_heard
    assert topic == "warden"
    assert "守护进程反复退出" in sentence
    assert "退出码未知" in sentence


async def test_a_running_bot_whose_home_vanishes_says_so_and_can_be_closed(house: House, tmp_path: Path) -> None:
    await house.open(sja_provider="sjtu")
    house.home.rename(tmp_path / "elsewhere")
    await until(lambda: "home" in dict(house.audience.administrators_heard), "it is told")
    await house.close()
    assert not house.home.exists()
