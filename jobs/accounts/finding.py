"""Which account a person means. What cannot be one is not repeated: it may be a password. Pure."""

import re
from collections.abc import Sequence

from jobs.models.accounts import Account, how_to_add
from jobs.models.errors import Ambiguous, NotAllowed, NotFound, Refusal
from jobs.models.ids import UserId
from jobs.models.people import Actor, Role
from jobs.models.text import quote


def meant(accounts: Sequence[Account], actor: Actor, nickname: str | None) -> Account:
    """As `AccountBook.find`."""
    own = [account for account in accounts if account.owner == actor.user_id]
    if nickname is None:
        return _unnamed(own, actor)
    named = [account for account in own if account.nickname == nickname]
    if not named and actor.role is Role.OPERATOR:
        named = [account for account in accounts if nickname in (account.nickname, _reference(account))]
    if len(named) == 1:
        return named[0]
    if named:
        examples = "、".join(_reference(account) for account in named[:5])
        raise Ambiguous(f"有 {len(named)} 个账号叫 {nickname}，请写明是谁的：{examples}")
    if any(account.nickname == nickname and account.is_for(actor.user_id, None) for account in accounts):
        raise NotAllowed(f"账号 {nickname} 是别人共享给你的，可以用它预订，但只有它的主人能改动它")
    raise _not_found(own, actor)


def missing(nickname: str, user: UserId | None) -> NotFound:
    """What to say of a name that something shall be booked with. Of `小明:密码` only the name is repeated."""
    nickname = re.split("[:：=＝]", nickname, maxsplit=1)[0]
    if user is None:
        return NotFound(f"没有可用的账号{quote(nickname)}，先添加：sja accounts add {nickname} --user 学号")
    return NotFound(f"没有可用的账号{quote(nickname)}：是你的就先{how_to_add(nickname)}，是别人的请主人共享给你")


def oldest_other(own: Sequence[Account], account: Account) -> Account | None:
    return next((one for one in own if one.id != account.id), None)


def _unnamed(own: Sequence[Account], actor: Actor) -> Account:
    if len(own) == 1:
        return own[0]
    found = next((account for account in own if account.is_default), None)
    if found is not None:
        return found
    if own and actor.chat is not None and actor.chat.is_group:
        raise Ambiguous(f"你有 {len(own)} 个账号，请写明是哪一个的昵称")
    if own:
        raise Ambiguous(f"你有 {len(own)} 个账号，请写明哪一个：{_names(own)}")
    raise NotFound(f"你还没有账号，{how_to_add('小陈')}")


def _not_found(own: Sequence[Account], actor: Actor) -> Refusal:
    """The person's other nicknames are nobody else's business."""
    if actor.chat is not None and actor.chat.is_group:
        return NotFound("你没有这个名字的账号，私聊我发送 !账号 列表 看有哪些")
    if own:
        return NotFound(f"你没有这个名字的账号，有：{_names(own)}")
    return NotFound(f"你还没有账号，{how_to_add('小陈')}")


def _names(own: Sequence[Account]) -> str:
    return "、".join(account.nickname for account in own)


def _reference(account: Account) -> str:
    return account.nickname if account.owner is None else f"{account.owner}/{account.nickname}"
