"""What may be wrong with settings that are right one by one: names nobody reads, and what they need but lack."""

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from jobs.app.findings import Finding
from jobs.app.presets import presets_or_own
from jobs.config import Settings
from jobs.models.preset_reading import PRESETS_FILE
from jobs.paging import pager_trouble

_OF_RUNS: Final = frozenset({"sja_run", "sja_account"})
"""Not settings: what the processes of runs are known by, and told."""
_CHINESE_FONT: Final = re.compile(
    r"noto.*(cjk|(sans|serif)[ -]?sc)|source ?han|"
    r"wqy|msyh|sim(hei|sun)|pingfang|hiragino sans gb|stheiti|deng\.|misans|"
    r"harmonyos|lxgw|droidsansfallback|uming|ukai|arial ?uni",
    re.IGNORECASE,
)
"""Files that hold simplified Chinese, by their usual names."""
_FONT_PACKAGES: Final = ("manimgx_fonts_cjk", "noto_cjk_sans_sc_regular", "noto_cjk_sans_otc")
_FONTS_LOOKED_AT: Final = 20_000


def look_at_settings(settings: Settings, values: Mapping[str, str] | None) -> Iterator[Finding]:
    """`values`: every setting as text, by lower-case name; None: they are not looked at."""
    if values is not None:
        yield from names_ignored(values)
        if settings.sja_provider != "demo":
            # Who only tries it out has nobody to warn, and nothing to look after.
            yield from _superusers(values)
    yield from _presets(settings)
    yield from _font(settings)
    yield from look_at_pager(settings)


def names_ignored(values: Mapping[str, str]) -> Iterator[Finding]:
    """What nobody reads is ignored in silence; whoever wrote it meant something by it."""
    known = [*Settings.model_fields]
    for name in sorted(values):
        if name.startswith("sja") and name not in Settings.model_fields and name not in _OF_RUNS:
            near = get_close_matches(name, known, n=1)
            fix = f"改成 {near[0].upper()}" if near else "删掉它；全部设置见 .env.example"
            yield Finding(level="warning", what=f"没有叫 {name.upper()} 的设置，写了也不起作用", fix=fix)


def outranked(names: Iterable[str]) -> Iterator[Finding]:
    """`names`: of settings that a file gives another value than the environment, as in `config.Written`."""
    known = {*Settings.model_fields, "superusers", "host", "port", "onebot_access_token", "nickname", "command_start"}
    for name in known.intersection(names):
        what = f".env 里的 {name.upper()} 没有生效：环境变量优先"
        yield Finding(level="warning", what=what, fix="在启动机器人的地方去掉那个环境变量，或让两处一样，再重启")


def _superusers(values: Mapping[str, str]) -> Iterator[Finding]:
    try:
        named: object = json.loads(values.get("superusers") or "[]")
    except ValueError:
        return  # That it is no list has been said.
    if named == []:
        what = "没有超级用户：没有人能在 QQ 里管理机器人，也没有人会收到它的警告"
        yield Finding(level="warning", what=what, fix='在 .env 里写上自己的 QQ 号，例如 SUPERUSERS=["10001"]')


def _presets(settings: Settings) -> Iterator[Finding]:
    _, trouble = presets_or_own(settings)
    if trouble is not None:
        fix = f"改好 {settings.sja_home / PRESETS_FILE}，再私聊机器人 !重载配置（或重启）"
        yield Finding(level="warning", what=trouble, fix=fix)


def _font(settings: Settings) -> Iterator[Finding]:
    font = settings.sja_font
    if font is not None and not font.is_file():
        what = f"SJA_FONT={font} 不是字体文件，图片会用系统的字体，或改发文字"
        yield Finding(level="warning", what=what, fix="写对字体文件的路径，或留空")
    elif settings.sja_pictures and font is None and not _has_chinese_font():
        what = "SJA_PICTURES=true，但没有找到中文字体，会改发文字"
        fix = "apt-get install fonts-noto-cjk" if sys.platform == "linux" else "装一个中文字体，或用 SJA_FONT 指定一个"
        yield Finding(level="warning", what=what, fix=fix)


def look_at_pager(settings: Settings) -> Iterator[Finding]:
    """Slow where an address is set: it loads what would page."""
    if trouble := pager_trouble(settings.sja_escalation_url.get_secret_value()):
        yield Finding(level="warning", what=trouble[0], fix=trouble[1])


def _has_chinese_font() -> bool:
    if any(find_spec(package) is not None for package in _FONT_PACKAGES):
        return True
    looked_at = 0
    for directory in _font_directories():
        for _, _, names in os.walk(directory):
            if any(_CHINESE_FONT.search(name) for name in names):
                return True
            looked_at += len(names)
            if looked_at > _FONTS_LOOKED_AT:
                return False
    return False


def _font_directories() -> tuple[Path, ...]:
    if sys.platform == "win32":
        return (Path(os.environ.get("WINDIR", r"C:\Windows"), "Fonts"),)
    if sys.platform == "darwin":
        return Path.home() / "Library/Fonts", Path("/Library/Fonts"), Path("/System/Library")
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share")
    system = map(Path, ("/usr/share/fonts", "/usr/local/share/fonts", "/run/current-system/sw/share/X11/fonts"))
    return data / "fonts", Path.home() / ".fonts", *system
