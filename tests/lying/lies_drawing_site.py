"""What happens in one round, drawn from its seed: who wants what, what goes wrong, who dies, and what people do."""

import random
from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct

from jobs.venues.demo.faults import Fault, Rule
from jobs.venues.demo.habits import Habits, Scope

DAYS_LISTED, SLOTS_LISTED = "queryFieldReserveSituationIsFull", "queryFieldSituation"
CONFIRM, ORDERS, DETAIL = "/ConfirmOrder", "/personalOrderlist", "/queryOrder"
LOGIN, WHO = "/oauth2/authorize", "/currentUser"

POINTS: Final = ("prepares", "sends", "sent", "answered", "reads", "read")
"""Between a run and its platform, where it may be killed or somebody else may come in between."""
NAMES: Final = ("czq", "sty", "wxy")
SILENT: Final = 599
"""In the `status` of a lie that takes time: the client really waits until its own time is over; else it is reset."""
_TAKES_TIME: Final = frozenset({Fault.SLOW, Fault.HANG, Fault.BOOKED_TIMED_OUT, Fault.BOOKED_LATE})
_ANY: Final = (
    Fault.SLOW,
    Fault.HANG,
    Fault.RESET,
    Fault.LIMITED,
    Fault.BROKEN,
    Fault.PAGE,
    Fault.LOGIN,
    Fault.TRUNCATED,
    Fault.CUT,
)
_OF_ORDERS: Final = (
    *_ANY,
    Fault.BOOKED_TIMED_OUT,
    Fault.BOOKED_TIMED_OUT,
    Fault.BOOKED_RESET,
    Fault.BOOKED_LATE,
    Fault.BOOKED_LATE,
    Fault.BOOKED_BROKEN,
    Fault.PHANTOM,
    Fault.SAYS,
)
_SAID: Final = ("已被预订", "场地信息已过期，请刷新页面", "已存在订单", "请求过于频繁", "天书", "系统繁忙")


class Happening(Struct, frozen=True, kw_only=True):
    """Something that happens at the platform just before request number `number` to a path."""

    what: str
    path: str
    number: int


class Killing(Struct, frozen=True, kw_only=True):
    """A run dies when it comes to a point for the so-manieth time."""

    point: str
    number: int


class Freezing(Struct, frozen=True, kw_only=True):
    """The first run stands still for a while (a machine asleep, a process stopped), and the bookkeeper goes on."""

    point: str
    number: int
    seconds: float


class Task(Struct, frozen=True, kw_only=True):
    """A job, and its runs: each is killed somewhere or not. `repeats`: it is started again even when it was done."""

    kind: str
    names: tuple[str, ...]
    hours: tuple[int, ...]
    length: int
    recurs: bool
    runs: tuple[Killing | None, ...]
    gap_seconds: float
    repeats: bool
    lasts_seconds: float


class Case(Struct, frozen=True, kw_only=True):
    """One round."""

    seed: str
    world: int
    period_seconds: float
    preset: int
    days_ahead: int
    habits: Habits
    rules: tuple[Rule, ...]
    happenings: tuple[Happening, ...]
    held_by_hand: tuple[str, ...]
    """Those who hold an order on that day from the beginning."""
    tasks: tuple[Task, ...]
    together: str
    """How two jobs meet: `threads`, or the point at which the second comes in between."""
    with_bookkeeper: bool
    """Whether it goes its rounds also while runs live."""
    per_minute: int
    ordinary_burst: int
    hurried_burst: int
    fates: tuple[str, ...]
    """What people do with their orders, in turn: `pay`, `cancel`, `leave`, `cancel later`."""
    retry_after: str | None
    freezing: Freezing | None

    @property
    def delays(self) -> list[Rule]:
        return [rule for rule in self.rules if rule.fault in _TAKES_TIME]

    @property
    def faults(self) -> list[Rule]:
        return [rule for rule in self.rules if rule.fault not in _TAKES_TIME]


def draw(seed: str) -> Case:
    chance = random.Random(f"lies/{seed}")
    retry_after = chance.choice([None, "1", "3", "30", "120"])
    names = tuple(chance.sample(NAMES, chance.choice([1, 1, 2, 2, 3])))
    preset = chance.choice([5, 5, 13, 13, 6])
    tasks = _tasks(chance, names)
    together = chance.choice(["threads", *POINTS]) if len(tasks) > 1 else ""
    return Case(
        seed=seed,
        world=chance.randrange(1, 10**6),
        period_seconds=chance.choice([1e12, 1e12, 1e12, 600.0]),
        preset=preset,
        days_ahead=chance.choice([2, 3, 5, 7]),
        habits=_habits(chance),
        rules=tuple(_rules(chance, retry_after)),
        happenings=tuple(_happenings(chance)),
        held_by_hand=tuple(name for name in names if chance.random() < 0.06),
        tasks=tasks,
        together=together,
        # Who is held up just before sending cannot know it: nobody else may settle the intent meanwhile.
        with_bookkeeper=chance.random() < 0.3 and together != "sends",
        per_minute=chance.choice([60, 120, 60_000]),
        ordinary_burst=chance.choice([6, 20]),
        hurried_burst=chance.choice([25, 1000]),
        fates=tuple(chance.choice(["pay", "cancel", "leave", "leave", "cancel later"]) for _ in range(6)),
        retry_after=retry_after,
        freezing=_freezing(chance),
    )


