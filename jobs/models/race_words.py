"""What an event, or a step of a race, is in words. Pure; what is stored may be old or odd, and is passed over then."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec
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


def told_of(event: Event) -> Iterator[Told]:
    """Nothing for what says nothing to people."""
    if event.type == "occurrence.fired":
        yield Told(words=_fired(event.data), ms=number(event.data.get("late_ms")))
    elif event.type == "booking.attempted":
        yield Told(words=_attempted(event.data), earlier_ms=number(event.data.get("took_ms")) or 0.0)
    elif (words := _WORDS.get(event.type)) and (said := words(event.data)):
        yield Told(words=said)


def step_words(step: Data) -> str:
    """One step of a race; empty for what says nothing to people."""
    words = _STEPS.get(text(step, "what"))
    return f"{words(step)}{_often(step)}" if words else ""


_ENDS: Final = {
    "won": "每个账号都有了订单",
    "full": "想要的场都没有了，到此为止",
    "closed": "一直没有看到空场，到此为止",
    "refused": "平台不接受，再试也没有用，到此为止",
    "uncertain": "结果不确定，不再重复下单，等订单查清",
    "stopped": "被要求退出",
}


def _fired(data: Data) -> str:
    offset, error = number(data.get("offset_seconds")), number(data.get("error_seconds"))
    if offset is None or error is None:
        return "出手"
    return f"出手（{comparison_in_words(Comparison(offset_seconds=offset, error_seconds=error, requests=0))}）"


def _attempted(data: Data) -> str:
    took = number(data.get("took_ms"))
    after = "" if took is None else f"（{took:.0f} 毫秒后有回答）"
    return f"{text(data, 'account')} 下单 {_slots(data)}{after}"


def _refused(data: Data) -> str:
    return f"{text(data, 'account')} 没订到 {_slots(data)}：{text(data, 'answer')}"


def _confirmed(data: Data) -> str:
    return f"{text(data, 'account')} 订到 {_slots(data)}，已读回订单 {text(data, 'order_id')}"


def _uncertain(data: Data) -> str:
    return f"{text(data, 'account')} {_slots(data)} 结果不确定：{text(data, 'answer')}"


def _absent(data: Data) -> str:
    return f"{text(data, 'account')} {_slots(data)} 查过订单，没有订到"


def _order_over(word: str) -> Callable[[Data], str]:
    return lambda data: f"{text(data, 'account')} 的订单 {text(data, 'order_id')} {word}"


def _rehearsed(data: Data) -> str:
    troubles = [line for line in _texts(data.get("lines")) if line.startswith("⚠️")]
    return f"开抢前 {_count(data, 'minutes')} 分钟检查：{'；'.join(troubles) if troubles else '一切就绪'}"


def _freed(data: Data) -> str:
    return f"新空场 {_count(data, 'count')} 个：{_slots(data)}"


def _session(data: Data) -> str:
    return text(data, "why")


def _ended(data: Data) -> str:
    code, signal = data.get("code"), data.get("signal")
    exit = Exit(code=code if isinstance(code, int) else None, signal=signal if isinstance(signal, int) else None)
    return "进程结束" if exit == Exit(code=0) else f"进程结束：{exit.words}"


def _restarts(data: Data) -> str:
    return f"{seconds_in_words(round(number(data.get('waits_seconds')) or 0))}后自动再来"


def _reason(word: str) -> Callable[[Data], str]:
    return lambda data: f"{word}：{text(data, 'reason')}" if data.get("reason") else word


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
    "booking_hindered": lambda data: f"{text(data, 'account')} 订不了：{text(data, 'reason')}（已告诉你）",
    "booking.refused": _refused,
    "booking.confirmed": _confirmed,
    "booking.uncertain": _uncertain,
    "booking.absent": _absent,
    "booking.paid": _order_over("已支付"),
    "booking.cancelled": _order_over("已取消"),
    "booking.expired": _order_over("过期未付"),
}


_STEPS: Final[Mapping[str, Callable[[Data], str]]] = {
    "absent": lambda _: "平台还没有列出这一天",
    "nothing": lambda _: "这一天没有空场",
    "seen": lambda step: f"看到 {_count(step, 'free')} 个空场，符合要求的选法 {_count(step, 'wished')} 种",
    "again": lambda step: f"场次信息过期，重新查看：符合要求的选法 {_count(step, 'wished')} 种",
    "buys": lambda step: f"开始下单，首选 {text(step, 'best')}，{_count(step, 'accounts')} 个账号",
    "failed": lambda step: f"没有成功：{text(step, 'why')}",
    "bought": lambda step: f"{text(step, 'account')} 订到 {text(step, 'why')}",
    "refused": lambda step: f"{text(step, 'account')} 没订到：{text(step, 'why')}",
    "end": lambda step: _ENDS.get(text(step, "how"), ""),
}


def _often(step: Data) -> str:
    times = number(step.get("times"))
    if times is None or times < 2:
        return ""
    until = number(step.get("until"))
    return f"（共 {times:.0f} 次{'' if until is None else f'，到 {until:+.0f} 毫秒'}）"


def _slots(data: Data) -> str:
    slots = entries(data.get("slots"))
    return "、".join(map(_slot, slots[:_SLOTS_SHOWN])) + (" 等" if len(slots) > _SLOTS_SHOWN else "")


def _slot(slot: Data) -> str:
    day, hour = text(slot, "date")[5:], number(slot.get("hour"))
    return f"{day} {0 if hour is None else hour:02.0f}:00 {text(slot, 'court')}".strip()


def entries(value: object) -> list[dict[str, Any]]:
    """What is stored as a list of tables; nothing for what is none."""
    try:
        return msgspec.convert(value, list[dict[str, Any]])
    except msgspec.ValidationError:
        return []


def _texts(value: object) -> list[str]:
    try:
        return msgspec.convert(value, list[str])
    except msgspec.ValidationError:
        return []


def text(data: Data, key: str) -> str:
    """Empty where there is nothing."""
    value = data.get(key)
    return "" if value is None else str(value)


def _count(data: Data, key: str) -> str:
    value = number(data.get(key))
    return "?" if value is None else f"{value:.0f}"


def number(value: object) -> float | None:
    """None for what is no number, or none that a clock or a counter shows."""
    return float(value) if isinstance(value, int | float) and abs(value) < 1e12 else None
