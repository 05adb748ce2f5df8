"""`sja audit`: who did what when."""

import argparse
import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from jobs.app.beside import Beside
from jobs.cli.asking import readable
from jobs.cli.show import iso
from jobs.engine import deeds, job_acted_on
from jobs.models.deeds import deed_in_words
from jobs.models.errors import NotFound, Refusal
from jobs.models.ids import JobId
from jobs.models.people import OPERATOR

_EVER = datetime(1970, 1, 1, tzinfo=UTC)


def audit(here: Beside, args: argparse.Namespace) -> None:
    """The latest acts first."""
    actor = None if args.user is None else _actor(readable(args.user))
    job_id = None if args.job is None else _job_id(here, readable(args.job))
    found = deeds(here.store, _EVER, args.lines, actor=actor, job_id=job_id)
    if args.json:
        acts = [
            {"at": iso(deed.at), "actor": deed.actor, "act": deed.act, "subject": deed.subject, "job": deed.job_id}
            for deed in found
        ]
        print(json.dumps({"acts": acts}, ensure_ascii=False, indent=2))
        return
    zone = ZoneInfo(here.settings.sja_timezone)
    print(*(deed_in_words(deed, zone) for deed in found), sep="\n") if found else print("没有操作记录")


def _actor(text: str) -> str:
    number = text.casefold().removeprefix("qq").lstrip(":")
    if text == OPERATOR.label:
        return text
    if not number.isascii() or not number.isdecimal():
        raise Refusal(f"--user 要写 QQ 号，例如 20001；命令行做的写 {OPERATOR.label}")
    return f"qq:{number}"


def _job_id(here: Beside, reference: str) -> JobId:
    """Also of a job that was deleted, by its number."""
    try:
        return here.board.find(OPERATOR, reference).id
    except NotFound:
        number = reference.removeprefix("#")
        if not number.isascii() or not number.isdecimal():
            raise
        return job_acted_on(here.store, _EVER, int(number[:9])).id
