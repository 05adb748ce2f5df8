"""A font that is installed while the bot runs is found once the settings are read again."""

import pytest

from plugins._pictures import draw_text, finding, use_font
from plugins._pictures.fonts import fonts_with


@pytest.mark.skipif(fonts_with(None) is None, reason="没有中文字体")
def test_a_font_that_was_installed_since_is_found_after_a_reload(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        with monkeypatch.context() as bare:
            bare.setattr(finding, "known_files", dict)
            use_font(None)
            assert draw_text("题", ["行"]) is None
        assert draw_text("题", ["行"]) is None
        use_font(None)
        assert draw_text("题", ["行"]) is not None
    finally:
        use_font(None)
