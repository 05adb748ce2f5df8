"""Pictures: what they show, that they stay sane whatever they are told, and that without a font there are none."""

import io
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st
from msgspec.structs import replace
from picture_site import (
    HOSTILE_NAMES,
    ZONE,
    job,
    monitor_detail,
    page_of,
    row,
    schedule_detail,
    sightings,
    some_statistics,
    usual_rows,
)
from PIL import Image, ImageChops

from jobs import Status
from plugins import _pictures
from plugins._pictures import draw_card, draw_list, draw_statistics, draw_text, finding
from plugins._pictures.canvas import WIDTH, Canvas, Style, fitted, measured, wrapped
from plugins._pictures.faces import chinese_face
from plugins._pictures.fonts import Fonts, fonts_with, pieces
from plugins._pictures.heatmap import Heatmap
from plugins._pictures.marks import mark
from plugins._pictures.palette import INK, colours
from plugins._pictures.signs import OCCURRENCE, STATUS, TALLY, TICK, Sign

FONTS = fonts_with(None)
with_font = pytest.mark.skipif(FONTS is None, reason="没有中文字体：这里不看画出来的样子")
"""CI may have none; then it is looked at that nothing is drawn, and what needs no font."""


@pytest.fixture
def fonts() -> Fonts:
    assert FONTS is not None
    return FONTS


def opened(picture: bytes | None) -> Image.Image:
    assert picture is not None
    image = Image.open(io.BytesIO(picture))
    image.load()
    return image


def test_without_a_chinese_font_there_is_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "_system_directories", lambda: iter(()))
    monkeypatch.setattr(finding, "_package_directories", lambda: iter(()))
    fonts_with.cache_clear()
    try:
        assert draw_list(page_of(*usual_rows(3)), ZONE) is None
        assert draw_card(monitor_detail(), ZONE) is None
        assert draw_statistics(some_statistics()) is None
        assert draw_text("日志", ["一行"]) is None
    finally:
        monkeypatch.undo()
        fonts_with.cache_clear()


