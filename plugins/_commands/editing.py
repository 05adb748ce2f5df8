"""Commands that change a job, and take back what was done to one."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from msgspec.structs import replace

from jobs import (
    Circumstances,
    Edition,
    Job,
    JobId,
    Option,
    Quoted,
    Refusal,
    Said,
    all_kinds,
    differences,
    edition_drawn,
    keeping_to,
    names_accounts,
    parse_arguments,
    quote,
    read_one_line,
    redrafted,
    refuse_unknown,
    require_act,
    split_words,
    telling_to,
    when_it_holds,
)
from plugins._commands.acting import START_SETTLES_SECONDS, STOP_SETTLES_SECONDS
from plugins._commands.command import Call, Reply
from plugins._commands.venues import Undecided, ask_venue, preset_said
from plugins._replies import edited

_CREATED_BY: Final = {
    "monitor": "创建监控",
    "schedule": "创建定时",
    "auto_booking": "创建抢票",
    "keep_alive": "保活",
    "routine": "创建循环",
}
"""Whose options a kind's jobs have."""
_NAME: Final = Option(name="名称", aliases=("name", "改名", "名字"), example="名称=周末监控")
_TIME: Final = Option(name="时间", aliases=("when",), example="时间=每周六9点")
_TELLS: Final = Option(name="通知", aliases=("notify",), example="通知=私聊")
_MENTIONS: Final = {
    **dict.fromkeys(("@我", "@发起人", "艾特我", "@我=是"), True),
    **dict.fromkeys(("不@我", "别@我", "不@", "不艾特我", "@我=否"), False),
}
"""Whether the owner is called by name; no option, for none begins so."""
_VENUE: Final = frozenset({"预设", "场馆", "账号", "场地", "连续"})
_LOOSE: Final = {
    "monitor": _VENUE | {"日期", "时段", "间隔", "自动"},
    "auto_booking": _VENUE | {"日期", "时段"},
    # A time of day without a word before it is when it acts, not which court it books.
    "schedule": _VENUE,
    "keep_alive": frozenset({"间隔", "账号"}),
    "routine": frozenset({"间隔"}),
}
"""What may be said without its option's name."""
_NUMBER: Final = re.compile(r"#?[0-9]{1,9}")
_EXAMPLES: Final = {
    "monitor": "间隔10分钟",
    "schedule": "每周六 9点",
    "auto_booking": "时段19-21",
    "keep_alive": "间隔15分钟",
    "routine": "间隔2小时",
}


class Wish(NamedTuple):
    """What shall be otherwise; `tells` and `mentions` None: as it is."""

    said: Said
    tells: str | None
    mentions: bool | None


async def edit(call: Call) -> Reply:
    """Shows what becomes of what, and makes it so."""
    job, words = _job_and_words(call)
    require_act(call.heard.actor, job.ownership, job.label)
    if not words:
        raise Refusal(f"要写改什么，例如 {_example(job)}；{_changeable(job, call)}")
    wish = _wish(call, job, words)
    try:
        wish = wish._replace(said=_with_venue(call, wish.said))
    except Undecided as undecided:
        # The answer quotes the question, and no longer what named the job.
        asking = replace(call, line=f"#{job.number} {' '.join(_as_typed(word) for word in words)}")
        return ask_venue(asking, job.name, undecided.candidates, "修改")
    return await _changed(call, job, wish)


async def undo(call: Call) -> Reply:
    """Takes back the speaker's own last edit, deletion or stop."""
    engine, board = call.bot.engine, call.bot.board
    undone = engine.undo(call.heard.actor, call.heard.inbound, _regretted(call))
    seconds = STOP_SETTLES_SECONDS if undone.was.deleted_at is None else START_SETTLES_SECONDS
    job = await engine.settled(undone.job.id, seconds) or undone.job
    changed = differences(undone.was, undone.became, call.bot.presets, call.zone.key) if undone.act == "edit" else ()
    text = edited.undone(undone, board.detail(job), changed, call.zone)
    return Reply(text=text, about=job.id, noted=True)


# -- what is said -------------------------------------------------------------------------------------------------
def _job_and_words(call: Call) -> tuple[Job, list[str]]:
    """The job and what is said of it: `7 间隔60`, `#7 …`, `晚场监控 …`, or, under a quote, without a job."""
    words = split_words(call.line)
    names_it = bool(words) and (call.heard.quoted is None or _NUMBER.fullmatch(words[0]) is not None)
    return (call.job(words[:1]), words[1:]) if names_it else (call.job(()), words)


def _wish(call: Call, job: Job, words: Sequence[str]) -> Wish:
    spec = _options(job, call)
    mentions = next((_MENTIONS[word] for word in words if word in _MENTIONS), None)
    apart = [_apart(word, spec) for word in words if word not in _MENTIONS]
    arguments = parse_arguments(apart, spec, takes_further=job.kind == "routine", is_loose=True)
    line = read_one_line(
        arguments.positional,
        call.today,
        takes=_LOOSE.get(job.kind, ()),
        said=arguments.options,
        several_days=job.kind == "monitor",
        begins_with_name=False,
    )
    options = dict(line.options)
    if "自动" in line.flags:
        options.setdefault("自动", "是" if line.flags["自动"] else "否")
    tells = options.pop(_TELLS.name, None)
    if line.name:
        _take_rest(job, call, " ".join(line.name), options)
    said = Said(options=options, params=arguments.further)
    refuse_unknown(job, said)
    return Wish(said, tells, mentions)


