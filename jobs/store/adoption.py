"""Taking over what `jobs.json` knows and the store does not."""

from datetime import datetime

from jobs.store.files import Places, keep_copy, set_aside
from jobs.store.importing import UnreadableImport, import_jobs
from jobs.store.store import SqliteStore


def adopt_mirror(store: SqliteStore, places: Places, at: datetime) -> list[str]:
    """Imports the jobs of `jobs.json` that the store has never had; returns sentences for the administrators.

    Done in a home no bot has opened before (the original program's jobs), and after damage or an unclean stop (jobs
    that only the mirror still knows). An unreadable file is set aside, for the next mirror would replace it.
    """
    if not places.mirror.exists():
        return []
    is_first = not places.was_adopted
    try:
        imported = import_jobs(store, places.mirror.read_bytes(), at)
    except UnreadableImport as error:
        aside = set_aside(places.mirror, "damaged", at)
        return [f"{error.sentence}，已另存为 {aside.name}"]
    if not is_first and not imported.jobs:
        return []  # The store knows them all, as it should.
    copy = keep_copy(places.mirror, "imported", at)
    verb = "导入" if is_first else "找回"
    told = imported.skipped if is_first else ()
    return [f"已从 jobs.json {verb} {len(imported.jobs)} 个任务，原文件另存为 {copy.name}", *told]
