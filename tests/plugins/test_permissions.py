"""Who may see and do what: role, own or another's, group or private."""

import itertools

import pytest
from front_site import ADMIN, CREATE, MEMBER, OTHER, SUPERUSER, Place

from plugins._commands.command import Who
from plugins._commands.table import COMMANDS

_PEOPLE = itertools.count(40000)


async def number_of_new_job(place: Place, **how: object) -> str:
    return (await place.say(CREATE, **how)).split("#")[1].split(" ")[0]


ACTIONS = ["!启动任务", "!重启任务", "!删除任务", "!停止任务", "!暂停任务"]
"""What may be done to a job that was just made."""
ON_ONE_JOB = [
    command.example for command in COMMANDS if command.who is Who.OWNER and command.arguments.startswith("任务")
]


def test_all_that_acts_on_a_job_is_for_those_who_may() -> None:
    assert {f"{action} 7" for action in ACTIONS} < set(ON_ONE_JOB)
    assert {"!继续任务 7", "!立即执行 7", "!调整任务 7 -30分钟"} < set(ON_ONE_JOB)


@pytest.mark.parametrize("action", ACTIONS)
async def test_a_member_acts_on_their_own_job(place: Place, action: str) -> None:
    number = await number_of_new_job(place)
    assert not (await place.say(f"{action} {number}")).startswith("⚠️")
    await place.say(f"!删除任务 {number} 确认")


@pytest.mark.parametrize("action", ON_ONE_JOB)
async def test_a_member_sees_anothers_job_but_may_not_act_on_it(place: Place, action: str) -> None:
    number = await number_of_new_job(place, user=OTHER)
    assert f"#{number} " in await place.say(f"!任务详情 {number}")
    assert "是别人的任务" in await place.say(action.replace("7", number))
    assert "⏳" in (await place.say("!任务列表")).splitlines()[1]


@pytest.mark.parametrize(
    ("user", "role"), [(ADMIN, "admin"), (ADMIN, "owner"), (SUPERUSER, "member")], ids=["admin", "owner", "superuser"]
)
async def test_admins_and_superusers_act_on_everybodys_job_of_the_group(place: Place, user: int, role: str) -> None:
    number = await number_of_new_job(place)
    assert (await place.say(f"!删除任务 {number} 确认", user=user, role=role)).startswith("🗑️ 已删除")


async def test_a_group_admin_has_no_power_in_private(place: Place) -> None:
    number = await number_of_new_job(place)
    assert "没有找到任务" in await place.say(f"!删除任务 {number}", user=ADMIN, role="admin", private=True)


async def test_what_one_may_not_see_is_not_found(place: Place, other_place: Place) -> None:
    number = await number_of_new_job(place)
    assert "没有找到任务" in await other_place.say(f"!任务详情 {number}")
    assert "没有找到任务" in await other_place.say(f"!停止任务 {number}", user=SUPERUSER)
    assert "没有找到任务" in await place.say(f"!任务日志 {number}", user=OTHER, private=True)


async def test_a_superuser_sees_and_acts_on_everything_in_private(place: Place) -> None:
    number = await number_of_new_job(place)
    assert f"#{number} " in await place.say(f"!任务详情 {number}", user=SUPERUSER, private=True)
    assert "🗑️" in await place.say(f"!删除任务 {number} 确认", user=SUPERUSER, private=True)


async def test_in_a_group_a_person_is_told_once_a_minute_that_they_may_not(place: Place) -> None:
    number = await number_of_new_job(place)
    someone, another = next(_PEOPLE), next(_PEOPLE)
    assert "是别人的任务" in await place.say(f"!停止任务 {number}", user=someone)
    assert await place.is_met_with_silence(f"!删除任务 {number}", user=someone)
    assert "是别人的任务" in await place.say(f"!停止任务 {number}", user=another)
    assert "没有找到任务" in await place.say("!停止任务 999999", user=someone)


async def test_a_job_made_in_private_belongs_to_its_maker_alone(place: Place) -> None:
    maker = next(_PEOPLE)
    number = await number_of_new_job(place, user=maker, private=True)
    assert "没有找到任务" in await place.say(f"!任务详情 {number}")
    assert "🗑️" in await place.say(f"!删除任务 {number}", user=maker, private=True)


async def test_a_message_about_a_job_helps_nobody_who_may_not_see_it(place: Place) -> None:
    created = await place.ask(CREATE)
    assert await place.is_met_with_silence("停", user=MEMBER + 7, private=True, quoting=created)


async def test_whom_a_superuser_authorises_is_an_administrator_of_that_group_alone(
    place: Place, other_place: Place
) -> None:
    manager, group = next(_PEOPLE), place.group().peer_id
    number = await number_of_new_job(place)
    assert "授权" in await place.say(f"!授权 群{group} QQ{manager}", user=SUPERUSER, private=True)
    assert "🔴" in await place.say(f"!停止任务 {number}", user=manager)
    elsewhere = await number_of_new_job(other_place)
    assert "是别人的任务" in await other_place.say(f"!停止任务 {elsewhere}", user=manager)
    await place.say(f"!授权 取消 群{group} QQ{manager}", user=SUPERUSER, private=True)
    assert "是别人的任务" in await place.say(f"!删除任务 {number}", user=manager)
