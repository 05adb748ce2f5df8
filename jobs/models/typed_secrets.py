"""Messages in which somebody types a password: nothing of the kind may stay in a group or get into a log."""

import re
from typing import Final

ACCOUNT: Final = "账号|帐号|账户|帐户|jaccount|accounts?"
ADDS: Final = "添加|新增|增加|新建|绑定|更新|修改|add|update|new|bind"
LOGS_IN: Final = "登录|登陆|登入|绑定|log-?in|sign-?in|bind"
_HARMLESS: Final = (
    "列表|查看|删除|移除|默认|共享|分享|取消(?:共享|分享)?|帮助"
    "|list|ls|show|remove|delete|del|rm|default|share|unshare|help"
)
"""What may be done to an account without one."""

_WITH_PREFIX: Final = re.compile(
    rf"[!/] ?(?:(?:{ACCOUNT}) ?(?:{ADDS})(?:\s+\S+){{2,}}"
    rf"|(?:{ADDS}|加) ?(?:{ACCOUNT})(?:\s+\S+){{2,}}"
    rf"|(?:{ACCOUNT}) (?!(?:{_HARMLESS})(?:\s|$))(?:\S+\s+){{2,}}\S+"
    rf"|(?:{LOGS_IN}) (?:\S+\s+)+\S+)",
    re.IGNORECASE,
)
_BARE: Final = re.compile(rf"(?:{ACCOUNT}) ?(?:{ADDS})(?:\s+\S+){{3,}}", re.IGNORECASE)
"""Without a prefix people talk; four words in this order are no talk."""


def types_password(text: str) -> bool:
    """Whether a cleaned message plainly carries a password for an account, however it is misspelt:
    `!账号 添加 小明 学号 密码`, `!账号添加 …`, `!账号 add …`, `!添加账号 …`, `!账号 小明 …`, `!登录 学号 密码`."""
    return (_WITH_PREFIX if text.startswith(("!", "/")) else _BARE).match(text) is not None
