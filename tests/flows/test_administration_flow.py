"""A superuser looks after the bot in private, and what they settle holds in the groups at once."""

from harness import Bot, Person, StartBot

BOSS = 90001
CREATE = "!创建监控 晚场监控 预设=13 间隔=3600 不启动"


async def started(start_bot: StartBot, **settings: str) -> Bot:
    return await start_bot(SUPERUSERS=f'["{BOSS}"]', **settings)


async def is_met_with_silence(person: Person, text: str, control: Person) -> bool:
    """Nothing is said before somebody else, who spoke later, is answered."""
    before = len(person.seen)
    await person._peer.say(person.chat, person.speaker, text)  # pyright: ignore[reportPrivateUsage]
    await control.say("!帮助 帮助")
    return len(person.seen) == before


async def test_a_group_is_switched_off_and_on_again(start_bot: StartBot) -> None:
    bot = await started(start_bot)
    boss, ming, elsewhere = bot.person(BOSS, group=None), bot.person(), bot.person(group=777777)
    assert "📋" in await ming.say("!任务列表")
    assert "启用：默认 → 否" in await boss.say("!群设置 12345 启用=否")
    assert await is_met_with_silence(ming, "!任务列表", elsewhere)
    assert await is_met_with_silence(bot.person(BOSS), "!任务列表", elsewhere)
    assert "不应答" in await boss.say("!群设置")
    await boss.say("!群设置 12345 启用=默认")
    assert "📋" in await ming.say("!任务列表")


async def test_a_group_is_added_to_those_of_the_settings(start_bot: StartBot) -> None:
    bot = await started(start_bot, SJA_GROUPS="777777")
    boss, ming, listed = bot.person(BOSS, group=None), bot.person(), bot.person(group=777777)
    assert await is_met_with_silence(ming, "!任务列表", listed)
    await boss.say("!群设置 12345 启用=是")
    assert "📋" in await ming.say("!任务列表")


async def test_rights_hold_in_that_group_alone_and_until_they_are_taken_back(start_bot: StartBot) -> None:
    bot = await started(start_bot)
    boss, ming, hong = bot.person(BOSS, group=None), bot.person(), bot.person(20002)
    number = (await ming.say(CREATE)).split("#")[1].split(" ")[0]
    assert "是别人的任务" in await hong.say(f"!停止任务 {number}")
    await boss.say("!授权 群12345 QQ20002")
    assert "#" in await hong.say(f"!停止任务 {number}", expecting="已停止|🔴")
    other = bot.person(20001, group=777777)
    elsewhere = (await other.say(CREATE)).split("#")[1].split(" ")[0]
    assert "是别人的任务" in await bot.person(20002, group=777777).say(f"!停止任务 {elsewhere}")
    await boss.say("!授权 取消 群12345 QQ20002")
    again = (await ming.say(CREATE)).split("#")[1].split(" ")[0]
    assert await is_met_with_silence(hong, f"!停止任务 {again}", boss)  # Told once a minute that it is not theirs.
    told = await boss.say("!审计 3条")
    assert "QQ90001 取消授权 群12345 QQ20002" in told


async def test_settings_are_read_again_and_superusers_are_others_at_once(start_bot: StartBot) -> None:
    bot = await start_bot()
    ming, hong = bot.person(group=None), bot.person(20002, group=None)
    env = bot.home.parent / ".env"
    assert "只有超级用户" in await ming.say("!重载配置")
    await bot.terminate()
    env.write_text('SUPERUSERS=["20001"]\n')
    await bot.restart()
    env.write_text('SUPERUSERS=["20001", "20002"]\nSJA_MAX_JOBS_PER_USER=1\nSJA_LOG_KEEP=x\n')
    assert (await ming.say("!重载配置")).startswith("⚠️ 没有重载，一切照旧：SJA_LOG_KEEP 的值 'x' 不对")
    assert "只有超级用户" in await hong.say("!系统状态")
    env.write_text('SUPERUSERS=["20001", "20002"]\nSJA_MAX_JOBS_PER_USER=1\n')
    assert "SJA_MAX_JOBS_PER_USER 200 → 1" in await ming.say("!重载配置")
    assert (await hong.say("!系统状态")).startswith("🖥️ SJA ")
    other = bot.person(20003, group=None)
    assert "✅" in await other.say(CREATE)
    assert "到了上限" in await other.say(CREATE)
    assert "私聊" in await bot.person().say("!系统状态")
