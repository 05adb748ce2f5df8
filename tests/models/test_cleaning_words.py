"""What cleaning did, in words."""

from datetime import UTC, datetime

import pytest

from jobs.models.cleaning import Cleaning, Orphan, Pruned, cleaning_in_words
from jobs.models.ids import JobId, JobNumber
from jobs.models.job import Job, Status

AT = datetime(2026, 11, 22, 4, tzinfo=UTC)


def a_job(number: int, name: str, status: Status = Status.STOPPED) -> Job:
    return Job(
        id=JobId(f"{number:08x}"),
        number=JobNumber(number),
        kind="monitor",
        name=name,
        status=status,
        config={},
        created_at=AT,
        updated_at=AT,
    )


def test_where_nothing_was_done_nothing_is_said() -> None:
    assert cleaning_in_words(Cleaning()) == []


def test_each_thing_that_was_done_is_a_sentence_with_its_names() -> None:
    cleaning = Cleaning(
        mended=(a_job(7, "晚场监控", Status.FAILED),),
        orphans=(Orphan(pid=41), Orphan(pid=42)),
        deleted=tuple(a_job(number, "早场") for number in range(1, 4)),
        pruned=Pruned(files=2, rows=3),
        freed_bytes=3 * 2**19,
    )
    assert cleaning_in_words(cleaning, named=2) == [
        "修正 1 个进程已不在的任务：#7 晚场监控（失败）",
        "结束 2 个没有主人的进程（41、42）",
        "删除 3 个已结束的任务：#1 早场、#2 早场…",
        "清掉 2 个已无用的运行记录文件",
        "删除 3 行旧记录",
        "释放 1.5 MB",
    ]


@pytest.mark.parametrize("name", ["{晚场}", "{}", "{0}", "%s", "$x"])
def test_a_name_stays_as_it_is_whatever_it_holds(name: str) -> None:
    (said,) = cleaning_in_words(Cleaning(mended=(a_job(1, name, Status.FAILED),)))
    assert said == f"修正 1 个进程已不在的任务：#1 {name}（失败）"
