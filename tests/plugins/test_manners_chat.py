"""收到 and 通知设置 in chats; and what a chat reads of digests, mentions, reminders and what is passed on."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from nonebot.adapters.onebot.v11 import Adapter, Bot as QQ, Message, MessageSegment
from nonebug import App
from venue_site import GROUP, HONG, MING, SELF, SUNDAY, VenueChat, group

from jobs import (
    BOOKED,
    ESCALATED,
    ESCALATES,
    FLAPPING,
    JOB_FAILED,
    LOGIN_WANTED,
    OCCURRENCE_FAILED,
    PAYMENT_DUE,
    REHEARSED,
    SECOND_NAMED,
    SLOTS_FREED,
    SUMMED_UP,
    Chat,
    DeliveryOutcome,
    JobId,
    Notification,
    QuietHours,
    Role,
    Standing,
)
from jobs.models.change import Change
from plugins._replies.digests import digest, message, tells
from plugins._replies.notices import notice

ZONE = ZoneInfo("Asia/Shanghai")
ALONE = Chat(self_id=SELF, type="private", peer_id=MING)
SLOT: dict[str, Any] = {"date": "2026-11-23", "hour": 19, "court": "3号场", "price": "30.00"}
ORDER: dict[str, Any] = {
    "account": "czq",
    "venue": "霍英东体育中心·羽毛球",
    "slots": [SLOT],
    "order_id": "812345678901234567",
    "amount": "30.00",
    "pay_until": (SUNDAY + timedelta(minutes=10)).isoformat(),
}


FLAPS: dict[str, Any] = {FLAPPING: True}
ASKS: dict[str, Any] = {ESCALATES: 5}


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[VenueChat]:
    chat = VenueChat(tmp_path)
    yield chat
    chat.close()


def one(
    topic: str = SLOTS_FREED, number: int = 7, target: Chat = ALONE, at: datetime = SUNDAY, **data: Any
) -> Notification:
    facts = {"number": number, "name": "晚场监控", **data} if number else data
    return Notification(
        dedupe_key=f"{topic}/account/{number}/{at}",
        target=target,
        topic=topic,
        job_id=JobId(f"{number:08d}") if number else None,
        data=facts,
        created_at=at,
        is_urgent=True,
    )


def tell(chat: VenueChat, notification: Notification, message_id: str = "77") -> None:
    """It has arrived."""
    chat.store.apply(Change(notifications=(notification,)))
    for delivery in chat.store.deliveries.due(SUNDAY, 10):
        chat.store.deliveries.begin([delivery.id], SUNDAY)
        chat.store.deliveries.done([delivery.id], message_id, SUNDAY)


def unsettled(target: Chat = ALONE, owner: str = MING) -> Notification:
    """One that asks for somebody and that nothing but a person settles."""
    return one("booking_uncertain", 0, target, given_up=True, owner=owner, **ORDER)


async def test_in_private_the_bare_word_is_enough_and_says_what_it_was(chat: VenueChat) -> None:
    tell(chat, unsettled())
    assert await chat.say("收到") == "👌 知道你看到了，不再提醒：这次下单的结果查不清"
    assert await chat.ask("收到") is None


async def test_in_a_group_the_bare_word_counts_only_under_the_notification(chat: VenueChat) -> None:
    tell(chat, unsettled(group()))
    assert await chat.ask("收到", place=group()) is None
    assert await chat.ask("收到", place=group(), quoted="76") is None
    assert await chat.ask("收到", place=group(), quoted="77", user=HONG) is None
    assert (await chat.say("知道了", place=group(), quoted="77")).startswith("👌")
    assert await chat.ask("知道了", place=group(), quoted="77") is None


async def test_the_command_answers_kindly_when_nothing_is_open(chat: VenueChat) -> None:
    assert (await chat.say("!收到")).startswith("👌 现在没有等人确认的通知")
    tell(chat, unsettled(group()))
    assert (await chat.say("!收到", place=group())).startswith("👌 知道你看到了")


async def test_what_is_left_to_do_is_said_with_it(chat: VenueChat) -> None:
    account = chat.account(standing=Standing.OUT)
    wanted = one(LOGIN_WANTED, 0, account="czq", reason="登录过期")
    tell(chat, replace(wanted, dedupe_key=f"{LOGIN_WANTED}/{account.id}/x"))
    assert await chat.say("收到") == "👌 知道你看到了，不再提醒：账号 czq：登录过期\n发送 !登录 czq"


async def test_a_chat_s_manners_are_shown_and_settled(chat: VenueChat) -> None:
    shown = await chat.say("!通知设置")
    assert shown.splitlines()[:4] == ["🔔 你的通知设置", "静默：无", "第二联系人：无", "图：默认（现在是文字）"]
    chat.acquainted = {HONG}
    said = await chat.say(f"!通知设置 静默=晚上11点到早上8点 升级={HONG} 升级时间=10分钟 图=是")
    assert said.startswith("✅ 已改好\n🔔 你的通知设置\n静默：23:00–08:00")
    assert f"10分钟没有人回复“收到”，就私聊告诉 QQ {HONG}" in said
    settled = chat.store.chats.of(ALONE.place)
    assert settled.quiet == QuietHours(begins=time(23), ends=time(8))
    assert (settled.escalate_to, settled.escalate_after_seconds, settled.prefers_pictures) == (HONG, 600, True)
    assert "要紧事1分钟没有人" in await chat.say("!通知设置 升级时间=1分钟")
    await chat.say("!免打扰 无")
    assert chat.store.chats.of(ALONE.place).quiet is None
    assert chat.store.chats.of(ALONE.place).escalate_to == HONG


async def test_in_a_group_only_its_administrators_settle_them_and_everybody_sees_them(chat: VenueChat) -> None:
    assert (await chat.say("!通知设置 静默=23-8", place=group())).startswith("⚠️ 群里的通知设置由群管理员来改")
    assert "静默：无" in await chat.say("!通知设置", place=group())
    assert "✅" in await chat.say("!通知设置 静默=23-8", place=group(), role=Role.GROUP_ADMIN)
    assert "23:00–08:00" in await chat.say("!通知设置", place=group())


async def test_nobody_is_named_whom_the_bot_has_never_met_and_who_is_named_hears_of_it_once(chat: VenueChat) -> None:
    assert "还不认识我" in await chat.say(f"!通知设置 升级={HONG}")
    assert chat.store.chats.of(ALONE.place).escalate_to is None
    chat.acquainted = {HONG}
    for _ in range(2):
        await chat.say(f"!通知设置 升级={HONG}")
        await chat.say("!通知设置 升级=无")
    (named,) = [row.notification for row in chat.store.deliveries.due(SUNDAY, 10)]
    assert (named.topic, named.target.peer_id) == (SECOND_NAMED, HONG)
    assert f"QQ {MING} 设的" in notice(named, ZONE)


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("静默=昨天", "静默=23-8"),
        ("静默=8-8", "全天静默设不了"),
        ("静默=0-24", "全天静默设不了"),
        ("升级=小明", "QQ 号"),
        (f"升级={MING}", "另一个人"),
        (f"升级={SELF}", "不能填我自己"),
        ("升级时间=5秒", "1 分钟到 24 小时"),
        ("图=大", "图=是"),
        ("静默=23-8 24-7", "键=值"),
        ("音量=3", "没有“音量”这个选项"),
    ],
)
async def test_what_is_not_understood_is_refused_with_what_to_send(chat: VenueChat, said: str, answer: str) -> None:
    reply = await chat.say(f"!通知设置 {said}")
    assert reply.startswith("⚠️")
    assert answer in reply
    assert chat.store.chats.of(ALONE.place).version == 0


def test_a_digest_has_a_line_each_in_order_with_what_to_send_next() -> None:
    night = SUNDAY - timedelta(hours=11)
    told = [
        one(JOB_FAILED, 7, at=night, reason="登录失效"),
        one(SLOTS_FREED, 8, slots=[SLOT, {**SLOT, "hour": 20}], venue="霍英东"),
        one(JOB_FAILED, 7, reason="又失败", **FLAPS),
    ]
    assert digest(told, ZONE, SUNDAY).splitlines() == [
        "📬 合并告诉你 3 条通知，关于 2 个任务",
        "11-21 23:00 ❌ #7 晚场监控 失败：登录失效",
        "10:00 🎾 #8 晚场监控 有新空场：11-23 周一 19-21点 2 个",
        "10:00 ❌ #7 晚场监控 失败：又失败",
        "#7 晚场监控 时好时坏，接下来先不逐条打扰，一小时内有变化合并告诉你",
        "看详情：!任务详情 编号，例如 !任务详情 8",
    ]


def test_of_free_courts_a_digest_has_only_the_latest_of_a_job_and_how_to_book() -> None:
    def freed(minutes: int, number: int = 8, hour: int = 19) -> Notification:
        at = SUNDAY - timedelta(minutes=minutes)
        return one(number=number, at=at, slots=[{**SLOT, "hour": hour}], venue="霍英东", preset=18)

    told = [freed(50), freed(40), freed(20, hour=20)]
    text = digest(told, ZONE, SUNDAY)
    assert text.splitlines() == [
        "📬 #8 晚场监控 有 3 条通知",
        "09:40 🎾 #8 晚场监控 有新空场 3 次，最近 20 分钟前：11-23 周一 20点 1 个",
        "看空场并预订：!查询 18 11-23",
    ]
    assert all(tells(text, each, ZONE, SUNDAY) for each in told)
    assert not tells(text, freed(20, number=88), ZONE, SUNDAY)
    assert digest([freed(1), freed(0, 9)], ZONE, SUNDAY).endswith("\n看空场并预订：!查询 18 11-23")
    old = digest([freed(300), freed(200), one(JOB_FAILED, 9, reason="登录失效")], ZONE, SUNDAY).splitlines()
    assert old[1] == "06:40 🎾 #8 晚场监控 期间空场有变化 2 次，现在的：!查询 18"
    assert len(old) == 4


def test_what_a_flapping_job_told_is_one_line_with_its_last_word() -> None:
    told = one(OCCURRENCE_FAILED, 7, reason="登录失效", **{SUMMED_UP: {"failed": 28, "recovered": 27}}, **FLAPS)
    assert notice(told, ZONE).splitlines() == [
        "📉 #7 晚场监控 28 次失败、27 次恢复，最后：❌ 这次失败：登录失效",
        "时好时坏，接下来先不逐条打扰，一小时内有变化合并告诉你",
    ]
    assert digest([told, one()], ZONE, SUNDAY).splitlines()[1].startswith("10:00 📉 #7 晚场监控 28 次失败")


def test_a_digest_of_one_job_says_so_and_the_longest_is_still_a_plain_text() -> None:
    told = [one(JOB_FAILED, 7, reason="很长的原因" * 30)] * 20
    text = digest(told, ZONE, SUNDAY)
    assert text.splitlines()[0] == "📬 #7 晚场监控 有 20 条通知"
    assert text.splitlines()[-1] == "看详情：!任务详情 7，看日志：!任务日志 7"
    assert len(text) <= 900


def test_a_copy_shows_its_tag_once() -> None:
    assert message([one(), one()], ZONE, "（补发）", SUNDAY).count("（补发）") == 1


@pytest.mark.parametrize(
    ("minutes", "words"), [(0, "还有 10 分钟"), (7.5, "还有 2 分钟"), (9.5, "还有不到 1 分钟"), (11, "期限已过")]
)
def test_a_reminder_counts_from_when_it_is_read(minutes: float, words: str) -> None:
    now = SUNDAY + timedelta(minutes=minutes)
    assert f"还没付款，{words}\n" in notice(one(PAYMENT_DUE, **ORDER), ZONE, now=now)


def test_a_rehearsal_counts_from_when_it_is_read() -> None:
    told = one(REHEARSED, minutes=5, goes=True, lines=[])
    assert "还有 5 分钟开抢" in notice(told, ZONE)
    assert "还有 3 分钟开抢" in notice(told, ZONE, now=SUNDAY + timedelta(minutes=2))
    assert "已经开抢" in notice(told, ZONE, now=SUNDAY + timedelta(minutes=6))


def test_what_is_passed_on_says_what_where_and_how_it_ends_and_leads_nobody_astray() -> None:
    inner = {**ORDER, "number": 7, "name": "周五羽毛球"}
    told = Notification(
        dedupe_key="e", target=Chat(self_id=SELF, type="private", peer_id=HONG), topic=ESCALATED, job_id=None,
        data={"topic": BOOKED, "data": inner, "told_at": SUNDAY.isoformat(), "chat": "群 12345", "minutes": 5},
        created_at=SUNDAY, is_urgent=True,
    )  # fmt: skip
    lines = notice(told, ZONE, now=SUNDAY + timedelta(minutes=6)).splitlines()
    assert lines[0] == "🚨 群 12345 有要紧的事，已经 6 分钟没有人确认："
    assert lines[1] == "🎉 #7 周五羽毛球 订到了"
    assert "付款期限" in "".join(lines)
    assert not [line for line in lines if "!付款" in line]
    assert lines[-1] == "看到请回复“收到”，就不再提醒；在那边回复也行"
    for arrival, head in (("never", "没能送达："), ("unknown", "可能没能送达，也没有人确认：")):
        never = replace(told, data={**told.data, "arrival": arrival})
        lines = notice(never, ZONE, now=SUNDAY + timedelta(minutes=6)).splitlines()
        assert lines[0] == f"🚨 6 分钟前有要紧的事要告诉 群 12345，{head}"
        assert lines[-1] == "看到请回复“收到”，就不再提醒"


def test_an_answer_is_asked_for_only_where_the_outbox_says_so() -> None:
    plain = notice(one(BOOKED, **ORDER), ZONE)
    assert "收到" not in plain
    asked = notice(one(BOOKED, target=group(), **ORDER, **ASKS), ZONE)
    assert asked == f"{plain}\n引用本条回复“收到”表示知道了；5 分钟没有人回复，我再找别人"


@pytest.mark.parametrize(("target", "called"), [(group(), True), (ALONE, False)])
async def test_the_owner_is_called_by_a_real_mention_in_groups_only_and_never_out_of_text(
    app: App, target: Chat, called: bool
) -> None:
    from plugins._onebot.notifier import OneBotNotifier

    told = one(JOB_FAILED, 7, target, reason="[CQ:at,qq=all] @全体成员", mentions=[MING])
    text = notice(told, ZONE)
    said = [MessageSegment.at(MING), MessageSegment.text(f" {text}")] if called else [MessageSegment.text(text)]
    where = {"group_id": int(GROUP)} if called else {"user_id": int(MING)}
    async with app.test_api() as client:
        client.create_bot(base=QQ, adapter=client.create_adapter(base=Adapter), self_id=SELF)
        expected = {"message_type": target.type, **where, "message": Message(said)}
        client.should_call_api("send_msg", expected, {"message_id": 5})
        report = await OneBotNotifier(ZONE).send([told], "")
    assert report.outcome is DeliveryOutcome.SENT


async def test_a_group_that_is_not_listened_to_is_asked_to_answer_in_private(app: App) -> None:
    from plugins._onebot.notifier import OneBotNotifier
    from plugins._replies.notices import notice, unheard

    told = one(SLOTS_FREED, 7, slots=[SLOT], venue="霍英东")
    here = Chat(self_id=SELF, type="group", peer_id=GROUP)
    told = replace(told, target=here, data={**told.data, ESCALATES: 5})
    assert "\n引用本条回复“收到”表示知道了" in notice(told, ZONE)
    async with app.test_api() as client:
        client.create_bot(base=QQ, adapter=client.create_adapter(base=Adapter), self_id=SELF)
        said = Message(notice(unheard(told), ZONE))
        assert "\n请私聊我回复“收到”表示知道了" in said.extract_plain_text()
        expected = {"message_type": "group", "group_id": int(GROUP), "message": said}
        client.should_call_api("send_msg", expected, {"message_id": 5})
        report = await OneBotNotifier(ZONE, listens=lambda chat: not chat.is_group).send([told], "")
    assert report.outcome is DeliveryOutcome.SENT
