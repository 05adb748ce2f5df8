"""What the engine advises, for it speaks to chats, with the command of `sja` in place of the message to send."""

import re
from typing import Final

CHAT_COMMANDS: Final = {
    "任务列表": "jobs",
    "任务详情": "job",
    "任务日志": "job-logs",
    "启动任务": "job-start",
    "停止任务": "job-stop",
    "重启任务": "job-restart",
    "删除任务": "job-delete",
    "暂停任务": "job-pause",
    "继续任务": "job-resume",
    "立即执行": "job-run",
    "调整任务": "job-reorder",
    "修改任务": "job-edit",
    "审计": "audit",
    "备份": "backup",
    "体检": "doctor",
    "创建监控": "create-monitor",
    "创建定时": "create-schedule",
    "创建抢票": "create-booking",
    "创建循环": "create-routine",
    "模板": "templates",
    "预设": "presets",
    "保活": "keep-alive",
    "为什么": "why",
    "查询": "slots",
    "预订": "book",
    "取消订单": "order-cancel",
    "订单": "orders",
    "付款": "pay",
    "登录状态": "accounts status",
    "登录": "accounts login",
    "验证码": "accounts login",
    "账号 列表": "accounts list",
    "账号 添加": "accounts add",
    "账号 更新": "accounts update",
    "账号 删除": "accounts remove",
    "账号 默认": "accounts default",
    "账号 共享": "accounts share",
    "账号 取消共享": "accounts unshare",
    "账号": "accounts list",
    "帮助": "--help",
}
"""A longer name stands before the one it begins with."""
_IN_CHAT: Final = re.compile(rf"(发送 ?|私聊我[：:]? ?(?:发送 ?)?)?!({'|'.join(CHAT_COMMANDS)})")
_OPTIONS: Final = {
    "间隔=": "--interval=",
    "截止=": "--ends=",
    "开始=": "--starts=",
    "有效时段=": "--window=",
    "时段=": "--pt=",
    "日期=": "--date=",
    "跳过=": "--skip=",
    "抖动=": "--jitter=",
    "错过=跳过": "--misfire=skip",
    "错过=补一次": "--misfire=once",
    "重叠=跳过": "--overlap=skip",
    "重叠=排队": "--overlap=queue",
    "宽限=": "--grace=",
    "预设=": "--preset=",
    "账号=": "--users=",
    "场地=": "--court=",
    "时长=": "--length=",
    "连续=": "--length=",
    "cron=": "--cron=",
}
_OPTION_IN_CHAT: Final = re.compile(rf"(?<![\w-])(?:{'|'.join(_OPTIONS)})")
_CREDENTIALS: Final = re.compile(r"(sja accounts (?:add|update)(?: [^\s，。；、]+)?) (学号|[0-9]+) 密码")
_PEER: Final = re.compile(r"(sja accounts (?:un)?share \S+) (?=[0-9])")
_NAME: Final = re.compile(r"((?<=例如 )sja create-[a-z]+|sja create-[a-z]+(?= 名称| \S+ --)) (?!--)")
_AUTO: Final = re.compile(r"(sja create-monitor [^，。；]*) 自动")


def advice_for_a_shell(sentence: str) -> str:
    """A sentence of the engine's, as somebody in a shell can follow it."""
    sentence = _IN_CHAT.sub(lambda found: f"{'运行 ' if found[1] else ''}sja {CHAT_COMMANDS[found[2]]}", sentence)
    sentence = _CREDENTIALS.sub(r"\1 --user \2", sentence)
    sentence = _PEER.sub(rf"\1 {'--person' if 'QQ 号' in sentence else '--group'} ", sentence)
    sentence = _OPTION_IN_CHAT.sub(lambda found: _OPTIONS[found[0]], sentence)
    sentence = _NAME.sub(r"\1 --name ", sentence)
    return _AUTO.sub(r"\1 --auto-book", sentence)
