"""Looking how accounts stand: the platform is asked, and what it says is kept."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from jobs.accounts.asked import AccountStatus
from jobs.models.accounts import Account, Standing
from jobs.models.errors import Refusal
from jobs.ports.accounts import Keyring
from jobs.ports.provider import NotLoggedIn, Provider, VenueError
from jobs.ports.threads import InThread

LOOKED_AT_MOST: Final = 12
"""Accounts that one look asks the platform about."""


async def look_at(
    accounts: Sequence[Account],
    keyring: Keyring,
    open_provider: Callable[[], Provider],
    in_thread: InThread,
) -> list[AccountStatus]:
    """Those with a session are looked at now, a dozen at most; of the others, what was seen last."""
    provider = open_provider()
    try:
        looks = (_look(provider, keyring, account, in_thread) for account in accounts[:LOOKED_AT_MOST])
        looked = await asyncio.gather(*looks)
    finally:
        provider.close()
    return [*looked, *(AccountStatus(account=account) for account in accounts[LOOKED_AT_MOST:])]


def whose(provider: Provider, session: bytes) -> tuple[str, bytes]:
    """Whose session it is, and what it has become. Blocking. May raise any `VenueError`."""
    member = provider.member(session)
    try:
        return member.check().name, member.session
    finally:
        member.close()


async def _look(provider: Provider, keyring: Keyring, account: Account, in_thread: InThread) -> AccountStatus:
    try:
        session = keyring.session(account)
    except Refusal as locked:
        return AccountStatus(account=account, trouble=locked.sentence)
    if session is None or account.standing is Standing.REFUSED:
        return AccountStatus(account=account)
    name = trouble = ""
    try:
        name, session = await in_thread(partial(_whose_after_all, provider, session))
        keyring.keep_session(account, session, Standing.IN)
    except NotLoggedIn:
        keyring.keep_session(account, None, Standing.OUT, "会话过期")
    except VenueError as error:
        trouble = error.sentence
    return AccountStatus(account=keyring.account(account.id) or account, name=name, trouble=trouble)


def _whose_after_all(provider: Provider, session: bytes) -> tuple[str, bytes]:
    """As `whose`; where the session is over, single sign-on may begin another without a person."""
    member = provider.member(session)
    try:
        try:
            return member.check().name, member.session
        except NotLoggedIn:
            return member.renew().name, member.session
    finally:
        member.close()
