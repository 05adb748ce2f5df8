"""What commands begin with."""

from typing import Final

from nonebot.config import Config

from jobs import clean

DEFAULT_PREFIXES: Final = frozenset({"!", "/"})
"""`！` and `／` are the same: texts are normalised (NFKC) before a prefix is looked for."""


def prefixes_of(config: Config) -> frozenset[str]:
    """`COMMAND_START` where it is set, as it looks after normalising; else ours."""
    if "command_start" not in config.model_fields_set:
        return DEFAULT_PREFIXES
    return frozenset(map(clean, config.command_start)) or DEFAULT_PREFIXES
