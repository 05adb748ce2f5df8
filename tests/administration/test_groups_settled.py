"""What superusers settle for groups, people's quotas, and rights they give."""

from contextlib import closing
from datetime import time

import pytest
from office_site import BOSS, CREATE, GROUP, HONG, MING, OTHER_GROUP, SELF, Office

from jobs.models.chats import UNSAID, QuietHours, group_place, private_place
from jobs.models.ids import UserId
from jobs.models.people import Role
from jobs.store.opening import open_for_run


async def test_all_groups_are_listed_with_what_is_settled_there(office: Office) -> None:
    await office.say(f"!群设置 {GROUP} 静默=23-8 预设=13 图=是 上限=20 升级=QQ{HONG}")
    listed = await office.say("!群设置")
    assert listed.splitlines()[0] == "⚙️ 群设置（共 2 个群）"
    assert (
        f"群 {GROUP}（羽毛球群）：应答 · 预设 13（南洋北苑健身房·健身房） · 静默 23:00–08:00 · 图 是 · 上限 20 · "
        f"第二联系人 QQ{HONG}"
    ) in listed
    assert f"群 {OTHER_GROUP}：应答" in listed


async def test_what_is_settled_is_stored_said_and_audited(office: Office) -> None:
    reply = await office.say(f"!群设置 群{GROUP} 启用=否 静默=23:30-7 图=否 上限=0 升级={HONG}")
    settled = office.bot.chats.of(group_place(GROUP))
    assert (settled.is_enabled, settled.prefers_pictures, settled.max_jobs) == (False, False, 0)
    assert (settled.quiet, settled.escalate_to) == (QuietHours(begins=time(23, 30), ends=time(7)), HONG)
    assert reply.startswith(f"✅ 群 {GROUP}（羽毛球群）的设置已改，立刻生效\n启用：默认 → 否\n静默：无 → 23:30–07:00")
    assert f"QQ{BOSS} 群设置 群{GROUP} 启用=否 静默=23:30-7 图=否 上限=0 第二联系人={HONG}" in await office.say("!审计")


async def test_the_usual_takes_back_each_of_them(office: Office) -> None:
    await office.say(f"!群设置 {GROUP} 启用=否 预设=13 静默=23-8 图=是 上限=20 升级={HONG}")
    await office.say(f"!群设置 {GROUP} 启用=默认 预设=默认 静默=默认 图=默认 上限=默认 升级=默认")
    settled = office.bot.chats.of(group_place(GROUP))
    assert (settled.is_enabled, settled.default_preset, settled.quiet) == (None, None, None)
    assert (settled.prefers_pictures, settled.max_jobs, settled.escalate_to) == (None, None, None)


async def test_who_is_told_instead_is_asked_for_and_introduced_as_by_the_groups_own_administrators(
    office: Office,
) -> None:
    assert "不能填我自己" in await office.say(f"!群设置 {GROUP} 升级={SELF}")
    office.around.acquainted = False
    said = await office.say(f"!群设置 {GROUP} 升级=@{HONG}")
    assert said == f"⚠️ QQ {HONG} 还不认识我，也不在群 {GROUP} 里；请对方先加我好友、私聊我说句话，你再发一次"
    assert office.bot.chats.all() == {}
    office.around.acquainted = True
    said = await office.say(f"!群设置 {GROUP} 升级=QQ{HONG} 升级时间=10分钟")
    assert said.splitlines()[1:] == [f"第二联系人：无 → QQ{HONG}", "等待：5分钟 → 10分钟"]
    with closing(open_for_run(office.home)) as store:
        (named,) = [one.notification for one in store.deliveries.due(office.bot.clock.now(), 10)]
    assert (named.topic, named.target.peer_id, named.data["minutes"]) == ("second_named", HONG, 10)


async def test_a_group_without_a_name_is_named_by_its_number(office: Office) -> None:
    assert (await office.say(f"!群设置 {OTHER_GROUP} 图=是")).startswith(f"✅ 群 {OTHER_GROUP} 的设置已改")
    assert (await office.say(f"!群设置 {OTHER_GROUP}")).startswith(f"⚙️ 群 {OTHER_GROUP}：应答")


