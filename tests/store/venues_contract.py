"""What every store must do of accounts and bookings, whatever engine is behind it: as `store_contract`."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace
from store_contract import stored
from store_examples import AT, GROUP, MINUTE, PERSON, a_booking, a_job, a_notification, a_run, an_account

from jobs.models.accounts import Account, AccountId, Share, Standing
from jobs.models.audit import Audit
from jobs.models.bookings import Booking, BookingState
from jobs.models.change import Change, Fence, Inbound
from jobs.models.ids import JobId, RunId, UserId
from jobs.models.orders import OrderId
from jobs.models.run import RunStatus
from jobs.ports.store import Conflict, DuplicateInbound, Fenced, Store


def kept(store: Store, account: Account, sealed: bytes = b"sealed") -> Account:
    """The account as stored, with credentials."""
    store.apply(Change(accounts=(account,), credentials=((account.id, sealed),)))
    return present(store, account)


def present(store: Store, account: Account) -> Account:
    found = store.accounts.get(account.id)
    assert found is not None
    return found


def defaults(store: Store) -> set[str]:
    return {account.nickname for account in store.accounts.all() if account.is_default}


def written(store: Store, booking: Booking) -> Booking:
    store.apply(Change(bookings=(booking,)))
    found = store.bookings.get(booking.account_id, booking.slot_key)
    assert found is not None
    return found


class AccountsContract:
    def test_an_account_comes_back_as_it_was_stored_and_replaced(self, store: Store) -> None:
        account = an_account(owner=None, home=None)
        assert kept(store, account) == replace(account, version=1)
        changed = Account(
            id=account.id,
            owner=UserId("43"),
            nickname="老王 ' \" ; --",
            home=PERSON,
            is_default=True,
            shared_with=(Share(kind="group", peer_id="555"), Share(kind="user", peer_id="44")),
            standing=Standing.REFUSED,
            reason="学号或密码不对",
            seen_at=AT + MINUTE,
            created_at=AT - MINUTE,
            version=1,
        )
        store.apply(Change(accounts=(changed,)))
        assert present(store, account) == replace(changed, version=2)
        with pytest.raises(Conflict):
            store.apply(Change(accounts=(changed,)))
        with pytest.raises(Conflict):
            store.apply(Change(accounts=(an_account(version=1),)))

    def test_accounts_are_listed_oldest_first(self, store: Store) -> None:
        young, old = an_account(created_at=AT + MINUTE), an_account()
        store.apply(Change(accounts=(young, old)))
        assert [account.id for account in store.accounts.all()] == [old.id, young.id]

    @pytest.mark.parametrize("owner", [UserId("42"), None])
    def test_a_nickname_is_unique_per_owner(self, store: Store, owner: UserId | None) -> None:
        kept(store, an_account(owner=owner, nickname="小陈"))
        other = kept(store, an_account(owner=UserId("43"), nickname="小陈"))
        with pytest.raises(Conflict):
            kept(store, an_account(owner=owner, nickname="小陈"))
        with pytest.raises(Conflict):
            store.apply(Change(accounts=(replace(other, owner=owner),)))
        assert len(store.accounts.all()) == 2

    @pytest.mark.parametrize("owner", [UserId("42"), None])
    def test_an_owner_has_one_default_the_latest(self, store: Store, owner: UserId | None) -> None:
        first = kept(store, an_account(owner=owner, nickname="一", is_default=True))
        kept(store, an_account(owner=UserId("43"), nickname="别人", is_default=True))
        second = kept(store, an_account(owner=owner, nickname="二", is_default=True))
        assert defaults(store) == {"二", "别人"}
        with pytest.raises(Conflict):
            store.apply(Change(accounts=(replace(first, shared_with=()),)))
        first = present(store, first)
        both = (replace(first, is_default=True), replace(second, is_default=False))
        store.apply(Change(accounts=both))
        assert defaults(store) == {"一", "别人"}

    def test_what_is_sealed_belongs_to_an_account(self, store: Store) -> None:
        account = kept(store, an_account(), b"\x00one")
        assert store.accounts.credentials(account.id) == b"\x00one"
        assert store.accounts.session(account.id) is None
        assert store.accounts.credentials(AccountId("0" * 16)) is None
        with pytest.raises(Conflict):
            store.apply(Change(credentials=((AccountId("0" * 16), b"x"),)))

    def test_a_session_is_kept_without_touching_the_version(self, store: Store) -> None:
        account = kept(store, an_account())
        store.accounts.keep_session(account.id, b"s", Standing.IN, "", AT)
        assert present(store, account) == replace(account, standing=Standing.IN, seen_at=AT)
        store.accounts.keep_session(account.id, None, Standing.OUT, "登录已过期", AT + MINUTE)
        assert store.accounts.session(account.id) == b"s"
        assert store.accounts.credentials(account.id) == b"sealed"
        expected = replace(account, standing=Standing.OUT, reason="登录已过期", seen_at=AT + MINUTE)
        assert present(store, account) == expected

    def test_new_credentials_end_the_session_of_the_old_ones(self, store: Store) -> None:
        account = kept(store, an_account())
        store.accounts.keep_session(account.id, b"s", Standing.IN, "", AT)
        store.apply(Change(credentials=((account.id, b"new"),)))
        assert store.accounts.credentials(account.id) == b"new"
        assert store.accounts.session(account.id) is None

    def test_an_account_that_is_removed_takes_what_was_sealed_along_and_leaves_its_bookings(self, store: Store) -> None:
        account, other = kept(store, an_account(nickname="小陈")), kept(store, an_account())
        store.accounts.keep_session(account.id, b"s", Standing.IN, "", AT)
        booking = written(store, a_booking(account_id=account.id))
        store.apply(Change(forgotten=(account.id,)))
        store.accounts.keep_session(account.id, b"late", Standing.IN, "", AT)
        assert store.accounts.all() == [other]
        assert store.accounts.get(account.id) is None
        assert store.accounts.credentials(account.id) is store.accounts.session(account.id) is None
        assert store.bookings.get(account.id, booking.slot_key) == booking
        kept(store, an_account(nickname="小陈"))
        with pytest.raises(Conflict):
            store.apply(Change(forgotten=(account.id,)))

    def test_an_account_and_all_that_goes_with_it_are_true_together_or_not_at_all(self, store: Store) -> None:
        message = Inbound(self_id="10001", message_id="5", received_at=AT)
        account = an_account(nickname="小陈")
        audit = Audit(at=AT, actor="qq:42", act="account.added", subject="账号 小陈")
        change = Change(accounts=(account,), credentials=((account.id, b"x"),), audits=(audit,)).answering(message)
        store.apply(change)
        with pytest.raises(DuplicateInbound):
            store.apply(change)
        with pytest.raises(Conflict):
            store.apply(Change(forgotten=(account.id,), accounts=(an_account(version=9),), audits=(audit,)))
        assert store.accounts.credentials(account.id) == b"x"
        assert len(store.history.audit(9)) == 1

    def test_the_audit_is_read_latest_first(self, store: Store) -> None:
        audits = [Audit(at=AT, actor="operator", act=act, subject="账号 小陈") for act in ("a", "b", "c")]
        store.apply(Change(audits=tuple(audits)))
        assert store.history.audit(2) == [replace(audits[2], id=3), replace(audits[1], id=2)]


class BookingsContract:
    def test_a_booking_comes_back_as_it_was_written_and_replaced(self, store: Store) -> None:
        job = stored(store, a_job())
        first = a_booking()
        assert written(store, first) == replace(first, version=1)
        changed = replace(
            first,
            nickname="新",
            owner=None,
            origin=None,
            preset=1,
            venue="学生中心",
            date=date(2025, 12, 31),
            hour=7,
            court="羽毛球 2",
            price="30.00",
            state=BookingState.PAID,
            order_id=OrderId("999999999999999999"),
            job_id=job.id,
            run_id=RunId("r"),
            opened_at=AT + MINUTE,
            settled_at=AT + 2 * MINUTE,
            pay_until=AT + 3 * MINUTE,
            reason="别人先约到了",
            attempts=3,
            reminded=2,
            version=1,
        )
        assert written(store, changed) == replace(changed, version=2)

    def test_an_account_has_one_row_for_a_slot(self, store: Store) -> None:
        first = written(store, a_booking(slot_key="a"))
        with pytest.raises(Conflict):
            store.apply(Change(bookings=(a_booking(slot_key="b"), a_booking(slot_key="a"))))
        assert store.bookings.get(first.account_id, "b") is None
        written(store, a_booking(slot_key="a", account_id=AccountId("00000000000000bb")))
        refused = written(store, replace(first, state=BookingState.REFUSED))
        again = replace(refused, state=BookingState.OPEN, attempts=2)
        assert written(store, again) == replace(again, version=3)
        for stale in (first, refused, replace(again, version=9)):
            with pytest.raises(Conflict):
                store.apply(Change(bookings=(stale,)))

    def test_what_nobody_wrote_cannot_be_replaced(self, store: Store) -> None:
        with pytest.raises(Conflict):
            store.apply(Change(bookings=(a_booking(version=1),)))
        with pytest.raises(Conflict):
            store.apply(Change(bookings=(a_booking(job_id=JobId("unknown0")),)))

    def test_bookings_are_found_by_how_far_they_have_come_oldest_first(self, store: Store) -> None:
        by_state = {
            state: [a_booking(state=state, opened_at=AT + minutes * MINUTE, hour=minutes) for minutes in (2, 1)]
            for state in BookingState
        }
        store.apply(Change(bookings=tuple(booking for both in by_state.values() for booking in both)))
        assert [(one.state, one.hour) for one in store.bookings.open()] == [("open", 1), ("open", 2)]
        assert [(one.state, one.hour) for one in store.bookings.unpaid()] == [("booked", 1), ("booked", 2)]

    def test_bookings_are_found_by_job_account_and_order(self, store: Store) -> None:
        job, other = stored(store, a_job()), stored(store, a_job())
        mine, theirs = AccountId("00000000000000aa"), AccountId("00000000000000bb")
        order = OrderId("1")
        bookings = [
            a_booking(account_id=mine, job_id=job.id, hour=19, order_id=order),
            a_booking(account_id=mine, job_id=job.id, hour=18, order_id=order, opened_at=AT - MINUTE),
            a_booking(account_id=theirs, job_id=job.id, hour=17, order_id=order, opened_at=AT - 2 * MINUTE),
            a_booking(account_id=mine, job_id=other.id, hour=16, opened_at=AT - 3 * MINUTE),
            a_booking(account_id=mine, hour=15, opened_at=AT - 4 * MINUTE),
        ]
        store.apply(Change(bookings=tuple(bookings)))

        def hours(found: list[Booking]) -> list[int]:
            return [booking.hour for booking in found]

        assert hours(store.bookings.of_job(job.id)) == [17, 18, 19]
        assert hours(store.bookings.of_account(mine, 9)) == [19, 18, 16, 15]
        assert hours(store.bookings.of_account(mine, 2)) == [19, 18]
        assert hours(store.bookings.of_order(mine, order)) == [18, 19]
        assert hours(store.bookings.of_order(theirs, order)) == [17]

    def test_the_hand_of_a_run_that_was_superseded_writes_no_intent(self, store: Store) -> None:
        job = stored(store, a_job())
        run = a_run(job)
        store.apply(Change(runs=(run,)))
        fence = Fence(run_id=run.id, epoch=run.epoch)
        store.apply(Change(bookings=(a_booking(slot_key="a", job_id=job.id),), fence=fence))
        store.apply(Change(runs=(replace(run, status=RunStatus.ENDED, version=1),)))
        with pytest.raises(Fenced):
            store.apply(Change(bookings=(a_booking(slot_key="b", job_id=job.id),), fence=fence))
        assert [booking.slot_key for booking in store.bookings.of_job(job.id)] == ["a"]

    def test_two_hands_cannot_both_write_the_intent(self, store: Store, other: Store) -> None:
        assert store.bookings.open() == other.bookings.open() == []
        store.apply(Change(bookings=(a_booking(slot_key="a"),)))
        with pytest.raises(Conflict):
            other.apply(Change(bookings=(a_booking(slot_key="a"),)))
        assert len(other.bookings.open()) == 1


class ArrivalContract:
    def test_whether_a_notification_has_arrived_is_known_by_its_key(self, store: Store) -> None:
        job = stored(store, a_job())
        store.apply(Change(notifications=(a_notification(job, "k", GROUP), a_notification(job, "l", PERSON))))
        assert store.deliveries.has_arrived("nobody") is None
        assert store.deliveries.has_arrived("k") is False
        one, other = store.deliveries.due(AT, 9)
        store.deliveries.begin([one.id], AT)
        assert store.deliveries.has_arrived("k") is False
        store.deliveries.done([one.id], None, AT)
        assert store.deliveries.has_arrived("k") is True
        store.deliveries.failed([other.id], None, "被拒", uncertain=True)
        assert store.deliveries.has_arrived("l") is False
        store.deliveries.done([other.id], "7", AT + timedelta(days=1))
        assert store.deliveries.has_arrived("l") is True


class VenuesContract(AccountsContract, BookingsContract, ArrivalContract):
    """All of it. Fixtures: `store`, an empty store; `other`, a second way into the same store."""
