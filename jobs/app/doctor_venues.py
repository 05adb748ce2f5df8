"""What may be wrong with accounts, their key, and what they booked. Looks into the store; asks no platform."""

import base64
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from jobs.app.findings import Finding
from jobs.config import Settings
from jobs.models.accounts import Account, Standing
from jobs.models.bookings import Booking
from jobs.models.errors import Refusal
from jobs.ports.accounts import Keyring
from jobs.ports.clock import Clock
from jobs.ports.store import Store, StoreUnavailable
from jobs.store.store import SqliteStore

_DEADLINE_IS_NEAR: Final = timedelta(minutes=15)
_NAMED_AT_MOST: Final = 5
_WANTING: Final = (
    (Standing.OUT, "的登录已失效", "login"),
    (Standing.NEVER, "还没有登录过", "login"),
    (Standing.REFUSED, "的学号或密码不被接受", "update"),
)


def look_at_venues(settings: Settings, database: Path, clock: Clock, *, bot_runs: bool) -> Iterator[Finding]:
    """`database`: a sound store of this version."""
    try:
        with closing(SqliteStore(database)) as store:
            accounts = store.accounts.all()
            yield from _key(settings.sja_home, store, accounts, clock)
            yield from _logins(accounts)
            yield from _unpaid(store.bookings.unpaid(), settings, clock)
            yield from _uncertain(store.bookings.open(), bot_runs=bot_runs)
    except (StoreUnavailable, sqlite3.Error):
        return  # What is wrong with the store has been said.


def look_at_public_key(settings: Settings) -> Iterator[Finding]:
    """Orders are encrypted with it: a wrong one would be noticed at the first order, at noon."""
    if settings.sja_sjtu_public_key and not _is_rsa_key(settings.sja_sjtu_public_key):
        yield Finding(
            level="error" if settings.sja_provider == "sjtu" else "warning",
            what="SJA_SJTU_PUBLIC_KEY 不是 RSA 公钥，下单会失败",
            fix="删掉这一项就用平台通用的公钥，或换成 DER 格式公钥的 base64",
        )


def _is_rsa_key(text: str) -> bool:
    # Only for those who set one: it is a large library.
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_der_public_key  # noqa: PLC0415

    try:
        return isinstance(load_der_public_key(base64.b64decode(text)), RSAPublicKey)
    except Exception:  # Whatever the library says of odd bytes, they are no key.
        return False


def _key(home: Path, store: Store, accounts: Sequence[Account], clock: Clock) -> Iterator[Finding]:
    """The key is in no backup: a home that was restored on another machine lacks it."""
    sealed = [account for account in accounts if store.accounts.credentials(account.id) is not None]
    if not sealed:
        return
    from jobs.accounts.keyring import SealedKeyring  # noqa: PLC0415 - it loads a large library
    from jobs.accounts.vault import Vault  # noqa: PLC0415

    path, keyring = home / "secrets.key", SealedKeyring(store, Vault(home), clock)
    shut = [account for account in sealed if not _opens(keyring, account)]
    if shut:
        what = f"打不开{_names(shut)}的密码：{path} {'不是封存它们的那一份' if path.exists() else '不见了'}"
        fix = f"放回原来的 secrets.key（备份里没有它）；没有了就重输密码：sja accounts update {_reference(shut[0])}"
        yield Finding(level="error", what=what, fix=fix)


def _opens(keyring: Keyring, account: Account) -> bool:
    try:
        keyring.credentials(account)
    except Refusal:
        return False
    return True


def _logins(accounts: Sequence[Account]) -> Iterator[Finding]:
    """Nobody can book with an account that is not logged in, and only a person can log it in."""
    for standing, words, command in _WANTING:
        wanting = [account for account in accounts if account.standing is standing]
        if wanting:
            fix = f"sja accounts {command} {_reference(wanting[0])}，或请主人私聊机器人 !登录"
            yield Finding(level="warning", what=f"账号{_names(wanting)}{words}", fix=fix)


def _unpaid(bookings: Sequence[Booking], settings: Settings, clock: Clock) -> Iterator[Finding]:
    """One finding for each order whose time to pay is nearly, or quite, over."""
    now, zone = clock.now(), ZoneInfo(settings.sja_timezone)
    for booking in {(each.account_id, each.order_id): each for each in bookings}.values():
        if booking.pay_until is None or booking.pay_until - now > _DEADLINE_IS_NEAR:
            continue
        is_over = booking.pay_until <= now
        until = f"{booking.pay_until.astimezone(zone):%m-%d %H:%M:%S}"
        which = f"订单 {booking.order_id}（{booking.nickname}，{_slot(booking)}）"
        yield Finding(
            level="warning",
            what=f"{which}{'过了' if is_over else '快到'}付款期限 {until}，还没有见到付款",
            fix="启动机器人（或看它的日志），它会核对" if is_over else _pay_now(booking),
        )


def _pay_now(booking: Booking) -> str:
    return f"现在去付款（链接：sja pay {booking.order_id}）；不要了就 sja order-cancel {booking.order_id}"


def _uncertain(bookings: Sequence[Booking], *, bot_runs: bool) -> Iterator[Finding]:
    if not bookings:
        return
    which = "、".join(f"{each.nickname} {_slot(each)}" for each in bookings[:_NAMED_AT_MOST])
    yield Finding(
        level="warning",
        what=f"有 {len(bookings)} 个场次还不知道订到没有：{which}",
        fix=(
            "机器人正在读订单核对，会告诉主人；急就 sja orders 自己看"
            if bot_runs
            else "启动机器人，它会读订单核对，不会重复下单"
        ),
    )


def _slot(booking: Booking) -> str:
    return f"{booking.venue} {booking.date:%m-%d} {booking.hour}点 {booking.court}"


def _names(accounts: Sequence[Account]) -> str:
    named = "、".join(_reference(account) for account in accounts[:_NAMED_AT_MOST])
    return f" {named} " + (f"等 {len(accounts)} 个" if len(accounts) > _NAMED_AT_MOST else "")


def _reference(account: Account) -> str:
    return account.nickname if account.owner is None else f"{account.owner}/{account.nickname}"
