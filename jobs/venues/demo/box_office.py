"""What can be sold, and what was: the sold places laid over the world, and the rules of ordering."""

import hashlib
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from msgspec.structs import replace

from jobs.models.venue import Preset
from jobs.ports.clock import Clock
from jobs.venues.demo.habits import Habits, Scope
from jobs.venues.demo.ledger import Ledger, Sale, SoldAlready, Space, State
from jobs.venues.demo.purchase import ILLEGAL, Choice, Purchase, Refused
from jobs.venues.demo.world import FIRST_HOUR, HOURS, ZONE, Cell, Court, Status, World

STALE: Final = "场地信息已过期，请刷新页面"
TOO_OFTEN: Final = "请求过于频繁"
TOO_MANY_TODAY: Final = "每日请求超过限制，无法获取"
TAKEN: Final = (
    "已被预订",
    "已被预定",
    "已被预约",
    "已被占用",
    "场地不可用",
    "场地已满",
    "请重新选择场地",
    "状态已发生变化",
)
"""Whoever comes too late reads one of these."""
HAS_ORDER: Final = ("已有个人预约", "已存在订单", "冲突预定")
NOT_YET: Final = "未到预约时间"
"""Nobody recorded what the real platform says to an order that is too early."""
RIVAL: Final = "rival"
"""The user that stands for everybody else."""


