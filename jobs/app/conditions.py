"""What can go wrong with the machine under a running bot, looked for, and told to the administrators."""

import asyncio
import logging
import os
import shutil
from datetime import datetime
from pathlib import Path
from typing import Final

from msgspec import Struct

from jobs.alarm import Alarm
from jobs.models.durations import seconds_in_words
from jobs.ports.bell import Bell
from jobs.ports.clock import Clock
from jobs.ports.store import Store, StoreUnavailable
from jobs.supervisor.limits import descriptors_left, is_out_of_descriptors

_log = logging.getLogger("sja")

_LOOK_EVERY_SECONDS: Final = 10.0
_JUMP_SECONDS: Final = 5.0
"""Slewing (NTP) moves a clock by milliseconds between two looks; whatever moves it by more has set it."""
_LITTLE_SPACE_BYTES: Final = 64 * 2**20
_ENOUGH_SPACE_BYTES: Final = 2 * _LITTLE_SPACE_BYTES
_FEW_DESCRIPTORS: Final = 64
_WARDENS_BORN_AT_MOST: Final = 3
"""Wardens that may be born within `_WARDENS_WITHIN_SECONDS`: an upgrade makes one, and so does one that was killed."""
_WARDENS_WITHIN_SECONDS: Final = 600.0
_MIRROR: Final = "mirror"
"""The loop that writes `jobs.json`, see `chores.mirror`."""
_WRITTEN: Final = "conditions.written_at"

_DESCRIPTORS: Final = (
    "打开的文件太多，快到或已到系统上限：新任务可能启动不了，请提高 ulimit -n（systemd：LimitNOFILE）后重启机器人"
)


class Jump(Struct, frozen=True, kw_only=True):
    """A clock that was set, or a machine that slept: by so many seconds, forward where positive, seen `at`."""

    at: datetime
    seconds: float