async def test_what_stays_the_same_leaves_no_trace(office: Office) -> None:
    assert "没有变化" in await office.say(f"!群设置 {GROUP} 图=默认")
    assert "没有操作记录" in await office.say("!审计")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"!群设置 {GROUP} 启用=也许", "请写 是、否 或 默认"),
        (f"!群设置 {GROUP} 预设=999", "没有预设“999”"),
        (f"!群设置 {GROUP} 静默=半夜", "静默=23-8"),
        (f"!群设置 {GROUP} 上限=很多", "0 到 10000 的整数"),
        (f"!群设置 {GROUP} 升级=小明", "不是 QQ 号"),
        (f"!群设置 {GROUP} 静黙=23-8", "是不是想写“静默=”"),
        ("!群设置 羽毛球群", "不是群号"),
        ("!群设置 77777 启用=否", "我不在群 77777 里"),
        ("!群设置 启用=否", "要写是哪个群"),
        (f"!群设置 {GROUP} 停用", "设置要写成 键=值"),
        ("!配额 20002", "请写给谁、几个"),
        ("!配额 小明 5", "不是 QQ 号或群号"),
        (f"!配额 {GROUP} 5", "也是一个群号"),
        ("!配额 QQ20002 -1", "0 到 10000 的整数"),
        ("!授权 群123456", "请写哪个群、哪个人"),
        ("!授权 群123456 小明", "请写哪个群、哪个人"),
        ("!授权 取消 群123456 QQ20002", "没有授权"),
        (f"!授权 {HONG} {GROUP}", f"是不是写反了？给群 {GROUP} 请写 !授权 群{GROUP} QQ{HONG}"),
        (f"!授权 群77777 QQ{HONG}", "我不在群 77777 里"),
        (f"!授权 群{GROUP} QQ{SELF}", "机器人自己的号"),
        ("!审计 小明", "看不懂"),
        ("!审计 #999", "没有对任务 #999 的操作记录"),
        ("!审计 条数=9999", "1 到 200"),
    ],
)
async def test_what_is_wrong_is_refused_and_nothing_is_settled(office: Office, text: str, says: str) -> None:
    reply = await office.say(text)
    assert reply.startswith("⚠️ ")
    assert says in reply
    assert office.bot.chats.all() == {}


# -- quotas -----------------------------------------------------------------------------------------------------------
async def test_a_quota_of_a_person_holds_wherever_they_create(office: Office) -> None:
    assert "改为 1 个" in await office.say(f"!配额 QQ{MING} 1")
    assert "✅" in await office.say(CREATE, MING)
    for group in (None, GROUP):
        assert "你已有 1 个未结束的任务，到了上限" in await office.say(CREATE, MING, group)
    assert "✅" in await office.say(CREATE, HONG)


async def test_a_quota_of_a_group_counts_all_its_people_and_spares_superusers(office: Office) -> None:
    await office.say(f"!配额 群{GROUP} 1")
    assert "✅" in await office.say(CREATE, MING, GROUP)
    assert (await office.say(CREATE, HONG, GROUP)).startswith("⚠️ 本群已有 1 个未结束的任务，到了上限")
    assert "✅" in await office.say(CREATE, HONG, OTHER_GROUP)
    assert "✅" in await office.say(CREATE, BOSS, GROUP)


async def test_zero_means_none_and_the_usual_takes_it_back(office: Office) -> None:
    await office.say(f"!配额 {MING} 0")
    assert "配额是 0" in await office.say(CREATE, MING)
    assert "恢复默认：200 个" in await office.say(f"!配额 {MING} 默认")
    assert "✅" in await office.say(CREATE, MING)
    assert office.bot.chats.of(private_place(UserId(MING))).max_jobs is None


async def test_an_ended_job_that_is_started_again_counts_anew(office: Office) -> None:
    created = await office.say(CREATE, MING)
    number = created.split("#")[1].split(" ")[0]
    await office.say(f"!停止任务 {number}", MING)
    await office.say(f"!配额 {MING} 0")
    assert "配额是 0" in await office.say(f"!启动任务 {number}", MING)


async def test_an_ended_job_that_runs_once_more_at_once_counts_anew(office: Office) -> None:
    created = await office.say("!创建定时 每日 预设=13 每天12:00 时段=18", MING)
    number = created.split("#")[1].split(" ")[0]
    await office.say(f"!停止任务 {number}", MING)
    await office.say(f"!配额 {MING} 0")
    assert "配额是 0" in await office.say(f"!立即执行 {number}", MING)


