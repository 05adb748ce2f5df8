"""What plainly carries a password is seen, however it is spelt; what carries none is left alone."""

import pytest

from jobs.models.text import clean
from jobs.models.typed_secrets import types_password

TYPED = [
    "!账号 添加 小明 521030910001 hunter2",
    "！账号添加 小明 521030910001 hunter2",
    "!账号 add 小明 521030910001 hunter2",
    "/account add ming 521030910001 hunter2",
    "!帐号 更新 小明 521030910001 hunter2",
    "!添加账号 小明 521030910001 hunter2",
    "!账号 小明 521030910001 hunter2",
    "!账号 添加 521030910001 hunter2",
    "!登录 521030910001 hunter2",
    "!login ming hunter2",
    "!绑定 521030910001 hunter2",
    "!账号 天加 小明 521030910001 hunter2",
    "!账\u200b号\u3000添加\n小明 521030910001 hunter2",
    "账号 添加 小明 521030910001 hunter2",
    "!账号\n添加\n小明\n521\nhunter2",
    "!登录\n521 hunter2",
    "!登录 521\nhunter2",
    "!账号添加小明 521 hunter2",
    "!账号:添加 小明 521 hunter2",
    "!账号，添加，小明，521，hunter2",
    "!账号 521030910001 hunter2",
    "!账号 密码 小明 hunter2",
    "!改密码 小明 521 hunter2",
    "!密码 hunter2",
    "!注册 521 hunter2",
    "!sign in 521 hunter2",
    "!登录521 hunter2",
    "!账号 删除 小明 521 hunter2",
    "!账号 共享 小明 521 hunter2",
    "!账号 默认 小明 521 hunter2",
    "!!账号 添加 小明 521 hunter2",
    "#账号 添加 小明 521 hunter2",
    "!创建监控 盯 账号=小明:hunter2 预设=18",
    "!改 1 密码=hunter2",
    "!创建监控 password=hunter2",
    "!创建循环 备份 模板=backup PASSWORD = hunter2 dir=photos",
    "!改 #1 新密码＝hunter2",
]
HARMLESS = [
    "!账号",
    "!账号 列表",
    "!账号 删除 小明",
    "!账号 共享 小明 12345",
    "!账号 取消共享 小明 12345",
    "!账号 默认 小明",
    "!登录",
    "!登录 小明",
    "!登录状态",
    "!验证码 abcd",
    "!账号 删除 小明 确认",
    "!账号 共享 小明 群 123456",
    "!账号 共享 小明 QQ号：20002",
    "!账号 取消共享 小明 群号 123456",
    "!登录 状态",
    "!改密码 怎么办",
    "!密码",
    "!预订 18 明天 19:00 账号=小明",
    "账号密码 在 哪里 改 呀",
    "账号 更新 了 吗",
    "登录 不 上去",
    "!创建监控 账号监控 账号=czq,sty",
    "!改 1 名称=密码",
    "!创建循环 x 模板=y password-file=/etc/x max-password=3",
    "密码=什么呀",
]


@pytest.mark.parametrize("text", TYPED)
def test_a_password_is_seen_in_every_spelling(text: str) -> None:
    assert types_password(clean(text))


@pytest.mark.parametrize("text", HARMLESS)
def test_other_messages_carry_none(text: str) -> None:
    assert not types_password(clean(text))
