"""`sja accounts`: accounts at the platform. A password is asked for or read from standard input, never an argument."""

import argparse
import asyncio
import getpass
import json
import re
import sys
from typing import Final

from jobs.app.beside import Beside
from jobs.cli.asking import acting_for, agree, named, readable
from jobs.cli.venue_words import (
    account_document,
    accounts_text,
    reference,
    status_document,
    status_line,
    title,
)
from jobs.models.accounts import Account, Share
from jobs.models.errors import Refusal
from jobs.models.ids import UserId
from jobs.models.people import OPERATOR
from jobs.models.text import quote
from jobs.ports.accounts import Credentials

_PASSWORD_BYTES: Final = 4096
_JOBS_NAMED_AT_MOST: Final = 5
_QQ: Final = re.compile(r"[1-9][0-9]{4,11}")


def add(here: Beside, args: argparse.Namespace) -> None:
    owner = _owner(args.owner)
    credentials = Credentials(user=_user(args.user), password=_password(args))
    account = here.accounts.add(acting_for(owner), readable(args.nickname), credentials)
    print(f"✅ 已添加账号 {title(account)}，密码已加密保存")
    print(f"接着登录：sja accounts login {reference(account)}", file=sys.stderr)


def show(here: Beside, args: argparse.Namespace) -> None:
    accounts = here.accounts.of(OPERATOR)
    if args.json:
        document = {"accounts": [account_document(account) for account in accounts]}
        print(json.dumps(document, ensure_ascii=False, indent=2))
        return
    print(accounts_text(accounts, here.settings.sja_timezone))


def remove(here: Beside, args: argparse.Namespace) -> None:
    account = named(here, args.nickname)
    here.accounts.require_removable(account)
    using = "、".join(job.label for job in here.accounts.jobs_with(account)[:_JOBS_NAMED_AT_MOST])
    left = f"{using} 用着它，以后就没有它可用。" if using else ""
    agree(f"{left}删除账号 {title(account)}，连同它的密码和登录？", is_agreed=args.yes)
    heir = here.accounts.remove(acting_for(account.owner), account.nickname)
    print(f"🗑️ 已删除账号 {title(account)}" + (f"，现在的默认账号是 {title(heir)}" if heir else ""))


def default(here: Beside, args: argparse.Namespace) -> None:
    account = named(here, args.nickname)
    here.accounts.set_default(acting_for(account.owner), account.nickname)
    print(f"✅ {title(account)} 现在是默认账号")


def share(here: Beside, args: argparse.Namespace) -> None:
    account, peer = named(here, args.nickname), _peer(args)
    here.accounts.share(acting_for(account.owner), account.nickname, peer)
    print(f"✅ {title(account)} 已共享给 {peer.words}")


def unshare(here: Beside, args: argparse.Namespace) -> None:
    account, peer = named(here, args.nickname), _peer(args)
    losing = "、".join(job.label for job in here.accounts.jobs_losing(account, peer)[:_JOBS_NAMED_AT_MOST])
    here.accounts.unshare(acting_for(account.owner), account.nickname, peer)
    print(f"✅ {title(account)} 不再共享给 {peer.words}" + (f"；{losing} 以后不能再用它" if losing else ""))


def update(here: Beside, args: argparse.Namespace) -> None:
    account = named(here, args.nickname)
    user = _same_user(here, account) if args.user is None else _user(args.user)
    credentials = Credentials(user=user, password=_password(args))
    here.accounts.update(acting_for(account.owner), account.nickname, credentials)
    print(f"✅ 已更新账号 {title(account)}，要重新登录")
    print(f"接着登录：sja accounts login {reference(account)}", file=sys.stderr)


def login(here: Beside, args: argparse.Namespace) -> None:
    from jobs.cli.logging_in import log_in  # noqa: PLC0415 - the other actions ask no platform

    account = named(here, args.nickname)
    done = log_in(here.logins, acting_for(account.owner), account.nickname, here.clock)
    who = f"（{done.name}）" if done.name else ""
    print(f"✅ {title(done.account)} 已登录{who}")


def status(here: Beside, args: argparse.Namespace) -> None:
    """Asks the platform, for each account that has a session."""
    statuses = asyncio.run(here.logins.status(OPERATOR)) if here.store.accounts.all() else []
    if args.json:
        document = {"accounts": [status_document(each) for each in statuses]}
        print(json.dumps(document, ensure_ascii=False, indent=2))
        return
    if not statuses:
        print(accounts_text([], here.settings.sja_timezone))
    for each in statuses:
        print(status_line(each, here.settings.sja_timezone))


# -- inside -------------------------------------------------------------------------------------------------------
def _same_user(here: Beside, account: Account) -> str:
    """Raises `Refusal`, with the next step, where what is sealed cannot be opened."""
    from jobs.accounts.keyring import SealedKeyring  # noqa: PLC0415 - it loads a large library
    from jobs.accounts.vault import Vault  # noqa: PLC0415

    return SealedKeyring(here.store, Vault(here.settings.sja_home), here.clock).credentials(account).user


def _user(text: str) -> str:
    user = readable(text).strip()
    if not user:
        raise Refusal("--user 是空的，请写 jAccount 用户名，例如 --user zhangsan")
    return user


def _password(args: argparse.Namespace) -> str:
    """Asked for without an echo, or the one line of standard input."""
    if args.password_stdin:
        return _one_line(sys.stdin.buffer.read(_PASSWORD_BYTES + 1))
    if not sys.stdin.isatty():
        raise Refusal("这里没有终端可以问密码：请在终端里运行，或加 --password-stdin 从标准输入读，例如 < 密码文件")
    try:
        password = getpass.getpass("密码（不显示）：")
    except (EOFError, KeyboardInterrupt):
        raise Refusal("没有输入密码，什么也没有改") from None
    if not password:
        raise Refusal("密码是空的，什么也没有改")
    return password


def _one_line(data: bytes) -> str:
    try:
        password = data.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise Refusal("标准输入里的密码不是 UTF-8 文字") from None  # The cause has the bytes.
    if not password:
        raise Refusal("标准输入里没有密码，例如 sja accounts add czq --user 学号 --password-stdin < 密码文件")
    if "\n" in password or len(data) > _PASSWORD_BYTES:
        raise Refusal("标准输入里不止一行，--password-stdin 只读一行密码")
    return password


def _peer(args: argparse.Namespace) -> Share:
    """The book looks whether it can be one."""
    if args.group is not None:
        return Share(kind="group", peer_id=readable(args.group))
    return Share(kind="user", peer_id=readable(args.person))


def _owner(text: str | None) -> UserId | None:
    if text is None:
        return None
    if not _QQ.fullmatch(text):
        raise Refusal(f"{quote(readable(text))}不是 QQ 号，请写成 --owner 10001 这样")
    return UserId(text)
