"""Accounts, orders and bookings for the terminal: words, and documents. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from jobs.accounts.asked import AccountStatus
from jobs.cli.show import iso, local
from jobs.models.accounts import Account, Standing

_STANDINGS: Final = {
    Standing.NEVER: "还没有登录过",
    Standing.IN: "已登录",
    Standing.OUT: "登录已失效",
    Standing.REFUSED: "学号或密码不对",
}


def title(account: Account) -> str:
    """`czq`; somebody's `czq（QQ 10001）`."""
    return account.nickname if account.owner is None else f"{account.nickname}（QQ {account.owner}）"


def reference(account: Account) -> str:
    """What names an account in a shell, whoever's it is: `czq`, `10001/czq`."""
    return account.nickname if account.owner is None else f"{account.owner}/{account.nickname}"


def standing_text(account: Account, zone: str) -> str:
    """`已登录（11-22 12:00:00 看过）`; what is not well says what to do."""
    words = _STANDINGS[account.standing]
    if account.reason and account.standing is not Standing.IN:
        words = account.reason
    seen = f"（{local(account.seen_at, zone)} 看过）" if account.seen_at else ""
    return f"{words}{seen}{next_step(account)}"


def next_step(account: Account) -> str:
    """What an account needs to be logged in: `，运行 sja accounts login czq`. Empty where it is."""
    step = {Standing.IN: "", Standing.REFUSED: "update"}.get(account.standing, "login")
    return f"，运行 sja accounts {step} {reference(account)}" if step else ""


def accounts_text(accounts: Sequence[Account], zone: str) -> str:
    """The list for eyes; nothing secret in it."""
    if not accounts:
        return "还没有账号。添加第一个：sja accounts add czq --user 学号（密码会在终端里问）"
    return "\n".join([f"👤 账号（共 {len(accounts)} 个）", *(_line(account, zone) for account in accounts)])


def account_document(account: Account) -> dict[str, Any]:
    """One account of `sja accounts list --json`; instants are ISO 8601 UTC. No secrets, and no 学号."""
    return {
        "id": account.id,
        "nickname": account.nickname,
        "owner": account.owner,
        "is_default": account.is_default,
        "shared_with": [{"kind": share.kind, "peer_id": share.peer_id} for share in account.shared_with],
        "standing": account.standing.value,
        "reason": account.reason or None,
        "seen_at": iso(account.seen_at),
        "created_at": iso(account.created_at),
    }


def status_line(status: AccountStatus, zone: str) -> str:
    """`czq（张三）  已登录（11-22 12:00:00 看过）`."""
    who = f"（{status.name}）" if status.name else ""
    trouble = f"；刚才没能问到平台：{status.trouble}" if status.trouble else ""
    return f"{reference(status.account)}{who}  {standing_text(status.account, zone)}{trouble}"


def status_document(status: AccountStatus) -> dict[str, Any]:
    """One account of `sja accounts status --json`: as in the list; `name` as the platform has it, `trouble` why it
    could not be asked, each null where there is none."""
    return {**account_document(status.account), "name": status.name or None, "trouble": status.trouble or None}


def _line(account: Account, zone: str) -> str:
    return f"{reference(account)}  {' · '.join(_facts(account, zone))}"


def _facts(account: Account, zone: str) -> Iterator[str]:
    if account.is_default:
        yield "默认"
    yield standing_text(account, zone)
    if account.shared_with:
        yield f"共享给 {'、'.join(share.words for share in account.shared_with)}"
