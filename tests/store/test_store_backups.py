import stat
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from store_examples import AT, ToldClock, a_job

from jobs.models.change import Change
from jobs.ports.store import StoreUnavailable
from jobs.store.backups import backup
from jobs.store.opening import open_store


def test_a_backup_is_one_private_file_with_everything_committed_so_far(home: Path, clock: ToldClock) -> None:
    with closing(open_store(home, clock).store) as store:
        store.apply(Change(jobs=(a_job(name="备份里"),)))
        path = backup(store, home, AT)
        store.apply(Change(jobs=(a_job(name="备份后"),)))
        assert path.name == "jobs-20251128-120000.db"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert [found.name for found in path.parent.iterdir()] == [path.name]
    elsewhere = home.parent / "elsewhere"
    (elsewhere / "jobs").mkdir(parents=True)
    (elsewhere / "jobs" / "jobs.db").write_bytes(path.read_bytes())
    with closing(open_store(elsewhere, clock).store) as restored:
        assert [job.name for job in restored.jobs.select()] == ["备份里"]


def test_the_newest_seven_backups_are_kept(home: Path, clock: ToldClock) -> None:
    with closing(open_store(home, clock).store) as store:
        made = [backup(store, home, AT + timedelta(days=day)) for day in range(9)]
        made.append(backup(store, home, AT + timedelta(days=8)))
    assert sorted(path.name for path in (home / "backups").iterdir()) == sorted(path.name for path in made[-7:])


def test_a_backup_may_be_made_in_another_thread_while_the_store_is_written(home: Path, clock: ToldClock) -> None:
    with closing(open_store(home, clock).store) as store:
        made: list[Path] = []
        thread = threading.Thread(target=lambda: made.append(backup(store, home, AT)))
        thread.start()
        while thread.is_alive():
            store.apply(Change(jobs=(a_job(),)))
        thread.join()
        assert made[0].exists()


def test_a_backup_that_cannot_be_written_says_so_and_leaves_nothing_half_done(home: Path, clock: ToldClock) -> None:
    with closing(open_store(home, clock).store) as store:
        (home / "backups").rmdir()
        (home / "backups").write_text("in the way")
        with pytest.raises(StoreUnavailable, match="备份任务库失败"):
            backup(store, home, AT)
