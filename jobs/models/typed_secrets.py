"""Messages in which somebody types a password: nothing of the kind may stay in a group or get into a log."""

import re
from collections.abc import Collection, Mapping
from typing import Final

ACCOUNT_VERBS: Final[Mapping[str, tuple[str, ...]]] = {
    "列表": ("查看", "list", "ls", "show"),
    "添加": ("新增", "增加", "加", "新建", "绑定", "add", "new", "bind"),
    "更新": ("修改", "改", "改密码", "update"),
    "删除": ("移除", "remove", "delete", "del", "rm"),
    "默认": ("设为默认", "default"),
    "共享": ("分享", "share"),
    "取消共享": ("取消分享", "不共享", "unshare"),
}
"""What can be done to an account, and how else it is called."""
_TYPING: Final = ("添加", "更新")
"""Behind these stands a password."""


def _any(words: Collection[str]) -> str:
    """Longer ones first: the first alternative that fits is taken."""
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


ACCOUNT: Final = "账号|帐号|账户|帐户|jaccount|accounts?"
ADDS: Final = _any([word for verb in _TYPING for word in (verb, *ACCOUNT_VERBS[verb])])
LOGS_IN: Final = "登录|登陆|登入|绑定|log-?in|sign-?in|bind"
HARMLESS: Final = _any(
    ["帮助", "help", *(word for verb, also in ACCOUNT_VERBS.items() if verb not in _TYPING for word in (verb, *also))]
)
"""What may be done to an account without one."""
_PREFIXES: Final = frozenset({"!", "/"})
"""People type them by habit, whatever prefix is configured."""

_COMMAND: Final = re.compile(
    rf"(?:{ACCOUNT}) ?(?:{ADDS})(?:\s+\S+){{2,}}"
    rf"|(?:{ADDS}) ?(?:{ACCOUNT})(?:\s+\S+){{2,}}"
    rf"|(?:{ACCOUNT}) (?!(?:{HARMLESS})(?:\s|$))(?:\S+\s+){{2,}}\S+"
    rf"|(?:{LOGS_IN}) (?:\S+\s+)+\S+",
    re.IGNORECASE,
)
_BARE: Final = re.compile(rf"(?:{ACCOUNT}) ?(?:{ADDS})(?:\s+\S+){{3,}}", re.IGNORECASE)
"""Without a prefix people talk; four words in this order are no talk."""


def types_password(text: str, prefixes: Collection[str] = ()) -> bool:
    """Whether a cleaned message plainly carries a password for an account, however it is misspelt:
    `!账号 添加 小明 学号 密码`, `!账号添加 …`, `!账号 add …`, `!添加账号 …`, `!账号 小明 …`, `!登录 学号 密码`.

    `prefixes`: of commands, cleaned, besides `!` and `/`; one that is empty makes no command of people's talk.
    """
    for prefix in sorted(filter(None, _PREFIXES.union(prefixes)), key=len, reverse=True):
        if text.startswith(prefix):
            return _COMMAND.match(text[len(prefix) :].lstrip()) is not None
    return _BARE.match(text) is not None
