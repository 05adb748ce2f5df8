"""Commands that create jobs."""

from typing import Final

from jobs import Option
from plugins._commands import creating, routines
from plugins._commands.command import Command, Where, Who
from plugins._commands.rows.options import ACCOUNTS, COURTS, HOURS, LENGTH, NO_START, PRESET, VENUE

_BOUNDS: Final = (
    Option(name="开始", aliases=("starts", "from"), help="从这一天起才触发", example="开始=12-01"),
    Option(name="截止", aliases=("ends", "until"), help="从这一天起不再触发，这一天也不", example="截止=12-31"),
    Option(name="跳过", aliases=("skip", "skips"), help="这些日子不触发，逗号隔开", example="跳过=12-25,01-01"),
    Option(name="抖动", aliases=("jitter",), help="每次随机推迟，最多这么久", example="抖动=60秒"),
    Option(
        name="有效时段",
        aliases=("window", "窗口"),
        help="只在这些钟点里，最后一个钟点也算，可以过夜",
        example="有效时段=8-22",
    ),
    Option(name="时区", aliases=("zone", "timezone"), help="时间是哪里的", example="时区=Europe/London"),
)
_PUNCTUALITY: Final = (
    Option(name="错过", aliases=("misfire",), help="机器人不在时错过的：跳过，或回来后补一次", example="错过=补一次"),
    Option(name="宽限", aliases=("grace",), help="晚多久还补", example="宽限=5分钟"),
    Option(name="重叠", aliases=("overlap",), help="上一次还没结束时：跳过，或排队", example="重叠=排队"),
)

CREATION: Final = (
    Command(
        name="创建监控",
        aliases=("create-monitor",),
        arguments="名称",
        options=(
            PRESET,
            VENUE,
            Option(
                name="日期",
                aliases=("date",),
                help="只看这一天，或这几天（不写：能看到的每一天）",
                example="日期=周六,周日",
            ),
            HOURS,
            COURTS,
            LENGTH,
            Option(
                name="间隔",
                aliases=("interval",),
                help="多久查一次，秒、分钟或小时（不写：300 秒）",
                example="间隔=300",
            ),
            Option(
                name="自动",
                aliases=("auto", "auto-book", "自动预订"),
                is_flag=True,
                help="有空场就用账号预订，每个账号一单，订到为止",
                example="自动",
            ),
            ACCOUNTS,
            NO_START,
        ),
        who=Who.EVERYONE,
        where=Where.ANYWHERE,
        help="盯住一个场馆，有新空场就告诉你",
        example="!创建监控 南洋北苑健身房监控",
        handle=creating.create_monitor,
    ),
    Command(
        name="创建定时",
        aliases=("create-schedule",),
        arguments="名称 [12:00] [每天/工作日/每周一三五/每月1,15号/每2小时 8-22点/11-28/一次]",
        options=(
            PRESET,
            VENUE,
            Option(name="日期", aliases=("date",), help="订哪天的场（+1 是触发后第二天）", example="日期=+1"),
            HOURS,
            COURTS,
            LENGTH,
            ACCOUNTS,
            NO_START,
            Option(name="cron", help="用 cron 写时间：分 时 日 月 周", example='cron="0 8 * * 1-5"'),
            *_BOUNDS,
            *_PUNCTUALITY,
        ),
        who=Who.EVERYONE,
        where=Where.ANYWHERE,
        help="到点订一个空场，不写时间是每天 12:00；没有账号时只说会订哪个",
        example="!创建定时 霍英东羽毛球 12:00",
        handle=creating.create_schedule,
    ),
    Command(
        name="创建抢票",
        aliases=("create-booking", "抢票"),
        arguments="名称",
        options=(
            PRESET,
            VENUE,
            Option(
                name="日期",
                aliases=("date",),
                help="抢哪天的场，它在 7 天前放票（不写：名称里的周几，否则下一个放票的日子）",
                example="日期=+7",
            ),
            HOURS,
            COURTS,
            LENGTH,
            ACCOUNTS,
            NO_START,
        ),
        who=Who.EVERYONE,
        where=Where.ANYWHERE,
        help="在放票的那一刻抢场，提前预演两次",
        example="!创建抢票 周五羽毛球 预设=5 时段=19,20,18",
        handle=creating.create_booking,
    ),
    Command(
        name="保活",
        aliases=("keep-alive", "keepalive"),
        arguments="[账号]",
        options=(
            ACCOUNTS,
            Option(name="间隔", aliases=("interval",), help="多久看一次（不写：15 分钟）", example="间隔=15分钟"),
        ),
        who=Who.EVERYONE,
        where=Where.ANYWHERE,
        help="让账号一直登录着，续不上就私聊找你",
        example="!保活 czq",
        handle=creating.keep_alive,
    ),
    Command(
        name="创建循环",
        aliases=("create-routine",),
        arguments="名称",
        options=(
            Option(name="模板", aliases=("template",), help="运行什么，!模板 可查", example="模板=hello"),
            Option(
                name="间隔",
                aliases=("interval",),
                help="一次结束后隔多久再来，1 分钟到 30 天（不写：1 小时）",
                example="间隔=1小时",
            ),
            Option(
                name="有效时段",
                aliases=("时段", "hours", "window"),
                help="只在这些钟点里运行，最后一个钟点也算，可以过夜（不写：全天）",
                example="有效时段=8-22",
            ),
            Option(
                name="截止",
                aliases=("ends", "until"),
                help="从这一天起不再运行（不写：一直运行）",
                example="截止=+30",
            ),
            Option(
                name="账号",
                aliases=("account", "accounts", "user", "users", "账户"),
                help="同一个账号的循环一次只运行一个",
                example="账号=czq",
            ),
            NO_START,
        ),
        takes_further=True,
        who=Who.EVERYONE,
        where=Where.ANYWHERE,
        help="每隔一段时间运行一次管理员写好的命令模板；模板的参数也写成 参数=值",
        example="!创建循环 打招呼 模板=hello 间隔=1小时",
        handle=routines.create_routine,
    ),
    Command(
        name="模板",
        aliases=("templates",),
        arguments="[名称]",
        who=Who.EVERYONE,
        where=Where.ANYWHERE,
        help="看循环任务能运行什么，有哪些参数",
        example="!模板",
        handle=routines.list_templates,
    ),
)