def _tasks(chance: random.Random, names: Sequence[str]) -> tuple[Task, ...]:
    hours = tuple(chance.sample(range(8, 21), chance.choice([1, 2, 3])))
    count = 2 if chance.random() < 0.25 else 1
    first = chance.choice(["auto_booking", "auto_booking", "schedule", "monitor"])
    kinds = [first, chance.choice([first, "auto_booking", "schedule"])][:count]
    length = chance.choice([1, 1, 1, 2])
    return tuple(
        Task(
            kind=kind,
            names=tuple(names),
            hours=hours,
            length=length,
            recurs=kind == "schedule" and chance.random() < 0.4,
            runs=tuple(_killing(chance) for _ in range(chance.choice([1, 1, 2, 3]))),
            gap_seconds=chance.choice([0.1, 2.0, 20.0, 50.0, 90.0]),
            repeats=chance.random() < 0.3,
            lasts_seconds=chance.choice([100.0, 400.0]) if kind == "monitor" else 900.0,
        )
        for kind in kinds
    )


def _killing(chance: random.Random) -> Killing | None:
    if chance.random() < 0.7:
        return None
    return Killing(point=chance.choice(POINTS), number=chance.choice([1, 1, 1, 2, 3]))


def _freezing(chance: random.Random) -> Freezing | None:
    if chance.random() < 0.9:
        return None
    # Just before sending (`sends`) nobody can know that it was stopped.
    point = chance.choice([point for point in POINTS if point != "sends"])
    return Freezing(point=point, number=chance.choice([1, 1, 2]), seconds=chance.choice([4.0, 30.0, 100.0, 250.0]))


def _habits(chance: random.Random) -> Habits:
    drawn: dict[str, Any] = {
        "tim_tolerance_seconds": 1e9,
        "session_seconds": 1e9,
        "conflict": chance.choice([Scope.DAY, Scope.DAY, Scope.NONE, Scope.SPORT]),
        "unpaid_seconds": chance.choice([90.0, 300.0, 600.0]),
        "rival_chance": chance.choice([0.0, 0.0, 0.3, 0.9]),
        "cancel_steps": 1,
    }
    if chance.random() < 0.1:
        drawn["orders_per_minute"] = chance.choice([1, 2])
    if chance.random() < 0.05:
        drawn["orders_per_day"] = chance.choice([1, 2])
    if chance.random() < 0.05:
        drawn["requests_per_minute"] = chance.choice([10, 25])
    if chance.random() < 0.15:
        drawn["sign_seconds"] = chance.choice([0.5, 5.0])
    return Habits(**drawn)


def _rules(chance: random.Random, retry_after: str | None) -> list[Rule]:
    """Mostly with orders, often with reading them, sometimes with everything else."""
    rules: list[Rule] = []
    for endpoint, how_often, most in (
        (CONFIRM, 0.9, 2),
        (ORDERS, 0.35, 1),
        (DETAIL, 0.2, 1),
        (DAYS_LISTED, 0.15, 1),
        (SLOTS_LISTED, 0.2, 1),
        (LOGIN, 0.15, 1),
        (WHO, 0.05, 1),
    ):
        if chance.random() >= how_often:
            continue
        for _ in range(chance.randint(1, most)):
            fault = chance.choice(_OF_ORDERS if endpoint == CONFIRM else _ANY)
            rules.append(_rule(chance, endpoint, fault, retry_after))
    return rules


def _rule(chance: random.Random, endpoint: str, fault: Fault, retry_after: str | None) -> Rule:
    seconds = {
        Fault.SLOW: chance.uniform(0.2, 9.0),
        Fault.BOOKED_LATE: chance.uniform(10.1, 38.0),
    }.get(fault)
    is_silent = chance.random() < 0.15
    return Rule(
        endpoint=endpoint,
        fault=fault,
        chance=chance.choice([1.0, 1.0, 0.5]),
        times=chance.choice([1, 1, 2, 4]),
        after=chance.choice([0, 0, 0, 1, 2]),
        seconds=seconds,
        status=SILENT if is_silent and fault in _TAKES_TIME else chance.choice([500, 502, 503]),
        retry_after=retry_after,
        code=500,
        msg=chance.choice(_SAID),
    )


def _happenings(chance: random.Random) -> list[Happening]:
    found: list[Happening] = []
    for what, path, how_often in (
        ("session ends", CONFIRM, 0.12),
        ("sign-on ends", CONFIRM, 0.06),
        ("session ends", ORDERS, 0.06),
        ("signs go stale", CONFIRM, 0.1),
        ("a rival buys", CONFIRM, 0.15),
        ("a slider", CONFIRM, 0.05),
        ("cancelled by hand", ORDERS, 0.06),
        ("paid by hand", ORDERS, 0.06),
    ):
        if chance.random() < how_often:
            found.append(Happening(what=what, path=path, number=chance.choice([1, 1, 2, 3])))
    return found
