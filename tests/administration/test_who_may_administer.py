"""What administers the bot is for superusers, in private."""

import pytest
from office_site import BOSS, GROUP, MING, Office

from jobs.models.people import Role
from plugins._commands.command import Where, Who
from plugins._commands.rows.administration import ADMINISTRATION

NAMES = [command.name for command in ADMINISTRATION]


def test_all_of_it_is_for_superusers_in_private() -> None:
    assert {(command.who, command.where) for command in ADMINISTRATION} == {(Who.SUPERUSER, Where.PRIVATE)}
    assert set(NAMES) == {"系统状态", "体检", "群设置", "配额", "授权", "审计", "重载配置", "备份"}


@pytest.mark.parametrize("role", [Role.MEMBER, Role.GROUP_ADMIN])
async def test_others_are_refused(office: Office, role: Role) -> None:
    for command in ADMINISTRATION:
        assert await office.say(command.example, MING, role=role) == f"⚠️ !{command.name} 只有超级用户可以用"
    assert office.bot.chats.all() == {}
    assert await office.say("!审计") == "🧾 没有操作记录；看全部发送 !审计"


async def test_in_a_group_others_are_told_once_a_minute(office: Office) -> None:
    first = await office.ask("!备份", MING, GROUP)
    assert first is not None
    assert "一分钟内不再重复提醒" in first.text
    assert await office.ask("!审计", MING, GROUP) is None


async def test_a_superuser_in_a_group_is_asked_to_come_to_private(office: Office) -> None:
    for command in ADMINISTRATION:
        assert await office.say(command.example, BOSS, GROUP) == f"⚠️ !{command.name} 请在私聊里对我说"
    assert office.bot.chats.all() == {}


async def test_each_example_works(office: Office) -> None:
    for command in ADMINISTRATION:
        assert not (await office.say(command.example)).startswith("⚠️"), command.name
