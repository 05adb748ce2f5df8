"""What an event, or a step of a race, is in words. Pure; what is stored may be old or odd, and is passed over then."""

from collections.abc import Callable, Iterator, Mapping, Set
from typing import Any, Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from jobs.models.change import Event
from jobs.models.comparison import Comparison, comparison_in_words
from jobs.models.durations import seconds_in_words
from jobs.models.run import Exit

Data = Mapping[str, Any]

_SLOTS_SHOWN: Final = 3


class Told(Struct, frozen=True, kw_only=True):
    """What there is to say of an event. `ms`: after the instant, where the event itself says so; else its own time,
    less `earlier_ms`: what it tells of had happened so long before it was written."""

    words: str
    ms: float | None = None
    earlier_ms: float = 0.0


def told_of(event: Event, zone: ZoneInfo) -> Iterator[Told]:  # noqa: ARG001 - some will have times of their own
    """Nothing for what says nothing to people."""
    if event.type == "occurrence.fired":
        yield Told(words=_fired(event.data), ms=_number(event.data.get("late_ms")))
    elif event.type == "booking.attempted":
        yield Told(words=_attempted(event.data), earlier_ms=_number(event.data.get("took_ms")) or 0.0)
    elif (words := _WORDS.get(event.type)) and (said := words(event.data)):
        yield Told(words=said)


def step_words(step: Data, attempted: Set[str]) -> str:
    """One step of a race; empty for what others tell better: how it went for the accounts in `attempted`."""
    often = _often(step)
    match step.get("what"):
        case "absent":
            return f"平台还没有列出这一天{often}"
        case "nothing":
            return f"这一天没有空场{often}"
        case "seen":
            return f"看到 {_count(step, 'free')} 个空场，符合要求的选法 {_count(step, 'wished')} 种{often}"
        case "again":
            return f"场次信息过期，重新查看：符合要求的选法 {_count(step, 'wished')} 种{often}"
        case "buys":
            return f"开始下单，首选 {_text(step, 'best')}，{_count(step, 'accounts')} 个账号"
        case "failed":
            return f"没有成功：{_text(step, 'why')}{often}"
        case "bought" if _text(step, "account") not in attempted:
            return f"{_text(step, 'account')} 订到 {_text(step, 'why')}"
        case "refused" if _text(step, "account") not in attempted:
            return f"{_text(step, 'account')} 没订到：{_text(step, 'why')}"
        case "end":
            return _ENDS.get(_text(step, "how"), "")
        case _:
            return ""


_ENDS: Final = {
    "won": "每个账号都有了订单",
    "full": "想要的场都没有了，到此为止",
    "closed": "一直没有看到空场，到此为止",
    "refused": "平台不接受，再试也没有用，到此为止",
    "uncertain": "结果不确定，不再重复下单，等订单查清",
    "stopped": "被要求退出",
}


def _fired(data: Data) -> str:
    offset, error = _number(data.get("offset_seconds")), _number(data.get("error_seconds"))
    if offset is None or error is None:
        return "出手"
    return f"出手（{comparison_in_words(Comparison(offset_seconds=offset, error_seconds=error, requests=0))}）"


def _attempted(data: Data) -> str:
    took = _number(data.get("took_ms"))
    after = "" if took is None else f"（{took:.0f} 毫秒后有回答）"
    return f"{_text(data, 'account')} 下单 {_slots(data)}{after}"


def _refused(data: Data) -> str:
    return f"{_text(data, 'account')} 没订到 {_slots(data)}：{_text(data, 'answer')}"


def _confirmed(data: Data) -> str:
    return f"{_text(data, 'account')} 订到 {_slots(data)}，已读回订单 {_text(data, 'order_id')}"


def _uncertain(data: Data) -> str:
    return f"{_text(data, 'account')} {_slots(data)} 结果不确定：{_text(data, 'answer')}"


def _absent(data: Data) -> str:
    return f"{_text(data, 'account')} {_slots(data)} 查过订单，没有订到"


