"""Which accounts a command is to book with, and what to say where there is none."""

import re
from collections.abc import Sequence
from typing import Final

from jobs import Account, Refusal, Standing, how_to_add, how_to_log_in
from plugins._commands.command import Call
from plugins._replies.accounts import demo_hint

_LENT_AT_MOST: Final = 5


def accounts_said(call: Call) -> tuple[str, ...]:
    """The nicknames of the option, each once; empty: none was named."""
    text = call.arguments.options.get("账号", "")
    return tuple(dict.fromkeys(name for name in re.split(r"[,、;/\s]+", text) if name))


def buyers(call: Call, names: Sequence[str] | None = None) -> tuple[Account, ...]:
    """The accounts that what this person makes here will book with: those named (None: by the option), or the default;
    empty: there is none.

    Raises `Refusal` for a named one that is not there to be used.
    """
    actor = call.heard.actor
    return tuple(
        call.bot.accounts.require_usable(accounts_said(call) if names is None else names, actor.user_id, actor.chat)
    )


def no_account(call: Call) -> Refusal:
    """What to do for somebody who has no account, where nothing is possible without one."""
    if lent := _lent(call):
        return Refusal(f"你还没有默认的账号，{lent}；自己的账号先{how_to_add()}")
    hint = demo_hint() if call.bot.settings.sja_provider == "demo" else ""
    return Refusal(f"还没有可用的账号，先{how_to_add()}，再发送 !登录 昵称{hint}")


def what_lacks(call: Call, accounts: tuple[Account, ...]) -> str:
    """The one next step before these can book, empty where they can."""
    actor = call.heard.actor
    if not accounts and (lent := _lent(call)):
        return f"ℹ️ 还没有自己的账号，所以只会告诉你，不会下单；{lent}"
    if not accounts:
        return f"ℹ️ 还没有账号，所以只会告诉你，不会下单；要下单先{how_to_add()}"
    out = [account for account in accounts if account.standing is not Standing.IN]
    if not out:
        return ""
    names, step = "、".join(account.nickname for account in out), how_to_log_in(out[0], actor.user_id)
    return f"ℹ️ 账号 {names} 还没有登录，不登录就不能下单：{step}"


def _lent(call: Call) -> str:
    """What others share here, by name; empty: nobody does."""
    names = list(dict.fromkeys(account.nickname for account in call.bot.accounts.lent(call.heard.actor)))
    if not names:
        return ""
    where = "群里共享的" if call.heard.chat.is_group else "别人共享给你的"
    return f"{where}有：{'、'.join(names[:_LENT_AT_MOST])}（写 账号={names[0]}）"
