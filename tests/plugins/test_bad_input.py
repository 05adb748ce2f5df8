"""What cannot be done is refused in one kind sentence; what looks dangerous is only ever text."""

import pytest
from front_site import CREATE, Place

NAMES = [
    "[CQ:at,qq=all]",
    "[CQ:image,file=file:///etc/passwd]",
    "&#91;CQ:at,qq=all&#93;",
    "监控\u202eexe.gpj",
    "<script>alert(1)</script>",
    "'; DROP TABLE jobs; --",
    "../../../etc/passwd",
    "{0.__class__}",
    "%s%n",
    "名称\x00\x07\x1b[31m红",
    "👨\u200d👩\u200d👧 家庭",
]


@pytest.mark.parametrize("place", [False, True], indirect=True, ids=["array", "string"])
@pytest.mark.parametrize("name", NAMES)
async def test_names_are_shown_never_run(place: Place, name: str) -> None:
    created = await place.ask(f"!创建监控 {name} 预设=13 不启动")
    assert created.text.startswith("✅ 已创建监控 #")
    listed = await place.ask("!任务列表")
    for reply in (created, listed):
        assert [segment["type"] for segment in reply.segments] == ["text"]
        assert not any(hidden in reply.text for hidden in ("\u202e", "\u200d", "\x00", "\x1b"))
    sent = [params["message"] for action, params in place.calls if action == "send_msg"]
    assert all([segment["type"] for segment in message] == ["text"] for message in sent)


REFUSED = [
    "!任务日志 99999",
    "!任务日志 ../../etc/passwd",
    "!停止任务",
    "!启动任务 不存在的",
    "!创建监控",
    "!创建监控 \u200b\u202e",
    "!创建监控 " + "长" * 10_000 + " 预设=13",
    "!创建监控 " + "\u202e" * 10_000,
    "!创建监控 x 预设=99",
    "!创建监控 x 预设=月球",
    "!创建监控 x 场馆=月球基地",
    "!创建监控 x 预设=13 间隔=0",
    "!创建监控 x 预设=13 间隔=很久",
    "!创建监控 x 预设=13 间隔=99999999",
    "!创建监控 x 预设=13 时段=25",
    "!创建监控 x 预设=13 日期=2020-01-01",
    "!创建监控 x 预设=13 账号=a/../b!",
    "!创建监控 x 预设=13 预设=14",
    "!创建监控 x 预设=",
    "!创建监控 x 于设=13",
    "!创建定时 晨跑 25:99 预设=13",
    "!创建定时 12:00",
    "!创建监控 x 预设=13 19点 时段=20",
    "!创建监控 x 预设=13 明天 日期=后天",
    "!创建监控 x 预设=13 预设18",
    "!创建监控 x 预设=13 25点",
    "!创建监控 x 预设=13 晚上七点半",
    "!创建抢票 x 预设=13 周六 周日",
    "!创建定时 晨跑 12:00 13:00 预设=13",
    "!创建定时 晨跑 12:00 随便 预设=13",
    "!创建定时 晨跑 12:00 2-30 预设=13",
    "!创建定时 晨跑 每周八 预设=13",
    '!创建定时 晨跑 cron="0 12 * *" 预设=13',
    '!创建定时 晨跑 cron="0 0 30 2 *" 预设=13',
    "!创建定时 晨跑 每2小时 12:00 预设=13",
    "!创建定时 晨跑 每30秒 预设=13",
    "!创建定时 晨跑 12:00 截止=今天 预设=13",
    "!创建定时 晨跑 12:00 开始=12-31 截止=12-01 预设=13",
    "!创建定时 晨跑 12:00 有效时段=8-10 预设=13",
    "!创建定时 晨跑 12:00 抖动=1天 预设=13",
    "!创建定时 晨跑 12:00 时区=火星 预设=13",
    "!创建定时 晨跑 12:00 错过=随便 预设=13",
    "!创建定时 晨跑 12:00 明天 截止=12-31 预设=13",
    "!创建定时 晨跑 12:00 每天 11-28 预设=13",
    "!创建监控 x 预设=13 自动 账号=没有的人",
    "!创建监控 x 预设=13 连续=9",
    "!创建定时 晨跑 12:00 预设=13 账号=没有的人",
    "!创建抢票 x 预设=13",
    "!创建抢票 x 预设=13 日期=昨天",
    "!创建抢票",
    "!保活",
    "!保活 没有的人",
    "!查询",
    "!查询 月球基地",
    "!查询 5 昨天",
    "!查询 5 2-30",
    "!查询 27",
    "!预订 5 明天 19",
    "!预订 5 明天 3",
    "!预订 5",
    "!订单",
    "!订单 没有的人",
    "!取消订单 12345678",
    "!取消订单 确认",
    "!为什么 99999",
    "!清理任务 -1",
    "!任务列表 页=零",
    "!帮助 飞行",
]


@pytest.mark.parametrize("text", REFUSED, ids=[text[:24] for text in REFUSED])
async def test_what_cannot_be_done_is_refused_in_one_sentence_and_creates_nothing(place: Place, text: str) -> None:
    reply = await place.say(text)
    assert reply.startswith("⚠️ ")
    assert len(reply) < 300
    assert "内部错误" not in reply
    assert "Traceback" not in reply
    assert "共 0 个" in await place.say("!任务列表")


