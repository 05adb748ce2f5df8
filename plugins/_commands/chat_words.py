"""What a chat settles for itself, as people write it: the same words in `!群设置` and in `!通知设置`."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from msgspec.structs import replace

from jobs import (
    UNSAID,
    Chat,
    ChatSettings,
    Option,
    Preset,
    Refusal,
    UserId,
    match_preset,
    parse_quiet,
    parse_seconds,
    preset_by_number,
    quote,
    read_yes,
)
from plugins._commands.command import Call
from plugins._commands.whom import person_named

Settle = Callable[[ChatSettings], ChatSettings]

QUIET: Final = Option(
    name="静默",
    aliases=("quiet", "免打扰"),
    help="这段时间里不要紧的先不说，到点合并说；不要就写 无",
    example="静默=23-8",
)
SECOND: Final = Option(
    name="第二联系人",
    aliases=("升级", "escalate"),
    help="要紧事没有人确认时私聊告诉谁，写 QQ 号；不要就写 无",
    example="第二联系人=123456789",
)
PATIENCE: Final = Option(
    name="等待",
    aliases=("升级时间", "escalate-after", "after"),
    help="等多久没有人确认，1 分钟到 24 小时（不写：5 分钟）",
    example="等待=10分钟",
)
PICTURES: Final = Option(
    name="图", aliases=("pictures", "图片"), help="列表和详情发成图片：是、否、默认", example="图=是"
)
ENABLED: Final = Option(
    name="启用", aliases=("enable", "enabled"), help="在这个群里应不应答：是、否、默认", example="启用=否"
)
PRESET: Final = Option(name="预设", aliases=("preset",), help="没写场馆时用的预设", example="预设=13")
AT_MOST: Final = Option(name="上限", aliases=("max", "配额"), help="这个群未结束的任务数上限", example="上限=20")

FIELDS: Final[Mapping[str, str]] = {
    ENABLED.name: "is_enabled",
    PRESET.name: "default_preset",
    QUIET.name: "quiet",
    PICTURES.name: "prefers_pictures",
    AT_MOST.name: "max_jobs",
    SECOND.name: "escalate_to",
    PATIENCE.name: "escalate_after_seconds",
}
"""What each option settles."""

_USUAL: Final = frozenset({"默认", "跟随", "default"})
_NOBODY: Final = frozenset({"无", "没有", "取消", "none"})
_PICTURE_WORDS: Final[Mapping[str, bool]] = {"图": True, "图片": True, "文字": False, "无": False}
_COUNT: Final = re.compile(r"[0-9]{1,5}")
_JOBS_AT_MOST: Final = 10_000
_LEAST_SECONDS, _MOST_SECONDS = 60, 24 * 3600


def changes(options: Mapping[str, str], command: str, presets: Sequence[Preset]) -> list[Settle]:
    """One for each option that was said; `默认` takes it back. `command`: what the examples of a refusal begin with.
    Raises `Refusal`."""
    return [_settling(FIELDS[name], _read(name, text, command, presets)) for name, text in options.items()]


async def settle_chat(call: Call, chat: Chat, changes: Sequence[Settle], act: str, subject: str) -> ChatSettings:
    """Settles it for that chat, and tells a second person who is named anew. Raises `Refusal`, then nothing is."""
    before, bot, actor = call.bot.chats.of(chat.place), call.bot, call.heard.actor
    second = all_of(changes)(before).escalate_to
    is_new = second is not None and second != before.escalate_to
    if second is not None and is_new:
        await _check_acquainted(call, chat, second)
    after = bot.chats.settle(actor, chat.place, all_of(changes), act, subject, call.heard.inbound)
    if second is not None and is_new:
        bot.receipts.introduce(actor, chat, second, max(1, round(after.escalate_after_seconds / 60)))
    return after


def all_of(changes: Sequence[Settle]) -> Settle:
    def change(settings: ChatSettings) -> ChatSettings:
        for each in changes:
            settings = each(settings)
        return settings

    return change


def is_usual(text: str) -> bool:
    """Whether it takes back what was settled."""
    return text.casefold() in _USUAL


def read_count(text: str) -> int:
    """How many jobs. Raises `Refusal`."""
    if not _COUNT.fullmatch(text) or int(text) > _JOBS_AT_MOST:
        raise Refusal(f"{quote(text)}要写 0 到 {_JOBS_AT_MOST} 的整数（0：一个都不许），或写 默认")
    return int(text)


def _settling(field: str, value: Any) -> Settle:
    return lambda settings: replace(settings, **{field: value})


def _read(name: str, text: str, command: str, presets: Sequence[Preset]) -> Any:
    said = text.strip()
    if is_usual(said):
        return getattr(UNSAID, FIELDS[name])
    readers: Mapping[str, Callable[[], Any]] = {
        QUIET.name: lambda: parse_quiet(said),
        SECOND.name: lambda: _person(said, command),
        PATIENCE.name: lambda: _patience(said, command),
        AT_MOST.name: lambda: read_count(said),
        PRESET.name: lambda: _preset(said, command, presets),
    }
    return readers[name]() if name in readers else _yes_or_no(name, said, command)


def _yes_or_no(name: str, text: str, command: str) -> bool:
    found = _PICTURE_WORDS.get(text) if name == PICTURES.name else None
    found = read_yes(text) if found is None else found
    if found is None:
        raise Refusal(f"{name}={quote(text)}看不懂，请写 是、否 或 默认，例如 {command} {name}=是")
    return found


def _preset(text: str, command: str, presets: Sequence[Preset]) -> int:
    if text.isascii() and text.isdecimal():
        found = preset_by_number(presets, int(text[:9]))
    else:
        found = match_preset(text, presets, is_argument=True).preset
    if found is None:
        raise Refusal(f"没有预设{quote(text)}，!预设 可查编号，例如 {command} {PRESET.example}")
    return found.number


def _person(text: str, command: str) -> UserId | None:
    if text.casefold() in _NOBODY or read_yes(text) is False:
        return None
    if person := person_named(text, bare=True):
        return person
    raise Refusal(
        f"第二联系人={quote(text)}不是 QQ 号，要写一个人的，例如 {command} {SECOND.example}；不要就写 第二联系人=无"
    )


def _patience(text: str, command: str) -> int:
    seconds = parse_seconds(text)
    if not _LEAST_SECONDS <= seconds <= _MOST_SECONDS:
        raise Refusal(f"等待{quote(text)}要在 1 分钟到 24 小时之间，例如 {command} {PATIENCE.example}")
    return seconds


async def _check_acquainted(call: Call, chat: Chat, second: UserId) -> None:
    """Nobody is troubled by a bot that they never met."""
    if second == chat.self_id:
        raise Refusal(f"不能填我自己的 QQ 号，请填一个人的，例如 {SECOND.example}")
    if not chat.is_group and second == chat.peer_id:
        raise Refusal(f"你自己已经先收到通知了，请填另一个人的 QQ 号，例如 {SECOND.example}")
    if await call.surroundings.is_acquainted(chat, second):
        return
    here = "这个群" if chat.place == call.heard.chat.place else f"群 {chat.peer_id} "
    where = f"也不在{here}里" if chat.is_group else "我没法私聊打扰"
    raise Refusal(f"QQ {second} 还不认识我，{where}；请对方先加我好友、私聊我说句话，你再发一次")
