"""The permission matrix: who may do what to whose job from where, as the product's rules say it, and by the real bot.

The rules stand here a second time, on purpose: in plain words of their own, not by what the bot itself asks.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from msgspec.structs import replace

from jobs.app.bot import Bot
from jobs.models.change import Inbound
from jobs.models.ids import JobNumber, UserId
from jobs.models.people import Actor, Chat, Role
from jobs.ports.store import Store
from plugins._commands.answering import Answering
from plugins._commands.command import Command, Heard, KnownGroups, Where, Who

SELF_ID: Final = "10000"
GROUP: Final = Chat(self_id=SELF_ID, type="group", peer_id="12345")
OTHER_GROUP: Final = Chat(self_id=SELF_ID, type="group", peer_id="54321")
_EVER: Final = datetime(2000, 1, 1, tzinfo=UTC)
_PEOPLE, _MESSAGES = itertools.count(30001), itertools.count(1)

CREATE: Final = "!创建定时 晚场 12:00 预设=13"
"""It waits for noon, without a process."""
NOT_ALLOWED: Final = ("是别人的任务", "只有超级用户可以用", "由群管理员来改")
NOT_FOUND: Final = ("没有找到任务", "请在私聊里对我说", "没有动过任务", "没有可以撤销的")


def alone(person: str) -> Chat:
    return Chat(self_id=SELF_ID, type="private", peer_id=person)


@dataclass(frozen=True)
class Recipe:
    """How a command is tried. `{n}` in `line` is the number of the job in question; without it the command is about
    no job; `{hour}` and `{count}` are others each time.

    `before`: what the job's owner says first, where they made it. `acts`: whether it changes something when it is
    allowed (None: it may or may not). `own_only`: what it takes back is one's own doing.
    """

    line: str
    before: tuple[str, ...] = ()
    acts: bool | None = None
    own_only: bool = False
    needs_act: bool = False
    """Whether it is for those who may act on the job, though the command without one is for everybody."""
    is_quoting: bool = False
    """Whether it is said under a message about the job, and not to the bot where there is no such job."""
    is_of_the_place: bool = False
    """Whether in a group it is for administrators, and for everybody in private."""

    @property
    def is_about_a_job(self) -> bool:
        return "{n}" in self.line or self.is_quoting


RECIPES: Final[dict[str, Recipe]] = {
    "任务列表": Recipe("!任务列表", acts=False),
    "任务详情": Recipe("!任务详情 {n}", acts=False),
    "任务日志": Recipe("!任务日志 {n}", acts=False),
    "为什么": Recipe("!为什么 {n}", acts=False),
    "创建监控": Recipe("!创建监控 羽毛球看看 预设=5 不启动", acts=True),
    "创建定时": Recipe("!创建定时 羽毛球看看 12:00 预设=5 不启动", acts=True),
    "创建抢票": Recipe("!创建抢票 羽毛球看看 预设=5 不启动", acts=False),
    "创建循环": Recipe("!创建循环 打招呼 模板=hello 不启动", acts=True),
    "保活": Recipe("!保活", acts=False),
    "模板": Recipe("!模板", acts=False),
    "启动任务": Recipe("!启动任务 {n}", before=("!停止任务 {n}",), acts=True),
    "停止任务": Recipe("!停止任务 {n}", acts=True),
    "重启任务": Recipe("!重启任务 {n}", before=("!停止任务 {n}",), acts=True),
    "暂停任务": Recipe("!暂停任务 {n}", acts=True),
    "继续任务": Recipe("!继续任务 {n}", before=("!暂停任务 {n}",), acts=True),
    "立即执行": Recipe("!立即执行 {n}", acts=True),
    "调整任务": Recipe("!调整任务 {n} +1h", acts=True),
    "删除任务": Recipe("!删除任务 {n} 确认", acts=True),
    "修改任务": Recipe("!修改任务 {n} 名称=晚场二", acts=True),
    "撤销": Recipe("!撤销 {n}", before=("!停止任务 {n}",), acts=True, own_only=True),
    "清理任务": Recipe("!清理任务", acts=False),
    "查询": Recipe("!查询 没有这个场馆", acts=False),
    "预订": Recipe("!预订 没有这个场馆 周六 19", acts=False),
    "订单": Recipe("!订单 没有这个人", acts=False),
    "付款": Recipe("!付款 1234", acts=False),
    "取消订单": Recipe("!取消订单 1234", acts=False),
    "账号": Recipe("!账号 列表", acts=False),
    "登录": Recipe("!登录", acts=False),
    "验证码": Recipe("!验证码 abcd", acts=False),
    "登录状态": Recipe("!登录状态", acts=False),
    "收到": Recipe("!收到", acts=False),
    "通知设置": Recipe("!通知设置 静默={hour}-8", acts=True, is_of_the_place=True),
    "系统状态": Recipe("!系统状态", acts=False),
    "体检": Recipe("!体检", acts=False),
    "群设置": Recipe("!群设置 12345 静默={hour}-8", acts=True),
    "配额": Recipe("!配额 QQ20002 {count}", acts=True),
    "授权": Recipe("!授权 群12345 QQ2000{count}", acts=True),
    "审计": Recipe("!审计", acts=False),
    "重载配置": Recipe("!重载配置", acts=False),
    "备份": Recipe("!备份", acts=None),
    "统计": Recipe("!统计", acts=False),
    "预设": Recipe("!预设", acts=False),
    "帮助": Recipe("!帮助", acts=False),
}
"""Each command needs one; a row without is not tried, and the tests say so."""


WAYS: Final = (
    ("统计", Recipe("!统计 {n}", acts=False)),
    ("收到", Recipe("!收到 {n}", acts=False, needs_act=True)),
    ("审计", Recipe("!审计 #{n}", acts=False)),
    ("任务详情", Recipe("!#{n}", acts=False)),
    ("任务日志", Recipe("!{n} 日志 5", acts=False)),
    ("停止任务", Recipe("!#{n} 停", acts=True)),
    ("修改任务", Recipe("!{n} 改名字早场", acts=True)),
    ("删除任务", Recipe("!#{n} 删 确认", acts=True)),
    ("撤销", Recipe("!#{n} 撤销", before=("!停止任务 {n}",), acts=True, own_only=True)),
    ("任务日志", Recipe("日志 5", is_quoting=True, acts=False)),
    ("停止任务", Recipe("停一下", is_quoting=True, acts=True)),
    ("修改任务", Recipe("改 名字 早场", is_quoting=True, acts=True)),
    ("撤销", Recipe("撤销", before=("!停止任务 {n}",), is_quoting=True, acts=True, own_only=True)),
)
"""Other ways to say a command, by its name."""


@dataclass(frozen=True)
class Cell:
    """One square of the matrix. `origin`: where the job was made; `place`: where the speaker speaks."""

    command: Command
    role: Role
    is_own: bool
    origin: str
    place: str

    def __str__(self) -> str:
        whose = "own" if self.is_own else "another's"
        return f"{self.command.name}: {self.role.value} in {self.place}, {whose} job made in {self.origin}"


ORIGINS: Final = ("this group", "another group", "private")
PLACES: Final = ("this group", "private")


def cells_of(command: Command) -> list[Cell]:
    """Group administrators are that in groups alone; in private they are members, which is a square of its own."""
    roles = (Role.MEMBER, Role.GROUP_ADMIN, Role.SUPERUSER)
    drawn = itertools.product(roles, (True, False), ORIGINS, PLACES)
    cells = [Cell(command, role, own, origin, place) for role, own, origin, place in drawn]
    return [cell for cell in cells if cell.role is not Role.GROUP_ADMIN or cell.place == "this group"]


def expected(cell: Cell, recipe: Recipe) -> str:
    """`allowed`, `not allowed`, `not found` or `silence`, by the product's words."""
    is_superuser, in_group = cell.role is Role.SUPERUSER, cell.place == "this group"
    if cell.command.who is Who.SUPERUSER and not is_superuser:
        return "not allowed"
    if cell.command.where is Where.PRIVATE and in_group:
        return "not found"
    if not recipe.is_about_a_job:
        is_theirs = not recipe.is_of_the_place or not in_group or cell.role is not Role.MEMBER
        return "allowed" if is_theirs else "not allowed"
    sees = cell.origin == "this group" if in_group else cell.is_own or is_superuser
    is_admin_here = in_group and cell.role is Role.GROUP_ADMIN
    is_open = cell.command.who is not Who.OWNER and not recipe.needs_act
    may = is_open or cell.is_own or is_superuser or is_admin_here
    if recipe.is_quoting and (not sees or (recipe.own_only and not may)):
        return "silence"
    if not sees or (recipe.own_only and not cell.is_own):
        return "not found"
    return "allowed" if may else "not allowed"


