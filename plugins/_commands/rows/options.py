"""Options that several commands take."""

from typing import Final

from jobs import Option

PRESET: Final = Option(
    name="预设", aliases=("preset",), help="预设编号或名称，!预设 可查（不写：从名称里认）", example="预设=13"
)
VENUE: Final = Option(name="场馆", aliases=("venue",), help="场馆名，可带项目", example="场馆=霍英东羽毛球")
HOURS: Final = Option(
    name="时段",
    aliases=("hours", "pt", "时间段"),
    help="想要的开始钟点，按喜好排列（不写：18,19,20）",
    example="时段=18,19,20",
)
ACCOUNTS: Final = Option(
    name="账号", aliases=("accounts", "users", "账户"), help="用哪些账号，写昵称", example="账号=czq,sty"
)
COURTS: Final = Option(
    name="场地", aliases=("courts", "court"), help="只要这些场地，按喜好排列，写号码或名称", example="场地=3,5"
)
LENGTH: Final = Option(
    name="连续", aliases=("length", "连订"), help="同一块场地连着订几个小时（不写：1）", example="连续=2"
)
NO_START: Final = Option(
    name="不启动", aliases=("no-start", "nostart"), is_flag=True, help="只创建，先不启动", example="不启动"
)
