"""A store that was damaged comes back, or is set aside; it is never replaced by emptiness, and never in silence."""

import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from store_examples import AT, ToldClock, a_job

from jobs.models.change import Change, Event
from jobs.ports.store import StoreUnavailable
from jobs.store.backups import backup
from jobs.store.integrity import keys_given
from jobs.store.mirror import write_mirror
from jobs.store.opening import OpenedStore, open_beside, open_store
from jobs.store.restoring import restore


@dataclass(frozen=True)
class Pristine:
    """A home as a killed bot (`unclean`) and as a closed one (`clean`) leaves it, and the ids each source knows."""

    unclean: Path
    clean: Path
    backed_up: frozenset[str]
    all: frozenset[str]


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Pristine:
    root = tmp_path_factory.mktemp("pristine")
    home = root / "home"
    store = open_store(home, ToldClock()).store
    early = [a_job() for _ in range(30)]
    store.apply(Change(jobs=tuple(early), events=tuple(Event(job_id=j.id, type="created", at=AT) for j in early)))
    backup(store, home, AT)
    late = [a_job() for _ in range(5)]
    for job in late:
        store.apply(Change(jobs=(job,)))
    write_mirror(store, home)
    shutil.copytree(home, root / "unclean")
    store.close()
    shutil.copytree(home, root / "clean")
    ids = [frozenset(job.id for job in jobs) for jobs in (early, early + late)]
    return Pristine(unclean=root / "unclean", clean=root / "clean", backed_up=ids[0], all=ids[1])


Damage = Callable[[Path, random.Random], None]


