"""The commands of `sja` about routines."""

import argparse
import json
from typing import Any

from jobs.app.beside import Beside
from jobs.cli.asking import readable
from jobs.cli.creating import created
from jobs.models.durations import parse_seconds
from jobs.models.job import MAX_NAME_LENGTH
from jobs.models.people import OPERATOR
from jobs.models.routine_drafts import (
    RoutineRequest,
    RoutineRules,
    draft_routine,
    parse_end,
    parse_params,
)
from jobs.models.templates import Template, Unusable
from jobs.models.text import clean_name
from jobs.models.windows import parse_window


def create_routine(here: Beside, args: argparse.Namespace) -> None:
    zone, now = here.settings.sja_timezone, here.clock.now()
    request = RoutineRequest(
        name=clean_name(readable(args.name), MAX_NAME_LENGTH),
        template=readable(args.template),
        params=parse_params(map(readable, args.param)),
        interval_seconds=parse_seconds(readable(args.interval)),
        window=parse_window(readable(args.window)) if args.window is not None else None,
        ends_on=parse_end(readable(args.ends), zone, now) if args.ends is not None else None,
        account=readable(args.user) if args.user else None,
        start=not args.no_start,
    )
    rules = RoutineRules(templates=here.templates.templates(), zone=zone)
    try:
        draft = draft_routine(request, rules, now)
    except Unusable as unusable:
        raise unusable.whole from unusable
    created(here, here.engine.create(OPERATOR, draft))


def templates(here: Beside, args: argparse.Namespace) -> None:
    known = here.templates.templates()
    if args.json:
        document = {
            "templates": [_document(template) for template in known.known.values()],
            "refused": known.refused,
        }
        print(json.dumps(document, ensure_ascii=False, indent=2))
        return
    for template in known.known.values():
        print(f"{template.name}  {template.title}")
        for parameter in template.parameters:
            print(f"    {parameter.in_words}")
    for sentence in known.refused.values():
        print(f"⚠️ {sentence}")
    print(f"自己的模板写在 {here.templates.path}，改好即生效")


def _document(template: Template) -> dict[str, Any]:
    """One template of `sja templates --json`; what it runs is in the operator's own file."""
    return {
        "name": template.name,
        "title": template.title,
        "timeout_seconds": template.timeout_seconds,
        "params": [
            {
                "name": parameter.name,
                "type": parameter.type.value,
                "title": parameter.title,
                "rule": parameter.rule,
                "pattern": parameter.pattern,
                "default": parameter.default,
            }
            for parameter in template.parameters
        ],
    }
