"""What is said on the tour, by whom and where. `{captcha}` and `{order}` are filled in as they become known."""

from typing import Final

from msgspec import Struct

GROUP: Final = 12345


class Exchange(Struct, frozen=True):
    """One thing that is said, with a word for the reader. `is_quoting`: it quotes what the bot said last there."""

    says: str
    about: str = ""
    is_quoting: bool = False
    wait_seconds: float = 0


class Scene(Struct, frozen=True, kw_only=True):
    """One person in one place. `group` 0: in private."""

    title: str
    about: str
    user: int
    nickname: str
    role: str = "成员"
    group: int = GROUP
    exchanges: tuple[Exchange, ...]


SCENES: Final = (
    Scene(
        title="群成员小明",
        about="小明在球友群里，第一次看见这个机器人。",
        user=20001,
        nickname="小明",
        exchanges=(
            Exchange("!帮助", "先问它会什么。"),
            Exchange("!创建监控 霍英东羽毛球 明天18-21", "一句话，按说话的顺序。"),
            Exchange("改 间隔60", "引用刚才那条回复，直接改。", is_quoting=True),
            Exchange("日志", "还是引用：看它在做什么。", is_quoting=True, wait_seconds=3),
            Exchange("!任物列表", "打错了字。"),
            Exchange("!任务列表", "打对了。"),
            Exchange("!查询 hydymq 明天", "拼音首字母也行。"),
            Exchange("!创建监控 霍英东监控", "说得不清楚，它会问一句。"),
            Exchange("2", "引用问题回答序号；别人回答不算数。", is_quoting=True),
            Exchange("!创建定时 每日预订 每天12:00 预设18 19点", "每天到点订一个。"),
            Exchange("!停 1", "用编号。"),
            Exchange("!撤销", "后悔了。"),
            Exchange("!任务列表 图", "想看图。"),
            Exchange("!帮助 创建监控", "想知道得细一点。"),
        ),
    ),
    Scene(
        title="群管理员小红",
        about="小红是这个群的管理员，可以管群里每个人的任务。",
        user=20003,
        nickname="小红",
        role="管理员",
        exchanges=(
            Exchange("!详情 1 图", "一张卡片：状态、最近的结果、哪天几点容易有空场。"),
            Exchange("!删 2", "别人的任务，先问一声。"),
            Exchange("确认", "一分钟内，只有她自己的回答算数。", is_quoting=True),
            Exchange("!撤销", "删错了，十分钟内都能拿回来。"),
            Exchange("!通知设置 静默 23点到8点", "夜里别吵大家；要紧的（验证码、付款、订到）照样说。"),
            Exchange("!统计 图", "这个群的成绩。"),
        ),
    ),
    Scene(
        title="小明在私聊里",
        about="账号、登录和付款只在私聊里说。",
        user=20001,
        nickname="小明",
        group=0,
        exchanges=(
            Exchange("!账号 添加 小陈 521030910001 demo", "演示平台的密码都是 demo。"),
            Exchange("{captcha}", "回答图里的字母。"),
            Exchange("!预订 18 后天 19,20", "现在就订一个，时段按喜好排列。"),
            Exchange("!付款 {order}", "拿付款链接。"),
            Exchange("!取消订单 {order}", "不去了。"),
            Exchange("确认"),
            Exchange("!保活", "让账号一直登录着。"),
        ),
    ),
    Scene(
        title="超级用户站长",
        about="站长管着这台机器人，这些都只在私聊里对他说。",
        user=90001,
        nickname="站长",
        group=0,
        exchanges=(
            Exchange("!系统状态", "一眼看完。"),
            Exchange("!体检", "每个毛病配一个办法。"),
            Exchange("!群设置 12345 预设=18 上限=20 图=是", "给一个群定规矩。"),
            Exchange("!配额 QQ20001 5", "给一个人定上限。"),
            Exchange("!授权 群12345 QQ20001", "让小明也能管这个群的任务。"),
            Exchange("!重载配置", "改了 .env、模板或预设，不用重启。"),
            Exchange("!备份", "要动手之前，先留一份。"),
            Exchange("!审计", "谁在什么时候做了什么。"),
        ),
    ),
)
