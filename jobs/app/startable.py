"""What a bot would refuse to start with, as far as it is told without NoneBot: the rest it says itself."""

import ipaddress
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from jobs.app.beside import check_default_preset
from jobs.config import Settings, SettingsError
from jobs.models.setting_words import shown_setting
from jobs.models.venue import Preset

_LISTS: Final = {"superusers": '["10001"]', "command_start": '["!", "/"]', "nickname": '["小助手"]'}
"""Settings that NoneBot reads as JSON lists of texts, with an example of each."""
_TOKENS: Final = ("onebot_access_token", "onebot_v11_access_token")
_PORTS: Final = range(1, 65536)


def why_not_startable(values: Mapping[str, str], settings: Settings, presets: Sequence[Preset]) -> Iterator[str]:
    """A line for each setting that the bot refuses; `values` as `read_environment` gives them, empty: the default."""
    given = {name: value for name, value in values.items() if value}
    port = given.get("port", "8080").strip()
    if not (port.isdecimal() and len(port) <= len(str(_PORTS[-1])) and int(port) in _PORTS):
        yield f"PORT 的值 {shown_setting('PORT', port)} 不对：要写 {_PORTS[0]} 到 {_PORTS[-1]} 的整数"
    for name, example in _LISTS.items():
        if name in given and not _is_list_of_texts(given[name]):
            yield f"{name.upper()} 的值 {shown_setting(name, given[name])} 不对：请写成 JSON 列表，例如 {example}"
    yield from _address(given)
    try:
        check_default_preset(settings, presets)
    except SettingsError as wrong:
        yield str(wrong)


def _address(given: Mapping[str, str]) -> Iterator[str]:
    host = given.get("host", "127.0.0.1")
    try:
        is_open = not ipaddress.ip_address(host).is_loopback
    except ValueError:
        yield f"HOST 的值 {shown_setting('HOST', host)} 不对：要写 IP 地址，例如 127.0.0.1"
        return
    if is_open and not any(name in given for name in _TOKENS):
        yield f"HOST={host} 会让别的机器也能连接，请先设置 ONEBOT_ACCESS_TOKEN，或改回 HOST=127.0.0.1"


def _is_list_of_texts(value: str) -> bool:
    try:
        decoded: object = json.loads(value)
    except ValueError:
        return False
    return isinstance(decoded, list) and all(isinstance(part, str) for part in decoded)  # pyright: ignore[reportUnknownVariableType]
