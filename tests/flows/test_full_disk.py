"""A disk that fills up, or turns read-only, under a running bot: people hear why, and nothing acknowledged is lost."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from harness import CLOCK, PATIENCE_SECONDS, ROOT, Bot, sweep

from jobs.alarm import Alarm
from jobs.app.conditions import Conditions
from jobs.bell import LoopBell
from jobs.store.opening import open_store

SUPERUSER = 90001
DISK_MIB = 200


class Disk:
    """A small file system of its own."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._filler = place / "filler"

    def mount(self) -> bool:
        """Whether this machine lets us."""
        self.place.mkdir()
        size = f"size={DISK_MIB}m,mode=0700"
        return subprocess.run(["mount", "-t", "tmpfs", "-o", size, "sja-test", self.place], check=False).returncode == 0

    def remount(self, how: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{how}", self.place], check=True)

    def unmount(self) -> None:
        subprocess.run(["umount", "--lazy", self.place], check=True)

    def fill(self) -> None:
        """To the last byte."""
        with self._filler.open("wb", buffering=0) as file:
            for size in (2**20, 4096, 1):
                try:
                    while file.write(bytes(size)) == size:
                        pass
                except OSError:
                    continue

    def free(self) -> None:
        self._filler.unlink()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    disk = Disk(tmp_path / "disk")
    if not sys.platform.startswith("linux") or os.geteuid() != 0 or not disk.mount():
        pytest.skip("mounting needs Linux, root and a machine that allows it")
    yield disk
    sweep(disk.place / "home")
    disk.unmount()


def bot_on(disk: Disk) -> Bot:
    return Bot(disk.place / "home", {"SUPERUSERS": f'["{SUPERUSER}"]'})


async def test_a_full_disk_is_said_to_everybody_and_loses_nothing(disk: Disk) -> None:
    async with bot_on(disk) as bot:
        xiaoming, admin = bot.person(), bot.person(SUPERUSER, group=None)
        await xiaoming.say("!创建监控 早 预设=13 间隔=3600 时段=7", expecting="已创建监控 #1")

        disk.fill()

        while "已创建" in (refused := await xiaoming.say("!创建监控 中 预设=13 不启动", expecting="⚠️|已创建")):
            disk.fill()  # What little the files had left.
        assert "磁盘已满" in refused
        acknowledged = (await xiaoming.say("!任务列表", expecting="任务列表")).splitlines()
        assert "磁盘" in (await admin.hears(r"^⚠️ (?s:.)*清理磁盘空间")).text

        await bot.kill()
        disk.free()
        await bot.restart()

        listed = await xiaoming.say("!任务列表", expecting="任务列表")
        assert [line for line in listed.splitlines() if "#" in line] == [line for line in acknowledged if "#" in line]
        await xiaoming.say("!创建监控 晚 预设=13 不启动", expecting="已创建监控")


def test_a_disk_that_turns_read_only_is_told_and_when_it_no_longer_is(disk: Disk) -> None:
    """No bot runs here: the kernel does not let us turn a disk read-only under open files, though a fault can."""
    told: list[tuple[str, str]] = []
    home = disk.place / "home"
    with closing(open_store(home, CLOCK).store) as store:
        bell = LoopBell(home)
        alarm = Alarm(SimpleNamespace(tell=lambda *said: told.append(said)), CLOCK)
        conditions = Conditions(home=home, store=store, clock=CLOCK, bell=bell, alarm=alarm)
    disk.remount("ro")
    conditions.look()
    conditions.look()
    assert told == [("readonly", f"数据目录 {home} 变成只读了：请检查磁盘、挂载方式和权限")]
    disk.remount("rw")
    conditions.look()
    assert told[1:] == [("readonly", f"数据目录 {home} 又可以写入了")]


def test_a_home_that_is_read_only_from_the_start_is_refused_in_one_line(disk: Disk) -> None:
    disk.remount("ro")
    finished = subprocess.run(
        [sys.executable, ROOT / "bot.py"],
        cwd=disk.place.parent,
        env=bot_on(disk).environment,
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert finished.returncode == 1
    (refusal,) = finished.stderr.decode().splitlines()
    assert f"SJA_HOME={disk.place / 'home'}" in refusal