class BoxOffice:
    """Sells the places of one world. A court for one player is sold once: the ledger's unique index sees to it."""

    def __init__(self, ledger: Ledger, clock: Clock, world: Callable[[], World], habits: Callable[[], Habits]) -> None:
        self._ledger = ledger
        self._clock = clock
        self._world = world
        self._habits = habits
        self._sold: dict[tuple[str, date], Counter[int]] = defaultdict(Counter)
        self._busy: Counter[tuple[str, str, date]] = Counter()
        self._next_expiry = float("inf")
        self._tries: dict[str, deque[float]] = defaultdict(deque)
        self._cancelling: Counter[str] = Counter()
        self._orders_seen = 0
        self.rivals_next = 0
        """So many of the next orders find their first slot taken by somebody else."""
        for sale in ledger.sales(None, State.UNPAID, State.PAID, State.USED):
            self._lay(sale, 1)

    # What there is.

    def courts(self, place: Preset, day: date) -> list[Court]:
        """Every court as it stands now, with what was sold taken off."""
        return list(self.each_court(place, day))

    def is_full(self, place: Preset, day: date) -> bool:
        """Whether no hour of any court can be booked."""
        if not self._busy[place.venue_id, place.sport_id, day]:
            return self._world().is_full(place, day, self._clock.now())
        return not any(cell.is_free for court in self.each_court(place, day) for cell in court.cells)

    def each_court(self, place: Preset, day: date) -> Iterator[Court]:
        """As `courts`, each made when it is asked for."""
        now = self._clock.now()
        self.settle(now.timestamp())
        courts = self._world().each_court(place, day, now)
        if not self._busy[place.venue_id, place.sport_id, day]:
            return courts
        return (self._laid_over(court, day) for court in courts)

    def _laid_over(self, court: Court, day: date) -> Court:
        sold = self._sold.get((court.id, day))
        if not sold:
            return court
        cells = (_less(cell, sold[hour]) for hour, cell in enumerate(court.cells, start=FIRST_HOUR))
        return replace(court, cells=tuple(cells))

    # Selling.

    def sell(self, user: str, purchase: Purchase) -> Sale:
        """An unpaid order. Raises `Refused`."""
        now = self._clock.now()
        self.settle(now.timestamp())
        self._check_date(purchase, now)
        self._check_other_orders(user, purchase)
        courts = {court.id: court for court in self._world().courts(purchase.place, purchase.day, now)}
        spaces = [self._space(purchase, choice, courts) for choice in purchase.choices]
        if self._rival_comes():
            self._sell_to_rival(purchase, purchase.choices[0])
            spaces = [self._space(purchase, choice, courts) for choice in purchase.choices]
        return self._write(user, purchase, spaces)

    def count_try(self, user: str) -> None:
        """Raises `Refused` when an account tries too often."""
        habits, now = self._habits(), self._clock.now()
        tries, at = self._tries[user], now.timestamp()
        midnight = datetime.combine(now.astimezone(ZONE).date(), time(), tzinfo=ZONE).timestamp()
        while tries and tries[0] < min(midnight, at - 60):
            tries.popleft()
        if habits.orders_per_day and sum(each >= midnight for each in tries) >= habits.orders_per_day:
            raise Refused(TOO_MANY_TODAY)
        if habits.orders_per_minute and sum(each > at - 60 for each in tries) >= habits.orders_per_minute:
            raise Refused(TOO_OFTEN)
        tries.append(at)

    def take(self, place: Preset, day: date, hour: int, court: str) -> bool:
        """Somebody else buys one place now; False where none is left."""
        choice = next(
            (
                Choice(each.id, each.name, hour, cell.sign, cell.price)
                for each in self.courts(place, day)
                if each.name == court and (cell := each.cells[hour - FIRST_HOUR]).is_free
            ),
            None,
        )
        if choice is None:
            return False
        self._sell_to_rival(Purchase(place=place, day=day, token=None, choices=(choice,)), choice)
        return True

    def _check_date(self, purchase: Purchase, now: datetime) -> None:
        world = self._world()
        token = purchase.token
        if token is None and self._habits().date_id_required:
            raise Refused(ILLEGAL, "dateId: missing")
        if token is not None and token != world.token(purchase.place, purchase.day):
            raise Refused(STALE, "dateId: stale")
        if now < world.opens_at(purchase.day):
            raise Refused(NOT_YET)
        if purchase.day not in world.visible(now):
            raise Refused(ILLEGAL, "date: over")

    def _check_other_orders(self, user: str, purchase: Purchase) -> None:
        scope, now = self._habits().conflict, self._clock.now().timestamp()
        if scope is Scope.NONE:
            return
        for sale in self._ledger.sales(user, State.UNPAID, State.PAID):
            if now >= _ends_at(sale):
                continue
            if sale.date == purchase.day if scope is Scope.DAY else sale.sport_id == purchase.place.sport_id:
                raise Refused(_one_of(HAS_ORDER, user, purchase.day), f"has order {sale.id}")

    def _rival_comes(self) -> bool:
        self._orders_seen += 1
        if self.rivals_next > 0:
            self.rivals_next -= 1
            return True
        chance = self._habits().rival_chance
        return chance > 0 and _share(self._world().seed, "rival", self._orders_seen) < chance

    def _sell_to_rival(self, purchase: Purchase, choice: Choice) -> None:
        place = self._free_place(choice.court_id, purchase.day, choice.hour)
        space = Space(choice.court_id, choice.court, choice.hour, place, int(choice.price))
        sale = self._write(RIVAL, purchase, [space])
        self.pay(sale.id)

    def _space(self, purchase: Purchase, choice: Choice, courts: dict[str, Court]) -> Space:
        """The place this choice gets. Raises `Refused`."""
        court = courts.get(choice.court_id)
        if court is None or court.name != choice.court or choice.hour not in HOURS:
            raise Refused(ILLEGAL, "space: no such court or hour")
        cell = self._laid_over(court, purchase.day).cells[choice.hour - FIRST_HOUR]
        if not cell.is_free:
            raise Refused(_one_of(TAKEN, court.id, purchase.day, choice.hour), "taken")
        if choice.sign != cell.sign:
            raise Refused(STALE, "sign: stale")
        if choice.price != cell.price:
            raise Refused(ILLEGAL, f"venuePrice: {choice.price} for {cell.price}")
        return Space(
            court.id, court.name, choice.hour, self._free_place(court.id, purchase.day, choice.hour), cell.price
        )

    def _free_place(self, court_id: str, day: date, hour: int) -> int:
        """The lowest number nobody holds, from 1."""
        held = self._ledger.places_held(court_id, day, hour)
        return next(place for place in range(1, len(held) + 2) if place not in held)

    def _write(self, user: str, purchase: Purchase, spaces: Sequence[Space]) -> Sale:
        at = self._clock.now().timestamp()
        try:
            sale = self._ledger.sell(user, purchase.place, purchase.day, spaces, at, at + self._habits().unpaid_seconds)
        except SoldAlready:
            raise Refused(ILLEGAL, "the same space twice") from None
        self._lay(sale, 1)
        return sale

    # What becomes of it.

    def sales(self, user: str, count: int, skipped: int) -> tuple[list[Sale], int]:
        """So many of a user's orders as they stand now, newest first, and how many there are in all."""
        self.settle(self._clock.now().timestamp())
        page, total = self._ledger.page(user, count, skipped)
        return [self._used(sale) for sale in page], total

    def sale(self, order_id: str) -> Sale | None:
        self.settle(self._clock.now().timestamp())
        sale = self._ledger.sale(order_id)
        return sale and self._used(sale)

    def pay(self, order_id: str) -> bool:
        """False where the order cannot be paid (any more)."""
        now = self._clock.now().timestamp()
        self.settle(now)
        return self._ledger.move(order_id, State.UNPAID, State.PAID, "paid", now)

    def cancel(self, user: str, order_id: str, step: int) -> bool:
        """One of the three requests that cancel; the places are free after as many as the habits say.

        False where there is nothing to cancel. Raises nothing.
        """
        sale = self.sale(order_id)
        if sale is None or sale.user != user:
            return False
        needed = self._habits().cancel_steps
        if step > needed:
            return sale.state is State.CANCELLED
        if sale.state not in (State.UNPAID, State.PAID) or self._cancelling[order_id] != step - 1:
            return False
        self._cancelling[order_id] = step
        if step == needed:
            del self._cancelling[order_id]
            now = self._clock.now().timestamp()
            if self._ledger.move(order_id, sale.state, State.CANCELLED, "cancelled", now):
                self._lay(sale, -1)
        return True

    def settle(self, now: float) -> None:
        """Gives back what nobody paid in time. Costs nothing while nothing is due."""
        if now < self._next_expiry:
            return
        for sale in self._ledger.sales(None, State.UNPAID):
            if now >= sale.expires_at and self._ledger.move(
                sale.id, State.UNPAID, State.EXPIRED, "not paid in time", now
            ):
                self._lay(sale, -1)
        left = self._ledger.sales(None, State.UNPAID)
        self._next_expiry = min((sale.expires_at for sale in left), default=float("inf"))

    def _used(self, sale: Sale) -> Sale:
        now = self._clock.now().timestamp()
        if sale.state is State.PAID and now >= _ends_at(sale):
            self._ledger.move(sale.id, State.PAID, State.USED, "played", now)
            return replace(sale, state=State.USED)
        return sale

    def _lay(self, sale: Sale, sign: int) -> None:
        """Takes a sale's places off what is free, or gives them back."""
        self._busy[sale.venue_id, sale.sport_id, sale.date] += sign
        for space in sale.spaces:
            self._sold[space.court_id, sale.date][space.hour] += sign
        if sign > 0 and sale.state is State.UNPAID:
            self._next_expiry = min(self._next_expiry, sale.expires_at)


def _less(cell: Cell, sold: int) -> Cell:
    if not sold:
        return cell
    left = max(0, cell.count - sold)
    return replace(cell, count=left, status=Status.BOOKED if cell.status is Status.FREE and not left else cell.status)


def _ends_at(sale: Sale) -> float:
    """When its last hour is over."""
    last = max(space.hour for space in sale.spaces)
    return (datetime.combine(sale.date, time(last), tzinfo=ZONE) + timedelta(hours=1)).astimezone(UTC).timestamp()


def _one_of(messages: Sequence[str], *parts: object) -> str:
    return messages[int(_share(*parts) * len(messages))]


def _share(*parts: object) -> float:
    """A number in [0, 1) that depends on nothing but the parts."""
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()
    return (int.from_bytes(digest[:8]) >> 11) / 2**53
