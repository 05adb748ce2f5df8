"""What a run books for: one order for each account of its desk; how far it has come, in words."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from jobs.models.accounts import Account, AccountId
from jobs.models.bookings import Booking, BookingState
from jobs.models.run import Outcome
from jobs.models.slots import choice_words, got_words
from jobs.ports.desk import Bought, Desk, Offer
from jobs.ports.provider import Remedy
from jobs.ports.store import StoreUnavailable

ADD_AN_ACCOUNT: Final = "私聊我 !账号 添加 昵称 学号 密码"
UNCERTAIN: Final = "结果还不确定，正在查订单"
_GIVEN_BACK: Final = {BookingState.CANCELLED: "已取消", BookingState.EXPIRED: "没有按时付款"}
_SURELY_NOT: Final = (Remedy.NOTHING, Remedy.PERSON)
"""The same offer would be refused again."""


class Goal:
    """One order for each account. What the job got in earlier runs counts, as far as `counts` says so: a daily job
    wants another order every day. So does what a person gave back, or did not pay: nobody wants it a second time."""

    def __init__(self, desk: Desk, counts: Callable[[Booking], bool] = lambda _booking: True) -> None:
        self._desk = desk
        self._counts = counts
        self._had: dict[AccountId, tuple[Booking, ...]] = {}
        self._last: dict[AccountId, Bought] = {}
        self.look_back()
        self._before = {(row.account_id, row.slot_key) for rows in self._had.values() for row in rows}

    def look_back(self) -> None:
        """Reads anew what the job has had: an order may have been given back, or one that was uncertain found."""
        had: dict[AccountId, list[Booking]] = {}
        for booking in filter(self._counts, self._desk.bought_before()):
            had.setdefault(booking.account_id, []).append(booking)
        self._had = {account: tuple(bookings) for account, bookings in had.items()}

    def note(self, bought: Sequence[Bought]) -> None:
        """What an attempt has brought. Where it is nothing, what there was may have been given back meanwhile."""
        if any(not one.bookings and not one.is_uncertain for one in bought):
            with suppress(StoreUnavailable):  # Then it is as it was known before.
                self.look_back()
        for one in bought:
            if one.bookings:
                self._had[one.account.id] = one.bookings
            self._last[one.account.id] = one

    @property
    def has_buyers(self) -> bool:
        return bool(self._desk.accounts)

    @property
    def is_reached(self) -> bool:
        return self.has_buyers and not self.open

    @property
    def has_any(self) -> bool:
        """Whether there is an order for one of the accounts."""
        return bool(self.held)

    @property
    def is_done(self) -> bool:
        """Whether a run has done what it is for: something was got, or there is nobody left to get anything for."""
        return self.has_any or self.is_reached

    @property
    def is_told(self) -> bool:
        """Whether all that there is to say are the orders of this run: each is told when it was read back."""
        return (
            self.is_reached
            and not self._desk.missing
            and all(
                not row.state.is_free and (row.account_id, row.slot_key) not in self._before for row in self._all_had()
            )
        )

    def outcome(self, sentence: str) -> Outcome:
        """The end of a run that tried for all that was open."""
        return Outcome(done=self.is_done, sentence=sentence, is_told=self.is_told)

    @property
    def open(self) -> list[Account]:
        """The accounts that have had no order yet."""
        return [account for account in self._desk.accounts if account.id not in self._had]

    @property
    def held(self) -> list[Booking]:
        """In the order of the accounts."""
        return [booking for booking in self._all_had() if not booking.state.is_free]

    @property
    def is_uncertain(self) -> bool:
        """Whether all that is open waits for an outcome that is unknown."""
        return bool(self.open) and all(last is not None and last.is_uncertain for last in self._lasts())

    @property
    def is_hopeless(self) -> bool:
        """Whether the same offers would bring nothing: for each account that is open the last attempt said so."""
        return bool(self.open) and all(
            last is not None and (last.is_uncertain or (last.error is not None and last.error.remedy in _SURELY_NOT))
            for last in self._lasts()
        )

    @property
    def is_outrun(self) -> bool:
        """Whether for each account that is open the last attempt found every slot taken."""
        return all(
            last is not None
            and not last.is_uncertain
            and (last.error is None or last.error.remedy is Remedy.OTHER_SLOT)
            for last in self._lasts()
        )

    @property
    def is_refused(self) -> bool:
        """Whether the same offers would surely bring nothing; what is uncertain may yet prove to be nothing."""
        return self.is_hopeless and not any(last is not None and last.is_uncertain for last in self._lasts())

    @property
    def hindered(self) -> list[Bought]:
        """The last attempts for accounts that are open and would surely bring nothing again."""
        return [
            last
            for last in self._lasts()
            if last is not None
            and not last.is_uncertain
            and last.error is not None
            and last.error.remedy in _SURELY_NOT
        ]

    @property
    def waiting_for_people(self) -> list[Account]:
        """The accounts that are open and cannot book before somebody has done something."""
        return [
            last.account
            for last in self._lasts()
            if last is not None and last.error is not None and last.error.remedy is Remedy.PERSON
        ]

    def sentence(self) -> str:
        """`订到：czq 11-23 19:00 场地3 ¥30.00；没订到：sty（登录失效）`; of an order that was given back
        `czq 11-23 19:00 场地3 ¥30.00（已取消，不再预订）`. Empty when there is nothing to say."""
        parts: list[str] = []
        if self.held:
            parts.append(f"订到：{got_words(self.held)}")
        for state, why in _GIVEN_BACK.items():
            if given_back := [booking for booking in self._all_had() if booking.state is state]:
                parts.append(f"{got_words(given_back)}（{why}，不再预订）")
        if troubles := self._troubles():
            parts.append(f"没订到：{'；'.join(troubles)}" if self.held else "；".join(troubles))
        if self._desk.missing:
            parts.append(f"没有账号 {'、'.join(self._desk.missing)}")
        return "；".join(parts)

    def rehearsal(self, offer: Offer) -> str:
        """What would be booked, if there were an account."""
        names = "、".join(self._desk.missing)
        none = f"没有账号 {names}" if names else "没有账号"
        return f"会预订 {choice_words(offer.slots)}（{none}，没有下单；{ADD_AN_ACCOUNT}）"

    def nobody(self) -> str:
        """That there is nobody to book for, and what helps."""
        names = "、".join(self._desk.missing)
        return f"没有{f'账号 {names}' if names else '可用的账号'}，只告诉你：{ADD_AN_ACCOUNT}"

    def _all_had(self) -> list[Booking]:
        return [booking for account in self._desk.accounts for booking in self._had.get(account.id, ())]

    def _lasts(self) -> list[Bought | None]:
        return [self._last.get(account.id) for account in self.open]

    def _troubles(self) -> list[str]:
        """Why the accounts that are open have nothing, each once it was tried: `sty（登录失效）`."""
        return [f"{last.account.nickname}（{_why(last)}）" for last in self._lasts() if last is not None and _why(last)]


def _why(last: Bought) -> str:
    if last.is_uncertain:
        return UNCERTAIN
    return last.sentence or (last.error.sentence if last.error else "")
