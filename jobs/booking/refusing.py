"""What cannot be, in one sentence with the next step."""

import datetime
from collections.abc import Generator, Sequence
from contextlib import contextmanager

from jobs.models.accounts import Account, how_to_log_in
from jobs.models.errors import NotAllowed, NotFound, Refusal
from jobs.models.ids import UserId
from jobs.models.orders import OrderId
from jobs.models.venue import Preset
from jobs.models.wishes import Wishes
from jobs.ports.provider import NotLoggedIn, VenueError

_FIRST_HOUR, _LAST_HOUR = 7, 21
"""Start hours the platform knows: fifteen of them a day."""


@contextmanager
def in_words(account: Account | None = None, user: UserId | None = None) -> Generator[None]:
    """What a platform says no to is one sentence with the next step of this person."""
    try:
        yield
    except NotLoggedIn as error:
        if account is None:
            raise Refusal(f"{error.sentence}：私聊我发送 !登录 昵称") from error
        step = how_to_log_in(account, user)
        raise Refusal(f"账号 {account.nickname} 没有登录（{error.sentence}）：{step}") from error
    except VenueError as error:
        wait = error.retry_after_seconds
        again = "" if wait is None else f"，约 {max(1, round(wait))} 秒后再试"
        raise Refusal(error.sentence if "再试" in error.sentence else f"{error.sentence}{again}") from error


def check_hours(hours: Sequence[int]) -> None:
    for hour in hours:
        if not _FIRST_HOUR <= hour <= _LAST_HOUR:
            raise Refusal(f"没有 {hour} 点的场：场次从 7 点到 21 点开始，例如 19 或 18-21")


def check_sport(preset: Preset) -> None:
    if not preset.sport_id:
        raise Refusal(f"{preset.venue} 在平台上没有列出项目，订不了：发送 !预设 选别的")


def nothing_free(preset: Preset, date: datetime.date, wishes: Wishes) -> Refusal:
    """What was wished for is not free; the next step wishes for the same."""
    hours = "、".join(f"{hour}点" for hour in wishes.hours) or "这天"
    which = f" 场地 {'、'.join(wishes.courts)} " if wishes.courts else ""
    row = f"连着 {wishes.length} 小时" if wishes.length > 1 else ""
    options = (
        f"时段={','.join(map(str, wishes.hours))}" if wishes.hours else "",
        f"场地={','.join(wishes.courts)}" if wishes.courts else "",
        f"连续={wishes.length}" if wishes.length > 1 else "",
    )
    same = "".join(f" {option}" for option in options if option)
    return Refusal(
        f"{date:%m-%d} {hours}{which}{row}没有空场了：换个时段，或盯着等人退 "
        f"!创建监控 名称 预设={preset.number} 日期={date:%m-%d}{same} 自动"
    )


def not_shown(error: NotFound | NotAllowed, nickname: str) -> NotFound:
    """Why no orders are shown of an account that is not the speaker's, and that nothing was booked with."""
    if isinstance(error, NotAllowed):
        return NotFound(f"账号 {nickname} 是别人的，你没有用它订过场，没有可以给你看的订单")
    return error


def no_such_order(order_id: OrderId) -> NotFound:
    return NotFound(f"没有找到订单 {order_id}，发送 !订单 查看")
