"""Files that people write by hand: whatever lies in their place, reading them neither waits nor fills the memory."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.app.presets import presets_now
from jobs.config import Settings, SettingsError, load_settings, load_what_is_right
from jobs.models.errors import Refusal
from jobs.small_files import Unreadable, is_regular_file, read_small


def lay_pipe(path: Path) -> None:
    os.mkfifo(path)


def lay_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def lay_loop(path: Path) -> None:
    path.symlink_to(path)


def lay_too_much(path: Path) -> None:
    path.write_bytes(b"#" * (256 * 1024 + 1))


ODD = (lay_pipe, lay_device, Path.mkdir, lay_loop, lay_too_much)


@pytest.mark.parametrize("lay", ODD)
def test_what_is_no_small_regular_file_is_refused_at_once(tmp_path: Path, lay: Callable[[Path], None]) -> None:
    lay(tmp_path / "x")
    with pytest.raises(Unreadable, match=r"^(读不出来：|太大了)[^A-Za-z]*(256 KB)?$"):
        read_small(tmp_path / "x", 256 * 1024)


@pytest.mark.parametrize("name", [".env", ".env.prod"])
@pytest.mark.parametrize("lay", ODD)
def test_settings_that_cannot_be_read_stop_the_start_with_one_line(
    tmp_path: Path, lay: Callable[[Path], None], name: str
) -> None:
    lay(tmp_path / name)
    with pytest.raises(SettingsError, match=rf"^\{name} [^\n]+$"):
        load_settings(tmp_path, {})
    assert load_what_is_right(tmp_path, {}) is None


@pytest.mark.parametrize("lay", ODD)
def test_presets_that_cannot_be_read_are_refused(tmp_path: Path, lay: Callable[[Path], None]) -> None:
    lay(tmp_path / "presets.toml")
    with pytest.raises(Refusal, match=r"^presets\.toml "):
        presets_now(Settings(sja_home=tmp_path))


def test_what_is_there_is_read_and_what_is_not_is_none(tmp_path: Path) -> None:
    assert read_small(tmp_path / "none", 10) is None
    (tmp_path / "text").write_bytes("\ufeff好".encode())
    (tmp_path / "link").symlink_to("text")
    assert read_small(tmp_path / "link", 10) == "好"
    assert is_regular_file(tmp_path / "link")
    assert not is_regular_file(tmp_path)
    assert not is_regular_file(Path("/a\0b"))
    with pytest.raises(Unreadable):
        read_small(Path("/a\0b"), 10)


def test_a_text_in_another_encoding_is_said_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes("# 一\n二=".encode() + "三".encode("gbk"))
    with pytest.raises(Unreadable, match="第 2 行第 3 个字"):
        read_small(tmp_path / "x", 100)
