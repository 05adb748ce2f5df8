"""`.env.example` is the one page about settings: every one, with its default."""

import re
from pathlib import Path

from jobs.config import Settings, load_settings, settings_from

ROOT = Path(__file__).resolve().parents[2]
OF_THE_FRAMEWORK = {"HOST", "PORT", "SUPERUSERS", "COMMAND_START", "ONEBOT_ACCESS_TOKEN"}


def offered() -> dict[str, str]:
    """The settings of `.env.example` and the values that stand behind them."""
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    return dict(re.findall(r"^#? ?([A-Z][A-Z0-9_]*)=(.*)$", text, re.MULTILINE))


def test_every_setting_is_offered_and_no_other() -> None:
    of_the_engine = {name.upper() for name in Settings.model_fields}
    assert offered().keys() == of_the_engine | OF_THE_FRAMEWORK


def test_the_values_offered_are_the_defaults(tmp_path: Path) -> None:
    lines = "\n".join(f"{name}={value}" for name, value in offered().items())
    (tmp_path / ".env").write_text(lines, encoding="utf-8")
    assert load_settings(tmp_path, {}) == settings_from({})


def test_every_setting_is_explained_above_it() -> None:
    blocks = (ROOT / ".env.example").read_text(encoding="utf-8").split("\n\n")
    unexplained = [block for block in blocks if re.match(r"#? ?[A-Z][A-Z0-9_]*=", block)]
    assert not unexplained


def test_copied_as_it_is_it_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes((ROOT / ".env.example").read_bytes())
    assert load_settings(tmp_path, {}) == settings_from({})
