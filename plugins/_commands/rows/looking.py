"""Commands that look at jobs."""

from typing import Final

from jobs import Option
from plugins._commands import counting, seeing
from plugins._commands.command import Command, Where, Who
from plugins._commands.picturing import AS_WHAT

LOOKING: Final = (
    Command(
        name="任务列表",
        aliases=("任务", "列表", "jobs"),
        arguments="[状态/类型/我的/全部]",
        options=(Option(name="页", aliases=("page",), help="第几页，每页 20 个", example="页=2"), *AS_WHAT),
        who=Who.EVERYONE,
        where=Where.ANYWHERE,
        help="看这里的任务",
        example="!任务列表",
        is_common=True,
        more_examples=(
            "!任务列表 我的",
            "!任务列表 运行中 监控",
            "!任务列表 页=2",
            "!任务列表 图",
        ),
        afterwards="!任务详情 7 看其中一个，!停止任务 7 停下它",
        handle=seeing.list_jobs,
    ),
    Command(
        name="任务详情",
        aliases=("详情", "job"),
        arguments="任务",
        options=AS_WHAT,
        who=Who.EVERYONE,
        where=Where.ANYWHERE,
        help="看一个任务的配置、运行和结果",
        example="!任务详情 7",
        more_examples=("!任务详情 7 图", "引用我关于任务的消息，说“详情”"),
        afterwards="引用那条回复说“停”“日志”“继续”",
        handle=seeing.show_detail,
    ),
    Command(
        name="任务日志",
        aliases=("job-logs", "logs", "日志"),
        arguments="任务",
        options=(
            Option(name="行数", aliases=("lines",), help="最后多少行，1 到 500", example="行数=20"),
            Option(name="搜索", aliases=("search", "grep"), help="只看含这些字的行", example="搜索=失败"),
            Option(
                name="从",
                aliases=("since", "自", "起"),
                help="只看这以后的：多久以前（10分钟、2h），或什么时候（12:00、昨天、2026-11-22T12:00）",
                example="从=10分钟",
            ),
        ),
        who=Who.EVERYONE,
        where=Where.ANYWHERE,
        help="看一个任务最近的日志",
        example="!任务日志 7",
        more_examples=(
            "!任务日志 7 50",
            "!任务日志 7 搜索=失败",
            "!任务日志 7 从=10分钟",
            "引用我关于任务的消息，说“日志”",
        ),
        mistakes=("“!任务日志 50”是编号 50 的任务的日志；要 50 行请写 !任务日志 7 50",),
        afterwards="!为什么 7 看它做过什么、为什么",
        handle=seeing.show_log,
    ),
    Command(
        name="为什么",
        aliases=("why", "经过"),
        arguments="任务",
        who=Who.EVERYONE,
        where=Where.ANYWHERE,
        help="看任务到底发生了什么，抢票精确到毫秒",
        example="!为什么 7",
        more_examples=("引用我关于任务的消息，说“为什么”",),
        afterwards="!任务日志 7 看原话",
        handle=seeing.tell_why,
    ),
    Command(
        name="统计",
        aliases=("stats", "statistics"),
        arguments="[任务] [天数]",
        options=(
            Option(name="天数", aliases=("days",), help="最近几天，1 到 366（不写：7）", example="天数=30"),
            *AS_WHAT,
        ),
        verbs=("图", "文字"),
        who=Who.EVERYONE,
        where=Where.ANYWHERE,
        help="看任务做得怎么样：次数、准点、什么时候最常有空场",
        example="!统计",
        more_examples=("!统计图", "!统计 30天", "!统计 7 30天"),
        mistakes=("“!统计 7”是编号 7 的任务；要近 7 天请写 7天",),
        afterwards="!任务详情 7 图 看其中一个任务每天每小时的空场",
        handle=counting.count_jobs,
    ),
)
