"""Replies about what superusers have settled for groups and people."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from jobs import (
    UNSAID,
    ChatSettings,
    Preset,
    Settings,
    UserId,
    preset_by_number,
    quiet_in_words,
    seconds_in_words,
    shorten,
)
from plugins._commands.command import KnownGroups

_GROUPS_SHOWN: Final = 50
_NAME_WIDTH: Final = 20
_FIELDS: Final = {
    "is_enabled": "启用",
    "default_preset": "预设",
    "quiet": "静默",
    "prefers_pictures": "图",
    "max_jobs": "上限",
    "escalate_to": "第二联系人",
    "escalate_after_seconds": "等待",
}
"""What superusers settle for a group, by the name of the option."""


def groups_listed(
    known: KnownGroups, settled: Mapping[str, ChatSettings], settings: Settings, presets: Sequence[Preset]
) -> str:
    """A line for each group the bot is in, or that has settled something."""
    numbers = sorted({*known.names, *settled}, key=lambda number: (len(number), number))
    if not numbers:
        return "⚙️ 我还不在任何群里；把我拉进群后再发送 !群设置"
    lines = [f"⚙️ 群设置（共 {len(numbers)} 个群）"]
    for number in numbers[:_GROUPS_SHOWN]:
        away = "（我不在这个群里）" if known.is_complete and number not in known.names else ""
        chat = settled.get(number, UNSAID)
        facts = [_answers(number, chat, settings), *_settled_facts(chat, presets)]
        lines.append(f"{_named(number, known.names.get(number, ''))}{away}：{' · '.join(facts)}")
    if len(numbers) > _GROUPS_SHOWN:
        lines.append(f"…还有 {len(numbers) - _GROUPS_SHOWN} 个，看一个：!群设置 群号")
    return "\n".join([*lines, f"改一个：!群设置 {numbers[0]} 静默=23-8；停用：启用=否；恢复一项：写 默认"])


def group_shown(number: str, name: str, chat: ChatSettings, settings: Settings, presets: Sequence[Preset]) -> str:
    lines = [f"⚙️ {_named(number, name)}：{_answers(number, chat, settings)}"]
    lines += [f"{title}：{_value(field, getattr(chat, field), presets)}" for field, title in _FIELDS.items()]
    if chat.managers:
        lines.append(f"授权：{'、'.join(f'QQ{one}' for one in chat.managers)}")
    return "\n".join([*lines, f"改：!群设置 {number} 静默=23-8；恢复一项写 默认，例如 静默=默认"])


def settled(number: str, name: str, before: ChatSettings, after: ChatSettings, presets: Sequence[Preset]) -> str:
    """What is different, old → new."""
    changes = [
        f"{title}：{_value(field, old, presets)} → {_value(field, new, presets)}"
        for field, title in _FIELDS.items()
        if (old := getattr(before, field)) != (new := getattr(after, field))
    ]
    if not changes:
        return f"✅ {_named(number, name)}{'' if name else ' '}本来就是这样，没有变化；看全部：!群设置 {number}"
    lines = [f"✅ {_named(number, name)}{'' if name else ' '}的设置已改，立刻生效", *changes]
    if after.is_enabled is False and before.is_enabled is not False:
        lines.append(f"那里我不再应答；已有的任务照常运行和通知。恢复：!群设置 {number} 启用=默认")
    return "\n".join(lines)


def quotas_listed(settings: Settings, chats: Mapping[str, ChatSettings]) -> str:
    """The defaults, and who has another."""
    of_groups = settings.sja_max_jobs_per_group
    lines = [
        "📏 配额（未结束的任务，超级用户不受限）",
        f"默认：每人 {settings.sja_max_jobs_per_user} 个，每群 {'不限' if of_groups is None else f'{of_groups} 个'}",
    ]
    lines += [f"{_whose(place)}：{chat.max_jobs} 个" for place, chat in chats.items() if chat.max_jobs is not None]
    if len(lines) == 2:
        lines.append("没有例外")
    return "\n".join([*lines, "改：!配额 QQ20002 5、!配额 群123456 50；恢复：!配额 QQ20002 默认"])


def quota_settled(whom: str, at_most: int | None, settings: Settings, *, is_group: bool) -> str:
    if at_most is None:
        usual = settings.sja_max_jobs_per_group if is_group else settings.sja_max_jobs_per_user
        return f"✅ {whom} 的配额恢复默认：{'不限' if usual is None else f'{usual} 个'}，立刻生效"
    if at_most == 0:
        return f"✅ {whom} 的配额改为 0：不能再创建任务，已有的照常；恢复：!配额 {whom} 默认"
    return f"✅ {whom} 的配额改为 {at_most} 个未结束的任务，立刻生效；恢复：!配额 {whom} 默认"


def granted(number: str, person: UserId, *, takes_back: bool, was_there: bool) -> str:
    if takes_back:
        return f"✅ 已收回 QQ{person} 在群 {number} 的授权，立刻生效"
    if was_there:
        return f"✅ QQ{person} 在群 {number} 本来就有授权；收回：!授权 取消 群{number} QQ{person}"
    return (
        f"✅ QQ{person} 现在可以像群管理员一样管群 {number} 里的任务（在那个群里说话时），立刻生效\n"
        f"收回：!授权 取消 群{number} QQ{person}"
    )


def nothing_to_take_back(number: str, person: UserId, managers: Sequence[UserId]) -> str:
    has = "、".join(f"QQ{one}" for one in managers[:10]) or "没有人"
    return f"QQ{person} 在群 {number} 没有授权，那里有授权的：{has}；看全部：!授权"


def grants_listed(settled: Mapping[str, ChatSettings], names: Mapping[str, str]) -> str:
    lines = [
        f"{_named(number, names.get(number, ''))}：{'、'.join(f'QQ{one}' for one in chat.managers)}"
        for number, chat in settled.items()
        if chat.managers
    ]
    how = "给：!授权 群123456 QQ20002；收回：!授权 取消 群123456 QQ20002"
    if not lines:
        return f"🔑 还没有授权过任何人，群里只有群主、群管理员和超级用户能管别人的任务\n{how}"
    return "\n".join(["🔑 授权（在那个群里等同群管理员）", *lines, how])


def _answers(number: str, chat: ChatSettings, settings: Settings) -> str:
    if chat.is_enabled is not None:
        return "应答" if chat.is_enabled else "不应答"
    listens = not settings.sja_groups or number in settings.sja_groups
    return "应答" if listens else "不应答（不在 SJA_GROUPS 里）"


def _settled_facts(chat: ChatSettings, presets: Sequence[Preset]) -> Iterator[str]:
    for field, title in _FIELDS.items():
        value = getattr(chat, field)
        if value != getattr(UNSAID, field) and field != "is_enabled":
            yield f"{title} {_value(field, value, presets)}"
    if chat.managers:
        yield f"授权 {len(chat.managers)} 人"


def _value(field: str, value: Any, presets: Sequence[Preset]) -> str:
    if field == "quiet":
        return quiet_in_words(value)
    if value is None:
        return "无" if field == "escalate_to" else "默认"
    if isinstance(value, bool):
        return "是" if value else "否"
    if field == "default_preset":
        preset = preset_by_number(presets, value)
        return f"{value}（{preset.title}）" if preset else f"{value}（现在没有这个预设）"
    if field == "escalate_after_seconds":
        return f"{value // 60}分钟" if value % 60 == 0 and value < 3600 else seconds_in_words(value)
    return f"QQ{value}" if field == "escalate_to" else str(value)


def _named(number: str, name: str) -> str:
    return f"群 {number}（{shorten(name, _NAME_WIDTH)}）" if name else f"群 {number}"


def _whose(place: str) -> str:
    *_, kind, number = place.split("/")
    return f"群{number}" if kind == "group" else f"QQ{number}"
