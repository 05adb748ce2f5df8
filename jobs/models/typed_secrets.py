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
_NEW_PASSWORD: Final = (
    "密码",
    "改密码",
    "修改密码",
    "更改密码",
    "更新密码",
    "重置密码",
    "设置密码",
    "passwd",
    "password",
)
"""What people take for a command."""


def _any(words: Collection[str]) -> str:
    """Longer ones first: the first alternative that fits is taken."""
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


BETWEEN: Final = r"[\s:：,，、]"
"""What people put between the words of a command; a phone's keyboard makes lines of them, too."""
ACCOUNT: Final = "账号|帐号|账户|帐户|jaccount|accounts?"
_ADDING: Final = [word for verb in _TYPING for word in (verb, *ACCOUNT_VERBS[verb])]
ADDS: Final = _any(_ADDING)
TYPES: Final = _any([*_ADDING, *_NEW_PASSWORD])
"""As `ADDS`, in a command: in people's talk a password is a word like others."""
LOGS_IN: Final = "登录|登陆|登入|绑定|注册|log[- ]?in|sign[- ]?(?:in|up)|register|bind"
NEW_PASSWORD: Final = _any(_NEW_PASSWORD)
HARMLESS: Final = _any(
    ["帮助", "help", *(word for verb, also in ACCOUNT_VERBS.items() if verb not in _TYPING for word in (verb, *also))]
)
"""What may be done to an account without one."""
SHARED_WITH: Final = r"\S{1,60}\s+(?:群号?|group|QQ号?|用户|好友)[\s:：]*@?[0-9]{5,12}\s*$"
"""A nickname and with whom an account is shared: three words that are no secret."""
ACCOUNT_AND_PASSWORD: Final = rf"(?:{ACCOUNT})\s?[=＝]\s?[^\s,，、;；/:：=＝]{{1,40}}[:：]"
"""An option with which somebody wants to log in."""
_PREFIXES: Final = frozenset({"!", "/"})
"""People type them by habit, whatever prefix is configured."""

_WITH_PASSWORD: Final = tuple(
    (re.compile(head, re.IGNORECASE), least)
    for head, least in (
        (rf"(?:{ACCOUNT}){BETWEEN}*(?:{TYPES})", 2),
        (rf"(?:{TYPES}){BETWEEN}*(?:{ACCOUNT})", 2),
        (rf"(?:{ACCOUNT}){BETWEEN}*+(?=[0-9]+{BETWEEN})", 2),
        (rf"(?:{ACCOUNT}){BETWEEN}*(?:{HARMLESS})(?={BETWEEN})(?!{BETWEEN}*+{SHARED_WITH})", 3),
        (rf"(?:{ACCOUNT}){BETWEEN}*+(?!(?:{HARMLESS})(?:{BETWEEN}|$))", 3),
        (rf"(?:{LOGS_IN})(?={BETWEEN}|[0-9])", 2),
        (rf"(?:{NEW_PASSWORD})(?={BETWEEN}+\S+{BETWEEN})", 2),
        (rf"(?:{NEW_PASSWORD})(?={BETWEEN}+[!-~]{{4}})", 1),
    )
)
"""How a command begins, and from how many words behind it on one of them is a password."""
_BARE: Final = re.compile(rf"(?:{ACCOUNT})\s?(?:{ADDS})(?:\s+\S+){{3,}}", re.IGNORECASE)
"""Without a prefix people talk; four words in this order are no talk."""
_BY_NAME: Final = r"(?<![\w-])(?:新?密码|口令|passw(?:or)?d|pwd)\s?[=＝]"
_OPTION: Final = re.compile(rf"{ACCOUNT_AND_PASSWORD}\s?\S|{_BY_NAME}\s?\S", re.IGNORECASE)
_SEPARATORS: Final = re.compile(f"{BETWEEN}+")
_BEGINNING: Final = re.compile(r"\W+")


def types_password(text: str, prefixes: Collection[str] = ()) -> bool:
    """Whether a cleaned message plainly carries a password for an account, however it is misspelt:
    `!账号 添加 小明 学号 密码`, `!账号添加小明 …`, `!账号 add …`, `!添加账号 …`, `!账号 小明 …`, `!登录 学号 密码`,
    in one line or several.

    `prefixes`: of commands, cleaned, besides `!` and `/`; one that is empty makes no command of people's talk.
    """
    for prefix in sorted(filter(None, _PREFIXES.union(prefixes)), key=len, reverse=True):
        if text.startswith(prefix):
            return _carries_password(_without_marks(text[len(prefix) :]))
    return _BARE.match(_without_marks(text)) is not None


def _carries_password(line: str) -> bool:
    if _OPTION.search(line):
        return True
    heads = ((head.match(line), least) for head, least in _WITH_PASSWORD)
    return any(head is not None and _words(line[head.end() :]) >= least for head, least in heads)


def _words(text: str) -> int:
    return sum(1 for word in _SEPARATORS.split(text) if word)


def _without_marks(text: str) -> str:
    """What a prefix typed twice, or another program's, leaves before the words."""
    marks = _BEGINNING.match(text)
    return text[marks.end() :] if marks else text
