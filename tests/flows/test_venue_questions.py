"""Every command that asks for a venue: its question outlives the bot, and only the asker answers it."""

import re
from pathlib import Path

from harness import Bot, Person

from jobs.cli.onebot import Posted

ASKING = {
    "!创建监控 羽毛球 明天18-21 不启动": "✅ 已创建监控 .*\n羽毛球\n预设18 霍英东体育中心·羽毛球 · .*18,19,20点",
    "!创建定时 羽毛球 每天12:00 19点 不启动": "✅ 已创建定时 .*\n羽毛球\n每天 12:00 · 预设18 .* · 19点",
    "!创建抢票 羽毛球 +8 晚上七点 不启动": "✅ 已创建抢票 .*\n羽毛球\n预设18 霍英东体育中心·羽毛球 · .*19点",
    "!查询 羽毛球 明天": "🎾 霍英东体育中心·羽毛球",
    "!预订 羽毛球 明天 20": "霍英东体育中心·羽毛球",
}


async def test_each_question_outlives_the_bot_and_takes_only_the_asker_s_quoting_answer(tmp_path: Path) -> None:
    async with Bot(tmp_path / "home") as bot:
        asked: list[tuple[Person, Posted]] = []
        for place, line in enumerate(ASKING):
            asker = bot.person(30001 + place, f"第{place}个")
            private = bot.person(30001 + place, f"第{place}个", group=None)
            await private.say("!账号 添加 czq 521021910000 demo", expecting="czq")
            question = await asker.ask(line, expecting="哪个场馆")
            assert "2. 霍英东体育中心·羽毛球（预设 18）" in question.text
            assert "引用本条回复" in question.text
            asked.append((asker, question))
        await bot.kill()
        await bot.restart()
        peer = await bot.peer()
        stranger = bot.person(39999, "路人")
        for (asker, question), expected in zip(asked, ASKING.values(), strict=True):
            before = len(asker.seen)
            await peer.say(stranger.chat, stranger.speaker, "2", quoting=question.message_id)
            await peer.say(asker.chat, asker.speaker, "2")
            await stranger.say("!预设 台球", expecting="台球")
            answers = [said.text for said in asker.seen[before:] if not said.text.startswith("🎾 #")]
            assert [text for text in answers if "台球" not in text] == [], "a stranger's, or one that quotes nothing"
            told = await asker.say("2", quoting=question, expecting=r"\A(✅|🎾 霍|🏟️|⚠️)")
            assert re.search(expected, told), told
