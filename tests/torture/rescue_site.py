"""One round of R3: a sound home, damaged, opened, judged by what is on the disk."""

import os
import random
import resource
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

from damage_site import AT, DAMAGES, Pristine, ToldClock

from jobs.ports.store import StoreUnavailable
from jobs.store.opening import OpenedStore, open_beside, open_store

Opening = Callable[[Path, ToldClock], OpenedStore]

NOBODY: Final = 65534
"""Root may write everything; permissions are tried as this user."""
_UNREADABLE_AT_MOST: Final = 8
"""Rows whose text was hit while the file stayed well-formed: they are counted to the administrators."""


class Lost(AssertionError):
    """Something is gone, or was not said."""


def play(pristine: Pristine, home: Path, chance: random.Random, opening: Opening = open_store) -> str:
    """Damages a copy of a sound home and opens it; returns in a word what became of it. Raises `Lost`."""
    state = chance.choice(sorted(pristine.homes))
    shutil.copytree(pristine.homes[state], home)
    done = list(_damage(home, chance))
    before = _bytes_of(home)
    least = _least(pristine, home, state)
    circumstance = chance.choices(list(_CIRCUMSTANCES), [16, 1, 1, 1, 3])[0]
    what = f"{state}: {', '.join(done)}; {circumstance}"
    try:
        with _CIRCUMSTANCES[circumstance](home, chance):
            opened = _open(home, opening, what)
    except StoreUnavailable as refusal:
        _check_refusal(refusal, before, home, what)
        _heal(home)
        _check_healed(home, opening, least, what, is_blocked=any(one.startswith("directory") for one in done))
        return f"refused: {circumstance}"
    _check(opened, least, what)
    _check_kept(before, home, opened, what)
    _check_again(home, opened, opening, what)
    return "repaired" if opened.findings else "as it was"


def _damage(home: Path, chance: random.Random) -> Iterator[str]:
    """Damages up to three files; names what was done."""
    database = home / "jobs" / "jobs.db"
    for _ in range(chance.choice((0, 1, 1, 1, 2, 3))):
        others = sorted(path for path in home.rglob("*") if path.is_file() and path != database)
        path = database if chance.random() < 0.5 and database.is_file() else chance.choice(others)
        damage = chance.choice(DAMAGES)
        damage(path, chance)
        yield f"{damage.__name__} {path.relative_to(home)}"


def _least(pristine: Pristine, home: Path, state: str) -> frozenset[str]:
    """The ids that must come back: those of every source that is whole, byte for byte."""

    def is_whole(name: str) -> bool:
        mine, sound = home / name, pristine.homes[state] / name
        return mine.is_file() and mine.read_bytes() == sound.read_bytes()

    backups = sorted(path.name for path in (pristine.homes[state] / "backups").iterdir())
    if is_whole("jobs/jobs.json") or (
        is_whole("jobs/jobs.db") and (state != "unclean" or is_whole("jobs/jobs.db-wal"))
    ):
        return pristine.mirrored
    return pristine.backed_up if any(is_whole(f"backups/{name}") for name in backups) else frozenset()


def _open(home: Path, opening: Opening, what: str) -> OpenedStore:
    try:
        return opening(home, ToldClock(AT + timedelta(hours=1)))
    except StoreUnavailable:
        raise
    except Exception as defect:
        raise Lost(f"{what}: {defect!r} instead of a sentence") from defect


def _check(opened: OpenedStore, least: frozenset[str], what: str) -> None:
    """All that must be there is there, or counted as unreadable."""
    with closing(opened.store) as store:
        found = {job.id for job in store.jobs.select()}
        unreadable = store.jobs.count() - len(found)
        with closing(sqlite3.connect(store.path)) as connection:
            verdict = connection.execute("PRAGMA integrity_check").fetchone()
    lacking = least - found
    if verdict != ("ok",):
        raise Lost(f"{what}: opened, and its check says {verdict}")
    if len(lacking) > unreadable or unreadable > _UNREADABLE_AT_MOST:
        raise Lost(f"{what}: {len(lacking)} of {len(least)} are lost, {unreadable} unreadable; {opened.findings}")
    if lacking and not any(f"有 {unreadable} 个任务的数据无法读取" in finding for finding in opened.findings):
        raise Lost(f"{what}: {len(lacking)} are unreadable, and nobody is told; {opened.findings}")


