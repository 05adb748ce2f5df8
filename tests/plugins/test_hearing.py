"""What counts as a command, however it is written and whatever comes before it; and what stays without an answer."""

import pytest
from front_site import CREATE, MEMBER, Place

from jobs.cli.onebot import Speaker, message_event, text_segment


@pytest.mark.parametrize(
    "written",
    [
        "!任务列表",
        "！任务列表",
        "/任务列表",
        "／任务列表",
        "！ 任务列表",
        "  !  任务列表  ",
        "\u3000！\u3000任务列表\u3000",
        "!\u200b任务\u200b列表",
        "\u202e!任务列表",
        "!jobs",
        "/JOBS",
        "!任务",
        "！ｊｏｂｓ",
    ],
)
async def test_the_list_is_understood_in_every_spelling(place: Place, written: str) -> None:
    assert (await place.say(written)).startswith("📋 任务列表（共 0 个）")


@pytest.mark.parametrize(
    "glued", ["!任务详情{number}", "!任务详情#{number}", "！详情{number}", "!任务详情{id}", "!job {id}"]
)
async def test_a_command_may_be_glued_to_its_argument(place: Place, glued: str) -> None:
    created = await place.say(CREATE)
    number, job_id = created.splitlines()[0].removeprefix("✅ 已创建监控 #").split(" · ")
    assert f"编码：{job_id}" in await place.say(glued.format(number=number, id=job_id))


@pytest.mark.parametrize(
    "talk",
    [
        "!!!",
        "！！！",
        "!",
        "/shrug",
        "！哈哈",
        "!  ",
        "! ? !",
        "任务列表",
        "你好 !任务列表",
        "!任务完成啦",
        "/tmp/a",
        "确认",
        "1",
    ],
)
async def test_talk_is_met_with_silence(place: Place, talk: str) -> None:
    assert await place.is_met_with_silence(talk)


@pytest.mark.parametrize(
    ("slip", "meant"), [("!任务裂表", "!任务列表"), ("！任物列表", "!任务列表"), ("!删出任务 7", "!删除任务")]
)
async def test_a_slip_is_answered_with_the_nearest_command(place: Place, slip: str, meant: str) -> None:
    reply = await place.say(slip)
    assert reply.startswith("⚠️ 没有")
    assert meant in reply


LIST = "📋 任务列表"


@pytest.mark.parametrize("place", [False, True], indirect=True, ids=["array", "string"])
async def test_quotes_and_mentions_in_front_are_skipped(place: Place) -> None:
    at_bot = {"type": "at", "data": {"qq": place.peer.qq.bot.user_id}}
    at_other = {"type": "at", "data": {"qq": "20007"}}
    blank = text_segment("  ")
    listed = await place.ask("!任务列表")
    for front in ([at_bot], [at_other], [at_other, blank, at_bot, blank]):
        assert (await place.say(" !任务列表", front=front)).startswith(LIST)
        assert (await place.say("!任务列表", front=front, quoting=listed)).startswith(LIST)


async def test_a_quote_the_client_does_not_know_any_more_still_names_its_job(place: Place) -> None:
    created = await place.ask(CREATE)
    place.failing = {"get_msg"}
    assert "编码：" in await place.say("详情", quoting=created)
    assert "编码：" in await place.say("!任务详情", quoting=created)


async def test_a_mention_inside_a_name_is_shown_not_made(place: Place) -> None:
    posted = place.qq.post(
        place.group(),
        Speaker(user_id=MEMBER, nickname="小明"),
        [text_segment("!创建监控 叫"), {"type": "at", "data": {"qq": "all"}}, text_segment("来 预设=13 不启动")],
    )
    await place.peer.push(message_event(posted))
    said = await place.hears("已创建")
    assert "叫 @all 来" in said.text
    assert [segment["type"] for segment in said.segments] == ["text"]


async def test_an_event_that_comes_three_times_acts_and_is_answered_once(place: Place) -> None:
    await place.ask(CREATE, times=3)
    assert "共 1 个" in await place.say("!任务列表", times=2)


async def test_one_message_id_from_two_accounts_is_two_messages(place: Place, other_place: Place) -> None:
    said = Speaker(user_id=MEMBER, nickname="小明")
    for one in (place, other_place):
        event = message_event(one.qq.post(one.group(), said, [text_segment("!任务列表")]))
        await one.peer.push(event | {"message_id": -7})
        assert (await one.hears(LIST)).chat == one.group()


async def test_the_bots_own_words_are_not_heard(place: Place) -> None:
    assert await place.is_met_with_silence("!任务列表", user=place.qq.bot.user_id)


@pytest.mark.parametrize("missing", ["user_id", "message_id", "message"])
async def test_an_event_the_adapter_cannot_read_is_named_in_the_log(place: Place, missing: str) -> None:
    posted = place.qq.post(place.group(), Speaker(user_id=MEMBER, nickname="小明"), [text_segment("!任务列表")])
    event = message_event(posted)
    del event[missing]
    await place.peer.push(event)
    assert await place.is_met_with_silence("你好")
    assert f"缺少：{missing}" in place.bot.log_file.read_text("utf-8")


@pytest.mark.parametrize("missing", ["font", "raw_message", "sub_type", "sender"])
async def test_what_nobody_needs_of_an_event_may_be_missing(place: Place, missing: str) -> None:
    posted = place.qq.post(place.group(), Speaker(user_id=MEMBER, nickname="小明"), [text_segment("!任务列表")])
    event = message_event(posted)
    del event[missing]
    await place.peer.push(event)
    assert (await place.hears(LIST)).chat == place.group()


async def test_a_half_understood_message_of_a_group_is_never_taken_for_a_private_one(place: Place) -> None:
    posted = place.qq.post(place.group(), Speaker(user_id=MEMBER, nickname="小明"), [text_segment("!任务列表")])
    await place.peer.push(message_event(posted) | {"group_id": "这个群"})
    assert await place.is_met_with_silence("你好")
    assert not [said for said in place.qq.said_by_bot if said.text.startswith(LIST)]


async def test_broken_events_disturb_nobody(place: Place) -> None:
    for event in (
        {},
        {"post_type": "message"},
        {"post_type": "message", "message": None},
        {"post_type": 5},
        {"time": "x"},
    ):
        await place.peer.push({"self_id": int(place.qq.bot.user_id), "time": 1, **event})
    assert (await place.say("!任务列表")).startswith(LIST)


async def test_in_private_one_sees_ones_own_jobs_wherever_they_were_made(place: Place) -> None:
    await place.say(CREATE, user=20011)
    await place.say(CREATE, user=20011, private=True)
    assert "共 2 个" in await place.say("!任务列表", user=20011, private=True)
    assert "共 1 个" in await place.say("!任务列表")
    assert "共 0 个" in await place.say("!任务列表", user=20012, private=True)
