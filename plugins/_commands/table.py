"""The one table of commands. Parsing, help, suggestions, permissions and docs/commands.md come from it."""

from typing import Final

from jobs import Option
from plugins._commands import acting, creating, seeing
from plugins._commands.command import Command, Where, Who

_PRESET: Final = Option(
    name="预设", aliases=("preset",), help="预设编号或名称，!预设 可查（不写：从名称里认）", example="预设=13"
)
_VENUE: Final = Option(name="场馆", aliases=("venue",), help="场馆名，可带项目", example="场馆=霍英东羽毛球")
_HOURS: Final = Option(
    name="时段",
    aliases=("hours", "pt", "时间段"),
    help="想要的开始钟点，按喜好排列（不写：18,19,20）",
    example="时段=18,19,20",
)
_ACCOUNTS: Final = Option(
    name="账号", aliases=("accounts", "users", "账户"), help="用哪些账号，写昵称", example="账号=czq,sty"
)
_NO_START: Final = Option(
    name="不启动", aliases=("no-start", "nostart"), is_flag=True, help="只创建，先不启动", example="不启动"
)

COMMANDS: Final = (
    Command(
        name="任务列表",
        aliases=("任务", "列表", "jobs"),
        arguments="[状态/类型/我的/全部]",
        options=(Option(name="页", aliases=("page",), help="第几页，每页 20 个", example="页=2"),),
        who=Who.EVERYONE,
        where=Where.ANYWHERE,
        help="看这里的任务",
        example="!任务列表",
        handle=seeing.list_jobs,
    ),
    Command(
        name="任务详情",
        aliases=("详情", "job"),
        arguments="任务",
        who=Who.EVERYONE,
        where=Where.ANYWHERE,
        help="看一个任务的配置、运行和结果",
        example="!任务详情 7",
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
        handle=seeing.show_log,
    ),
    Command(
        name="创建监控",
        aliases=("create-monitor",),
        arguments="名称",
        options=(
            _PRESET,
            _VENUE,
            Option(name="日期", aliases=("date",), help="只看这一天（不写：能看到的每一天）", example="日期=周六"),
            _HOURS,
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
                help="有空场就预订（真实预订尚未开放，目前只演练一次）",
                example="自动",
            ),
            _ACCOUNTS,
            _NO_START,
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
        arguments="名称 [12:00] [每天/工作日/每周一三五/11-28/一次]",
        options=(
            _PRESET,
            _VENUE,
            Option(name="日期", aliases=("date",), help="订哪天的场（+1 是触发后第二天）", example="日期=+1"),
            _HOURS,
            _ACCOUNTS,
            _NO_START,
            Option(name="cron", help="还不支持", example='cron="0 12 * * *"'),
        ),
        who=Who.EVERYONE,
        where=Where.ANYWHERE,
        help="到点挑好一个空场告诉你（真实预订尚未开放，目前只演练）",
        example="!创建定时 霍英东羽毛球 12:00",
        handle=creating.create_schedule,
    ),
    Command(
        name="启动任务",
        aliases=("启动", "job-start"),
        arguments="任务",
        who=Who.OWNER,
        where=Where.ANYWHERE,
        help="启动一个任务",
        example="!启动任务 7",
        handle=acting.start,
    ),
    Command(
        name="停止任务",
        aliases=("停止", "job-stop"),
        arguments="任务",
        who=Who.OWNER,
        where=Where.ANYWHERE,
        help="停止一个任务，以后还能启动",
        example="!停止任务 7",
        handle=acting.stop,
    ),
    Command(
        name="重启任务",
        aliases=("重启", "job-restart"),
        arguments="任务",
        who=Who.OWNER,
        where=Where.ANYWHERE,
        help="停下来再启动",
        example="!重启任务 7",
        handle=acting.restart,
    ),
    Command(
        name="暂停任务",
        aliases=("暂停", "job-pause"),
        arguments="任务",
        who=Who.OWNER,
        where=Where.ANYWHERE,
        help="停下来等一阵，期间到点的跳过",
        example="!暂停任务 7",
        handle=acting.pause,
    ),
    Command(
        name="继续任务",
        aliases=("继续", "恢复", "恢复任务", "job-resume"),
        arguments="任务",
        who=Who.OWNER,
        where=Where.ANYWHERE,
        help="让暂停的任务继续",
        example="!继续任务 7",
        handle=acting.resume,
    ),
    Command(
        name="立即执行",
        aliases=("执行", "job-run"),
        arguments="任务",
        who=Who.OWNER,
        where=Where.ANYWHERE,
        help="现在就多运行一次，不影响之后的时间",
        example="!立即执行 7",
        handle=acting.run_now,
    ),
    Command(
        name="调整任务",
        aliases=("调整", "job-reorder"),
        arguments="任务 ±时长",
        who=Who.OWNER,
        where=Where.ANYWHERE,
        help="把下一次提前或推迟",
        example="!调整任务 7 -30分钟",
        handle=acting.reorder,
    ),
    Command(
        name="删除任务",
        aliases=("删除", "job-delete"),
        arguments="任务 [确认]",
        who=Who.OWNER,
        where=Where.ANYWHERE,
        help="删除一个任务，正在运行的会先问一声",
        example="!删除任务 7",
        handle=acting.delete,
    ),
    Command(
        name="清理任务",
        aliases=("jobs-cleanup",),
        arguments="[天数]",
        who=Who.OWNER,
        where=Where.ANYWHERE,
        help="清掉早已结束的任务",
        example="!清理任务",
        handle=acting.clean_up,
    ),
    Command(
        name="预设",
        aliases=("presets",),
        arguments="[关键字]",
        who=Who.EVERYONE,
        where=Where.ANYWHERE,
        help="查场馆和项目的编号",
        example="!预设 羽毛球",
        handle=seeing.list_presets,
    ),
    Command(
        name="帮助",
        aliases=("help",),
        arguments="[命令]",
        who=Who.EVERYONE,
        where=Where.ANYWHERE,
        help="看这份说明",
        example="!帮助",
        handle=seeing.give_help,
    ),
)
