"""Commands about accounts at the platform. All of them are for private chats: there are passwords in them."""

from typing import Final

from plugins._commands import accounts
from plugins._commands.command import Command, Where, Who

ACCOUNTS: Final = (
    Command(
        name="账号",
        aliases=("帐号", "账户", "帐户", "account", "accounts"),
        arguments="[列表 | 添加/更新 昵称 学号 密码 | 删除/默认 昵称 | 共享/取消共享 昵称 群号或QQ号]",
        is_verbatim=True,
        verbs=accounts.VERBS,
        who=Who.EVERYONE,
        where=Where.PRIVATE,
        help="管理预订用的账号",
        example="!账号 添加 小明 521030910001 密码",
        is_common=True,
        more_examples=(
            "!账号 列表",
            "!账号 共享 小明 12345（让群 12345 的任务用它）",
        ),
        mistakes=("只在私聊里说：群里的密码谁都看得到",),
        afterwards="!登录 小明",
        handle=accounts.manage,
    ),
    Command(
        name="登录",
        aliases=("登陆", "login"),
        arguments="[昵称]",
        is_verbatim=True,
        who=Who.EVERYONE,
        where=Where.PRIVATE,
        help="登录一个账号，我会发来验证码图片",
        example="!登录 小明",
        is_common=True,
        afterwards="把图里的字母直接回复给我",
        handle=accounts.log_in,
    ),
    Command(
        name="验证码",
        aliases=("captcha", "动态码"),
        arguments="图里的字母、收到的数字，或“换一张”",
        is_verbatim=True,
        who=Who.EVERYONE,
        where=Where.PRIVATE,
        help="回答登录时的验证码；直接回复字母也行",
        example="!验证码 abcd",
        handle=accounts.answer_login,
    ),
    Command(
        name="登录状态",
        aliases=("登陆状态", "login-status"),
        who=Who.EVERYONE,
        where=Where.PRIVATE,
        help="看账号现在还登录着没有",
        example="!登录状态",
        handle=accounts.tell_standing,
    ),
)
