"""`sja chat`: a terminal that plays the QQ side, for a newcomer's first minute and for scripts."""

import argparse
import asyncio
import sys
from typing import Final, get_args

from msgspec import Struct
from websockets.exceptions import InvalidStatus, InvalidURI

from jobs.cli.onebot import GroupRole, Speaker
from jobs.cli.peer import Peer
from jobs.cli.qq import QQ
from jobs.cli.talk import Misspoken, Patience, Talk, Unreachable, seconds_of
from jobs.cli.terminal import Terminal
from jobs.clock import SystemClock

DEFAULT_URL: Final = "ws://127.0.0.1:8080/onebot/v11/ws"


class Options(Struct, frozen=True, kw_only=True):
    """Who talks to which bot, and where. `group` None: in private. `listen_seconds`: how long after the last line."""

    url: str = DEFAULT_URL
    token: str = ""
    self_id: int = 10000
    speaker: Speaker = Speaker(user_id=20001, nickname="小明")
    group: int | None = 12345
    listen_seconds: float = 0
    patience: Patience = Patience()


def add_arguments(parser: argparse.ArgumentParser, *, url: str = DEFAULT_URL, token: str = "") -> None:
    """Adds the options of `sja chat`; `url` and `token` are the defaults that fit the bot of this machine."""
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--group", type=_number, default=12345, metavar="群号", help="在这个群里说话（默认 12345）")
    place.add_argument("--private", action="store_true", help="私下对机器人说话")
    parser.add_argument("--user", type=_number, default=20001, metavar="QQ号", help="说话的人（默认 20001）")
    parser.add_argument("--nickname", default="小明", metavar="昵称", help="说话人的昵称（默认 小明）")
    parser.add_argument("--role", choices=get_args(GroupRole), default="member", help="说话人在群里的身份")
    parser.add_argument("--listen", type=seconds_of, default=0.0, metavar="秒", help="最后一行之后再听多久")
    parser.add_argument(
        "--reply-timeout", type=seconds_of, default=10.0, metavar="秒", help="每行等多久回复（默认 10）"
    )
    parser.add_argument(
        "--connect-timeout", type=seconds_of, default=15.0, metavar="秒", help="等机器人多久（默认 15）"
    )
    parser.add_argument("--self-id", type=_number, default=10000, metavar="QQ号", help="机器人的号（默认 10000）")
    parser.add_argument("--url", default=url, help="机器人的反向 WebSocket 地址（默认 %(default)s）")
    parser.add_argument("--token", default=token, help="访问令牌，与机器人的 ONEBOT_ACCESS_TOKEN 相同")


def run(args: argparse.Namespace) -> int:
    """`sja chat` with parsed arguments; the exit code."""
    return run_chat(
        Options(
            url=args.url,
            token=args.token,
            self_id=args.self_id,
            speaker=Speaker(user_id=args.user, nickname=args.nickname, role=args.role),
            group=None if args.private else args.group,
            listen_seconds=args.listen,
            patience=Patience(connect_seconds=args.connect_timeout, reply_seconds=args.reply_timeout),
        )
    )


def run_chat(options: Options) -> int:
    """Talks until the input ends. 0: done; 1: the bot is out of reach; 2: a wrong address or directive."""
    try:
        return asyncio.run(_chat(options))
    except InvalidURI:
        return _complain(f"地址不对：{options.url}，应该像 {DEFAULT_URL}", 2)
    except KeyboardInterrupt:
        print()
        return 0


async def _chat(options: Options) -> int:
    clock, terminal = SystemClock(), Terminal()
    async with Peer(options.url, QQ(str(options.self_id), clock), clock, token=options.token) as peer:
        talk = Talk(peer, terminal, speaker=options.speaker, group=options.group, patience=options.patience)
        try:
            await talk.reach_bot()
            return await _converse(talk, terminal, options)
        except Unreachable:
            return _complain(_why_unreachable(peer, options), 1)


async def _converse(talk: Talk, terminal: Terminal, options: Options) -> int:
    shows = [asyncio.create_task(talk.show_bot()), asyncio.create_task(talk.show_connection())]
    shows.append(asyncio.create_task(talk.show_recalls()))
    if terminal.typed_by_hand:
        terminal.show(_welcome(talk, options))
    try:
        while not talk.over and (line := await terminal.read(f"{talk.speaker.nickname}> ")) is not None:
            try:
                await talk.take(line)
            except Misspoken as error:
                if not terminal.typed_by_hand:
                    return _complain(str(error), 2)
                talk.note(str(error))
        await asyncio.sleep(options.listen_seconds)
        return 0
    finally:
        for show in shows:
            show.cancel()


def _welcome(talk: Talk, options: Options) -> str:
    return (
        f"SJA 聊天终端：扮演 QQ 一侧，与机器人 {options.self_id} 说话。\n"
        f"你是 {talk.scene}。\n"
        "输入一行就是发一条消息，例如 !帮助 或 !任务列表。\n"
        "冒号开头的是终端指令：:帮助 列出全部，:退出 离开。"
    )


def _why_unreachable(peer: Peer, options: Options) -> str:
    if isinstance(peer.trouble, InvalidStatus) and peer.trouble.response.status_code in (401, 403):
        return (
            f"机器人拒绝了连接（{options.url}）：访问令牌不对（--token），"
            f"或者号码 {options.self_id} 已有别的客户端连着（--self-id 换一个）"
        )
    waited = f"等了 {options.patience.connect_seconds:g} 秒"
    return f"连不上机器人（{options.url}，{waited}）：请先另开一个终端运行 make run 启动它，再试一次"


def _complain(sentence: str, exit_code: int) -> int:
    print(f"⚠️ {sentence}", file=sys.stderr)
    return exit_code


def _number(text: str) -> int:
    number = int(text)
    if number <= 0:
        raise ValueError(text)
    return number
