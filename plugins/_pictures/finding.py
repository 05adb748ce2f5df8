"""Where fonts are: named by the operator, brought by a package, or among the system's."""

import os
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final

CHINESE: Final = (
    "NotoSansCJKsc-Regular.otf",
    "NotoSansSC-Regular.otf",
    "NotoSansSC-Regular.ttf",
    "SourceHanSansSC-Regular.otf",
    "SourceHanSansCN-Regular.otf",
    "NotoSansCJK-Regular.ttc",
    "SourceHanSans.ttc",
    "SourceHanSans-Regular.ttc",
    "NotoSansCJK-VF.otf.ttc",
    "NotoSansCJK-VF.ttc",
    "NotoSansSC[wght].ttf",
    "NotoSansSC-VF.ttf",
    "SourceHanSansSC-VF.otf",
    "PingFang.ttc",
    "msyh.ttc",
    "msyh.ttf",
    "HarmonyOS_Sans_SC_Regular.ttf",
    "MiSans-Regular.ttf",
    "MiSans-Regular.otf",
    "Hiragino Sans GB.ttc",
    "STHeiti Light.ttc",
    "STHeiti Medium.ttc",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "Deng.ttf",
    "simhei.ttf",
    "LXGWWenKai-Regular.ttf",
    "DroidSansFallbackFull.ttf",
    "DroidSansFallback.ttf",
    "NotoSerifCJK-Regular.ttc",
    "Arial Unicode.ttf",
    "ARIALUNI.TTF",
    "simsun.ttc",
    "uming.ttc",
    "ukai.ttc",
)
"""Files that are known to hold simplified Chinese, the ones most pleasant to read first."""

OTHERS: Final = (
    "DejaVuSans.ttf",
    "NotoSans-Regular.ttf",
    "segoeui.ttf",
    "arial.ttf",
    "Arial.ttf",
    "Arial Unicode.ttf",
    "LiberationSans-Regular.ttf",
    "FreeSans.ttf",
    "NotoSansArabic-Regular.ttf",
    "NotoSansHebrew-Regular.ttf",
    "NotoSansThai-Regular.ttf",
    "NotoSansDevanagari-Regular.ttf",
    "NotoSansSymbols-Regular.ttf",
    "NotoSansSymbols2-Regular.ttf",
    "seguisym.ttf",
    "Apple Symbols.ttf",
    "Symbola.ttf",
    "Symbola_hint.ttf",
)
"""For what a Chinese font lacks: other scripts, and symbols."""

EMOJI: Final = ("NotoColorEmoji.ttf", "Apple Color Emoji.ttc", "seguiemj.ttf")

_PACKAGES: Final = ("manimgx_fonts_cjk", "noto_cjk_sans_sc_regular", "noto_cjk_sans_otc")
"""Of the package index: each brings a font of Noto's as a file beside its own."""

_FILES_AT_MOST: Final = 20_000
"""Looked at in search of fonts; more than any system has of them."""


def known_files() -> dict[str, Path]:
    """The known fonts that are here, by the names of their files."""
    wanted = {name.casefold(): name for name in (*CHINESE, *OTHERS, *EMOJI)}
    found: dict[str, Path] = {}
    for count, file in enumerate(_files(), 1):
        name = wanted.get(file.name.casefold())
        if name is not None:
            found.setdefault(name, file)
        if count >= _FILES_AT_MOST:
            break
    return found


def bolder(path: Path) -> Path | None:
    """The file of the same family's bold, where it lies beside."""
    swaps = (("Regular", "Bold"), ("msyh.", "msyhbd."), ("Deng.", "Dengb."), (" Light", " Medium"))
    names = (path.name.replace(plain, bold) for plain, bold in swaps if plain in path.name)
    return next((beside for name in names if (beside := path.with_name(name)).is_file()), None)


def _files() -> Iterator[Path]:
    for directory in (*_package_directories(), *_system_directories()):
        for where, _, names in os.walk(directory, followlinks=False):
            yield from (Path(where, name) for name in names)


def _package_directories() -> Iterator[Path]:
    for package in _PACKAGES:
        spec = find_spec(package)
        if spec is not None and spec.origin is not None:
            yield Path(spec.origin).parent


def _system_directories() -> Iterator[Path]:
    home = Path.home()
    if sys.platform == "win32":
        yield Path(os.environ.get("WINDIR", r"C:\Windows"), "Fonts")
        yield Path(os.environ.get("LOCALAPPDATA", home / "AppData/Local"), "Microsoft/Windows/Fonts")
        return
    if sys.platform == "darwin":
        yield home / "Library/Fonts"
        yield from map(Path, ("/Library/Fonts", "/System/Library/Fonts"))
        yield from Path("/System/Library").glob("AssetsV2/com_apple_MobileAsset_Font*")
        return
    data = os.environ.get("XDG_DATA_HOME") or home / ".local/share"
    yield from (Path(data, "fonts"), home / ".fonts")
    yield from map(Path, ("/usr/share/fonts", "/usr/local/share/fonts", "/run/current-system/sw/share/X11/fonts"))
    yield from map(Path, ("/system/fonts", "/usr/share/texmf/fonts/opentype/public"))
