"""`sja backup`, `restore` and `doctor`: they work on the files of a home, also where its store cannot be opened."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from jobs.app.doctor import Diagnosis, examine
from jobs.app.findings import Finding
from jobs.app.presets import presets_or_own
from jobs.app.startable import why_not_startable
from jobs.cli.show import local
from jobs.clock import SystemClock
from jobs.config import Settings, SettingsError, load_settings, load_what_is_right, read_environment
from jobs.models.errors import Refusal
from jobs.store.backups import back_up_by_hand
from jobs.store.files import Places, is_empty, shown
from jobs.store.restoring import BackupFile, describe, find_backup, list_backups, restore as restore_store
from jobs.supervisor.locks import hold_home, holder_pid, home_is_held

_ICONS: Final = {"error": "❌", "warning": "⚠️"}


def backup(args: argparse.Namespace) -> int:
    """Copies the store now, checks the copy, and says where it is."""
    settings = load_settings(Path.cwd())
    if is_empty(Places(settings.sja_home).database):
        raise Refusal(f"{shown(settings.sja_home)} 里还没有任务库，没有什么可备份")
    target = None if args.output is None else Path(args.output).absolute()
    if target is not None and not args.output:
        raise Refusal("--output 要写文件名，省略它就备份到 backups/")
    made = describe(back_up_by_hand(settings.sja_home, SystemClock().now(), target))
    print(f"✅ 已备份到 {_whole(made.path)}\n{_size(made)}，{made.jobs} 个任务，已通过检查")
    return 0


def restore(args: argparse.Namespace) -> int:
    """Without a file: the backups there are. With one: puts it in the store's place, when no bot runs."""
    settings = load_settings(Path.cwd())
    home = settings.sja_home
    if args.file is None:
        _list(settings)
        return 0
    path = find_backup(home, args.file)
    if home_is_held(home):
        raise Refusal(_BOT_RUNS.format(pid=holder_pid(home)))
    _agree(describe(path), settings, is_agreed=args.yes)
    hold = hold_home(home)
    if hold is None:
        raise Refusal(_BOT_RUNS.format(pid=holder_pid(home)))
    with hold:
        restored = restore_store(home, path, SystemClock().now())
    print(f"✅ 已从 {_whole(path)} 恢复，现在有 {restored.jobs} 个任务")
    if restored.aside is not None:
        print(f"恢复前的任务库：{_whole(restored.aside)}")
    if restored.mirror is not None:
        print(f"恢复前的 jobs.json：{_whole(restored.mirror)}（备份之后的任务可以用 sja import 导入）")
    print("启动机器人后，仍在运行的进程会被收养；任务库不认识的会被结束")
    return 0


def doctor(args: argparse.Namespace) -> int:
    """Says what is wrong with this home and how it is mended. 1 when something does not work."""
    diagnosis = _diagnosed(Path.cwd())
    if args.json:
        document = {
            "bot": None if diagnosis.bot is None else {"pid": diagnosis.bot},
            "warden": None if diagnosis.warden is None else {"pid": diagnosis.warden},
            "findings": msgspec.to_builtins(diagnosis.findings),
        }
        print(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        print(_in_words(diagnosis))
    return 0 if diagnosis.is_sound else 1


# -- inside -------------------------------------------------------------------------------------------------------
def _diagnosed(directory: Path) -> Diagnosis:
    """A wrong setting is a finding like others; the home is looked at all the same."""
    wrong: list[str] = []
    try:
        settings = load_settings(directory)
    except SettingsError as error:
        wrong.append(str(error))
        settings = load_what_is_right(directory)
    if settings is None:
        return Diagnosis(bot=None, warden=None, findings=_to_correct(wrong), is_examined=False)
    values = read_environment(directory)
    wrong += why_not_startable(values, settings, presets_or_own(settings)[0])
    diagnosis = examine(settings, SystemClock(), values)
    return replace(diagnosis, findings=(*_to_correct(wrong), *diagnosis.findings))


def _to_correct(wrong: Sequence[str]) -> tuple[Finding, ...]:
    return tuple(Finding(level="error", what=what, fix="照 .env.example 改正这一项") for what in wrong)


_BOT_RUNS: Final = "机器人正在运行（进程 {pid}），请先停下它再恢复，任务的进程不用停"


def _list(settings: Settings) -> None:
    found = list_backups(settings.sja_home)
    if not found:
        raise Refusal("还没有备份；sja backup 立刻做一份，机器人运行时每天也会自动做")
    print(f"💾 备份（共 {len(found)} 份，在 {_whole(Places(settings.sja_home).backups)}）")
    for each in found:
        jobs = "读不出来" if each.jobs is None else f"{each.jobs} 个任务"
        print(f"{each.path.name}   {local(each.made_at, settings.sja_timezone)}   {_size(each)}   {jobs}")
    print("恢复其中一份：先停机器人，再 sja restore 文件名（别处的备份写路径）")


def _agree(backup: BackupFile, settings: Settings, *, is_agreed: bool) -> None:
    if is_agreed:
        return
    made, jobs = local(backup.made_at, settings.sja_timezone), "读不出" if backup.jobs is None else backup.jobs
    what = f"{shown(backup.path)}（{made}，{jobs} 个任务）"
    if not sys.stdin.isatty():
        raise Refusal(f"确定要恢复 {what}，请加 --yes；现在的任务库会另存，不会删除")
    try:
        answer = input(f"恢复 {what}？现在的任务库会另存，不会删除。[y/N] ")
    except EOFError:
        answer = ""
    if answer.strip().lower() not in ("y", "yes"):
        raise Refusal("没有恢复")


def _whole(path: Path) -> str:
    """A path that somebody will want to copy."""
    return shown(path, length=4096)


def _size(backup: BackupFile) -> str:
    return f"{backup.size_bytes / 2**20:.1f} MB"


def _in_words(diagnosis: Diagnosis) -> str:
    lines = [_who_runs(diagnosis)]
    for finding in diagnosis.findings:
        lines += [f"{_ICONS[finding.level]} {finding.what}", f"   → {finding.fix}"]
    return "\n".join(lines if diagnosis.findings else [*lines, "✅ 一切正常"])


def _who_runs(diagnosis: Diagnosis) -> str:
    if not diagnosis.is_examined:
        return "机器人和守护进程：没能检查"
    bot, warden = (f"进程 {pid}" if pid else "没有在运行" for pid in (diagnosis.bot, diagnosis.warden))
    if diagnosis.warden is None and not diagnosis.wants_warden:
        warden = "不需要（portable：每次运行各有一个看护进程）"
    return f"机器人：{bot}    守护进程：{warden}"
