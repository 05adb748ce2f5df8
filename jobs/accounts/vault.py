"""Sealing what must not be read at rest. The key lies beside the data, never among it: no backup has both."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Final

import msgspec
from cryptography.fernet import InvalidToken
from msgspec import Struct

from jobs.accounts.key_file import KeyFile
from jobs.models.accounts import Account, AccountId
from jobs.models.errors import Refusal
from jobs.models.ids import UserId
from jobs.ports.store import Store

FILE_NAME: Final = "secrets.key"


class Locked(Refusal):
    """What was sealed cannot be opened. `why` says it without the next step."""

    def __init__(self, why: str, account: Account | None = None) -> None:
        nickname = account.nickname if account else "昵称"
        named = f"账号 {nickname} " if account else ""
        super().__init__(
            f"{named}保存的密码打不开：{why}。请管理员把原来的 secrets.key 放回数据目录（备份里没有它）；"
            f"找不回来就私聊我发送 !账号 更新 {nickname} 学号 密码"
        )
        self.why = why


class _Sealed(Struct, frozen=True, array_like=True):
    """What a seal closes over. Moved to another row, it does not open."""

    owner: str | None
    account_id: str
    data: bytes


_sealed: Final = msgspec.msgpack.Decoder(_Sealed)


class Vault:
    """Seals with the keys of one home. Reads the file each time: it may be changed while the bot runs."""

    def __init__(self, home: Path) -> None:
        self._file = KeyFile(home / FILE_NAME)

    def seal(self, data: bytes, owner: UserId | None, account_id: AccountId) -> bytes:
        """Makes the key where there is none: who must not (`require_key`) asks first. Raises `Refusal`."""
        keys = self._file.read()
        if keys is None:
            self._file.make()
            keys = self._file.read()
        if keys is None:
            raise Refusal("密钥文件 secrets.key 刚刚被人移走了，请再试一次")
        return keys.encrypt(msgspec.msgpack.encode(_Sealed(owner, account_id, data)))

    def open(self, sealed: bytes, owner: UserId | None, account_id: AccountId) -> bytes:
        """Raises `Locked` where the key is gone, is another, or what is sealed is not this account's or was altered."""
        keys = self._file.read()
        if keys is None:
            raise Locked("密钥文件 secrets.key 不见了")
        try:
            found = _sealed.decode(keys.decrypt(sealed))
        except (InvalidToken, msgspec.DecodeError):
            raise Locked("密钥文件 secrets.key 不是封存它的那一份，或者数据被改动过") from None
        if (found.owner, found.account_id) != (owner, account_id):
            raise Locked("存的是别的账号的密码，数据被改动过")
        return found.data

    def require_key(self, store: Store) -> None:
        """Raises `Refusal` where something is sealed and the key of it is gone, or is another: nothing opens.

        A new one made then in silence would hide the loss, and be lost itself when the old one is put back.
        """
        rows = _sealed_rows(store)
        # One that opens will do: accounts are given new passwords one by one where the old key is lost for good.
        if (first := next(rows, None)) and not any(self._opens(*row) for row in chain((first,), rows)):
            gone = "不是封存它们的那一份" if self._file.is_there else "不见了"
            raise Refusal(
                f"密钥文件 secrets.key {gone}，而库里还有用它加密的密码。请管理员把原来的放回数据目录（备份里没有它）；"
                "找不回来就请账号的主人私聊我重新填写：!账号 更新 昵称 学号 密码"
            )

    def _opens(self, sealed: bytes, owner: UserId | None, account_id: AccountId) -> bool:
        try:
            self.open(sealed, owner, account_id)
        except Locked:
            return False
        return True


def _sealed_rows(store: Store) -> Iterator[tuple[bytes, UserId | None, AccountId]]:
    for account in store.accounts.all():
        for sealed in (store.accounts.credentials(account.id), store.accounts.session(account.id)):
            if sealed is not None:
                yield sealed, account.owner, account.id
