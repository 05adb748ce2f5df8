"""Commands that change a job, and take back what was done to one."""

import re
from collections.abc import Collection, Sequence
from typing import Final

from msgspec.structs import replace

from jobs import (
    Account,
    Circumstances,
    Edition,
    Job,
    JobId,
    NotFound,
    Option,
    Quoted,
    Refusal,
    Said,
    Wish,
    all_kinds,
    as_edited,
    differences,
    edition_wished,
    hours_apart,
    parse_arguments,
    parse_hours,
    quote,
    read_one_line,
    refuse_unknown,
    require_act,
    split_words,
    when_it_holds,
)
from plugins._commands.accounts_named import buyers, what_lacks
from plugins._commands.acting import START_SETTLES_SECONDS, STOP_SETTLES_SECONDS
from plugins._commands.changeable import MENTIONS, TELLS, options_of
from plugins._commands.command import Call, Reply
from plugins._commands.understanding import LOOSE
from plugins._commands.venues import Undecided, ask_venue, preset_said
from plugins._replies import edited

_NUMBER: Final = re.compile(r"[0-9]{1,9}")
_SURE_NUMBER: Final = re.compile(r"#[0-9]{1,9}")
_NAME_WORDS_AT_MOST: Final = 5
_EXAMPLES: Final = {
    "monitor": "间隔10分钟",
    "schedule": "每周六 9点",
    "auto_booking": "时段19-21",
    "keep_alive": "间隔15分钟",
    "routine": "间隔2小时",
}


async def edit(call: Call) -> Reply:
    """Shows what becomes of what, and makes it so."""
    job, words = _job_and_words(call)
    require_act(call.heard.actor, job.ownership, job.label)
    if not words:
        raise Refusal(f"要写改什么，例如 {_example(job)}；{_changeable(job, call)}")
    wish = _wish(call, job, words)
    try:
        wish = replace(wish, said=_with_venue(call, wish.said))
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
    """The job and what is said of it: `7 间隔60`, `#7 …`, `晚场监控 …`. Under a quote only `#7` is another job, for a
    bare number may be a value: `18`."""
    words = split_words(call.line)
    is_quoting = call.heard.quoted is not None
    if not words or (is_quoting and _SURE_NUMBER.fullmatch(words[0]) is None):
        return call.job(()), words
    try:
        return call.job(words[:1]), words[1:]
    except NotFound as error:
        raise _in_quotation_marks(call, words) or error from None


def _in_quotation_marks(call: Call, words: Sequence[str]) -> Refusal | None:
    """What to say where several of the first words are the name of one job."""
    for count in range(2, min(len(words), _NAME_WORDS_AT_MOST) + 1):
        name = " ".join(words[:count])
        try:
            job = call.bot.board.find(call.heard.actor, name)
        except Refusal:
            continue
        rest = " ".join(words[count:]) or _said_of(job)
        return Refusal(f"名称里有空格，请用编号，或给名称加引号：!改 {job.number} {rest}、!改 “{name}” {rest}")
    return None


def _wish(call: Call, job: Job, words: Sequence[str]) -> Wish:
    spec, loose = options_of(job.kind, call.commands), LOOSE.get(job.kind, frozenset[str]())
    mentions = next((MENTIONS[word] for word in words if word in MENTIONS), None)
    keyed = _keyed([word for word in words if word not in MENTIONS], spec, loose)
    arguments = parse_arguments(keyed, spec, takes_further=job.kind == "routine", is_loose=True)
    line = read_one_line(
        arguments.positional,
        call.today,
        takes=loose,
        said=arguments.options,
        several_days=job.kind == "monitor",
        begins_with_name=False,
    )
    if job.kind == "schedule":
        line = hours_apart(line, call.heard.at, call.zone.key)
    options = dict(line.options)
    if "自动" in line.flags:
        options.setdefault("自动", "是" if line.flags["自动"] else "否")
    tells = options.pop(TELLS.name, None)
    if line.name:
        _take_rest(job, call, " ".join(line.name), options)
    said = Said(options=options, params=arguments.further)
    refuse_unknown(job, said)
    return Wish(said=said, tells=tells, mentions=mentions)


def _take_rest(job: Job, call: Call, rest: str, options: dict[str, str]) -> None:
    """What stands without an option's name: of a schedule it is the time, of a routine the hours."""
    key = {"schedule": "时间", "routine": "有效时段"}.get(job.kind)
    if key is None or (key in options and key != "时间"):
        raise Refusal(f"不明白{quote(rest)}，{_how(job, call, rest)}")
    if key == "时间" and not {"时间", "时段"} & options.keys():
        _refuse_what_may_be_hours(job, rest)
    # `时间 每周六 9点`: the name of the option takes but one word with it.
    options[key] = " ".join(filter(None, (options.get(key), rest)))


