"""Every client's way of speaking OneBot v11 is understood alike."""

from typing import Any

import pytest
from client_site import MEMBER, Client

from jobs.cli.onebot import text_segment

LIST = "📋 任务列表"
CREATE = "!创建监控 南洋北苑健身房监控 间隔=3600 不启动"

STRANGE = {
    "face": {"id": "178", "raw": {"faceIndex": 178}, "resultId": None, "chainCount": None},
    "mface": {"emoji_package_id": 235, "emoji_id": "a1", "key": "k", "summary": "[好]", "url": "http://x/y"},
    "image": {"file": "A,1]&.jpg", "summary": "[动画]", "sub_type": 1, "url": "http://x/?a=1&b=2", "file_size": "9"},
    "record": {"file": "a.amr", "path": "", "url": "http://x/a", "file_size": "12"},
    "video": {"file": "a.mp4", "url": "http://x/v"},
    "file": {"file": "表.xlsx", "file_id": "/f", "file_size": "12"},
    "forward": {"id": "m1", "content": [{"message": "!任务列表"}]},
    "json": {"data": '{"app":"com.tencent.miniapp","prompt":"!任务列表"}'},
    "markdown": {"content": "# !任务列表"},
    "poke": {"type": "1", "id": "-1"},
    "dice": {"result": "3"},
    "一种新的": {"什么": "!任务列表"},
}


def at(qq: Any) -> dict[str, Any]:
    return {"type": "at", "data": {"qq": str(qq), "name": "小王"}}


@pytest.mark.parametrize("private", [False, True], ids=["group", "private"])
async def test_a_command_is_answered_once_where_it_was_said(client: Client, private: bool) -> None:
    event = client.message("！任务列表", private=private)
    replies = await client.hears(event)
    assert [reply.text.startswith(LIST) for reply in replies] == [True]
    assert replies[0].chat == (("private", MEMBER) if private else ("group", client.group))
    assert await client.hears(event) == [], "the same event, delivered again"


async def test_a_temporary_session_is_a_private_chat(client: Client) -> None:
    said = await client.hears(client.message("!任务列表", private=True, **client.dialect.temporary))
    assert [(one.chat, one.text.startswith(LIST)) for one in said] == [(("private", MEMBER), True)]


async def test_anonymous_members_are_told_apart_by_their_masks(client: Client) -> None:
    masked = {"user_id": 80000000, "sub_type": "anonymous"}
    one, other = ({"anonymous": {"id": number, "name": "大乔", "flag": "f"}} for number in (5, 6))
    created = (await client.hears(client.message(CREATE, **masked, **one)))[0].text
    number = created.split("#")[1].split(" ")[0]
    denied = await client.hears(client.message(f"!停止任务 {number}", **masked, **other))
    assert ["是别人的任务" in said.text for said in denied] == [True]
    allowed = await client.hears(client.message(f"!停止任务 {number}", **masked, **one))
    assert ["🔴" in said.text for said in allowed] == [True]


@pytest.mark.parametrize("front", [(), (at(10000),), (text_segment(" "), at("all"), text_segment("  "))])
async def test_quoting_a_reply_and_saying_stop_stops_its_job(client: Client, front: tuple[Any, ...]) -> None:
    created = await client.asks(CREATE)
    number = created.text.split("#")[1].split(" ")[0]
    assert f"#{number}" in (await client.asks("停", quoting=created.message_id, front=front)).text
    assert f"🔴 #{number} " in (await client.asks("!任务列表")).text


async def test_a_quote_that_the_client_cannot_find_names_its_job_all_the_same(client: Client) -> None:
    created = await client.asks(CREATE)
    client.answers = lambda action, _, ours: client.dialect.refused if action == "get_msg" else ours
    assert "编码" in (await client.asks("详情", quoting=created.message_id)).text


async def test_a_bare_answer_counts_in_a_group_when_it_quotes_the_question(client: Client) -> None:
    question = await client.asks("!创建监控 打球去 间隔=3600 不启动")
    assert "哪" in question.text
    assert await client.hears(client.message("13")) == [], "a bare number in a group is talk"
    assert "✅ 已创建监控" in (await client.asks("13", quoting=question.message_id)).text


