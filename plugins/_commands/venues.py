"""Which venue is meant: by an option, by a name, by the configured preset; else the bot asks."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from jobs import Preset, Refusal, match_preset, no_such_sport, preset_by_number, quote, search_presets
from plugins._commands.asking import ask
from plugins._commands.command import Call, Question, Reply
from plugins._replies.questions import which_venue

ANSWER_WITHIN: Final = timedelta(minutes=5)
CANDIDATES_AT_MOST: Final = 10


class Undecided(Exception):
    """No venue can be understood; `candidates` are those it may be."""

    def __init__(self, candidates: Sequence[Preset]) -> None:
        super().__init__(f"{len(candidates)} candidates")
        self.candidates = tuple(candidates[:CANDIDATES_AT_MOST])


def preset_of_job(call: Call, name: str) -> Preset:
    """By the option, else by the job's name, else the default of this chat. Raises `Undecided`, and `Refusal` for no
    such venue."""
    for option in ("预设", "场馆"):
        if text := call.arguments.options.get(option):
            return preset_said(call, text, f"{option}=")
    match = match_preset(name, call.bot.presets)
    if match.preset is not None:
        return match.preset
    preset = default_preset(call)
    if preset is not None and (not match.candidates or preset in match.candidates):
        return preset
    raise Undecided(match.candidates)


def preset_said(call: Call, text: str, option: str = "", *, may_guess: bool = True) -> Preset:
    """What was written as a venue. `option` as it was written: `预设=`. A guess is taken where it `may_guess` and is
    clearly the likeliest; the reply names the venue. Raises as `preset_of_job`."""
    match = match_preset(text, call.bot.presets, is_argument=True)
    if match.preset is not None and (may_guess or not match.is_guess):
        return match.preset
    if match.preset is not None:
        raise Undecided([match.preset])
    if match.candidates and (sport := no_such_sport(text, call.bot.presets)):
        some = "、".join(
            f"{one.sport}（预设 {one.number}）" for one in match.candidates[:CANDIDATES_AT_MOST] if one.sport
        )
        raise Refusal(f"{match.candidates[0].venue} 没有{quote(sport)}，有：{some}，请写预设编号")
    if match.candidates:
        raise Undecided(match.candidates)
    raise no_such_venue(text, call.bot.presets, option)


def guess_said(call: Call) -> str:
    """Of a venue that was guessed from an option, which one was understood; empty where nothing was guessed."""
    text = next(filter(None, map(call.arguments.options.get, ("预设", "场馆"))), "")
    match = match_preset(text, call.bot.presets, is_argument=True)
    return f"ℹ️ {quote(text)}按“{match.preset.title}”理解" if match.preset and match.is_guess else ""


def default_preset(call: Call) -> Preset | None:
    """What this chat has settled on, else the configured one; None: there is none, or it is no longer."""
    settled = call.bot.chats.of(call.heard.chat.place).default_preset
    number = settled if settled is not None else call.bot.settings.sja_default_preset
    return preset_by_number(call.bot.presets, number) if number is not None else None


def ask_venue(call: Call, name: str, candidates: Sequence[Preset], goes_on: str) -> Reply:
    """Asks the speaker, and goes on with the same command when answered. `goes_on`: with what (`创建`)."""
    question = Question(
        kind="venue",
        expires_at=call.heard.at + ANSWER_WITHIN,
        command=call.command.name,
        line=call.line,
        candidates=tuple(preset.number for preset in candidates),
    )
    text = which_venue(name, candidates, in_group=call.heard.chat.is_group, goes_on=goes_on)
    return Reply(text=text, asks=ask(call.bot, call.heard, question))


def no_such_venue(text: str, presets: Sequence[Preset], option: str = "") -> Refusal:
    """What to say of a venue that nobody knows, with the nearest ones."""
    if text.isdecimal():
        return Refusal(f"没有预设{quote(text)}，可用的是 {presets[0].number}-{presets[-1].number}，发送 !预设 查看")
    near = search_presets(text, presets, 3)
    guess = "，是不是 " + "、".join(f"{option}{preset.number}（{preset.title}）" for preset in near) if near else ""
    return Refusal(f"没有找到场馆{quote(text)}{guess}，发送 !预设 查看全部")