async def test_quotas_are_listed_with_the_usual_ones(office: Office) -> None:
    assert "没有例外" in await office.say("!配额")
    await office.say(f"!配额 QQ{HONG} 5")
    await office.say(f"!配额 群{GROUP} 50")
    listed = await office.say("!配额")
    assert "默认：每人 200 个，每群 不限" in listed
    assert f"QQ{HONG}：5 个" in listed
    assert f"群{GROUP}：50 个" in listed


# -- rights -----------------------------------------------------------------------------------------------------------
async def test_rights_are_given_listed_and_taken_back(office: Office) -> None:
    assert "还没有授权过" in await office.say("!授权")
    assert "像群管理员一样" in await office.say(f"!授权 QQ{HONG} 群{GROUP}")
    assert office.bot.chats.of(group_place(GROUP)).managers == (HONG,)
    assert office.bot.chats.of(group_place(OTHER_GROUP)) == UNSAID
    assert f"群 {GROUP}（羽毛球群）：QQ{HONG}" in await office.say("!授权")
    assert "当作群号" not in await office.say(f"!授权 QQ{HONG} 群{GROUP}")
    again = await office.say(f"!授权 {GROUP} {HONG}")
    assert "本来就有授权" in again
    assert f"前一个数 {GROUP} 当作群号" in again
    assert "已收回" in await office.say(f"!授权 取消 群 {GROUP} QQ {HONG}")
    assert office.bot.chats.of(group_place(GROUP)).managers == ()
    told = await office.say("!审计")
    assert f"QQ{BOSS} 取消授权 群{GROUP} QQ{HONG}" in told
    assert f"QQ{BOSS} 授权 群{GROUP} QQ{HONG}" in told


# -- who did what -----------------------------------------------------------------------------------------------------
async def test_the_audit_tells_who_did_what_to_jobs_and_to_everything_else(office: Office) -> None:
    created = await office.say(CREATE, MING)
    number = created.split("#")[1].split(" ")[0]
    await office.say(f"!停止任务 {number}", BOSS)
    await office.say(f"!配额 QQ{HONG} 5", BOSS)
    await office.say(f"!删除任务 {number}", MING)
    told = (await office.say("!审计")).splitlines()[1:-1]
    assert [" ".join(line.split()[2:]) for line in told] == [
        f"QQ{MING} 删除 #{number} 晚场监控",
        f"QQ{BOSS} 配额 QQ{HONG} 5",
        f"QQ{BOSS} 停止 #{number} 晚场监控",
        f"QQ{MING} 创建 #{number} 晚场监控",
    ]
    ofming = await office.say(f"!审计 QQ{MING}")
    assert "停止" not in ofming.replace("停止任务", "")
    assert ofming.count(f"QQ{MING} ") == 2
    of_job = await office.say(f"!审计 {number}")
    assert f"任务 #{number}" in of_job.splitlines()[0]
    assert "配额" not in of_job
    assert (await office.say("!审计 2条")).splitlines()[0].endswith("最近 2 条")
    assert (await office.say("!审计 50")).splitlines()[0].endswith("最近 4 条")


async def test_what_was_taken_back_is_named(office: Office) -> None:
    created = await office.say(CREATE, MING)
    number = created.split("#")[1].split(" ")[0]
    await office.say(f"!停止任务 {number}", MING)
    await office.say(f"!撤销 {number}", MING)
    assert f"QQ{MING} 撤销了对 #{number} 晚场监控 的停止\n" in await office.say("!审计")


async def test_a_message_that_comes_twice_settles_once(office: Office) -> None:
    assert await office.ask(f"!配额 QQ{HONG} 5", inbound="same") is not None
    assert await office.ask(f"!配额 QQ{HONG} 5", inbound="same") is None
    assert (await office.say("!审计")).count("配额 QQ") == 1


async def test_a_group_manager_is_no_superuser(office: Office) -> None:
    await office.say(f"!授权 群{GROUP} QQ{HONG}")
    assert "只有超级用户" in await office.say("!备份", HONG, role=Role.GROUP_ADMIN)
