"""Following a log: every new line once, in order, whatever happens between two looks."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from log_site import JOB, Site, new_lines


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_lines_before_the_beginning_are_not_repeated(site: Site) -> None:
    site.logs.append(JOB, ["before"])
    following = site.following()
    assert new_lines(following) == []
    site.logs.append(JOB, ["one", "two"])
    assert new_lines(following) == ["one", "two"]
    assert new_lines(following) == []


@pytest.mark.parametrize("compresses", [False, True])
@pytest.mark.parametrize("begins_with", [[], ["before"]])
def test_any_number_of_rotations_between_two_looks(site: Site, begins_with: list[str], *, compresses: bool) -> None:
    site.logs.append(JOB, begins_with)
    following = site.following()
    expected: list[str] = []
    for round_ in range(5):
        for part in range(round_):
            site.part(f"{round_} {part} a", f"{round_} {part} b")
            expected += [f"{round_} {part} a", f"{round_} {part} b"]
        if compresses:
            site.look_long()
        site.logs.append(JOB, [f"{round_} end"])
        expected.append(f"{round_} end")
    assert new_lines(following) == expected
    assert new_lines(following) == []


def test_a_rotation_at_every_look(site: Site) -> None:
    following = site.following()
    seen: list[str] = []
    for number in range(30):
        site.part(str(number))
        if number % 3:
            site.look()
        seen += new_lines(following)
    site.logs.append(JOB, ["end"])
    assert seen + new_lines(following) == [*map(str, range(30)), "end"]


def test_what_is_written_to_the_old_file_after_the_rotation_is_seen_in_its_place(site: Site) -> None:
    with site.log.open("ab", buffering=0) as old:
        following = site.following()
        old.write(b"one\n")
        site.tidying.look()
        assert new_lines(following) == ["one"]
        site.logs.append(JOB, ["three"])
        old.write(b"two\n")
        assert new_lines(following) == ["two", "three"]
        old.write(b"a child's\n")
        assert new_lines(following) == ["a child's"]
        old.write(b"no end of line")
    site.look_long()
    assert new_lines(following) == ["no end of line"]
    assert new_lines(following) == []


def test_half_a_line_waits_for_its_other_half(site: Site) -> None:
    with site.log.open("ab", buffering=0) as file:
        file.write(b"begun ")
        following = site.following()
        file.write(b"and ")
        assert new_lines(following) == []
        file.write(b"ended\n")
        assert new_lines(following) == ["begun and ended"]


def test_an_endless_line_is_cut_and_the_next_one_whole(site: Site) -> None:
    site.logs.append(JOB, ["before"])
    following = site.following()
    with site.log.open("ab") as file:
        file.write(b"x" * 5_000_000 + b"\nnext\n")
    long, following_line = new_lines(following)
    assert len(long) <= 128 * 1024
    assert following_line == "next"


def test_a_log_that_was_emptied_begins_anew(site: Site) -> None:
    site.logs.append(JOB, ["a long line before"])
    following = site.following()
    site.log.write_bytes(b"")
    site.logs.append(JOB, ["new"])
    assert new_lines(following) == ["new"]


def test_first_the_last_lines_then_the_new_ones_without_a_gap(site: Site) -> None:
    site.part("2026-11-22 10:00:00 needle 1", "2026-11-22 10:00:00 hay")
    site.logs.append(JOB, ["2026-11-22 11:00:00 Needle 2"])
    script = [["needle 3", "hay"], ["hay", "NEEDLE 4"]]

    def pause() -> None:
        site.logs.append(JOB, script.pop(0))
        site.tidying.look()

    def lines(**asked: int | str) -> Iterator[str]:
        return site.logs.follow(JOB, pause, **asked)  # type: ignore[arg-type]

    assert [line[-1] for line in islice(lines(lines=50, search="needle"), 4)] == list("1234")
    assert list(islice(lines(lines=2), 2)) == ["hay", "NEEDLE 4"]
