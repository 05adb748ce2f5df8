"""Who may book with an account: its owner and whom it was shared with, and nobody else whatever the names are."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings, strategies as st

from jobs.models.accounts import Account, AccountId, Share, usable
from jobs.models.ids import UserId
from jobs.models.people import Chat

AT = datetime(2026, 11, 22, tzinfo=UTC)
# Few values, so that people, groups and names coincide: the same digits may be a person and a group.
numbers = st.sampled_from(["1", "2"])
users = st.none() | numbers.map(UserId)
shares = st.builds(Share, kind=st.sampled_from(["group", "user"]), peer_id=numbers)
chats = st.none() | st.builds(Chat, self_id=st.just("9"), type=st.sampled_from(["group", "private"]), peer_id=numbers)
names = st.sampled_from(["a", "b", "c"])


@st.composite
def books(draw: st.DrawFn) -> list[Account]:
    """Accounts as a store has them: nicknames unique and one default at most for each owner."""
    keys = draw(st.lists(st.tuples(users, names), unique=True, max_size=7))
    defaults = {draw(st.sampled_from(keys)) for _ in range(2)} if keys else set()
    accounts: list[Account] = []
    for number, (owner, nickname) in enumerate(keys):
        has_one = any(account.is_default for account in accounts if account.owner == owner)
        accounts.append(
            Account(
                id=AccountId(f"{number:016x}"),
                owner=owner,
                nickname=nickname,
                is_default=(owner, nickname) in defaults and not has_one,
                shared_with=tuple(draw(st.lists(shares, max_size=2))),
                created_at=AT + timedelta(seconds=draw(st.integers(0, 3))),
            )
        )
    return accounts


def may(account: Account, user: UserId | None, origin: Chat | None) -> bool:
    """Said once more, the long way."""
    if user is None:
        return account.owner is None
    for share in account.shared_with:
        if share.kind == "user" and share.peer_id == user:
            return True
        if share.kind == "group" and origin and origin.type == "group" and share.peer_id == origin.peer_id:
            return True
    return account.owner == user


@given(owner=users, shared=st.lists(shares, max_size=3), user=users, origin=chats)
@settings(max_examples=500, deadline=None)
def test_an_account_is_its_owners_and_theirs_whom_it_is_shared_with(
    owner: UserId | None, shared: list[Share], user: UserId | None, origin: Chat | None
) -> None:
    account = Account(id=AccountId("0" * 16), owner=owner, nickname="a", shared_with=tuple(shared), created_at=AT)
    assert account.is_for(user, origin) == may(account, user, origin)


@given(account_book=books(), asked=st.lists(names, max_size=4), user=users, origin=chats)
@settings(max_examples=200, deadline=None)
def test_nobody_books_with_what_is_neither_their_own_nor_shared_with_them(
    account_book: list[Account], asked: list[str], user: UserId | None, origin: Chat | None
) -> None:
    found = usable(account_book, asked, user, origin)
    allowed = [account for account in account_book if may(account, user, origin)]
    assert all(account in allowed for account in found.accounts)
    if not asked:
        assert found.missing == ()
        assert list(found.accounts) == [one for one in account_book if one.owner == user and one.is_default]
        return
    assert sorted([one.nickname for one in found.accounts] + list(found.missing)) == sorted(set(asked))
    assert [one.nickname for one in found.accounts] == [
        name for name in dict.fromkeys(asked) if name not in found.missing
    ]
    assert {one.nickname for one in allowed}.isdisjoint(found.missing)
    for account in found.accounts:
        if any(one.owner == user and one.nickname == account.nickname for one in allowed):
            assert account.owner == user
