"""`sja`, and `python -m jobs`."""

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

DEMO_PLATFORM = "demo-platform"
"""Also the bot's own way to start the simulator beside it, and so kept apart from what needs an engine."""


class _Unreadable(Exception):
    """Settings that cannot be read, said in one line."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command. 0 done, 1 refused or failed, 2 wrong usage; what is wrong is one line on standard error."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    for stream in (sys.stdout, sys.stderr):
        # A terminal that knows no emoji shows a question mark instead of ending the command.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    if arguments[:1] == [DEMO_PLATFORM]:
        return _serve_demo_platform(arguments[1:])
    try:
        args = _parse(arguments)
    except _Unreadable as trouble:
        return _fail(str(trouble))
    if args.command == "chat":
        from jobs.cli import chat  # noqa: PLC0415 - needs no engine

        return chat.run(args)
    return _run(args)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    from jobs.cli.parser import build_parser  # noqa: PLC0415

    def add_chat(parser: argparse.ArgumentParser) -> None:
        if arguments[:1] == ["chat"]:
            from jobs.cli import chat  # noqa: PLC0415 - the WebSocket library is only for chat
            from jobs.config import SettingsError, read_environment  # noqa: PLC0415

            try:
                known = read_environment(Path.cwd())
            except SettingsError as wrong:
                raise _Unreadable(str(wrong)) from wrong
            host, port = known.get("host") or "127.0.0.1", known.get("port") or "8080"
            chat.add_arguments(
                parser, url=f"ws://{host}:{port}/onebot/v11/ws", token=known.get("onebot_access_token", "")
            )

    return build_parser(add_chat).parse_args(arguments or ["--help"])


def _run(args: argparse.Namespace) -> int:
    from jobs.config import SettingsError  # noqa: PLC0415
    from jobs.models.errors import Refusal  # noqa: PLC0415
    from jobs.ports.store import StoreUnavailable  # noqa: PLC0415

    try:
        return _keep(args) if args.on_files else _act(args)
    except Refusal as refusal:
        return _fail(refusal.sentence)
    except (SettingsError, StoreUnavailable) as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return 0
    except BrokenPipeError:
        # The reader (`head`, `less`) has seen enough; nothing may be written to it at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _act(args: argparse.Namespace) -> int:
    from jobs.app.beside import beside  # noqa: PLC0415
    from jobs.cli.advice import advice_for_a_shell  # noqa: PLC0415
    from jobs.config import load_settings  # noqa: PLC0415
    from jobs.models.errors import Refusal  # noqa: PLC0415

    with beside(load_settings(Path.cwd())) as here:
        try:
            getattr(import_module(f"jobs.cli.{args.module}"), args.function)(here, args)
        except Refusal as refusal:
            return _fail(advice_for_a_shell(refusal.sentence))
    return 0


def _keep(args: argparse.Namespace) -> int:
    from jobs.cli import keeping  # noqa: PLC0415

    return getattr(keeping, args.function)(args)


def _fail(sentence: str) -> int:
    print(f"⚠️ {sentence}", file=sys.stderr)
    return 1


def _serve_demo_platform(arguments: Sequence[str]) -> int:
    from jobs.clock import SystemClock  # noqa: PLC0415
    from jobs.config import SettingsError, load_settings  # noqa: PLC0415
    from jobs.models.errors import Refusal  # noqa: PLC0415
    from jobs.venues.demo.command import Defaults, serve_arguments  # noqa: PLC0415

    defaults = None
    try:
        if "--beside-bot" not in arguments:  # the bot says all there is to say
            known = load_settings(Path.cwd())
            defaults = Defaults(
                home=known.sja_home,
                seed=known.sja_demo_seed,
                period_seconds=known.sja_demo_period_seconds,
                release=known.sja_demo_release,
            )
        with contextlib.suppress(KeyboardInterrupt):
            serve_arguments(arguments, clock=SystemClock(), defaults=defaults)
    except (Refusal, SettingsError) as refused:
        return _fail(refused.sentence if isinstance(refused, Refusal) else str(refused))
    return 0


if __name__ == "__main__":
    sys.exit(main())