async def test_what_stands_before_a_command_or_is_no_text_stands_in_nobodys_way(client: Client) -> None:
    assert (await client.asks("!任务列表", front=[at(client.self_id), text_segment(" ")])).text.startswith(LIST)
    for kind, data in STRANGE.items():
        assert await client.hears(client.message([{"type": kind, "data": data}])) == [], kind
        named = [text_segment("!任务列表 "), {"type": kind, "data": data}]
        assert len(await client.hears(client.message(named))) == 1, kind


async def test_what_the_bot_itself_said_is_not_heard(client: Client) -> None:
    own = client.message("!任务列表", user=client.self_id)
    assert await client.hears(own) == []
    sent = {"post_type": "message_sent", "message_sent_type": "self", "target_id": client.group}
    assert await client.hears(client.message("!任务列表", user=client.self_id) | sent) == []
    assert await client.hears(client.message("!任务列表") | sent) == []


async def test_notices_and_signs_of_life_disturb_nobody(client: Client) -> None:
    dialect = client.dialect
    for event in (
        client.meta(meta_event_type="lifecycle", sub_type="enable"),
        client.meta(meta_event_type="heartbeat", status=dialect.heartbeat, interval=30_000),
        client.notice("notify", sub_type="poke", target_id=client.self_id, **dialect.poke),
        client.notice("group_upload", file=dialect.upload),
        client.notice("group_recall", operator_id=MEMBER, message_id=dialect.message_id(3)),
        client.notice("group_card", card_new="!任务列表", card_old=""),
        client.notice("group_msg_emoji_like", message_id=1, likes=[{"emoji_id": "76", "count": 1}]),
        client.notice("essence", sub_type="add", sender_id=MEMBER, operator_id=1, message_id=1),
        client.notice("friend_recall", message_id=1),
        client.notice("notify", sub_type="input_status", status_text="对方正在输入...", event_type=1),
        client.notice("offline_file", file={"name": "x", "size": 1, "url": ""}),
        client.meta(post_type="request", request_type="friend", user_id=1, comment="!任务列表", flag="f"),
    ):
        assert await client.hears(event) == [], event
    assert (await client.asks("!任务列表")).text.startswith(LIST)


@pytest.mark.parametrize("data", [{"message_id": -5}, {"message_id": "77"}, {"message_id": None}, {}, None, "ok"])
async def test_whatever_is_answered_to_a_sending_the_person_is_answered_once(client: Client, data: Any) -> None:
    client.answers = lambda action, _, ours: ours | {"data": data} if action.startswith("send_") else ours
    assert (await client.asks("!任务列表")).text.startswith(LIST)


async def test_a_message_that_timed_out_after_it_was_delivered_is_not_sent_again(client: Client) -> None:
    late = {"status": "failed", "retcode": 1200, "data": None, "message": "Timeout", "wording": "Timeout"}
    client.answers = lambda action, _, ours: late if action.startswith("send_") else ours
    assert (await client.asks("!任务列表")).text.startswith(LIST)


async def test_answers_that_come_twice_or_to_nobody_do_not_cost_the_connection(client: Client) -> None:
    client.times = 3
    for _ in range(5):
        assert (await client.asks("!任务列表")).text.startswith(LIST)
    for echo in ("1", "99999999", None, {"a": 1}, "x"):
        await client.push({"status": "ok", "retcode": 0, "data": None, "echo": echo})
    assert (await client.asks("!任务列表")).text.startswith(LIST)


async def test_a_name_cut_within_an_emoji_is_no_reason_to_be_silent(client: Client) -> None:
    event = client.message("!任务列表", sender={"user_id": MEMBER, "nickname": "小明\ud83d", "card": "\udc00"})
    assert len(await client.hears(event)) == 1


async def test_an_event_that_cannot_be_read_is_named_once_and_breaks_nothing(client: Client) -> None:
    for _ in range(3):
        assert await client.hears(client.message("!任务列表 秘密", message_id="不是数字")) == []
    log = client.bot.log_file.read_text("utf-8")
    assert log.count("有字段的类型不对") == 1
    assert "不是数字" not in log
    assert (await client.asks("!任务列表")).text.startswith(LIST)


async def test_no_traceback_was_written(client: Client) -> None:
    """Last of all: what all the clients before it did."""
    assert (await client.asks("!任务列表")).text.startswith(LIST)
    log = client.bot.log_file.read_text("utf-8")
    assert "Traceback" not in log, log[log.index("Traceback") - 2000 :][:4000]
    assert "内部错误" not in log
