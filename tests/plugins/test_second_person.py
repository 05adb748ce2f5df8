"""Naming a second person, through a real client: who has never met the bot is not troubled, who has is told so."""

from front_site import ADMIN, MEMBER, OTHER, Place


async def test_an_administrator_may_name_a_member_of_the_group_who_hears_of_it_in_private(place: Place) -> None:
    command = f"!通知设置 升级={OTHER} 静默=23-8"
    refused = await place.say(command, user=ADMIN, role="admin")
    assert refused.startswith(f"⚠️ QQ {OTHER} 还不认识我，也不在这个群里")
    await place.say("!帮助", user=OTHER)
    said = await place.say(command, user=ADMIN, role="admin")
    assert said.startswith("✅ 已改好\n🔔 本群的通知设置\n静默：23:00–08:00")
    told = await place.hears("^🔔 群 .*请你做第二联系人")
    assert told.chat == place.qq.private(OTHER)
    assert f"QQ {ADMIN} 设的" in told.text


async def test_somebody_in_private_may_name_who_has_spoken_to_the_bot_in_private(place: Place) -> None:
    assert "还不认识我" in await place.say(f"!通知设置 升级={OTHER}", user=MEMBER, private=True)
    await place.say("!帮助", user=OTHER, private=True)
    assert "✅" in await place.say(f"!通知设置 升级={OTHER}", user=MEMBER, private=True)
    assert (await place.say("!收到", user=MEMBER, private=True)).startswith("👌 现在没有等人确认的通知")
