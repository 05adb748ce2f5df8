"""Commands that change what a job does."""

from datetime import timedelta
from typing import Final

from jobs import (
    DuplicateInbound,
    Job,
    Refusal,
    Status,
    begins_shift,
    clean,
    number_and_shift,
    parse_shift,
    quote,
    require_act,
    shorten,
)
from plugins._commands.asking import ask
from plugins._commands.command import Call, Question, Reply
from plugins._replies import acted
from plugins._replies.questions import confirm_deletion

START_SETTLES_SECONDS: Final = 1.5
STOP_SETTLES_SECONDS: Final = 3.0
"""How long a reply waits to be able to tell how things turned out."""

CONFIRM_WITHIN: Final = timedelta(minutes=1)
CONFIRMATION: Final = "确认"


async def start(call: Call) -> Reply:
    job = call.job()
    call.bot.engine.start(call.heard.actor, job.id, call.heard.inbound)
    job = await call.bot.engine.settled(job.id, START_SETTLES_SECONDS) or job
    return Reply(text=acted.started(call.bot.board.detail(job), call.zone), about=job.id, noted=True)


async def stop(call: Call) -> Reply:
    engine = call.bot.engine
    job = call.job()
    engine.stop(call.heard.actor, job.id, call.heard.inbound)
    await engine.settled(job.id, STOP_SETTLES_SECONDS)
    text = acted.stopped(job, settled=engine.is_settled(job.id), grace_seconds=_grace(call))
    return Reply(text=text, about=job.id, noted=True)


async def restart(call: Call) -> Reply:
    engine = call.bot.engine
    job = call.job()
    engine.restart(call.heard.actor, job.id, call.heard.inbound)
    job = await engine.settled(job.id, STOP_SETTLES_SECONDS) or job
    text = acted.restarted(
        call.bot.board.detail(job), call.zone, settled=engine.is_settled(job.id), grace_seconds=_grace(call)
    )
    return Reply(text=text, about=job.id, noted=True)


async def pause(call: Call) -> Reply:
    engine = call.bot.engine
    job = call.job()
    stops_a_run = job.status is Status.RUNNING
    engine.pause(call.heard.actor, job.id, call.heard.inbound)
    await engine.settled(job.id, STOP_SETTLES_SECONDS)
    text = acted.paused(job, settled=engine.is_settled(job.id), stopped_a_run=stops_a_run, grace_seconds=_grace(call))
    return Reply(text=text, about=job.id, noted=True)


async def resume(call: Call) -> Reply:
    engine, board = call.bot.engine, call.bot.board
    job = engine.resume(call.heard.actor, call.job().id, call.heard.inbound)
    skipped = board.skipped_in_last_pause(job)
    job = await engine.settled(job.id, START_SETTLES_SECONDS) or job
    return Reply(text=acted.resumed(board.detail(job), call.zone, skipped=skipped), about=job.id, noted=True)


async def run_now(call: Call) -> Reply:
    engine = call.bot.engine
    job = engine.run_now(call.heard.actor, call.job().id, call.heard.inbound)
    job = await engine.settled(job.id, START_SETTLES_SECONDS) or job
    return Reply(text=acted.run_now(call.bot.board.detail(job), call.zone), about=job.id, noted=True)


async def reorder(call: Call) -> Reply:
    words, shift = _words_and_shift(call)
    job = call.job(words)
    after = call.bot.engine.reorder(call.heard.actor, job.id, shift, call.heard.inbound)
    # A job without a next run is refused.
    assert job.next_at is not None
    assert after.next_at is not None
    moved = acted.Moved(was=job.next_at, now=after.next_at, shift=shift, at=call.bot.clock.now())
    return Reply(text=acted.reordered(call.bot.board.detail(after), moved, call.zone), about=job.id, noted=True)


async def delete(call: Call) -> Reply:
    """A running job, or somebody else's, is deleted only after a confirmation, with the command or as an answer."""
    words = [word for word in call.arguments.positional if word != CONFIRMATION]
    is_confirmed = len(words) < len(call.arguments.positional)
    job = call.job(words)
    require_act(call.heard.actor, job.ownership, job.label)
    is_others = job.owner is not None and job.owner != call.heard.actor.user_id
    if (job.status is Status.RUNNING or is_others) and not is_confirmed:
        return _confirm_first(call, job)
    return await delete_now(call, job)


async def delete_now(call: Call, job: Job) -> Reply:
    engine = call.bot.engine
    engine.delete(call.heard.actor, job.id, call.heard.inbound)
    gone = await engine.settled(job.id, STOP_SETTLES_SECONDS) is None
    text = acted.deleted(job, gone=gone, grace_seconds=_grace(call))
    # Also of one that is gone: quoting the reply brings it back.
    return Reply(text=text, about=job.id, noted=True)


async def clean_up(call: Call) -> Reply:
    days = _days(call.arguments.positional) or call.bot.settings.sja_retention_days
    if not call.bot.conversations.note(call.heard.inbound):
        raise DuplicateInbound
    cleaning = await call.bot.engine.clean(call.heard.actor, days)
    return Reply(text=acted.cleaned(cleaning, days), noted=True)


def _confirm_first(call: Call, job: Job) -> Reply:
    question = Question(kind="deletion", job_id=job.id, expires_at=call.heard.at + CONFIRM_WITHIN)
    return Reply(
        text=confirm_deletion(job, in_group=call.heard.chat.is_group, speaker=call.heard.actor.user_id),
        about=job.id,
        asks=ask(call.bot, call.heard, question),
    )


def _words_and_shift(call: Call) -> tuple[list[str], timedelta]:
    """The words that name the job, and how far its next run moves: `7 -30分钟`, `晚场监控 推迟 1小时`, `7+1h`."""
    words = call.arguments.positional
    if len(words) == 1 and (both := number_and_shift(words[0])):
        words = list(both)
    signed = [place for place, word in enumerate(words) if begins_shift(word)]
    begin = signed[-1] if signed else len(words) - 1
    if not words or (begin == 0 and call.heard.quoted is None):
        named = shorten(clean(words[0]), 20) if words and not signed else "7"
        raise Refusal(f"要写明哪个任务、提前还是推迟多久，例如 !调整任务 {named} -30分钟、!调整任务 {named} +1h")
    return words[:begin], parse_shift(" ".join(words[begin:]))


def _days(words: list[str]) -> int | None:
    if not words:
        return None
    text = words[0].removesuffix("天")
    if len(words) > 1 or not (text.isascii() and text.isdecimal() and len(text) <= 4 and 1 <= int(text) <= 3650):
        raise Refusal(f"天数{quote(' '.join(words))}不对，请写 1 到 3650 的整数，例如 !清理任务 30")
    return int(text)


def _grace(call: Call) -> float:
    return call.bot.settings.sja_stop_grace_seconds
