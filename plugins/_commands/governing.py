"""What superusers settle for groups and people: whether to answer there, defaults, quotas, and who has a say."""

from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace

from jobs import Chat, ChatSettings, Refusal, UserId, group_place, private_place, quote
from plugins._commands.chat_words import Settle, changes, is_usual, read_count, settle_chat
from plugins._commands.command import Call, KnownGroups, Reply
from plugins._commands.whom import group_named, joined, person_named, required_group
from plugins._replies.governing import (
    granted,
    grants_listed,
    group_shown,
    groups_listed,
    nothing_to_take_back,
    quota_settled,
    quotas_listed,
    settled,
)

_MANAGERS_AT_MOST: Final = 50
_TAKE_BACK: Final = frozenset({"取消", "撤销", "收回", "删除", "取消授权"})


# -- groups -----------------------------------------------------------------------------------------------------------
async def settle_group(call: Call) -> Reply:
    """Without a group: all there are. With one: what is settled there, changed where options say so."""
    words = joined(call.arguments.positional)
    known = await call.surroundings.groups()
    if not words:
        if call.arguments.options:
            raise Refusal("要写是哪个群，例如 !群设置 123456 静默=23-8；!群设置 列出我在的群")
        return Reply(text=groups_listed(known, _settled_groups(call), call.bot.settings, call.bot.presets))
    number = required_group(words[0], call.command.example)
    if len(words) > 1:
        raise Refusal(f"{quote(words[1])}看不懂，设置要写成 键=值，例如 {call.command.example}")
    if not _is_known(call, known, number):
        raise Refusal(f"我不在群 {number} 里，请核对群号；!群设置 列出我在的群")
    name, before = known.names.get(number, ""), call.bot.chats.of(group_place(number))
    if not call.arguments.options:
        return Reply(text=group_shown(number, name, before, call.bot.settings, call.bot.presets))
    settled_now = changes(call.arguments.options, f"!群设置 {number}", call.bot.presets)
    group = Chat(self_id=call.heard.chat.self_id, type="group", peer_id=number)
    after = await settle_chat(call, group, settled_now, "chat.settled", f"群{number} {_said(call)}")
    return Reply(text=settled(number, name, before, after, call.bot.presets), noted=True)


def _settled_groups(call: Call) -> Mapping[str, ChatSettings]:
    """Those of groups, by their numbers."""
    beginning = group_place("")
    places = call.bot.chats.all().items()
    return {place.removeprefix(beginning): chat for place, chat in places if place.startswith(beginning)}


# -- quotas -----------------------------------------------------------------------------------------------------------
async def settle_quota(call: Call) -> Reply:
    words = joined(call.arguments.positional)
    if not words:
        return Reply(text=quotas_listed(call.bot.settings, call.bot.chats.all()))
    if len(words) != 2:
        raise Refusal(f"请写给谁、几个，例如 {call.command.example}；一个都不许写 0，恢复写 默认")
    place, whom = await _quota_of(call, words[0])
    at_most = None if is_usual(words[1]) else read_count(words[1])
    change: Settle = lambda settings: replace(settings, max_jobs=at_most)  # noqa: E731
    _settle(call, place, "chat.quota", f"{whom} {words[1]}", change)
    return Reply(text=quota_settled(whom, at_most, call.bot.settings, is_group=whom.startswith("群")), noted=True)


async def _quota_of(call: Call, word: str) -> tuple[str, str]:
    """The place that a quota is about, and who that is in words. Raises `Refusal`."""
    if number := group_named(word):
        return group_place(number), f"群{number}"
    person = person_named(word, bare=True)
    if person is None:
        raise Refusal(f"{quote(word)}不是 QQ 号或群号，请写成 QQ20002 或 群123456，例如 {call.command.example}")
    is_bare = person_named(word) is None
    if is_bare and word in (await call.surroundings.groups()).names:
        raise Refusal(f"{word} 也是一个群号：给这个群请写 !配额 群{word} 50，给这个人请写 !配额 QQ{word} 5")
    return private_place(person), f"QQ{person}"


# -- grants -----------------------------------------------------------------------------------------------------------
async def grant(call: Call) -> Reply:
    words = joined(call.arguments.positional)
    if not words:
        return Reply(text=grants_listed(_settled_groups(call), (await call.surroundings.groups()).names))
    takes_back = words[0] in _TAKE_BACK
    number, person = _group_and_person(words[1:] if takes_back else words, call.command.example)
    place, whom = group_place(number), f"群{number} QQ{person}"
    managers = call.bot.chats.of(place).managers
    if takes_back:
        if person not in managers:
            raise Refusal(nothing_to_take_back(number, person, managers))
        _settle(call, place, "chat.revoked", whom, lambda one: replace(one, managers=_without(one, person)))
    else:
        await _check_likely(call, number, person)
        if person not in managers and len(managers) >= _MANAGERS_AT_MOST:
            raise Refusal(
                f"一个群最多授权 {_MANAGERS_AT_MOST} 个人，先取消一些，例如 !授权 取消 群{number} QQ{managers[0]}"
            )
        _settle(call, place, "chat.granted", whom, lambda one: replace(one, managers=(*_without(one, person), person)))
    text = granted(number, person, takes_back=takes_back, was_there=person in managers)
    if not any(map(_says_which, words)):
        text += f"\n（没有写“群”和“QQ”，前一个数 {number} 当作群号）"
    return Reply(text=text, noted=True)


def _says_which(word: str) -> bool:
    return person_named(word) is not None or group_named(word) is not None


async def _check_likely(call: Call, number: str, person: UserId) -> None:
    """Raises `Refusal` for a group the bot is not in, and for its own accounts."""
    known = await call.surroundings.groups()
    if not _is_known(call, known, number):
        if person in known.names:
            raise Refusal(f"我不在群 {number} 里，是不是写反了？给群 {person} 请写 !授权 群{person} QQ{number}")
        raise Refusal(f"我不在群 {number} 里，请核对群号；!群设置 列出我在的群")
    if person in call.surroundings.accounts():
        raise Refusal(f"QQ{person} 是机器人自己的号，请写一个人的，例如 {call.command.example}")


def _is_known(call: Call, known: KnownGroups, number: str) -> bool:
    """Whether the bot is, or was, in that group, as far as that can be known."""
    return not known.is_complete or number in known.names or group_place(number) in call.bot.chats.all()


def _group_and_person(words: list[str], example: str) -> tuple[str, UserId]:
    """Named in any order; the first bare number is the group. Raises `Refusal`."""
    if len(words) == 2:
        first, second = words
        if person_named(first) or group_named(second):
            first, second = second, first
        number, person = group_named(first, bare=True), person_named(second, bare=True)
        if number is not None and person is not None:
            return number, person
    raise Refusal(f"请写哪个群、哪个人，例如 {example}；收回：!授权 取消 群123456 QQ20002")


def _without(settings: ChatSettings, person: UserId) -> tuple[UserId, ...]:
    return tuple(one for one in settings.managers if one != person)


# -- all --------------------------------------------------------------------------------------------------------------
def _settle(call: Call, place: str, act: str, subject: str, change: Settle) -> ChatSettings:
    return call.bot.chats.settle(call.heard.actor, place, change, act, subject, call.heard.inbound)


def _said(call: Call) -> str:
    return " ".join(f"{name}={value}" for name, value in call.arguments.options.items())