class Nobody:
    """Implements `Surroundings`."""

    async def is_group(self, self_id: str, number: str) -> bool:
        return number in (GROUP.peer_id, OTHER_GROUP.peer_id)

    async def groups(self) -> KnownGroups:
        return KnownGroups(names={GROUP.peer_id: "群", OTHER_GROUP.peer_id: "别的群"}, is_complete=True)

    def accounts(self) -> Sequence[str]:
        return (SELF_ID,)

    async def is_acquainted(self, chat: Chat, user: str) -> bool:
        return True


class Matrix:
    """Tries squares with one running engine; everybody in it is new, so that nobody is reminded of anything."""

    def __init__(self, bot: Bot, store: Store, commands: tuple[Command, ...]) -> None:
        self._bot, self._store = bot, store
        self._answering = Answering(bot, commands, frozenset({"!", "/"}), Nobody())

    async def attempt(self, cell: Cell, recipe: Recipe) -> tuple[str, bool, int]:
        """What was answered, whether anything changed, and the number of the job."""
        speaker, other = str(next(_PEOPLE)), str(next(_PEOPLE))
        owner = speaker if cell.is_own else other
        origin = {"this group": GROUP, "another group": OTHER_GROUP, "private": alone(owner)}[cell.origin]
        created = await self.say(CREATE, owner, origin)
        number = int(created.split("#")[1].split(" ")[0])
        for line in recipe.before:
            said = await self.say(line.format(n=number), owner, origin)
            assert not said.startswith("⚠️"), f"{line}: {said}"
        before = self._all_of(number)
        place = GROUP if cell.place == "this group" else alone(speaker)
        line = recipe.line.format(n=number, hour=9 + number % 14, count=number)
        quoted = self._about(number) if recipe.is_quoting else None
        reply = await self.hear(line, speaker, place, cell.role, quoted)
        return reply, self._all_of(number) != before, number

    def _about(self, number: int) -> str:
        """The id of a message about that job: anybody may write it into theirs, wherever they are."""
        job = self._store.jobs.numbered(JobNumber(number))
        assert job is not None
        message_id = f"about {number}"
        self._bot.conversations.link(SELF_ID, message_id, job.id)
        return message_id

    async def say(self, text: str, person: str, chat: Chat) -> str:
        reply = await self.hear(text, person, chat)
        assert reply, f"{text!r} was met with silence"
        return reply

    async def hear(
        self, text: str, person: str, chat: Chat, role: Role = Role.MEMBER, quoted: str | None = None
    ) -> str:
        """The reply; empty for silence."""
        inbound = Inbound(self_id=SELF_ID, message_id=str(next(_MESSAGES)), received_at=self._bot.clock.now())
        actor = Actor(user_id=UserId(person), role=role, chat=chat)
        heard = Heard(text=text, raw=text, actor=actor, chat=chat, inbound=inbound, quoted=quoted)
        reply = await self._answering.answer(heard) if self._answering.concerns(heard) else None
        return "\n".join((reply.text, *reply.pages)) if reply is not None else ""

    def _all_of(self, number: int) -> Any:
        """The job as people have it, how many there are, what people did to jobs, and what chats have settled."""
        job = self._store.jobs.numbered(JobNumber(number))
        acts = [event.id for event in self._store.history.acts(_EVER, 5)]
        return job and replace(job, version=0), self._store.jobs.last_number(), acts, self._store.chats.all()


def verdict(reply: str) -> str:
    if not reply:
        return "silence"
    if any(words in reply for words in NOT_ALLOWED):
        return "not allowed"
    return "not found" if any(words in reply for words in NOT_FOUND) else "allowed"
