"""What was typed, as values; and the last question before something is done that cannot be undone."""

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from jobs.app.beside import Beside
from jobs.models.accounts import Account
from jobs.models.dates import parse_date
from jobs.models.errors import NotFound, Refusal
from jobs.models.ids import UserId
from jobs.models.job import MAX_NAME_LENGTH
from jobs.models.people import OPERATOR, Actor, Role
from jobs.models.text import clean_name, quote
from jobs.search import match_preset

_ADD: Final = "sja accounts add 昵称 --user 学号"


def readable(word: str) -> str:
    """An argument as text; raises `Refusal` for bytes that are none, which Python hands over as lone surrogates."""
    try:
        word.encode()
    except UnicodeEncodeError as error:
        raise Refusal(f"参数{quote(word)}里有不是 UTF-8 文字的字节，请检查终端的编码") from error
    return word


def name_asked(args: argparse.Namespace) -> str:
    return clean_name(readable(args.name), MAX_NAME_LENGTH)


def preset_asked(here: Beside, args: argparse.Namespace) -> int:
    """The preset asked for, else the one the name means, else the default."""
    if args.preset is not None:
        return args.preset
    preset = match_preset(args.name, here.presets).preset
    if preset is not None:
        return preset.number
    if here.settings.sja_default_preset is not None:
        return here.settings.sja_default_preset
    raise Refusal(f"从{quote(args.name)}看不出场馆，请加 --preset 编号（sja presets 查看）")


def day_asked(here: Beside, text: str | None) -> dict[str, Any]:
    """The fields of a request that say its day; none where nothing was said."""
    if text is None:
        return {}
    choice = parse_date(readable(text), _today(here))
    return {"date": choice.date, "date_offset": choice.offset}


def days_asked(here: Beside, text: str | None) -> dict[str, Any]:
    """As `day_asked`; of several days (`周六,周日`) the dearest first."""
    words = listed(text)
    if len(words) < 2:
        return day_asked(here, text)
    return {"dates": tuple(parse_date(word, _today(here)).on(_today(here)) for word in words)}


def _today(here: Beside) -> date:
    return here.clock.now().astimezone(ZoneInfo(here.settings.sja_timezone)).date()


def listed(text: str | None) -> tuple[str, ...]:
    """`czq，sty` as two words; None: none."""
    text = text or ""
    return tuple(part.strip() for part in readable(text).replace("，", ",").split(",") if part.strip())


def acting_for(owner: UserId | None) -> Actor:
    """The operator, doing what the owner of an account could do."""
    return OPERATOR if owner is None else Actor(user_id=owner, role=Role.OPERATOR, chat=None)


def named(here: Beside, text: str | None) -> Account:
    """The account a word of the shell means: a nickname, or `QQ号/昵称`; None: the operator's default.

    Raises `NotFound` and `Ambiguous`.
    """
    return here.accounts.find(OPERATOR, None if text is None else readable(text))


def require_accounts(here: Beside, names: Sequence[str]) -> None:
    """Raises `Refusal` where one that is named, or the default, is not there to act for."""
    if not here.accounts.require_usable(names, None, None):
        raise Refusal(f"还没有默认账号，先运行 {_ADD}，再运行 sja accounts login 昵称")


def require_any_account(here: Beside) -> None:
    """Raises `NotFound` where nobody has one."""
    if not here.store.accounts.all():
        raise NotFound(f"还没有账号，先运行 {_ADD}，再运行 sja accounts login 昵称")


def agree(question: str, *, is_agreed: bool) -> None:
    """Asks somebody at a terminal, unless `is_agreed`. Raises `Refusal` where the answer is not yes."""
    if is_agreed:
        return
    if not sys.stdin.isatty():
        raise Refusal(f"{question}确定请加 --yes")
    try:
        answer = input(f"{question}[y/N] ")
    except EOFError:
        answer = ""
    if answer.strip().lower() not in ("y", "yes"):
        raise Refusal("什么也没有做")
