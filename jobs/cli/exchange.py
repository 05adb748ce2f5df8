"""`sja import` and `sja export`: the files of the original program and of the TaskDispatcher."""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from jobs.app.beside import Beside
from jobs.cli.commands import mention_absent_bot
from jobs.models.errors import Refusal
from jobs.models.job import Job
from jobs.models.text import quote
from jobs.store.dispatch import import_dispatch, is_dispatch_config
from jobs.store.dispatch_export import dispatch_document
from jobs.store.files import shown
from jobs.store.importing import UnreadableImport, import_jobs
from jobs.store.mirror import mirror_of

_USUAL_NAME: Final = re.compile(r"dispatch_config\.json|jobs\.json")


def import_file(here: Beside, args: argparse.Namespace) -> None:
    path = Path(args.file)
    data = _contents(path)
    try:
        if is_dispatch_config(data):
            _import_dispatch(here, path, data)
        else:
            _import_jobs(here, path, data)
    except UnreadableImport as error:
        # It names the file as it is usually called.
        raise Refusal(_USUAL_NAME.sub(lambda _: shown(path), error.sentence, count=1)) from error


def export(here: Beside, args: argparse.Namespace) -> None:
    is_dispatch = args.format == "dispatch"
    document = dispatch_document(here.store, here.clock.now()) if is_dispatch else mirror_of(here.store)
    left_out = here.store.jobs.count() - len(json.loads(document)["tasks"]) if is_dispatch else 0
    if left_out > 0:
        print(
            f"⚠️ 有 {left_out} 个任务没有写进去：TaskDispatcher 的格式只有循环任务，全部任务请用 sja export",
            file=sys.stderr,
        )
    if args.output is None:
        # As bytes: what is redirected into a file is UTF-8, whatever the terminal speaks.
        sys.stdout.flush()
        sys.stdout.buffer.write(document)
        sys.stdout.buffer.flush()
        return
    try:
        Path(args.output).write_bytes(document)
    except OSError as error:
        raise Refusal(f"写不了文件 {shown(Path(args.output))}：{error.strerror}") from error
    print(f"✅ 已导出到 {shown(Path(args.output))}")


# -- inside -------------------------------------------------------------------------------------------------------
def _import_jobs(here: Beside, path: Path, data: bytes) -> None:
    imported = import_jobs(here.store, data, here.clock.now())
    print(f"✅ 从 {shown(path)} 导入了 {len(imported.jobs)} 个任务（不会自动启动）")
    for sentence in imported.skipped:
        print(f"⚠️ {sentence}")


def _import_dispatch(here: Beside, path: Path, data: bytes) -> None:
    imported = import_dispatch(here.store, data, here.clock.now())
    here.ring()
    print(f"✅ 从 {shown(path)} 导入了 {len(imported.jobs)} 个循环任务")
    if imported.waiting:
        print(f"其中 {imported.waiting} 个在等下一次执行，会按时自动运行；不想运行请先 sja job-pause 编号")
    for sentence in (*imported.skipped, *imported.notes, *_lacking_templates(here, imported.jobs)):
        print(f"⚠️ {sentence}")
    mention_absent_bot(here)


def _lacking_templates(here: Beside, imported: Sequence[Job]) -> Iterator[str]:
    """Imported tasks keep the types they had; what such a type runs is written by the operator."""
    templates = here.templates.templates().known
    for name in sorted({str(job.config["template"]) for job in imported} - templates.keys()):
        yield f"还没有叫{quote(name)}的模板：写进 {shown(here.templates.path)} 之前，这些任务的运行会失败"


def _contents(path: Path) -> bytes:
    """The bytes of an ordinary file; a pipe or a device might never end."""
    try:
        if path.exists() and not path.is_file():
            raise Refusal(f"{shown(path)} 不是文件，请给 jobs.json 或 dispatch_config.json")
        return path.read_bytes()
    except OSError as error:
        raise Refusal(f"读不到文件 {shown(path)}：{error.strerror}") from error
