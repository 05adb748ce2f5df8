"""What people may call an account, log in with, and share it with. Pure; no sentence repeats a password."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from jobs.models.accounts import Account, Share
from jobs.models.bookings import Booking, BookingState
from jobs.models.errors import Refusal
from jobs.models.parameters import SAFE_IN_WORDS, is_safe_word
from jobs.models.text import quote

ACCOUNTS_AT_MOST: Final = 20
"""Of one owner: a whole circle of friends, and few enough to be read in one message."""
SHARES_AT_MOST: Final = 20
"""Of one account."""
USER_LENGTH: Final = 64
PASSWORD_LENGTH: Final = 128
"""Far above what the platform takes."""

EXAMPLE: Final = "例如 !账号 添加 小陈 5210001 密码"
_PEER: Final = re.compile(r"[1-9][0-9]{4,11}")
"""QQ and group numbers have five to eleven digits so far."""
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def check_nickname(nickname: str) -> None:
    """Raises `Refusal`. What is allowed may be part of a command's argument, too."""
    if not nickname:
        raise Refusal(f"昵称是空的，给账号起个好认的昵称，{EXAMPLE}")
    if not is_safe_word(nickname):
        raise Refusal(f"这个昵称不行，要{SAFE_IN_WORDS}，{EXAMPLE}")


def check_login(user: str, password: str) -> None:
    """Raises `Refusal`. Blanks in a password are part of it."""
    if not user or not password:
        raise Refusal(f"学号（jAccount 用户名）和密码都要写，{EXAMPLE}")
    if len(user) > USER_LENGTH or any(mark.isspace() or _is_unseen(mark) for mark in user):
        raise Refusal(f"学号（jAccount 用户名）里不能有空格或看不见的字，最多 {USER_LENGTH} 个字，{EXAMPLE}")
    if len(password) > PASSWORD_LENGTH:
        raise Refusal(f"密码太长了，最多 {PASSWORD_LENGTH} 个字；是不是多粘贴了一段？{EXAMPLE}")
    if any(_is_unseen(mark) for mark in password):
        raise Refusal(f"密码里有看不见的字（换行、控制字符），请在键盘上打一遍，{EXAMPLE}")
    if password.isspace():
        raise Refusal(f"密码不能全是空格，{EXAMPLE}")


def check_share(account: Account, share: Share) -> None:
    """Raises `Refusal` for a number that is none, the owner's own, or one too many."""
    if not _PEER.fullmatch(share.peer_id):
        what = "群号" if share.kind == "group" else " QQ 号"
        raise Refusal(f"{quote(share.peer_id)}不是{what}，例如 !账号 共享 {account.nickname} 123456789")
    if share.kind == "user" and share.peer_id == account.owner:
        raise Refusal(f"账号 {account.nickname} 本来就是你的，不用共享给自己；共享给别人写对方的 QQ 号或群号")
    if share in account.shared_with:
        raise Refusal(f"账号 {account.nickname} 已经共享给{share.words}了")
    if len(account.shared_with) >= SHARES_AT_MOST:
        raise Refusal(
            f"账号 {account.nickname} 已经共享给 {SHARES_AT_MOST} 处了，先收回一处："
            f"!账号 取消共享 {account.nickname} {account.shared_with[0].peer_id}"
        )


def check_shared(account: Account, share: Share) -> None:
    """Raises `Refusal` for what the account is not shared with."""
    if share in account.shared_with:
        return
    now = "、".join(each.words for each in account.shared_with)
    raise Refusal(
        f"账号 {account.nickname} 没有共享给{share.words}，" + (f"现在共享给：{now}" if now else "也没有共享给别人")
    )


def check_removable(account: Account, bookings: Iterable[Booking]) -> None:
    """Raises `Refusal` where one of its orders waits to be paid, or nobody knows yet whether there is one."""
    name = account.nickname
    _check_settled(account, bookings, "移除了就没有人提醒", "移除", f"；只是改密码用 !账号 更新 {name} 学号 密码")


def check_may_be_another(account: Account, bookings: Iterable[Booking]) -> None:
    """Raises `Refusal` as `check_removable`: with another person's login nobody could read those orders any more."""
    _check_settled(account, bookings, "换了学号就没有人读得到它", "换学号", "；另一个人的账号请用别的昵称添加")


def _check_settled(account: Account, bookings: Iterable[Booking], then: str, act: str, instead: str) -> None:
    name = account.nickname
    for row in bookings:
        if row.state is BookingState.BOOKED:
            raise Refusal(
                f"账号 {name} 还有没付款的订单 {row.order_id}，{then}：先付款，或发送 !取消订单 {row.order_id}{instead}"
            )
        if row.state is BookingState.OPEN and row.reminded <= 1:
            raise Refusal(
                f"账号 {name} 有一次下单还没查清（{row.date:%m-%d} {row.hour:02d}:00），查清之前不能{act}："
                f"过几分钟再试，没有登录就先 !登录 {name}{instead}"
            )


def _is_unseen(mark: str) -> bool:
    return unicodedata.category(mark) in _UNSEEN