def flip(path: Path, chance: random.Random) -> None:
    data = bytearray(path.read_bytes())
    for _ in range(chance.choice((1, 8, 64))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


def truncate(path: Path, chance: random.Random) -> None:
    path.write_bytes(path.read_bytes()[: chance.randrange(1, path.stat().st_size)])


def blank(path: Path, chance: random.Random) -> None:
    data = bytearray(path.read_bytes())
    start = chance.randrange(len(data))
    data[start : start + 4096] = bytes(len(data[start : start + 4096]))
    path.write_bytes(data)


def scribble(path: Path, chance: random.Random) -> None:
    path.write_bytes(chance.randbytes(chance.randrange(1, 20_000)))


def empty(path: Path, chance: random.Random) -> None:
    path.write_bytes(b"")


def remove(path: Path, chance: random.Random) -> None:
    path.unlink()


DAMAGES: dict[str, Damage] = {
    "flipped": flip,
    "truncated": truncate,
    "blanked": blank,
    "garbage": scribble,
    "emptied": empty,
    "removed": remove,
}
CASES = [
    pytest.param(state, name, damage, seed, id=f"{state} {name} {damage} {seed}")
    for state, name, damages, seeds in [
        ("unclean", "jobs.db", DAMAGES, 6),
        ("clean", "jobs.db", DAMAGES, 6),
        ("unclean", "jobs.db-wal", DAMAGES, 4),
        ("unclean", "jobs.db-shm", DAMAGES, 2),
        ("clean", "jobs.db.marker", ["garbage", "emptied"], 2),
    ]
    for damage in damages
    for seed in range(seeds)
]


def open_and_close(home: Path) -> tuple[OpenedStore, set[str]]:
    opened = open_store(home, ToldClock(AT + timedelta(hours=1)))
    with closing(opened.store) as store:
        return opened, {job.id for job in store.jobs.select()}


def kept_bytes(home: Path) -> list[bytes]:
    return [path.read_bytes() for path in (home / "jobs").iterdir() if path.is_file()]


@pytest.mark.parametrize(("state", "name", "damage", "seed"), CASES)
def test_every_job_comes_back_from_backup_and_mirror(
    pristine: Pristine, home: Path, state: str, name: str, damage: str, seed: int
) -> None:
    shutil.copytree(getattr(pristine, state), home)
    DAMAGES[damage](home / "jobs" / name, random.Random(f"{state}{name}{damage}{seed}"))
    opened, found = open_and_close(home)
    if found != pristine.all:  # a flipped byte inside one row's text: that job is missing, and it is said
        missing = len(pristine.all - found)
        assert any(f"有 {missing} 个任务的数据无法读取" in finding for finding in opened.findings)
        assert missing <= 3
    with closing(sqlite3.connect(home / "jobs" / "jobs.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    if not any("无法读取" in finding for finding in opened.findings):
        assert open_and_close(home)[0].findings == ()


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("state", ["unclean", "clean"])
@pytest.mark.parametrize("rescue", ["backup", "mirror", "nothing"])
def test_with_fewer_sources_what_is_left_comes_back_and_the_rest_is_said(
    pristine: Pristine, home: Path, damage: str, state: str, rescue: str
) -> None:
    shutil.copytree(getattr(pristine, state), home)
    if rescue != "mirror":
        (home / "jobs" / "jobs.json").unlink()
    if rescue != "backup":
        shutil.rmtree(home / "backups")
    database = home / "jobs" / "jobs.db"
    DAMAGES[damage](database, random.Random(f"{damage}{state}"))
    damaged = database.read_bytes() if database.exists() else None
    opened, found = open_and_close(home)
    least = {"backup": pristine.backed_up, "mirror": pristine.all, "nothing": frozenset[str]()}[rescue]
    unreadable = any("无法读取，已跳过" in finding for finding in opened.findings)
    assert found >= least or unreadable
    if found != pristine.all:
        assert opened.findings
        assert unreadable or damaged is None or damaged in kept_bytes(home)


def test_the_administrators_read_what_happened(pristine: Pristine, home: Path) -> None:
    shutil.copytree(pristine.unclean, home)
    (home / "jobs" / "jobs.db").write_bytes(b"not a database at all")
    opened, _ = open_and_close(home)
    assert opened.findings == (
        "任务库文件 jobs.db 已损坏：文件无法作为 SQLite 数据库读取",
        "原文件已另存为 jobs.db.damaged-20251128-130000",
        "已用备份 jobs-20251128-120000.db 恢复任务库，备份之后的改动可能丢失，请核对任务列表",
        "已从 jobs.json 找回 5 个任务，原文件另存为 jobs.json.imported-20251128-130000",
    )
    aside = home / "jobs" / "jobs.db.damaged-20251128-130000"
    assert aside.read_bytes() == b"not a database at all"
    assert aside.with_name(aside.name + "-wal").read_bytes() == (pristine.unclean / "jobs" / "jobs.db-wal").read_bytes()


@pytest.mark.parametrize("damage", ["garbage", "truncated", "removed"])
def test_a_lost_log_is_noticed_by_the_backup_that_knows_more(pristine: Pristine, home: Path, damage: str) -> None:
    shutil.copytree(pristine.unclean, home)
    (home / "jobs" / "jobs.json").unlink()
    log = home / "jobs" / "jobs.db-wal"
    log.write_bytes(b"{}" * 5000)
    DAMAGES[damage](log, random.Random(1))
    opened, found = open_and_close(home)
    assert found >= pristine.backed_up
    assert "比备份还旧" in opened.findings[0]
    assert open_and_close(home)[0].findings == ()


def test_where_there_is_a_backup_no_store_begins_empty(pristine: Pristine, home: Path) -> None:
    shutil.copytree(pristine.clean, home)
    for path in (home / "jobs").iterdir():
        path.unlink()
    opened, found = open_and_close(home)
    assert found == pristine.backed_up
    assert "不见了" in opened.findings[0]


def test_a_store_that_was_set_back_to_an_older_backup_stays_so(pristine: Pristine, home: Path) -> None:
    shutil.copytree(pristine.clean, home)
    (home / "jobs" / "jobs.json").unlink()
    early = next((home / "backups").iterdir())
    with closing(open_store(home, ToldClock()).store) as store:
        backup(store, home, AT + timedelta(hours=2))
    restore(home, early, AT + timedelta(hours=3))
    (home / "jobs" / "jobs.db.marker").write_text("open\n")
    opened, found = open_and_close(home)
    assert (found, opened.findings) == (pristine.backed_up, ())


def test_a_damaged_backup_is_passed_over_for_an_older_one(pristine: Pristine, home: Path) -> None:
    shutil.copytree(pristine.clean, home)
    (home / "jobs" / "jobs.json").unlink()
    (home / "backups" / "jobs-20251128-235959.db").write_bytes(b"SQLite format 3\0 and nothing")
    (home / "jobs" / "jobs.db").unlink()
    opened, found = open_and_close(home)
    assert found == pristine.backed_up
    assert any("jobs-20251128-235959.db 不能用" in finding for finding in opened.findings)


def test_a_database_of_another_program_is_not_taken_for_ours(home: Path, clock: ToldClock) -> None:
    (home / "jobs").mkdir(parents=True)
    with closing(sqlite3.connect(home / "jobs" / "jobs.db")) as other:
        other.execute("CREATE TABLE jobs (a)")
    opened = open_store(home, clock)
    opened.store.close()
    assert "不是本程序的任务库" in opened.findings[0]
    assert len(list((home / "jobs").glob("jobs.db.damaged-*"))) >= 1


@pytest.mark.parametrize(
    "tampering",
    ["DROP INDEX runs_open", "PRAGMA user_version = 77", "PRAGMA user_version = -1", "ALTER TABLE runs RENAME TO r"],
)
def test_a_well_formed_file_of_the_wrong_shape_is_damage(pristine: Pristine, home: Path, tampering: str) -> None:
    shutil.copytree(pristine.clean, home)
    with closing(sqlite3.connect(home / "jobs" / "jobs.db", isolation_level=None)) as connection:
        connection.execute(tampering)
    opened, found = open_and_close(home)
    assert found == pristine.all
    assert "已损坏" in opened.findings[0]
    assert open_and_close(home)[0].findings == ()


def test_one_unreadable_row_hides_no_other_job(pristine: Pristine, home: Path) -> None:
    shutil.copytree(pristine.clean, home)
    victim, misread = sorted(pristine.all)[:2]
    with closing(sqlite3.connect(home / "jobs" / "jobs.db", isolation_level=None)) as connection:
        connection.execute("UPDATE jobs SET config = '{\"target\": ' WHERE id = ?", (victim,))
        connection.execute("UPDATE jobs SET name = CAST(x'e699ff41' AS TEXT) WHERE id = ?", (misread,))
    before = (home / "jobs" / "jobs.json").read_bytes()
    opened, found = open_and_close(home)
    assert found == pristine.all - {victim}
    assert "有 1 个任务的数据无法读取" in opened.findings[0]
    assert before in kept_bytes(home)


def test_nothing_beside_the_bot_puts_an_empty_store_where_facts_were(pristine: Pristine, home: Path) -> None:
    shutil.copytree(pristine.unclean, home)
    (home / "jobs" / "jobs.db").unlink()
    with pytest.raises(StoreUnavailable, match="启动机器人"):
        open_beside(home, ToldClock())
    assert open_and_close(home)[1] == pristine.all


def test_a_damaged_store_is_refused_beside_the_bot_and_left_for_it(pristine: Pristine, home: Path) -> None:
    shutil.copytree(pristine.clean, home)
    (home / "jobs" / "jobs.db").write_bytes(b"garbage " * 1000)
    with pytest.raises(StoreUnavailable, match="已损坏"):
        open_beside(home, ToldClock())
    assert open_and_close(home)[1] == pristine.all


def test_a_complaint_of_sqlites_that_is_no_text_is_damage_like_any_other(pristine: Pristine, tmp_path: Path) -> None:
    """It quotes the statement it could not read, as the file has it."""
    home = tmp_path / "home"
    shutil.copytree(pristine.unclean, home)
    (copy,) = (home / "backups").glob("*.db")
    whole = copy.read_bytes()
    assert b"NOT NULL REFERENCES" in whole
    copy.write_bytes(whole.replace(b"NOT NULL REFERENCES", b"NOT NULL\xa0REFERENCES"))
    assert keys_given(copy) == {}
    with closing(open_store(home, ToldClock()).store) as store:
        assert {job.id for job in store.jobs.select()} == pristine.all