def _refuse_what_may_be_hours(job: Job, text: str) -> None:
    """`20点` said of a schedule is the hour of the court to one, and the time to book at to another; `20:00`, as when
    it was created, is the time."""
    if ":" in text:
        return
    try:
        hours = parse_hours(text)
    except Refusal:
        return
    time = f"{hours[0]:02}:00" if len(hours) == 1 else "12:00"
    both = f"!改 {job.number} 时段={text} 或 !改 {job.number} 时间={time}"
    raise Refusal(f"{quote(text)}是要订的时段，还是触发的时间？请写明 {both}")


def _how(job: Job, call: Call, rest: str) -> str:
    first = rest.split(maxsplit=1)[0]
    if call.heard.quoted is not None and _NUMBER.fullmatch(first):
        return f"要改别的任务请写 #{first}，要改这个就写明改什么，例如 改 {_said_of(job)}"
    return f"例如 {_example(job)}；{_changeable(job, call)}"


def _keyed(words: Sequence[str], spec: Sequence[Option], loose: Collection[str]) -> list[str]:
    """`间隔10分钟` as `间隔=10分钟`, and so `名字 周末` where `read_one_line` does not see to it (`loose`)."""
    by_name = {name: option for option in spec for name in (option.name, *option.aliases)}
    keyed: list[str] = []
    waiting = ""
    for word in words:
        option = None if isinstance(word, Quoted) else by_name.get(word)
        if waiting and (isinstance(word, Quoted) or "=" not in word):
            keyed.append(f"{waiting}={word}")
            waiting = ""
        elif waiting:
            break
        elif option is not None and option.name not in loose:
            waiting = word
        else:
            keyed.append(_apart(word, by_name))
    if waiting:
        raise Refusal(f"{quote(waiting)}后面缺少内容，例如 {by_name[waiting].example}")
    return keyed


def _apart(word: str, names: Collection[str]) -> str:
    """`间隔10分钟` as `间隔=10分钟`; whatever else as it is."""
    if isinstance(word, Quoted):
        return word
    for name in sorted(names, key=len, reverse=True):
        if not name.isascii() and "自动" not in name and word.startswith(name):
            rest = word[len(name) :].lstrip(":：")
            return f"{name}={rest}" if rest and not rest.startswith("=") else word
    return word


def _as_typed(word: str) -> str:
    return f'"{word}"' if isinstance(word, Quoted) or " " in word else word


def _example(job: Job) -> str:
    return f"!改 {job.number} {_said_of(job)}"


def _said_of(job: Job) -> str:
    return _EXAMPLES.get(job.kind, "名称=新名字")


def _changeable(job: Job, call: Call) -> str:
    return "能改的有：" + "、".join([*(option.name for option in options_of(job.kind, call.commands)), "@我"])


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
        return edition_wished(present, wish, call.heard.actor, _circumstances(call, present), usable)

    def usable(names: Sequence[str], present: Job) -> Sequence[Account]:
        return call.bot.accounts.require_usable(names, present.owner, present.origin)

    wanted = draw(job)
    changed = differences(job, as_edited(job, wanted), presets, zone)
    if not changed:
        return Reply(text=edited.nothing_to_change(board.detail(job), call.zone), about=job.id)
    run = board.detail(job).run
    holds = when_it_holds(job, run if run is not None and run.is_open else None, wanted, call.bot.clock.now())
    engine.edit(call.heard.actor, job.id, draw, call.heard.inbound)
    job = await engine.settled(job.id, STOP_SETTLES_SECONDS) or job
    text = edited.changed(board.detail(job), changed, holds, run, call.zone)
    return Reply(text="\n".join(filter(None, [text, _lacking(call, job, wish)])), about=job.id, noted=True)


def _lacking(call: Call, job: Job, wish: Wish) -> str:
    """What a job that shall book from now on still lacks, where that is the speaker's to mend."""
    books = job.kind == "monitor" and "自动" in wish.said.options and job.config.get("plan", {}).get("auto_book")
    if not books or job.owner != call.heard.actor.user_id:
        return ""
    return what_lacks(call, buyers(call, job.config.get("accounts", ())))


def _circumstances(call: Call, job: Job) -> Circumstances:
    kind = all_kinds().get(job.kind)
    return Circumstances(
        rules=call.bot.rules,
        templates=call.bot.templates.templates(),
        usual=kind.conduct.punctuality if kind is not None else None,
        now=call.heard.at,
    )


def _regretted(call: Call) -> JobId | None:
    """The job whose last act is meant; None: whichever was the last said here."""
    if reference := " ".join(call.arguments.positional):
        return call.bot.engine.regrets.named(call.heard.actor, reference)
    if call.heard.quoted is None:
        return None
    return call.bot.conversations.linked(call.heard.inbound.self_id, call.heard.quoted)
