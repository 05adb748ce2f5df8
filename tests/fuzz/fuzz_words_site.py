"""Draws what people, programs and attackers might write to the bot: lines after the table of commands, and junk."""

from collections.abc import Callable
from random import Random
from typing import Any, Final

from plugins._commands.command import Command
from plugins._commands.table import COMMANDS

Facts = dict[str, Any]

PREFIXES: Final = ("!", "！", "/", "／", "! ", " ！ ", "\u200b!", "!!", "。", "")
NUMBERS: Final = (
    *("0", "1", "2", "7", "13", "#7", "#99", "-0", "-1", "٣", "²", "½", "Ⅷ", "1e999", "NaN", "inf", "0x10", "1_000"),
    *("9999999999999999999", "99999999999999999999999999999999999999999", "１３", "十三", "1.5", "+5", "1e95803d"),
)
DATES: Final = (
    *(
        "今天",
        "明天",
        "后天",
        "周六",
        "下周八",
        "2月30日",
        "13月1日",
        "11-28",
        "2026-11-31",
        "0000-00-00",
        "+7",
        "+999999",
    ),
    *("-999999", "+99999999999999999999", "9999-12-31", "10000-01-01", "1-1-1-1", "0", "8", "昨天", "2月29日"),
)
TIMES: Final = (
    *("12:00", "24:00", "25:61", "-1:00", "00:00:00", "9:5", "晚上七点", "8-22", "22-8", "18-18", "18,19,20", ",,,"),
    *(
        "18-99999999",
        "１８点",
        "每天",
        "每周一三五",
        "每月32号",
        "每0小时",
        "每99999999小时",
        "工作日",
        "23-8",
        "八点半",
    ),
)
LENGTHS: Final = (
    "300",
    "5秒",
    "10分钟",
    "1e9小时",
    "-30分钟",
    "+1h",
    "0",
    "99999999999天",
    "半小时",
    "1h1h1h",
    "∞",
    "nan秒",
)
PATTERNS: Final = (
    "(a+)+$",
    "((((((((((",
    ".*.*.*.*.*.*=.*",
    "[",
    "\\",
    "(?=(a+))a*b",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    "%s%n{0}",
)
HOSTILE: Final = (
    *("[CQ:at,qq=all]", "[CQ:image,file=file:///etc/passwd]", "[CQ:reply,id=1]", "&#91;CQ:at&#44;qq=all&#93;", "&amp;"),
    *(
        "\u202e反过来",
        "\u200b\u200c\u200d\ufeff",
        "a\u0301" * 12,
        "👨‍👩‍👧‍👦",
        "🏳️‍🌈",
        "\x00",
        "\x1b[31m红",
        "\r\n",
        "\t",
        "\x7f\x85",
    ),
    *(
        "\ud83d",
        "\udc00\ud800",
        "\U000e0001\U000e0020",
        "ﷺ",
        "𝟙𝟚",
        "<b>粗</b>",
        "<red>x</red>",
        "{0}{x!r}",
        "%s",
        "${HOME}",
    ),
    *(
        "../../etc/passwd",
        "'; DROP TABLE jobs;--",
        '"',
        "'",
        "“未闭合",
        "\\",
        "=",
        "==",
        "a=",
        "=b",
        "名称=",
        "=" * 40,
        "`rm -rf`",
    ),
    *(
        "ｆｕｌｌ",
        "　",
        " ",
        "名" * 70,
        "x" * 300,
        "😀" * 50,
        "确认",
        "取消",
        "图",
        "文字",
        "我的",
        "全部",
        "-",
        "--help",
        "@all",
    ),
)
NAMES: Final = (
    "羽毛球",
    "南洋北苑健身房监控",
    "霍英东羽毛球",
    "晚场",
    "周五羽毛球",
    "hello",
    "disk",
    "czq",
    "小明",
    "nybyjsf",
    "刷夜",
)
BARE: Final = (
    "停",
    "日志",
    "详情",
    "继续",
    "删",
    "改 间隔60",
    "1",
    "13",
    "确认",
    "取消",
    "不",
    "收到",
    "撤销",
    "确认 7",
    "y",
    "算了",
)
TALK: Final = (
    "今天打球吗",
    "哈哈哈",
    "!!!",
    "/tmp/a",
    "！任务完成啦",
    "!任物列表",
    "1",
    "？",
    "",
    " ",
    "看看 !任务列表",
)
KINDS: Final = (
    "face",
    "mface",
    "image",
    "record",
    "video",
    "file",
    "forward",
    "json",
    "markdown",
    "poke",
    "node",
    "一种新的",
    "",
)

PIECES: Final = (NUMBERS, DATES, TIMES, LENGTHS, PATTERNS, HOSTILE, NAMES)


def line(random: Random) -> str:
    """A line of any sort."""
    if random.random() < 0.7:
        return _command_line(random, random.choice(COMMANDS))
    sort: Callable[[Random], str] = random.choice((_bare, _talk, _junk, _slip, _soup))
    return sort(random)


