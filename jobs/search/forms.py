"""What people call a venue and a sport besides their names: parts of them, and the shortest forms."""

import re
from collections.abc import Iterator
from itertools import product
from typing import Final, NamedTuple

from jobs.models.venue import Preset

_GENERIC: Final = re.compile(
    "体育运动中心|学生活动中心|学生中心|体育中心|分中心|中心|体育馆|体育场|健身房|健身馆|游泳健身馆|游泳馆|游泳"
    "|[网足篮排]球场|校区"
)
"""What kinds of venues are called."""
_PLACE: Final = re.compile("(?:室|房|厅|馆|场|球)$")
"""The end of a sport's name that is left out: `桌游`, `乒乓`."""

_SAID_ALSO: Final = {
    "羽毛球": ("badminton", "打羽"),
    "篮球": ("basketball", "打篮球"),
    "排球": ("volleyball",),
    "乒乓球": ("pingpong", "tabletennis", "打乒乓"),
    "网球": ("tennis",),
    "足球": ("football", "soccer", "踢球", "踢足球"),
    "台球": ("billiards", "snooker", "桌球"),
    "舞蹈": ("dance", "跳舞", "练舞"),
    "健身房": ("gym", "fitness", "撸铁"),
    "钢琴": ("piano", "弹琴", "弹钢琴", "练琴"),
    "烘焙": ("baking", "烤箱"),
    "桌游室": ("boardgame",),
}
"""Other words for a sport."""

_OWN_PART: Final = 2
"""Characters of a venue's own name that stand for it, from either end."""


class Form(NamedTuple):
    """One way to say a preset: `venue` and `sport`, either may be empty, in the order in which they are said."""

    venue: str
    sport: str
    is_turned: bool = False


def forms_of(preset: Preset) -> Iterator[Form]:
    """All ways to say a preset that a search knows; the same may come twice."""
    sport = preset.sport.removeprefix(preset.venue)
    venues = list(dict.fromkeys(_venue_forms(preset.venue)))
    sports = list(dict.fromkeys(_sport_forms(sport))) if sport else []
    yield from (Form(venue, "") for venue in venues)
    yield from (Form("", one) for one in sports)
    yield from (Form(venue, one, turned) for venue, one, turned in product(venues, sports, (False, True)))
    if sport:
        yield Form(preset.venue[0], sport[0])


def _venue_forms(venue: str) -> Iterator[str]:
    yield venue
    generic = _GENERIC.findall(venue)
    own = [part for part in _GENERIC.split(venue) if part]
    yield "".join(own) or venue
    if own and generic:
        yield f"{own[0]}{generic[0]}"
    short = [_shortest(word) for word in generic]
    for part in own:
        yield part
        if len(part) > _OWN_PART:
            yield part[:_OWN_PART]
            yield part[-_OWN_PART:]
            yield f"{part[_OWN_PART:]}{part[:_OWN_PART]}"
    for word, brief in zip(generic, short, strict=True):
        yield f"{venue[0]}{word[0]}" if own else brief
        yield from (brief, word, *(f"{part[:_OWN_PART]}{brief}" for part in own)) if len(word) > len("体育运动") else ()


def _shortest(generic: str) -> str:
    """`学活` of `学生活动中心`, `学中` of `学生中心`."""
    return f"{generic[0]}{generic[2]}" if len(generic) > len("体育馆") else generic


def _sport_forms(sport: str) -> Iterator[str]:
    yield sport
    yield from sport.split("兼")
    if len(sport) > _OWN_PART and _PLACE.search(sport):
        yield sport[:-1]
    if len(sport) > _OWN_PART and sport.endswith("球"):
        yield f"{sport[0]}球"
    yield from _SAID_ALSO.get(sport, ())
