"""`Accounts` on SQLite."""

from contextlib import nullcontext
from datetime import datetime
from typing import Final

import msgspec

from jobs.models.accounts import Account, AccountId, Share, Standing
from jobs.models.ids import UserId
from jobs.ports.store import Conflict
from jobs.store.codec import (
    Row,
    chat_of,
    first,
    instant,
    instant_or_none,
    micros,
    micros_or_none,
    readable,
    reads,
    text,
)
from jobs.store.rows import write_row
from jobs.store.sqlite import Database, Value
from jobs.store.turns import Turns

_shares: Final = msgspec.json.Decoder(tuple[Share, ...])


class SqliteAccounts:
    """Accounts, and beside them what is sealed of each."""

    def __init__(self, database: Database, turns: Turns | None = None) -> None:
        self._database = database
        self._turns = turns

    def get(self, account_id: AccountId) -> Account | None:
        return first(_account_of, self._database.row("SELECT * FROM accounts WHERE id = ?", account_id))

    def all(self) -> list[Account]:
        return readable(_account_of, self._database.rows("SELECT * FROM accounts ORDER BY created_at, id"))

    def count(self) -> int:
        """Those that cannot be read included."""
        return int(self._database.scalar("SELECT count(*) FROM accounts"))

    def credentials(self, account_id: AccountId) -> bytes | None:
        return self._database.scalar("SELECT credentials FROM secrets WHERE account_id = ?", account_id)

    def session(self, account_id: AccountId) -> bytes | None:
        return self._database.scalar("SELECT session FROM secrets WHERE account_id = ?", account_id)

    def keep_session(
        self, account_id: AccountId, sealed: bytes | None, standing: Standing, reason: str, at: datetime
    ) -> None:
        database = self._database
        with self._turns or nullcontext(), database.at_ease(), database.wiping(), database.transaction():
            sql = "UPDATE accounts SET standing = ?, reason = ?, seen_at = ? WHERE id = ?"
            is_there = database.run(sql, standing.value, reason, micros(at), account_id) == 1
            if is_there and sealed is not None:
                database.run(
                    """INSERT INTO secrets (account_id, session) VALUES (?, ?)
                       ON CONFLICT (account_id) DO UPDATE SET session = excluded.session""",
                    account_id,
                    sealed,
                )


def write_account(database: Database, account: Account) -> None:
    """In a transaction. A default takes that from the owner's others, and whoever had read those decides anew."""
    if account.is_default:
        database.run(
            """UPDATE accounts SET is_default = 0, version = version + 1
               WHERE is_default AND owner IS ? AND id != ?""",
            account.owner,
            account.id,
        )
    write_row(database, "accounts", _columns_of(account), account.version)


def write_credentials(database: Database, account_id: AccountId, sealed: bytes) -> None:
    """In a transaction. The session goes: it may be of another name. An account that is not there is SQLite's error."""
    database.run("INSERT OR REPLACE INTO secrets (account_id, credentials) VALUES (?, ?)", account_id, sealed)


def forget_account(database: Database, account_id: AccountId) -> None:
    """In a transaction. Raises `Conflict` where it is gone already."""
    database.run("DELETE FROM secrets WHERE account_id = ?", account_id)
    if database.run("DELETE FROM accounts WHERE id = ?", account_id) != 1:
        raise Conflict(f"account {account_id}: not stored")


def _columns_of(account: Account) -> dict[str, Value]:
    """Every column but `version`."""
    return {
        "id": account.id,
        "owner": account.owner,
        "nickname": account.nickname,
        "home": None if account.home is None else text(account.home),
        "is_default": int(account.is_default),
        "shared_with": text(account.shared_with),
        "standing": account.standing.value,
        "reason": account.reason,
        "seen_at": micros_or_none(account.seen_at),
        "created_at": micros(account.created_at),
    }


@reads
def _account_of(row: Row) -> Account:
    return Account(
        id=AccountId(row["id"]),
        owner=None if row["owner"] is None else UserId(row["owner"]),
        nickname=row["nickname"],
        home=None if row["home"] is None else chat_of(row["home"]),
        is_default=bool(row["is_default"]),
        shared_with=_shares.decode(row["shared_with"]),
        standing=Standing(row["standing"]),
        reason=row["reason"],
        seen_at=instant_or_none(row["seen_at"]),
        created_at=instant(row["created_at"]),
        version=row["version"],
    )