class Conditions:
    """Level-triggered: every look tells what is wrong now; the alarm sees to it that nobody hears it twice an hour."""

    def __init__(self, *, home: Path, store: Store, clock: Clock, bell: Bell, alarm: Alarm) -> None:
        self._home = home
        self._store = store
        self._clock = clock
        self._bell = bell
        self._alarm = alarm
        self._place = _place(home)
        self._store_failed = False
        self._seen = clock.now(), clock.monotonic()
        self.jumped: Jump | None = None
        """The last time that the machine's clock was set, as far as this bot has seen it."""
        self._warden = _warden(home)
        self._wardens_born: list[float] = []
        """When one was first seen, by the monotonic clock, of late."""

    async def run(self) -> None:
        """Looks for ever; cancel to stop."""
        while True:
            self.look()
            await asyncio.sleep(_LOOK_EVERY_SECONDS)

    def look(self) -> None:
        """One look at everything."""
        self._look_at_clock()
        self._look_at_home()
        self._look_at_store()
        self._look_at_descriptors()
        self._look_at_wardens()

    def failed(self, error: Exception, loop: str = "") -> bool:
        """The loop of this name failed: where it is a condition of the machine's, tells it. Whether it is."""
        if isinstance(error, StoreUnavailable) and loop == _MIRROR:
            # That the store can be written, which is looked at, would be no answer to it.
            why = f"jobs.json 写不了：{error.sentence}"
            self._alarm.tell(_MIRROR, f"{why}。任务照常运行，只是这份抄本暂时不是最新的")
            return True
        if isinstance(error, StoreUnavailable):
            self._store_failed = True
            self._alarm.tell("store", f"{error.sentence}。期间的命令会被拒绝，正在运行的任务不受影响")
            return True
        if isinstance(error, OSError) and is_out_of_descriptors(error):
            self._alarm.tell("descriptors", _DESCRIPTORS)
            return True
        return False

    def _look_at_clock(self) -> None:
        before, (now, monotonic) = self._seen, (self._clock.now(), self._clock.monotonic())
        self._seen = now, monotonic
        jumped = (now - before[0]).total_seconds() - (monotonic - before[1])
        if abs(jumped) > _JUMP_SECONDS:
            way, words = "前" if jumped > 0 else "后", seconds_in_words(round(abs(jumped)))
            slept = "（有人改了时间，或机器休眠过）" if jumped > 0 else ""
            self.jumped = Jump(at=now, seconds=jumped)
            self._alarm.tell("clock", f"系统时间向{way}跳了 {words}{slept}，定时任务已按新的时间重新安排")
            self._bell.ring()

    def _look_at_home(self) -> None:
        if _place(self._home) != self._place:
            self._alarm.tell(
                "home",
                f"数据目录 {self._home} 被删除或换掉了：之后的改动保存不下来。"
                "请停下机器人，把目录放回原处（或从备份恢复）后再启动",
            )
            return
        self._alarm.over("home", f"数据目录 {self._home} 又在原处了")
        if not os.access(self._home / "jobs", os.W_OK):
            self._alarm.tell("readonly", f"数据目录 {self._home} 变成只读了：请检查磁盘、挂载方式和权限")
        else:
            self._alarm.over("readonly", f"数据目录 {self._home} 又可以写入了")
        free = shutil.disk_usage(self._home).free
        if free < _LITTLE_SPACE_BYTES:
            self._alarm.tell("space", f"{self._home} 所在的磁盘只剩 {free // 2**20} MB，请清理磁盘空间")
        elif free > _ENOUGH_SPACE_BYTES:
            self._alarm.over("space", f"{self._home} 所在的磁盘又有 {free // 2**20} MB 空间了")

    def _look_at_store(self) -> None:
        """Asks whether it can be written again; only then, for each asking costs a write.

        A file that is no longer in its place takes writes all the same, and loses them: that is no good news.
        """
        if not self._store_failed or _place(self._home) != self._place:
            return
        try:
            self._store.set_meta(_WRITTEN, self._clock.now().isoformat())
        except StoreUnavailable as trouble:
            self.failed(trouble)
            return
        self._store_failed = False
        self._alarm.over("store", "任务库又可以写入了，已经确认的操作都还在")
        self._bell.ring()

    def _look_at_descriptors(self) -> None:
        left = descriptors_left()
        if left is not None and left < _FEW_DESCRIPTORS:
            self._alarm.tell("descriptors", _DESCRIPTORS)
        else:
            self._alarm.over("descriptors", "打开的文件数回到正常了")

    def _look_at_wardens(self) -> None:
        now, warden = self._clock.monotonic(), _warden(self._home)
        self._wardens_born = [at for at in self._wardens_born if now - at < _WARDENS_WITHIN_SECONDS]
        if warden and warden != self._warden:
            self._warden = warden
            self._wardens_born.append(now)
        if len(self._wardens_born) > _WARDENS_BORN_AT_MOST:
            minutes = seconds_in_words(int(_WARDENS_WITHIN_SECONDS))
            self._alarm.tell(
                "warden",
                f"守护进程反复退出（{minutes}内换了 {len(self._wardens_born)} 个），"
                f"这期间结束的任务可能只显示“退出码未知”。"
                f"请看 {self._home / 'warden.log'}；也可以设 SJA_LAUNCHER=portable 后重启机器人",
            )


def _warden(home: Path) -> str:
    """The pid that the warden of this home left, in decimal; empty where there is none."""
    try:
        return (home / "warden.pid").read_text().strip()
    except OSError as error:
        _log.debug("no warden is known: %s", error)
        return ""


def _place(home: Path) -> tuple[int, int] | None:
    """The store's file, by device and inode; None where it cannot be found."""
    try:
        found = (home / "jobs" / "jobs.db").stat()
    except OSError as error:
        _log.debug("%s cannot be found: %s", home, error)
        return None
    return found.st_dev, found.st_ino
