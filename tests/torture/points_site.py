"""Named points of the bot's code, at each of which it can be made to kill itself. No product code knows of them."""

import importlib
import inspect
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any, Final, NamedTuple

POINT: Final = "TORTURE_POINT"
NTH: Final = "TORTURE_NTH"
PLANTED: Final = "TORTURE_PLANTED"
"""Environment variables of the felled bot; workers never see them."""

CALL: Final = "call"
RETURN: Final = "return"


_LOOP: Final = "jobs.supervisor.loop:Supervisor"


class Point(NamedTuple):
    """Entering or leaving a function, called from `caller` where that is given. `says` is for the report."""

    says: str
    function: str
    when: str = CALL
    caller: str = ""


POINTS: Final[dict[str, Point]] = {
    "before intent": Point("认领写入之前", "jobs.models.decisions:claimed"),
    "after intent": Point("认领已写入", f"{_LOOP}._apply_all", RETURN, f"{_LOOP}._fill_places"),
    "after spawn": Point("进程已出生，尚未记下", "jobs.models.decisions:launched"),
    "after adoption": Point("进程已记下", f"{_LOOP}._apply_all", RETURN, f"{_LOOP}._note_births"),
    "before effect": Point("命令生效之前", "jobs.store.store:SqliteStore.apply"),
    "after effect": Point("命令已生效", "jobs.store.store:SqliteStore.apply", RETURN),
    "before ack": Point("回复发出之前", "plugins._onebot.replying:send_reply"),
    "before settling": Point("看到结束，尚未记下", "jobs.models.endings:ended"),
    "after settling": Point("结束已记下，运行文件未删", "jobs.supervisor.settling:Settling._after"),
    "journal read": Point("exits.log 读出，位置未记", "jobs.supervisor.exits:ExitLog.read", RETURN),
    "before telling": Point("通知发出之前", "plugins._onebot.notifier:OneBotNotifier.send"),
    "after telling": Point("通知已发出，尚未记下", "jobs.store.deliveries:SqliteDeliveries.done"),
    "mirror": Point("写 jobs.json 途中", "jobs.store.files:move_into_place", CALL, "jobs.store.files:write_whole"),
    "backup": Point("备份途中", "jobs.store.sqlite:Database.backup_into", RETURN),
    "backup named": Point("备份写好，尚未就位", "jobs.store.backups:_name"),
    "migration": Point("升级表结构途中", "jobs.store.sqlite:Database.run", RETURN, "jobs.store.schema:_take"),
    "rotation": Point("日志改名之前", "jobs.logs.tidying:Tidying._rotate"),
    "rotated": Point("日志改名之后", "jobs.logs.tidying:Tidying._rotate", RETURN),
    "compressed": Point("日志压缩好，尚未换名", "jobs.logs.compressing:_take_the_place"),
    "opening": Point("打开任务库途中", "jobs.store.files:Places.mark_open"),
    "recovery": Point("恢复途中", "jobs.supervisor.loop:Supervisor.recover_lost"),
}
"""In the default suite each is hit; a function that is renamed is noticed by a test."""


def code_of(name: str) -> CodeType:
    """The code of `module:qualified.name`. Raises `AttributeError` where there is none any more."""
    module, _, path = name.partition(":")
    found: Any = importlib.import_module(module)
    for part in path.split("."):
        found = inspect.getattr_static(found, part)
    return inspect.unwrap(found).__code__


def fell_at(point: Point, nth: int) -> None:
    """From now on this process kills itself the `nth` time it comes to the point, in whatever thread."""
    wanted, caller = code_of(point.function), code_of(point.caller) if point.caller else None
    seen = 0

    def look(frame: FrameType, event: str, _arg: object) -> None:
        nonlocal seen
        if frame.f_code is not wanted or event != point.when:
            return
        if caller is None or (frame.f_back is not None and frame.f_back.f_code is caller):
            seen += 1
            if seen == nth:
                os.kill(os.getpid(), signal.SIGKILL)

    profile: Callable[[FrameType, str, object], None] = look
    threading.setprofile(profile)
    sys.setprofile(profile)
