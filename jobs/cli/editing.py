"""`sja job-edit`: what becomes of what, and that it is so."""

import argparse
import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Final

from jobs.app.beside import Beside
from jobs.cli.asking import readable
from jobs.cli.commands import SETTLE_SECONDS, mention_absent_bot, standing
from jobs.engine import Wish, as_edited, edition_wished
from jobs.kinds import conduct_of
from jobs.models.accounts import Account, usable
from jobs.models.edit_words import differences
from jobs.models.editions import Edition
from jobs.models.edits import KEYS, Circumstances, Said
from jobs.models.errors import Refusal
from jobs.models.job import Job
from jobs.models.options import Option, parse_arguments
from jobs.models.people import OPERATOR
from jobs.models.text import quote
from jobs.search import match_preset

_TELLS: Final = "通知"


def job_edit(here: Beside, args: argparse.Namespace) -> None:
    job = here.board.find(OPERATOR, readable(args.job))
    wish = _wish(here, job, [readable(word) for word in args.changes])

    def draw(present: Job) -> Edition:
        return edition_wished(present, wish, OPERATOR, _circumstances(here, present), partial(_accounts, here))

    changed = differences(job, as_edited(job, draw(job)), here.presets, here.settings.sja_timezone)
    if not changed:
        print(f"ℹ️ {job.label} 本来就是这样，没有改动")
        return
    here.engine.edit(OPERATOR, job.id, draw)
    if here.bot_runs:
        asyncio.run(here.engine.settled(job.id, SETTLE_SECONDS))
    print(f"✏️ 已修改 {job.label}", *changed, standing(here, job), sep="\n")
    mention_absent_bot(here)


def _wish(here: Beside, job: Job, words: list[str]) -> Wish:
    spec = tuple(Option(name=key) for key in (*KEYS.get(job.kind, ("名称",)), _TELLS))
    arguments = parse_arguments(words, spec, takes_further=job.kind == "routine")
    example = f"sja job-edit {job.number} 名称=周末监控"
    if arguments.positional:
        raise Refusal(f"{quote(arguments.positional[0])}要写成 键=值，例如 {example}")
    options = dict(arguments.options)
    if not options and not arguments.further:
        raise Refusal(f"要写改什么，例如 {example}；能改的有：{'、'.join(option.name for option in spec)}")
    tells = options.pop(_TELLS, None)
    venue = options.get("预设") or options.get("场馆")
    preset = _preset(here, venue) if venue is not None else None
    return Wish(said=Said(options=options, preset=preset, params=arguments.further), tells=tells)


def _preset(here: Beside, text: str) -> int:
    """By its number or its name; what would have to be guessed is not taken."""
    match = match_preset(text, here.presets, is_argument=True)
    if match.preset is not None and match.is_guess:
        raise Refusal(f"没有叫{quote(text)}的预设，是不是 {match.preset.number} {match.preset.title}？请写编号")
    if match.preset is None:
        raise Refusal(f"看不出{quote(text)}是哪个场馆，请写编号（sja presets 查看）")
    return match.preset.number


def _circumstances(here: Beside, job: Job) -> Circumstances:
    return Circumstances(
        rules=here.rules,
        templates=here.templates.templates(),
        usual=conduct_of(job.kind).punctuality,
        now=here.clock.now(),
    )


def _accounts(here: Beside, names: Sequence[str], job: Job) -> Sequence[Account]:
    found = usable(here.store.accounts.all(), names, job.owner, job.origin)
    if found.missing:
        raise Refusal(f"没有 {job.label} 可以用的账号{quote(found.missing[0])}，运行 sja accounts 查看")
    return found.accounts
