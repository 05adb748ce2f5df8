"""Two accounts of the bot in one group hear every message twice; people expect one bot."""

import asyncio
import re

from front_site import MEMBER, Place
from harness import PATIENCE_SECONDS

from jobs.cli.onebot import Speaker, message_event, text_segment

SPEAKER = Speaker(user_id=MEMBER, nickname="小明", role="member")


async def test_what_two_accounts_hear_in_one_group_acts_once(place: Place, other_place: Place) -> None:
    number = int(place.group().peer_id)
    words = [text_segment("!创建监控 南洋北苑健身房监控 间隔=3600 不启动")]
    heard = place.qq.post(place.group(), SPEAKER, words)
    heard_too = other_place.qq.post(other_place.qq.group(number), SPEAKER, words)

    await place.peer.push(message_event(heard))
    await other_place.peer.push(message_event(heard_too) | {"time": message_event(heard)["time"]})

    hearing = [asyncio.create_task(one.hears("已创建监控")) for one in (place, other_place)]
    await asyncio.wait(hearing, return_when=asyncio.FIRST_COMPLETED)
    for one in (place, other_place):
        assert (await one.say("!帮助 帮助")).startswith("📖"), "all that was said before has been read"
    created = [said for one in (place, other_place) for said in one.qq.said_by_bot if "已创建" in said.text]
    assert len(created) == 1
    for task in hearing:
        task.cancel()


async def test_the_same_words_said_twice_to_one_account_are_two_messages(place: Place) -> None:
    words = [text_segment("!创建监控 南洋北苑健身房监控 间隔=3600 不启动")]
    first, second = (place.qq.post(place.group(), SPEAKER, words) for _ in range(2))

    await place.peer.push(message_event(first))
    await place.peer.push(message_event(second) | {"time": message_event(first)["time"]})

    numbers: set[str] = set()
    async with asyncio.timeout(PATIENCE_SECONDS):
        async for said in place.peer.listen():
            numbers.update(re.findall(r"已创建监控 #(\d+)", said.text))
            if len(numbers) == 2:
                break


async def test_a_command_of_many_pages_is_refused_in_one_sentence(place: Place) -> None:
    said = await place.say("!创建监控 " + "很长" * 5000)
    assert said == "⚠️ 这条消息太长了，一条命令最多 2000 个字，请分开说或写短一些"
