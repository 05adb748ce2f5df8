"""A bot with manners of its own pace: nobody is flooded, whoever hurries is told once, and a question is answered."""

from harness import StartBot

NOTICE = "⏱️ 说得太快了，"


async def test_a_hurried_person_is_told_once_and_answers_to_questions_are_never_swallowed(start_bot: StartBot) -> None:
    bot = await start_bot(
        SJA_USER_COMMANDS_PER_MINUTE="1", SJA_CHAT_GAP_SECONDS="0.05", SUPERUSERS='["90001"]', SJA_DEMO_SEED="7"
    )
    ming, hong, root = bot.person(), bot.person(20002, "小红"), bot.person(90001, "管理员")
    created = await ming.say("!创建监控 南洋北苑健身房监控 间隔=3600 时段=7")
    number = created.split("#")[1].split(" ")[0]
    assert "确认" in await ming.say(f"!删除任务 {number}", expecting="确认")
    for _ in range(3):
        assert (await ming.say("!任务列表")).startswith("📋")
    peer = await bot.peer()
    told = await ming.say("!任务列表")
    assert told.startswith(NOTICE)
    since = len(ming.seen)
    await peer.say(ming.chat, ming.speaker, "!停止任务 1")
    # What others say meanwhile is answered, and shows that the swallowed command did nothing and said nothing.
    assert f"#{number} " in await hong.say("!任务列表", expecting="📋")
    assert "🟢" in await root.say(f"!任务详情 {number}", expecting="编码")
    assert [posted.text for posted in ming.seen[since:] if posted.text.startswith(NOTICE)] == []
    assert "已删除" in await ming.say(f"!删除任务 {number} 确认", expecting="删除")
    assert "共 0 个" in await hong.say("!任务列表", expecting="📋")


async def test_one_chat_waits_for_its_pace_and_no_other_does(start_bot: StartBot) -> None:
    bot = await start_bot(SJA_CHAT_GAP_SECONDS="60")
    ming, hong = bot.person(), bot.person(20002, "小红", group=None)
    peer = await bot.peer()
    assert (await ming.say("!帮助 任务列表")).startswith("📖 !任务列表")
    await peer.say(ming.chat, ming.speaker, "!帮助 任务详情")
    assert (await hong.say("!帮助 任务日志")).startswith("📖 !任务日志")
    assert len(ming.seen) == 1
    # What waits does not hold up the end.
    await bot.terminate()
    assert len(ming.seen) == 1


async def test_what_waits_leaves_in_order(start_bot: StartBot) -> None:
    bot = await start_bot(SJA_CHAT_GAP_SECONDS="0.05")
    ming = bot.person()
    peer = await bot.peer()
    topics = ("任务列表", "任务详情", "任务日志", "停止任务", "启动任务")
    for topic in topics:
        await peer.say(ming.chat, ming.speaker, f"!帮助 {topic}")
    await ming.hears("📖 !启动任务")
    assert [posted.text.split("：")[0] for posted in ming.seen] == [f"📖 !{topic}" for topic in topics]
