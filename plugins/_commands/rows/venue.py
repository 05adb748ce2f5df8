"""Commands that ask the platform, and book there at once."""

from typing import Final

from jobs import Option
from plugins._commands import booking
from plugins._commands.command import Command, Where, Who
from plugins._commands.rows.options import ACCOUNTS, COURTS, HOURS, LENGTH, PRESET, VENUE

_DATE: Final = Option(name="日期", aliases=("date",), help="哪一天", example="日期=周六")

VENUES: Final = (
    Command(
        name="查询",
        aliases=("slots", "空场", "查"),
        arguments="预设/场馆 [日期] [时段]",
        options=(PRESET, VENUE, _DATE, HOURS),
        who=Who.EVERYONE,
        where=Where.ANYWHERE,
        help="看哪些场空着，不写日期看每一天",
        example="!查询 5 周六",
        is_common=True,
        more_examples=(
            "!查询 霍英东羽毛球 明天 18-21",
            "!查询 南洋北苑健身房",
        ),
        afterwards="!预订 5 周六 19 现在就订，!创建监控 气膜羽毛球 盯着它",
        handle=booking.look_up,
    ),
    Command(
        name="预订",
        aliases=("book", "订场"),
        arguments="预设/场馆 日期 时段",
        options=(ACCOUNTS, PRESET, VENUE, _DATE, HOURS, COURTS, LENGTH),
        who=Who.EVERYONE,
        where=Where.ANYWHERE,
        help="现在就订，时段按喜好排列，订到其中一个",
        example="!预订 5 周六 19,20",
        is_common=True,
        more_examples=("!预订 霍英东羽毛球 明天 19 账号=czq",),
        mistakes=("要先有账号：私聊 !账号 添加 昵称 学号 密码",),
        afterwards="!订单 看付款期限，!取消订单 订单号 退掉",
        handle=booking.book,
    ),
    Command(
        name="订单",
        aliases=("orders", "我的订单"),
        arguments="[昵称]",
        who=Who.EVERYONE,
        where=Where.ANYWHERE,
        help="看你的订单和付款期限",
        example="!订单",
        handle=booking.list_orders,
    ),
    Command(
        name="付款",
        aliases=("pay", "付"),
        arguments="订单号",
        who=Who.EVERYONE,
        where=Where.PRIVATE,
        help="拿付款链接",
        example="!付款 1234",
        handle=booking.pay,
    ),
    Command(
        name="取消订单",
        aliases=("order-cancel", "退订"),
        arguments="订单号 [确认]",
        who=Who.EVERYONE,
        where=Where.ANYWHERE,
        help="取消一个订单，会先问一声",
        example="!取消订单 1234",
        mistakes=("订单号在 !订单 里",),
        handle=booking.cancel,
    ),
)