def _check_healed(home: Path, opening: Opening, least: frozenset[str], what: str, *, is_blocked: bool) -> None:
    """A refusal took nothing away: with its cause gone, all is there. A directory in the way stays a person's work."""
    try:
        opened = _open(home, opening, what)
    except StoreUnavailable as refusal:
        if is_blocked:
            return
        raise Lost(f"{what}: refuses without any cause left: {refusal}") from refusal
    _check(opened, least, f"{what}, then healed")


def _check_kept(before: dict[str, bytes], home: Path, opened: OpenedStore, what: str) -> None:
    """A database that gave way to another is kept, byte for byte."""
    was_set_aside = any(finding.startswith("原文件已另存为") for finding in opened.findings)
    damaged = before.get("jobs/jobs.db")
    if was_set_aside and damaged and damaged not in _bytes_of(home).values():
        raise Lost(f"{what}: the damaged file was not kept; {opened.findings}")


def _check_again(home: Path, opened: OpenedStore, opening: Opening, what: str) -> None:
    """The command line may use it now, and a second start finds the same."""
    first = _ids(opened)
    with closing(open_beside(home, ToldClock())) as beside:
        if {job.id for job in beside.jobs.select()} != first:
            raise Lost(f"{what}: the command line sees other jobs")
    again = _open(home, opening, what)
    with closing(again.store) as store:
        if {job.id for job in store.jobs.select()} != first:
            raise Lost(f"{what}: a second start finds other jobs")


def _ids(opened: OpenedStore) -> set[str]:
    with closing(open_beside(opened.store.path.parents[1], ToldClock())) as store:
        return {job.id for job in store.jobs.select()}


def _check_refusal(refusal: StoreUnavailable, before: dict[str, bytes], home: Path, what: str) -> None:
    """One sentence, and every byte that was there is there still, under whatever name."""
    if "\n" in refusal.sentence or not refusal.sentence:
        raise Lost(f"{what}: refused with {refusal.sentence!r}")
    kept = _bytes_of(home)
    contents = set(kept.values())
    for name in ("jobs/jobs.db", "jobs/jobs.json"):
        if name in before and before[name] not in contents and not kept.get(name):
            raise Lost(f"{what}: refused, and {name} is gone")


def _bytes_of(home: Path) -> dict[str, bytes]:
    return {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}


# -- circumstances ----------------------------------------------------------------------------------------------------
@contextmanager
def _ordinary(home: Path, chance: random.Random) -> Iterator[None]:
    yield


@contextmanager
def _full_disk(home: Path, chance: random.Random) -> Iterator[None]:
    """No file may grow beyond some size; what is larger already stays."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (chance.choice((0, 512, 20_000, 120_000, 200_000)), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _readonly(*names: str) -> Callable[[Path, random.Random], object]:
    @contextmanager
    def readonly(home: Path, chance: random.Random) -> Iterator[None]:
        """Some paths may not be written; everything else belongs to whoever opens."""
        for path in (home, *home.rglob("*")):
            if os.geteuid() == 0:
                os.chown(path, NOBODY, NOBODY)
        for name in names:
            path = home / name
            if path.exists():
                path.chmod(0o500 if path.is_dir() else 0o400)
        with _as_nobody():
            yield

    return readonly


@contextmanager
def _as_nobody() -> Iterator[None]:
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def _heal(home: Path) -> None:
    """What a person does about a refusal: makes everything writable again."""
    for path in (home, *home.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
        if os.geteuid() == 0:
            os.chown(path, 0, 0)


_CIRCUMSTANCES: Final = {
    "nothing else": _ordinary,
    "a read-only file": _readonly("jobs/jobs.db"),
    "a read-only directory": _readonly("jobs"),
    "a read-only home": _readonly("", "jobs", "backups"),
    "a full disk": _full_disk,
}
