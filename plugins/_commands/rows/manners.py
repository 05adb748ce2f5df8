"""Commands about being told."""

from typing import Final

from plugins._commands import manners
from plugins._commands.chat_words import PATIENCE, PICTURES, QUIET, SECOND
from plugins._commands.command import Command, Where, Who

MANNERS: Final = (
    Command(
        name="收到",
        aliases=("知道了", "ack"),
        arguments="[任务]",
        who=Who.EVERYONE,
        where=Where.ANYWHERE,
        help="确认看到了要紧的通知，不再提醒别人；引用通知直接回复“收到”也行",
        example="!收到 7",
        mistakes=("在群里要引用那条通知再说“收到”，或写上任务编号",),
        handle=manners.acknowledge,
    ),
    Command(
        name="通知设置",
        aliases=("免打扰", "静默", "notify"),
        options=(QUIET, SECOND, PATIENCE, PICTURES),
        who=Who.EVERYONE,
        where=Where.ANYWHERE,
        help="看和改这里怎么收通知；群里由群管理员改",
        example="!通知设置 静默=23-8",
        more_examples=("!免打扰 23:30-07:15", "!通知设置 第二联系人=123456789 等待=10分钟", "!通知设置 静默=无"),
        handle=manners.settle,
    ),
)
