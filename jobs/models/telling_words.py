"""Whom a job tells, out of words (`本群`, `私聊`, `群123456`) and in words."""

import re
from typing import Final

from msgspec.structs import replace

from jobs.models.errors import Refusal
from jobs.models.job import Job, Telling
from jobs.models.people import Actor, Chat, Role
from jobs.models.text import clean, quote

_GROUP: Final = re.compile(r"群\s*[:：]?\s*([1-9][0-9]{4,11})")
_HERE: Final = frozenset({"本群", "这里", "这个群", "群里", "群聊", "群", "默认"})
_PRIVATE: Final = frozenset({"私聊", "私信", "我", "私下"})
_HOW: Final = "请写 通知=本群 或 通知=私聊"


def telling_to(text: str, job: Job, actor: Actor) -> Telling:
    """The job's telling with another chat to tell. Nobody but a superuser may have a group told that the job was not
    made in. Raises `Refusal`."""
    said = clean(text)
    if said in _HERE:
        if job.origin is None or not (job.origin.is_group or said == "默认"):
            raise Refusal(f"{job.label} 不是在群里创建的，不能通知到群里；{_HOW}")
        return replace(job.telling, target=None)
    if said in _PRIVATE:
        return replace(job.telling, target=_owners_chat(job, actor))
    found = _GROUP.fullmatch(said)
    if not found:
        raise Refusal(f"看不懂 通知={quote(text)}，{_HOW}")
    target = Chat(self_id=_own_id(job, actor), type="group", peer_id=found[1])
    if job.origin is not None and job.origin.place == target.place:
        return replace(job.telling, target=None)
    if actor.role not in (Role.SUPERUSER, Role.OPERATOR):
        raise Refusal(f"只有超级用户可以让任务通知到别的群；{_HOW}")
    return replace(job.telling, target=target)


def telling_in_words(job: Job) -> str:
    """`本群`, `群 123456`, these with `并 @发起人`; `私聊`; `没有会话` of a job of the command line."""
    chat, origin = job.told_in, job.origin
    if chat is None:
        where = "没有会话"
    elif chat.is_group:
        where = "本群" if origin is not None and origin.place == chat.place else f"群 {chat.peer_id}"
    else:
        where = "私聊"
    return f"{where}，并 @发起人" if job.telling.mentions_owner and chat is not None and chat.is_group else where


def _owners_chat(job: Job, actor: Actor) -> Chat | None:
    if job.owner is None:
        raise Refusal(f"{job.label} 没有发起人，不能通知到私聊")
    chat = Chat(self_id=_own_id(job, actor), type="private", peer_id=job.owner)
    return None if job.origin is not None and job.origin.place == chat.place else chat


def _own_id(job: Job, actor: Actor) -> str:
    """Which of the bot's accounts tells: the one that was spoken to."""
    chat = job.origin or actor.chat
    if chat is None:
        raise Refusal(f"{job.label} 不是在聊天里创建的，请在聊天里改 通知=")
    return chat.self_id