@pytest.mark.parametrize("content", [b"", b"no font at all", b"OTTO" + bytes(200)])
def test_a_file_that_is_no_font_is_passed_over(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "NotoSansCJKsc-Regular.otf"
    file.write_bytes(content)
    assert chinese_face(file) is None
    _pictures.use_font(file)
    try:
        assert (draw_text("题", ["行"]) is None) == (FONTS is None)
    finally:
        _pictures.use_font(None)


def test_what_is_no_file_is_never_opened_as_a_font(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.ttf")
    for path in (tmp_path / "pipe.ttf", tmp_path, Path("/dev/zero"), tmp_path / "none.ttf", Path("/a\0b")):
        assert chinese_face(path) is None
        assert "SJA_FONT=" in (_pictures.font_trouble(path) or "")
    assert _pictures.font_trouble(None) is None
    assert "planted" not in (_pictures.font_trouble(Path("json://u:planted@h")) or "")


def test_a_font_with_chinese_is_no_trouble() -> None:
    known = finding.known_files()
    font = next((known[name] for name in finding.CHINESE if name in known), None)
    if font is None:
        pytest.skip("没有中文字体")
    assert _pictures.font_trouble(font) is None


def test_a_font_without_chinese_is_passed_over(tmp_path: Path) -> None:
    latin = finding.known_files().get("DejaVuSans.ttf")
    if latin is None:
        pytest.skip("没有 DejaVu Sans")
    assert chinese_face(latin) is None


@pytest.mark.parametrize("signs", [STATUS, TICK, OCCURRENCE, TALLY], ids=["status", "tick", "occurrence", "tally"])
def test_each_status_has_a_shape_of_its_own_in_grey_too(signs: dict[object, Sign]) -> None:
    shapes = {sign.mark: mark(sign.mark, 48) for sign in signs.values()}
    if signs is not OCCURRENCE:
        assert len(shapes) == len(signs)
    names = sorted(shapes)
    for place, name in enumerate(names):
        assert shapes[name].getbbox() is not None
        for other in names[place + 1 :]:
            differing = ImageChops.difference(shapes[name], shapes[other]).point([0] * 128 + [1] * 128)
            assert sum(differing.tobytes()) > 48 * 48 * 0.08, (name, other)


def test_every_ink_can_be_told_from_its_paper() -> None:
    def light(colour: tuple[int, int, int]) -> float:
        """Relative luminance as in WCAG 2."""
        parts = [part / 255 for part in colour]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    for sign in (*STATUS.values(), *TICK.values(), *OCCURRENCE.values(), *TALLY.values()):
        # 3 : 1 is what WCAG asks of graphics and large type.
        assert (light(sign.ink.paper) + 0.05) / (light(sign.ink.colour) + 0.05) >= 3, sign
    assert len(colours()) == 768


@with_font
def test_a_list_is_as_wide_as_a_phone_and_small_to_send() -> None:
    picture = draw_list(page_of(*usual_rows(20), total=37, pages=2), ZONE)
    image = opened(picture)
    assert image.width == WIDTH
    assert 2_000 < image.height < 6_000
    assert len(picture or b"") < 1_000_000


@with_font
def test_a_hundred_jobs_stay_sane() -> None:
    picture = draw_list(page_of(*usual_rows(100)), ZONE)
    assert len(picture or b"") < 3_000_000
    assert opened(picture).height < 30_000


@with_font
def test_an_empty_list_says_how_to_begin() -> None:
    usual, filtered = draw_list(page_of(), ZONE), draw_list(page_of(), ZONE, "失败")
    assert opened(usual).height < 500
    assert usual != filtered


@with_font
@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_no_name_breaks_the_layout(name: str) -> None:
    usual = opened(draw_list(page_of(row(job(7, "晚场监控"))), ZONE))
    hostile = opened(draw_list(page_of(row(job(7, name))), ZONE))
    assert hostile.size == usual.size
    # Only the name's own line is another one: what stands above, below and to the right is as it was.
    box = ImageChops.difference(usual.convert("L"), hostile.convert("L")).getbbox()
    if box is not None:
        assert box[0] > 120
        assert box[2] < 830
        assert 124 < box[1] < box[3] < 215
    assert opened(draw_card(monitor_detail(name=name), ZONE)).width == WIDTH


@with_font
@pytest.mark.parametrize("status", list(Status))
def test_each_status_looks_different_without_colour(status: Status) -> None:
    others = [one for one in Status if one is not status]
    mine = opened(draw_list(page_of(row(job(7, "晚场监控", status))), ZONE)).convert("L").crop((50, 130, 120, 200))
    for other in others:
        theirs = opened(draw_list(page_of(row(job(7, "晚场监控", other))), ZONE)).convert("L").crop((50, 130, 120, 200))
        assert sum(value > 60 for value in ImageChops.difference(mine, theirs).tobytes()) > 100, other


@with_font
def test_a_card_grows_by_what_there_is_to_show() -> None:
    bare = opened(draw_card(monitor_detail(ticks=""), ZONE)).height
    ticked = opened(draw_card(monitor_detail(), ZONE)).height
    mapped = opened(draw_card(monitor_detail(), ZONE, sightings())).height
    assert bare < ticked < mapped
    assert opened(draw_card(schedule_detail(), ZONE)).height > opened(draw_card(schedule_detail(0), ZONE)).height


@with_font
def test_a_day_without_a_look_is_no_day_without_courts(fonts: Fonts) -> None:
    seen = sightings()
    days = [one.day for one in seen]
    nothing = [replace(one, hours={}) if one is seen[2] else one for one in seen]
    unseen = [one for one in seen if one is not seen[2]]
    drawn: set[bytes] = set()
    for some in (seen, nothing, unseen):
        canvas = Canvas(fonts, 600)
        Heatmap(days, some).draw(canvas, 40, 10, 1000)
        drawn.add(canvas.png())
    assert len(drawn) == 3


@with_font
def test_statistics_of_all_of_one_and_of_nothing() -> None:
    whole = opened(draw_statistics(some_statistics()))
    one = opened(draw_statistics(some_statistics(), "#7 晚场监控"))
    bare = opened(draw_statistics(some_statistics(jobs=(), hours=(), looks=0, lateness=None)))
    blind = opened(draw_statistics(some_statistics(hours=())))
    assert whole.height > blind.height > bare.height
    assert whole.height > one.height


@with_font
def test_long_text_keeps_its_end() -> None:
    lines = [f"第 {n} 行" for n in range(2000)]
    picture = draw_text("日志", lines)
    assert picture == draw_text("日志", lines[-1500:])
    assert len(picture or b"") < 3_000_000
    assert opened(draw_text("", [])).height < 500


@with_font
def test_several_threads_may_ask_at_once() -> None:
    page = page_of(*(row(job(n, name)) for n, name in enumerate(HOSTILE_NAMES)))
    alone = draw_list(page, ZONE)
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(lambda _: draw_list(page, ZONE), range(24))) == {alone}


@with_font
def test_what_does_not_fit_ends_in_an_ellipsis_and_never_reaches_further(fonts: Fonts) -> None:
    style = Style(32)
    long = "一个很长很长的名字" * 10
    assert fitted(fonts, "短", style, 300) == "短"
    assert fitted(fonts, long, style, 300).endswith("…")
    assert measured(fonts, fitted(fonts, long, style, 300), style) <= 300
    marked = "错过两次（机器人没有运行），补一次。“说明”在日志里，（见详情）" * 3
    for width in range(150, 500, 10):
        lines = wrapped(fonts, marked, style, width, 40)
        assert "".join(lines) == marked
        assert not [line for line in lines if line[0] in "、，。）”" or line[-1] in "（“"]
    assert wrapped(fonts, "预设13 南洋北苑 · 每300秒 · 18,19,20点", style, 330, 3)[1][0] not in "·点秒 "


@with_font
@settings(deadline=None, max_examples=60)
@given(text=st.text(max_size=60), width=st.integers(40, 900), most=st.integers(1, 4))
def test_any_text_fits_its_room(text: str, width: int, most: int) -> None:
    assert FONTS is not None
    style = Style(28)
    lines = wrapped(FONTS, text, style, width, most)
    assert 1 <= len(lines) <= most
    for line in lines:
        assert measured(FONTS, line, style) <= width + 1
    canvas = Canvas(FONTS, 100)
    canvas.text(20, 60, text, style, INK)
    assert canvas.png().startswith(b"\x89PNG")


def test_text_is_drawn_in_pieces_that_belong_together() -> None:
    assert pieces("监控A1") == ["监", "控", "A", "1"]
    assert pieces("🇨🇳💪🏽") == ["🇨🇳", "💪🏽"]
    assert pieces("مراقبة الملاعب 监") == ["مراقبة الملاعب", " ", "监"]
    assert pieces("a\u200b\u202e监\ufe0f") == ["a", "监"]
    assert pieces("e\u0301e") == ["e\u0301", "e"]


@with_font
def test_samples_to_look_at(tmp_path: Path) -> None:
    """Writes what people would see; `pytest --basetemp=… -k samples` keeps them."""
    samples = {
        "list": draw_list(page_of(*usual_rows(20), total=37, pages=2), ZONE),
        "hostile": draw_list(page_of(*(row(job(n, name)) for n, name in enumerate(HOSTILE_NAMES))), ZONE),
        "card": draw_card(monitor_detail(), ZONE, sightings()),
        "schedule": draw_card(schedule_detail(), ZONE),
        "statistics": draw_statistics(some_statistics()),
        "text": draw_text("📄 #7 最后 40 行日志", [f"12:00:{n:02} 第 {n} 次查询：空场 {n} 个" for n in range(40)]),
    }
    for name, picture in samples.items():
        (tmp_path / f"{name}.png").write_bytes(picture or b"")
        assert opened(picture).width == WIDTH
