"""The accounts people have: added, shared, and found when something shall be booked with them."""

import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final, TypeVar, cast

from msgspec.structs import replace

from jobs.accounts.finding import meant, missing, oldest_other
from jobs.accounts.keyring import SealedKeyring, packed
from jobs.accounts.vault import Vault
from jobs.models.account_checks import (
    ACCOUNTS_AT_MOST,
    check_login,
    check_may_be_another,
    check_nickname,
    check_removable,
    check_share,
    check_shared,
)
from jobs.models.accounts import Account, AccountId, Named, Share, Standing, Usable, named_in, usable
from jobs.models.audit import Audit
from jobs.models.change import Change, Inbound
from jobs.models.errors import Refusal
from jobs.models.ids import UserId
from jobs.models.job import Job, Status
from jobs.models.people import Actor, Chat, Role
from jobs.ports.accounts import Credentials
from jobs.ports.clock import Clock
from jobs.ports.store import Conflict, Store

_TRIES: Final = 8
_BOOKINGS_LOOKED_AT: Final = 200
"""The latest of an account: what waits for something is among them."""
T = TypeVar("T")
_UNFINISHED: Final = (Status.PENDING, Status.RUNNING, Status.PAUSED)


class AccountBook:
    """Everybody acts on accounts of their own only; the operator on all. Whoever is let into a chat as superuser has no
    part in the accounts of others.

    Every act is one change with its audit, and may raise `Refusal` (`NotFound`, `NotAllowed`), `DuplicateInbound` and
    `StoreUnavailable`. Used by the thread that the store belongs to.
    """

    def __init__(self, store: Store, vault: Vault, clock: Clock) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock

    # -- asking -------------------------------------------------------------------------------------------------------
    def of(self, actor: Actor) -> list[Account]:
        """Those of the actor and those shared with the actor in person; of the operator, all. Oldest first."""
        accounts = self._store.accounts.all()
        return accounts if _is_operator(actor) else [one for one in accounts if one.is_for(actor.user_id, None)]

    def find(self, actor: Actor, nickname: str | None = None) -> Account:
        """The account of the actor's own that is meant; None: the default one, or the only one.

        The operator may mean anybody's, if need be as `QQ号/昵称`. Raises `NotFound`, `Ambiguous`, and `NotAllowed` for
        one that is only shared with the actor.
        """
        return meant(self._store.accounts.all(), actor, nickname)

    def lent(self, actor: Actor) -> list[Account]:
        """Those of others that the actor may book with in this chat. Oldest first."""
        accounts = self._store.accounts.all()
        return [one for one in accounts if one.owner != actor.user_id and one.is_for(actor.user_id, actor.chat)]

    def usable(self, names: Sequence[str], user: UserId | None, origin: Chat | None) -> Usable:
        """What something of this person's, made in that chat, books with: as `models.accounts.usable`."""
        return usable(self._store.accounts.all(), names, user, origin)

    def require_usable(self, names: Sequence[str], user: UserId | None, origin: Chat | None) -> tuple[Account, ...]:
        """All that are named, or the default; empty only where none is named and there is no default.

        Raises `NotFound` that names the first that is missing, and how it is added.
        """
        found = self.usable(names, user, origin)
        if found.missing:
            raise missing(found.missing[0], user)
        return found.accounts

    def jobs_with(self, account: Account) -> list[Job]:
        """The unfinished jobs, whoever's, that name the account and may use it; and those of its owner's that name
        none, where there is no other that could be the default instead."""
        accounts = self._store.accounts.all()
        is_last = not any(one.owner == account.owner and one.id != account.id for one in accounts)
        return [
            job
            for job in self._store.jobs.select(statuses=_UNFINISHED)
            if account in _named_of(accounts, job, named_in(job.config))
            or (is_last and job.owner == account.owner and _takes_default(job))
        ]

    def jobs_losing(self, account: Account, share: Share) -> list[Job]:
        """Those of `jobs_with` that may no longer use the account once it is not shared so."""
        left = replace(account, shared_with=tuple(each for each in account.shared_with if each != share))
        return [job for job in self.jobs_with(account) if not left.is_for(job.owner, job.origin)]

    def require_removable(self, account: Account) -> None:
        """Raises `Refusal` as `remove` would."""
        check_removable(account, self._store.bookings.of_account(account.id, _BOOKINGS_LOOKED_AT))

    # -- acting -------------------------------------------------------------------------------------------------------
    def add(self, actor: Actor, nickname: str, credentials: Credentials, inbound: Inbound | None = None) -> Account:
        """Stores a new account of the actor's; the first is the default. `home` is the chat, when that is private."""
        check_nickname(nickname)
        check_login(credentials.user, credentials.password)

        def decide() -> tuple[Change, AccountId]:
            own = self._own(actor.user_id)
            self._check_new(own, nickname, credentials)
            account = Account(
                id=AccountId(secrets.token_hex(8)),
                owner=actor.user_id,
                nickname=nickname,
                home=_private(actor),
                is_default=not any(one.is_default for one in own),
                created_at=self._clock.now(),
            )
            self._vault.require_key(self._store)
            sealed = self._vault.seal(packed(credentials), account.owner, account.id)
            audits = self._audit(actor, "account.added", account)
            return Change(accounts=(account,), credentials=((account.id, sealed),), audits=audits), account.id

        return self._present(self._apply(decide, inbound))

    def update(self, actor: Actor, nickname: str, credentials: Credentials, inbound: Inbound | None = None) -> Account:
        """Replaces name and password; it has to be logged in anew. Where the key is gone, this makes another: whoever
        types a password again has been told so. Raises `Refusal` for another name as long as there are orders that only
        the old one can read."""
        check_login(credentials.user, credentials.password)

        def decide() -> tuple[Change, AccountId]:
            account = self.find(actor, nickname)
            self._check_user(self._own(account.owner), credentials, account)
            if self._is_another(account, credentials):
                check_may_be_another(account, self._store.bookings.of_account(account.id, _BOOKINGS_LOOKED_AT))
            home = _private(actor) if actor.user_id == account.owner else None
            changed = replace(account, standing=Standing.NEVER, reason="", seen_at=None, home=home or account.home)
            sealed = self._vault.seal(packed(credentials), account.owner, account.id)
            audits = self._audit(actor, "account.updated", account)
            return Change(accounts=(changed,), credentials=((account.id, sealed),), audits=audits), account.id

        return self._present(self._apply(decide, inbound))

    def remove(self, actor: Actor, nickname: str, inbound: Inbound | None = None) -> Account | None:
        """Removes it with all that was sealed; its bookings stay. Jobs that name it (`jobs_with`) go on without it.
        Raises `Refusal` as long as it has orders that nobody could follow any more.

        Returns the account that is the default instead; None: it was not the default, or there is no other.
        """

        def decide() -> tuple[Change, Account | None]:
            account = self.find(actor, nickname)
            self.require_removable(account)
            heir = oldest_other(self._own(account.owner), account) if account.is_default else None
            change = Change(
                accounts=() if heir is None else (replace(heir, is_default=True),),
                forgotten=(account.id,),
                audits=self._audit(actor, "account.removed", account),
            )
            return change, heir

        heir = self._apply(decide, inbound)
        return None if heir is None else self._present(heir.id)

    def set_default(self, actor: Actor, nickname: str, inbound: Inbound | None = None) -> Account:
        """What names no account books with this one from now on."""

        def decide(account: Account) -> tuple[Account, str]:
            return replace(account, is_default=True), ""

        return self._change(actor, nickname, "account.default", decide, inbound)

    def share(self, actor: Actor, nickname: str, share: Share, inbound: Inbound | None = None) -> Account:
        """From now on what is made in that group, or by that person, may book with the account."""

        def decide(account: Account) -> tuple[Account, str]:
            check_share(account, share)
            return replace(account, shared_with=(*account.shared_with, share)), f" → {share.words}"

        return self._change(actor, nickname, "account.shared", decide, inbound)

    def unshare(self, actor: Actor, nickname: str, share: Share, inbound: Inbound | None = None) -> Account:
        """What was made there no longer may, from its next run on."""

        def decide(account: Account) -> tuple[Account, str]:
            check_shared(account, share)
            left = tuple(each for each in account.shared_with if each != share)
            return replace(account, shared_with=left), f" → {share.words}"

        return self._change(actor, nickname, "account.unshared", decide, inbound)

    def note(self, actor: Actor, act: str, account: Account) -> None:
        """Records what was done with an account elsewhere (`account.logged_in`)."""
        self._store.apply(Change(audits=self._audit(actor, act, account)))

    def move_in(self, actor: Actor) -> None:
        """The person's accounts that have no `home` yet (made on the command line) have it in this private chat."""
        home = _private(actor)
        if home is None or actor.user_id is None:
            return
        for account in self._own(actor.user_id):
            if account.home is None:
                with suppress(Conflict):  # Changed just now; the next command comes.
                    self._store.apply(Change(accounts=(replace(account, home=home),)))

    # -- inside -------------------------------------------------------------------------------------------------------
    def _change(
        self,
        actor: Actor,
        nickname: str,
        act: str,
        decide: Callable[[Account], tuple[Account, str]],
        inbound: Inbound | None,
    ) -> Account:
        def change() -> tuple[Change, AccountId]:
            changed, more = decide(self.find(actor, nickname))
            return Change(accounts=(changed,), audits=self._audit(actor, act, changed, more)), changed.id

        return self._present(self._apply(change, inbound))

    def _apply(self, decide: Callable[[], tuple[Change, T]], inbound: Inbound | None) -> T:
        for _ in range(_TRIES):
            change, result = decide()
            try:
                self._store.apply(change.answering(inbound))
            except Conflict:
                continue  # Somebody was quicker: decide again.
            return result
        raise Refusal("账号正被别处修改，请再发一次")

    def _present(self, account_id: AccountId) -> Account:
        account = self._store.accounts.get(account_id)
        if account is None:
            raise Refusal("账号刚刚被删除了，发送 !账号 列表 查看")
        return account

    def _own(self, owner: UserId | None) -> list[Account]:
        return [account for account in self._store.accounts.all() if account.owner == owner]

    def _check_new(self, own: Sequence[Account], nickname: str, credentials: Credentials) -> None:
        if any(account.nickname == nickname for account in own):
            raise Refusal(
                f"你已经有一个叫 {nickname} 的账号，请换个昵称；要改它的密码，发送 !账号 更新 {nickname} 学号 密码"
            )
        if len(own) >= ACCOUNTS_AT_MOST:
            raise Refusal(f"一个人最多 {ACCOUNTS_AT_MOST} 个账号，先删掉不用的，例如 !账号 删除 {own[0].nickname}")
        self._check_user(own, credentials)

    def _check_user(self, own: Sequence[Account], credentials: Credentials, but: Account | None = None) -> None:
        """One person at the platform under two nicknames would be booked for twice."""
        keyring = SealedKeyring(self._store, self._vault, self._clock)
        for account in own:
            if but is not None and account.id == but.id:
                continue
            try:
                is_same = keyring.credentials(account).user.casefold() == credentials.user.casefold()
            except Refusal:
                continue  # Nobody can tell.
            if is_same:
                name = account.nickname
                raise Refusal(f"这个学号已经添加过，昵称是 {name}；要改密码，发送 !账号 更新 {name} 学号 密码")

    def _is_another(self, account: Account, credentials: Credentials) -> bool:
        """Whether the account logs in by another name so far; False where nobody can tell."""
        keyring = SealedKeyring(self._store, self._vault, self._clock)
        with suppress(Refusal):
            return keyring.credentials(account).user.casefold() != credentials.user.casefold()
        return False

    def _audit(self, actor: Actor, act: str, account: Account, more: str = "") -> tuple[Audit, ...]:
        whose = f"qq:{account.owner}" if account.owner else Role.OPERATOR.value
        subject = f"账号 {account.nickname}（{whose}）{more}"
        return (Audit(at=self._clock.now(), actor=actor.label, act=act, subject=subject),)


def _named_of(accounts: Sequence[Account], job: Job, named: Named) -> tuple[Account, ...]:
    if not named.accounts:
        return ()
    return usable(accounts, named.accounts, job.owner, job.origin, named.account_ids).accounts


def _takes_default(job: Job) -> bool:
    """Whether a job books, and names no account for it."""
    plan: Any = job.config.get("plan")
    only_looks = isinstance(plan, dict) and cast("dict[str, Any]", plan).get("auto_book") is False
    return "accounts" in job.config and not only_looks and not named_in(job.config).accounts


def _is_operator(actor: Actor) -> bool:
    return actor.role is Role.OPERATOR


def _private(actor: Actor) -> Chat | None:
    return actor.chat if actor.chat is not None and not actor.chat.is_group else None
