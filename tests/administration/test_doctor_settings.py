"""What a check-up finds in settings that are right one by one."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from jobs.app.doctor_settings import look_at_settings
from jobs.app.findings import Finding
from jobs.config import settings_in

SOUND: Mapping[str, str] = {"superusers": '["10001"]'}


def findings(home: Path, **values: str) -> list[Finding]:
    written = {**SOUND, **values, "sja_home": str(home)}
    return list(look_at_settings(settings_in(written), written))


def test_sound_settings_have_none(tmp_path: Path) -> None:
    assert findings(tmp_path, path="/bin", sja_groups="123", sja_run="placed by the bot itself") == []


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("sja_gropus", "SJA_GROUPS"),
        ("sja_max_runing", "SJA_MAX_RUNNING"),
        ("sja-groups", "SJA_GROUPS"),
        ("sjahome", "SJA_HOME"),
    ],
)
def test_a_name_that_nobody_reads_is_found_with_the_right_one(tmp_path: Path, name: str, right: str) -> None:
    (found,) = findings(tmp_path, **{name: "1"})
    assert name.upper() in found.what
    assert found.fix == f"改成 {right}"


def test_that_nobody_looks_after_the_bot_is_found(tmp_path: Path) -> None:
    for empty in ("", "[]"):
        (found,) = findings(tmp_path, superusers=empty, sja_provider="sjtu")
        assert "没有超级用户" in found.what
    assert findings(tmp_path, superusers="") == []
    assert not any("超级用户" in found.what for found in look_at_settings(settings_in({}), None))


def test_a_font_that_is_none_is_found(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, sja_font=str(tmp_path / "none.ttf"))
    assert "SJA_FONT" in found.what


def test_pictures_without_a_font_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.app.doctor_settings._font_directories", lambda: (tmp_path,))
    monkeypatch.setattr("jobs.app.doctor_settings._FONT_PACKAGES", ())
    (found,) = findings(tmp_path, sja_pictures="true")
    assert "没有找到中文字体" in found.what
    (tmp_path / "NotoSansCJK-Regular.ttc").touch()
    assert findings(tmp_path, sja_pictures="true") == []


def test_an_address_that_no_pager_knows_is_found_and_not_repeated(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, sja_escalation_url="nowhere://planted")
    assert "SJA_ESCALATION_URL" in found.what
    assert "planted" not in found.what + found.fix


def test_a_presets_file_that_cannot_be_used_is_found(tmp_path: Path) -> None:
    (tmp_path / "presets.toml").write_text("[[preset]")
    (found,) = findings(tmp_path)
    assert "presets.toml" in found.what