def _take_rest(job: Job, call: Call, rest: str, options: dict[str, str]) -> None:
    """What stands without an option's name: of a schedule it is the time, of a routine the hours."""
    key = {"schedule": "时间", "routine": "有效时段"}.get(job.kind)
    if key is None or key in options:
        raise Refusal(f"不明白{quote(rest)}，例如 {_example(job)}；{_changeable(job, call)}")
    options[key] = rest


def _apart(word: str, spec: Sequence[Option]) -> str:
    """`间隔10分钟` as `间隔=10分钟`; whatever else as it is."""
    if isinstance(word, Quoted):
        return word
    names = sorted((name for one in spec for name in (one.name, *one.aliases)), key=len, reverse=True)
    for name in names:
        if not name.isascii() and "自动" not in name and word.startswith(name):
            rest = word[len(name) :].lstrip(":：")
            return f"{name}={rest}" if rest and not rest.startswith("=") else word
    return word


def _as_typed(word: str) -> str:
    return f'"{word}"' if isinstance(word, Quoted) or " " in word else word


def _options(job: Job, call: Call) -> tuple[Option, ...]:
    """What jobs of this kind can be told otherwise: what creates them, flags to be said yes or no to, and more."""
    creates = next((row for row in call.commands if row.name == _CREATED_BY.get(job.kind)), None)
    own = creates.options if creates is not None else ()
    kept = [
        replace(option, is_flag=False, example=f"{option.name}=否") if option.is_flag else option
        for option in own
        if option.name != "不启动"
    ]
    extra = (_TIME,) if job.kind == "schedule" else ()
    return (_NAME, *kept, *extra, _TELLS)


def _example(job: Job) -> str:
    return f"!改 {job.number} {_EXAMPLES.get(job.kind, '名称=新名字')}"


def _changeable(job: Job, call: Call) -> str:
    return "能改的有：" + "、".join([*(option.name for option in _options(job, call)), "@我"])


def _with_venue(call: Call, said: Said) -> Said:
    """With the venue that was named, or that an answer has named meanwhile. Raises `Undecided`."""
    for option in ("预设", "场馆"):
        if (text := said.options.get(option)) is not None:
            preset = call.preset or preset_said(call, text, f"{option}=")
            return replace(said, preset=preset.number)
    return said


# -- making it so -------------------------------------------------------------------------------------------------
async def _changed(call: Call, job: Job, wish: Wish) -> Reply:
    engine, board, presets, zone = call.bot.engine, call.bot.board, call.bot.presets, call.zone.key

    def draw(present: Job) -> Edition:
        return _drawn(call, present, wish)

    wanted = draw(job)
    after = replace(job, **{name: getattr(wanted, name) for name in wanted.__struct_fields__})
    changed = differences(job, after, presets, zone)
    if not changed:
        return Reply(text=edited.nothing_to_change(board.detail(job), call.zone), about=job.id)
    run = board.detail(job).run
    holds = when_it_holds(job, run if run is not None and run.is_open else None, wanted, call.bot.clock.now())
    engine.edit(call.heard.actor, job.id, draw, call.heard.inbound)
    job = await engine.settled(job.id, STOP_SETTLES_SECONDS) or job
    return Reply(text=edited.changed(board.detail(job), changed, holds, run, call.zone), about=job.id, noted=True)


def _drawn(call: Call, job: Job, wish: Wish) -> Edition:
    kind = all_kinds().get(job.kind)
    around = Circumstances(
        rules=call.bot.rules,
        templates=call.bot.templates.templates(),
        usual=kind.conduct.punctuality if kind is not None else None,
        now=call.heard.at,
    )
    draft = redrafted(job, wish.said, around)
    telling = telling_to(wish.tells, job, call.heard.actor) if wish.tells is not None else job.telling
    if wish.mentions is not None:
        telling = replace(telling, mentions_owner=wish.mentions)
    return _keeping_to_accounts(call, job, edition_drawn(job, draft, telling))


def _keeping_to_accounts(call: Call, job: Job, edition: Edition) -> Edition:
    """Where others are named, which they are; those that the job's owner may not use are refused."""
    names: Sequence[str] = edition.config.get("accounts") or ()
    if names_accounts(names, job.config) or "accounts" not in edition.config:
        return edition
    accounts = call.bot.accounts.require_usable(names, job.owner, job.origin) if names else ()
    config = {key: value for key, value in edition.config.items() if key != "account_ids"}
    return replace(edition, config=keeping_to(accounts, config))


def _regretted(call: Call) -> JobId | None:
    """The job whose last act is meant; None: whichever was the last said here."""
    if reference := " ".join(call.arguments.positional):
        return call.bot.engine.regrets.named(call.heard.actor, reference)
    if call.heard.quoted is None:
        return None
    return call.bot.conversations.linked(call.heard.inbound.self_id, call.heard.quoted)