def message(random: Random, known: list[int]) -> list[Facts] | str:
    """A message: segments, or text with CQ codes. `known`: ids of messages that may be quoted."""
    text = line(random)
    chance = random.random()
    if chance < 0.05:
        return text  # the text format: what looks like a CQ code in it is one
    segments: list[Facts] = []
    if random.random() < 0.2:
        quoted = random.choice(known) if known and random.random() < 0.7 else random.choice((0, -1, 2**63, 2**80))
        segments.append({"type": "reply", "data": {"id": random.choice((quoted, str(quoted)))}})
    if random.random() < 0.1:
        segments.append({"type": "at", "data": {"qq": random.choice(("all", "10000", "0", 5, "", "[CQ:at]"))}})
        segments.append({"type": "text", "data": {"text": " "}})
    segments.append({"type": "text", "data": {"text": text}})
    if random.random() < 0.1:
        segments.append(_strange(random))
    if chance > 0.995 and len(text) < 2000:  # clients hang up on frames of megabytes, and so does the server
        segments *= 500 // len(segments)
    return segments


def odd_facts(random: Random) -> Facts:
    """What now and then is odd about the event itself."""
    if random.random() > 0.05:
        return {}
    return random.choice(
        (
            {"sender": {}},
            {"sender": None},
            {"sender": {"nickname": "\ud83d", "level": 9, "age": "x", "role": ["owner"]}},
            {"font": None, "raw_message": None},
            {"sub_type": None},
            {"anonymous": {}},
            {"anonymous": {"id": 3}},
            {"message_id": "abc"},
            {"message_id": None},
            {"message": None},
            {"message": []},
            {"message": [{"type": "text"}, {"type": "text", "data": None}, 5, {"type": 7, "data": {}}]},
            {"user_id": "?"},
            {"message_type": "guild"},
            {"post_type": "message_sent"},
            {"time": -1},
        )
    )


def _command_line(random: Random, command: Command) -> str:
    """Often well formed, never for long."""
    word = random.choice(command.words)
    words = [command.example.removeprefix("!")] if random.random() < 0.25 else [word]
    words += [_piece(random) for _ in range(random.choice((0, 0, 1, 1, 1, 2, 3)))]
    for option in random.sample(command.options, min(len(command.options), random.choice((0, 0, 1, 2, 4)))):
        name = random.choice((option.name, *option.aliases))
        glue = random.choice(("=", "=", "=", "＝", " = ", "", ":", "=="))
        words.append(random.choice((option.example, f"{name}{glue}{_piece(random)}")))
    if command.name.startswith("创建") and random.random() < 0.9:
        words.append("不启动")
    blank = random.choice((" ", " ", " ", "  ", "\u3000", "\n", ""))
    return random.choice(PREFIXES[:6]) + blank.join(words)


def _piece(random: Random) -> str:
    pieces = random.choice(PIECES)
    piece = random.choice(pieces)
    if random.random() < 0.15:
        piece += random.choice(random.choice(PIECES))
    return piece


def _bare(random: Random) -> str:
    return random.choice(BARE)


def _talk(random: Random) -> str:
    return random.choice(TALK)


def _junk(random: Random) -> str:
    if random.random() < 0.03:
        return random.choice(("!", "")) + _piece(random)[:20] * random.randrange(1, 5000)
    length = random.randrange(1, 40)
    return random.choice(PREFIXES) + "".join(chr(random.choice(_RANGES)(random)) for _ in range(length))


def _slip(random: Random) -> str:
    """A command with one letter gone, doubled or changed."""
    letters = list(random.choice(random.choice(COMMANDS).words))
    place = random.randrange(len(letters))
    letters[place : place + 1] = random.choice(([], [letters[place]] * 2, ["物"], [" "]))
    return "!" + "".join(letters) + random.choice(("", " 7"))


def _soup(random: Random) -> str:
    """Options of all commands in one line."""
    options = [option for command in COMMANDS for option in command.options]
    some = random.choices(options, k=random.randrange(1, 30))
    return f"!{random.choice(COMMANDS).name} " + " ".join(f"{option.name}={_piece(random)}" for option in some)


def _strange(random: Random) -> Facts:
    data: Any = random.choice(({}, {"id": "1"}, {"text": "!停止任务 1"}, {"data": "{" * 200}, {"a": {"b": [[[[]]]]}}))
    return {"type": random.choice(KINDS), "data": data}


_RANGES: Final[tuple[Callable[[Random], int], ...]] = (
    lambda random: random.randrange(32, 127),
    lambda random: random.randrange(0x4E00, 0x9FFF),
    lambda random: random.randrange(0, 32),
    lambda random: random.randrange(0x0300, 0x036F),
    lambda random: random.randrange(0x2000, 0x206F),
    lambda random: random.randrange(0x1F300, 0x1FAFF),
    lambda random: random.randrange(0xFF01, 0xFF60),
    lambda random: random.randrange(1, 0x110000),
)
