"""What an examination of a home finds."""

from typing import Literal

from msgspec import Struct

Level = Literal["error", "warning"]


class Finding(Struct, frozen=True, kw_only=True):
    """Something that is not as it should be. `error`: something does not work, or soon will not."""

    level: Level
    what: str
    fix: str