def _order_over(word: str) -> Callable[[Data], str]:
    return lambda data: f"{_text(data, 'account')} 的订单 {_text(data, 'order_id')} {word}"


def _rehearsed(data: Data) -> str:
    minutes, lines = _count(data, "minutes"), data.get("lines")
    troubles = [str(line) for line in lines if str(line).startswith("⚠️")] if isinstance(lines, list | tuple) else []  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType]
    return f"开抢前 {minutes} 分钟检查：" + ("；".join(troubles) if troubles else "一切就绪")


def _freed(data: Data) -> str:
    return f"新空场 {_count(data, 'count')} 个：{_slots(data)}"


def _session(data: Data) -> str:
    return f"{_text(data, 'account')}：{_text(data, 'why')}"


def _ended(data: Data) -> str:
    code, signal = data.get("code"), data.get("signal")
    exit = Exit(code=code if isinstance(code, int) else None, signal=signal if isinstance(signal, int) else None)
    return "进程结束" if exit == Exit(code=0) else f"进程结束：{exit.words}"


def _restarts(data: Data) -> str:
    return f"{seconds_in_words(round(_number(data.get('waits_seconds')) or 0))}后自动再来"


def _reason(word: str) -> Callable[[Data], str]:
    return lambda data: f"{word}：{_text(data, 'reason')}" if data.get("reason") else word


_WORDS: Final[Mapping[str, Callable[[Data], str]]] = {
    "imported": lambda _: "从原来的文件导入",
    "job.created": lambda _: "创建",
    "job.stopped": lambda _: "被人停止",
    "job.paused": lambda _: "被人暂停",
    "job.resumed": lambda _: "被人继续",
    "job.run_now": lambda _: "有人要它立即执行",
    "job.reordered": lambda _: "有人调整了时间",
    "run.launched": lambda data: f"进程启动（pid {_count(data, 'pid')}）",
    "run.ended": _ended,
    "run.restarts": _restarts,
    "run.condemned": _reason("被要求退出"),
    "run.postponed": _reason("暂时启动不了"),
    "occurrence.missed": _reason("错过"),
    "occurrence.skipped": _reason("跳过"),
    "slots.freed": _freed,
    "session.seen": _session,
    "rehearsed": _rehearsed,
    "booking.rehearsed": lambda data: f"演练：会预订 {_slot(data)}（没有账号，没有下单）",
    "booking.refused": _refused,
    "booking.confirmed": _confirmed,
    "booking.uncertain": _uncertain,
    "booking.absent": _absent,
    "booking.paid": _order_over("已支付"),
    "booking.cancelled": _order_over("已取消"),
    "booking.expired": _order_over("过期未付"),
}


def _often(step: Data) -> str:
    times = _number(step.get("times"))
    if times is None or times < 2:
        return ""
    until = _number(step.get("until"))
    return f"（共 {times:.0f} 次{'' if until is None else f'，到 {until:+.0f} 毫秒'}）"


def _slots(data: Data) -> str:
    slots: Any = data.get("slots")
    if not isinstance(slots, list | tuple):
        return ""
    shown = [_slot(slot) for slot in slots[:_SLOTS_SHOWN] if isinstance(slot, dict)]  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType]
    more = " 等" if len(slots) > _SLOTS_SHOWN else ""  # pyright: ignore[reportUnknownArgumentType]
    return "、".join(shown) + more


def _slot(slot: Data) -> str:
    day, hour = _text(slot, "date")[5:], _number(slot.get("hour"))
    return f"{day} {0 if hour is None else hour:02.0f}:00 {_text(slot, 'court')}".strip()


def _text(data: Data, key: str) -> str:
    value = data.get(key)
    return "" if value is None else str(value)


def _count(data: Data, key: str) -> str:
    value = _number(data.get(key))
    return "?" if value is None else f"{value:.0f}"


def _number(value: object) -> float | None:
    """None for what is no number, or none that a clock or a counter shows."""
    return float(value) if isinstance(value, int | float) and abs(value) < 1e12 else None
