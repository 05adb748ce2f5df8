"""The dialects of QQ clients as data: what each adds to an event, leaves out of it, and writes in its own way.

Written from the clients' own lists of fields: NapCat (`src/onebot/types`), Lagrange.OneBot (`Core/Entity/Message`,
whose text form of a private message has no `raw_message`), LLOneBot (`onebot11/types.ts`) and LLOneBot of the first
months, whose numbers were all texts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Facts = dict[str, Any]


@dataclass(frozen=True)
class Dialect:
    """`message_ids` are given out in turn; `quote` is how a reply segment writes one; `own` how numbers are written.

    `of_group` and `of_private` are added to a message event; `lacks` (and, in the text format, `lacks_in_text`) is
    taken away from it. `stored` adds to the answer to `get_msg`, and `hides` is taken from it. `done` and `refused`
    complete the answers to calls.
    """

    name: str
    message_ids: Callable[[int], int]
    quote: Callable[[int], Any] = str
    own: Callable[[int], Any] = int
    of_message: Facts = field(default_factory=dict[str, Any])
    of_group: Facts = field(default_factory=dict[str, Any])
    of_private: Facts = field(default_factory=dict[str, Any])
    lacks: frozenset[str] = frozenset()
    lacks_in_text: frozenset[str] = frozenset()
    group_sender: Facts = field(default_factory=dict[str, Any])
    stored: Callable[[int], Facts] = lambda message_id: {"real_id": message_id}
    hides: frozenset[str] = frozenset()
    done: Facts = field(default_factory=lambda: {"status": "ok", "retcode": 0})
    refused: Facts = field(default_factory=lambda: {"status": "failed", "retcode": 1200, "data": None})
    heartbeat: Facts = field(default_factory=lambda: {"online": True, "good": True})
    upload: Facts = field(default_factory=lambda: {"id": "/f", "name": "场馆.xlsx", "size": 9, "busid": 102})
    poke: Facts = field(default_factory=dict[str, Any])
    temporary: Facts = field(default_factory=lambda: {"sub_type": "group"})

    def message_id(self, number: int) -> int:
        return self.message_ids(number)


_GROUP_PERSON: Mapping[str, Any] = {"card": "小明[CQ:at,qq=all]", "role": "member"}

NAPCAT = Dialect(
    name="napcat",
    message_ids=lambda number: 1_100_000_000 + number,
    of_message={
        "message_seq": 1_100_000_001,
        "real_id": 1_100_000_001,
        "real_seq": "4711",
        "font": 14,
        "message_format": "array",
        "raw": {"msgId": "7345678901234567890", "elements": [{"textElement": {"content": "x"}}], "msgType": 2},
        "emoji_likes_list": [],
    },
    of_group={"group_name": "羽毛球😀群"},
    of_private={"target_id": 10000},
    group_sender={**_GROUP_PERSON, "sex": "unknown", "title": "队长", "level": "37", "age": 0, "area": ""},
    stored=lambda message_id: {"real_id": message_id, "message_seq": message_id, "message_format": "array"},
    done={"status": "ok", "retcode": 0, "message": "", "wording": "", "stream": "normal-action"},
    refused={"status": "failed", "retcode": 1200, "data": None, "message": "Timeout: NTEvent", "wording": "Timeout"},
    poke={"raw_info": [{"col": "1", "nm": "", "type": "qq", "uid": "u_x"}, {"txt": "戳了戳", "type": "nor"}]},
    temporary={"sub_type": "group", "temp_source": 0, "group_id": 777},
)

LAGRANGE = Dialect(
    name="lagrange",
    message_ids=lambda number: -(2**31) + number,
    of_group={"anonymous": None, "message_style": {"bubble_id": 1, "pendant_id": 0, "font_id": 0, "diy_font_id": 0}},
    of_message={"font": 0},
    lacks_in_text=frozenset({"raw_message"}),
    group_sender={**_GROUP_PERSON, "sex": "unknown", "age": 0, "area": "", "level": 12, "title": ""},
    stored=lambda _: {},
    hides=frozenset({"sender"}),
    done={"status": "ok", "retcode": 0},
    refused={"status": "failed", "retcode": 1404, "data": None},
    heartbeat={"app_initialized": True, "app_enabled": True, "app_good": True, "online": True, "good": True},
    upload={"id": "/f", "name": "场馆.xlsx", "size": 9, "url": "http://127.0.0.1/f"},
    temporary={"sub_type": "group", "target_id": 10000},
)

LLONEBOT = Dialect(
    name="llonebot",
    message_ids=lambda number: 2**33 + number,
    quote=int,
    of_message={"message_seq": 91, "font": 14, "message_format": "array", "raw": {"msgSeq": "91", "guildId": ""}},
    of_private={"temp_source": 0},
    group_sender={**_GROUP_PERSON, "level": "100", "title": ""},
    stored=lambda message_id: {"real_id": message_id, "message_seq": message_id},
    done={"status": "ok", "retcode": 0, "message": "", "wording": ""},
    refused={"status": "failed", "retcode": 200, "data": None, "message": "发送失败", "wording": "发送失败"},
    heartbeat={"online": None, "good": True},
    temporary={"sub_type": "group", "temp_source": 0, "group_id": 777},
)

EARLY = Dialect(
    name="llonebot-early",
    message_ids=lambda number: 4_100_000_000 + number,
    own=str,
    lacks=frozenset({"font", "sub_type", "sender"}),
    stored=lambda _: {},
    hides=frozenset({"message_type"}),
    done={"status": 0, "retcode": 0, "message": ""},
    refused={"status": "failed", "retcode": 100, "data": None, "message": ""},
    temporary={},
)
"""Numbers as texts wherever there is one, no sender and no font."""

DIALECTS = (NAPCAT, LAGRANGE, LLONEBOT, EARLY)
