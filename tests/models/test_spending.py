"""Who may change what a job orders with whose account: its owner, and others only with what is shared with them."""

from typing import Any

import pytest
from hypothesis import given, strategies as st
from lives_site import CHAT, DAILY, NOW, a_job
from msgspec.structs import replace

from jobs.models.accounts import Account, AccountId, Share
from jobs.models.editions import Edition, edition_of
from jobs.models.errors import NotAllowed
from jobs.models.ids import UserId
from jobs.models.job import Job, Telling
from jobs.models.people import OPERATOR, Actor, Role
from jobs.models.recurrence import Every
from jobs.models.spending import check_spending

MING, ADMIN = UserId("20001"), UserId("20003")
OWNER = Actor(user_id=MING, role=Role.MEMBER, chat=CHAT)
MANAGER = Actor(user_id=ADMIN, role=Role.GROUP_ADMIN, chat=CHAT)
SUPERUSER = Actor(user_id=UserId("1"), role=Role.SUPERUSER, chat=CHAT)
TARGET = {"preset": 18, "venue_keyword": "", "field_type_keyword": ""}
WITH_GROUP = Share(kind="group", peer_id=CHAT.peer_id)
WITH_ADMIN = Share(kind="user", peer_id=ADMIN)
ELSEWHERE = Share(kind="group", peer_id="99999")


def account(nickname: str = "czq", owner: UserId = MING, *shares: Share, is_default: bool = False) -> Account:
    id = AccountId(f"{owner}{nickname}")
    return Account(id=id, owner=owner, nickname=nickname, shared_with=shares, created_at=NOW, is_default=is_default)


def config(kind: str = "monitor", *, books: bool = True, **more: Any) -> dict[str, Any]:
    if kind == "schedule":
        return {"target": TARGET, "schedule": {"hour": 12, "preferred_hours": [19]}, **more}
    if kind == "keep_alive":
        return {"plan": {}, **more}
    return {"target": TARGET, "plan": {"auto_book": books, "preferred_hours": [19]}, **more}


def changed(kind: str = "monitor", old: dict[str, Any] | None = None, **fields: Any) -> tuple[Job, Edition]:
    job = a_job(
        kind=kind, config=config(kind) if old is None else old, recurrence=DAILY if kind == "schedule" else None
    )
    return job, replace(edition_of(job), **fields)


SPENDING = {
    "booking switched on": changed(old=config(books=False), config=config()),
    "another account": changed(config=config(accounts=["czq"])),
    "another account of one that does not book": changed(
        old=config(books=False), config=config(books=False, accounts=["czq"])
    ),
    "another venue": changed(config=config(target={**TARGET, "preset": 13})),
    "another day": changed(config=config(target={**TARGET, "date_offset": 3})),
    "other hours": changed(config=config(plan={"auto_book": True, "preferred_hours": [20]})),
    "other hours of a schedule": changed("schedule", config=config("schedule", schedule={"hour": 12})),
    "another rhythm of a schedule": changed("schedule", recurrence=Every(seconds=3600)),
    "sessions of others": changed("keep_alive", config=config("keep_alive", accounts=["czq"])),
}
HARMLESS = {
    "booking switched off": changed(config=config(books=False)),
    "how often it looks": changed(
        config=config(plan={"auto_book": True, "preferred_hours": [19], "interval_seconds": 60})
    ),
    "its name and whom it tells": changed(name="周末", telling=Telling(mentions_owner=True)),
    "hours of one that does not book": changed(
        old=config(books=False), config=config(plan={"auto_book": False, "preferred_hours": [20]})
    ),
    "how often sessions are looked at": changed(
        "keep_alive", config=config("keep_alive", plan={"interval_seconds": 60})
    ),
}


@pytest.mark.parametrize("case", SPENDING)
def test_an_administrator_does_not_spend_what_is_not_shared_with_them(case: str) -> None:
    job, wanted = SPENDING[case]
    for private in ([account(is_default=True)], [account("czq", MING, ELSEWHERE, is_default=True)], []):
        with pytest.raises(NotAllowed, match="只有它的发起人和超级用户能改") as refused:
            check_spending(MANAGER, job, wanted, private)
        assert "czq" not in refused.value.sentence
    for who in (OWNER, SUPERUSER, OPERATOR):
        check_spending(who, job, wanted, [account(is_default=True)])


@pytest.mark.parametrize("case", SPENDING)
@pytest.mark.parametrize("share", [WITH_GROUP, WITH_ADMIN], ids=["with the group", "with the administrator"])
def test_they_may_with_what_is_shared(case: str, share: Share) -> None:
    job, wanted = SPENDING[case]
    check_spending(MANAGER, job, wanted, [account("czq", MING, share, is_default=True)])


@pytest.mark.parametrize("case", HARMLESS)
def test_what_costs_nothing_is_theirs_to_change(case: str) -> None:
    job, wanted = HARMLESS[case]
    check_spending(MANAGER, job, wanted, [account(is_default=True)])


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from([(), (WITH_GROUP,), (ELSEWHERE,)])), max_size=3))
def test_every_account_must_be_shared(kept: list[tuple[str, tuple[Share, ...]]]) -> None:
    accounts = [account(name, MING, *shares) for name, shares in dict(kept).items()]
    job, wanted = changed(config=config(accounts=["a", "b"]))
    if dict(kept) == {"a": (WITH_GROUP,), "b": (WITH_GROUP,)}:
        check_spending(MANAGER, job, wanted, accounts)
    else:
        with pytest.raises(NotAllowed):
            check_spending(MANAGER, job, wanted, accounts)


def test_a_routine_is_told_of_its_own_accounts_only() -> None:
    job = a_job(kind="routine", config={"template": "hello", "account": "sty"}, recurrence=Every(seconds=3600))
    check_spending(MANAGER, job, replace(edition_of(job), recurrence=Every(seconds=60)), [account("czq")])
    with pytest.raises(NotAllowed):
        check_spending(
            MANAGER, job, replace(edition_of(job), config={"template": "hello", "account": "czq"}), [account("czq")]
        )