async def test_an_unknown_option_is_answered_with_the_nearest_right_one(place: Place) -> None:
    assert "是不是想写“时段=”" in await place.say("!创建监控 x 时断=19 预设=13")
    assert "可用的是 1-34" in await place.say("!创建监控 x 预设=99")
    assert "是不是 场馆=18（霍英东体育中心·羽毛球）" in await place.say("!创建监控 x 场馆=霍应东体院")


async def test_a_name_that_several_jobs_bear_is_not_guessed_at(place: Place) -> None:
    await place.say(CREATE)
    await place.say(CREATE)
    assert "请用编号" in await place.say("!删除任务 南洋北苑健身房监控")


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("!创建监控 霍英东羽毛球 12点半", "场次都从整点开始"),
        ("!创建监控 霍英东羽毛球 2-30", "没有“2-30”这一天"),
        ("!创建监控 霍英东羽毛球 账号", "账号"),
        ("!创建监控 霍英东羽毛球 19点 时段=20", "请只留一个，例如 时段=20"),
        ("!创建定时 霍英东羽毛球 周六晚上", "晚上7点"),
        ("!创建定时 霍英东羽毛球 每月最后一个周五 9点", 'cron="0 9 * * 5L"'),
        ("!创建定时 霍英东羽毛球 除周末外每天 9点", "工作日"),
        ("!创建定时 霍英东羽毛球 28号 12:00", "12:00 每月28号"),
        ("!创建定时 霍英东羽毛球 下周末 9点", "12:00 周六"),
        ("!创建定时 霍英东羽毛球 10分钟后", "看不懂时间“10分钟后”，请写"),
        ("!创建定时 霍英东羽毛球 cron=0 8 * * 1-5", 'cron="0 8 * * 1-5"'),
        ("!创建定时 霍英东羽毛球 有效时段=25-30", "有效时段=8-22"),
        ("!创建定时 霍英东羽毛球 跳过=11-23~11-25", "跳过=11-23,11-24"),
        ("!创建定时 霍英东羽毛球 截止=昨天", "已经过去了"),
        ("!创建定时 霍英东羽毛球 foo=bar", "没有“foo”这个选项，名称里带等号"),
        ("!暂停任务 69 70", "一次只能说一个任务，请分开发送，例如 !暂停任务 69"),
        ("!启动任务 #69、#70", "一次只能说一个任务"),
        ("!创建循环 磁盘 模板=disk 每天12:00", "“每天12:00”像是时间：循环不定点"),
        ("!创建循环 磁盘 模板=disk 每天", "间隔=1天"),
        ("!创建循环 磁盘 模板=disk 抖动=60秒", "“抖动=”是 !创建定时 的选项"),
        ("!创建循环 磁盘 模板=disk 日期=周六", "是 !创建监控 的选项"),
        ("!创建定时 霍英东羽毛球 -1:00", "分开写"),
        ("!创建定时 霍英东羽毛球 12:00:00.5", "分开写"),
        ("!创建定时 霍英东羽毛球 1200", "分开写"),
        ("!创建定时 霍英东羽毛球 9", "分开写"),
        ("!创建定时 霍英东羽毛球 8:00am", "分开写"),
        ("!清理任务 00000000100000000000000", "天数"),
        ("!创建定时 霍英东羽毛球 午夜", "分开写"),
        ("!创建定时 霍英东羽毛球 12:00 9999-12-31", "一年以内"),
    ],
)
async def test_words_meant_as_a_time_or_an_option_are_never_taken_for_a_name(
    place: Place, text: str, instead: str
) -> None:
    refused = await place.say(text)
    assert refused.startswith("⚠️ ")
    assert instead in refused
    assert "共 0 个" in await place.say("!任务列表")


async def test_a_rhythm_and_a_time_may_be_written_together(place: Place) -> None:
    created = await place.say("!创建定时 霍英东羽毛球 每天晚上7点 不启动")
    assert "每天 19:00" in created


async def test_a_number_beside_those_offered_is_no_choice(place: Place) -> None:
    question = await place.ask("!创建监控 羽毛球 不启动", user=20021, private=True)
    assert "1. " in question.text
    refused = await place.say("9", user=20021, private=True)
    assert refused.startswith("⚠️ 请回复 1 到 3")
    assert "预设18" in await place.say("2", user=20021, private=True)


@pytest.mark.parametrize("words", ["08:00每天", "每天08:00", "08:00, 每天", "每天 08:00"])
async def test_a_rhythm_and_a_time_are_understood_in_either_order(place: Place, words: str) -> None:
    created = await place.say(f"!创建定时 霍英东羽毛球 {words} 不启动")
    assert "\n霍英东羽毛球\n每天 08:00 · " in created


async def test_two_answers_at_once_make_one_job_and_leave_a_newer_question_open(place: Place) -> None:
    await place.say("!创建监控 甲事", user=20022, private=True)
    await place.say("13", user=20022, private=True)
    await place.say("!创建监控 乙事", user=20022, private=True)
    assert "乙事" in await place.say("5", user=20022, private=True)
    assert "共 2 个" in await place.say("!任务列表", user=20022, private=True)


async def test_a_deletion_may_be_confirmed_by_the_jobs_name(place: Place) -> None:
    await place.say("!创建监控 晚场监控 预设=13")
    assert "确认" in await place.say("!删除任务 晚场监控")
    assert "已删除" in await place.say("确认 晚场监控")
