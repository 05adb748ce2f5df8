"""The front of one running bot: hears messages, lets the commands answer, sends the replies."""

import secrets
from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace
from nonebot.adapters.onebot.v11 import Event, GroupMessageEvent, PrivateMessageEvent
from nonebot.log import logger

from jobs import UNSAID, Chat, DeliveryOutcome, DeliveryReport, StoreUnavailable
from plugins._commands.answering import Answering
from plugins._commands.asking import sent_as
from plugins._commands.command import Heard, Reply
from plugins._commands.table import COMMANDS
from plugins._onebot.cooldown import Cooldown
from plugins._onebot.courier import Courier
from plugins._onebot.delivery import recall
from plugins._onebot.groups import Groups
from plugins._onebot.hearing import hear, raw_text, with_rights
from plugins._onebot.listening import listens_in
from plugins._onebot.repeats import Repeats
from plugins._onebot.replying import send_reply

if TYPE_CHECKING:
    from jobs import Bot

_NEEDED: Final = ("message_type", "message_id", "user_id", "message")
"""What the adapter needs to see a message in an event; lacking one, it hands out a bare event."""


class Front:
    """One per running engine."""

    def __init__(self, bot: "Bot", superusers: Collection[str], prefixes: frozenset[str], courier: Courier) -> None:
        self._bot = bot
        self._courier = courier
        self._superusers = superusers
        self._groups = Groups()
        pace = Cooldown(lambda: bot.settings, replies_waiting=courier.replies_waiting)
        self._answering = Answering(bot, COMMANDS, prefixes, self._groups, pace)
        self._repeats = Repeats()
        self._odd_shapes: set[tuple[str, ...]] = set()

    def heard(self, event: Event) -> Heard | None:
        """What is to be answered; None for everything else. Runs for every message of every group: cheap first."""
        if not isinstance(event, GroupMessageEvent | PrivateMessageEvent):
            # Half understood is not understood: the message of a group must never pass for one in private.
            self._note_odd_shape(event)
            return None
        if event.user_id == event.self_id:
            return None
        if isinstance(event, GroupMessageEvent):
            self._groups.note(Chat(self_id=str(event.self_id), type="group", peer_id=str(event.group_id)))
        text = raw_text(event)
        if not self._answering.may_concern(text):
            return None
        heard = hear(event, text, self._superusers, self._bot.clock.now())
        if not self._answering.concerns(heard):
            return None
        settled = self._bot.chats.of(heard.chat.place) if heard.chat.is_group else UNSAID
        if not listens_in(heard.chat, settled, self._bot.settings) or not self._repeats.is_new(heard, event.time):
            return None
        return with_rights(heard, settled.managers)

    async def reply(self, heard: Heard) -> None:
        """Answers, sends when it is this chat's turn, and remembers what the sent message is about."""
        reply = await self._answer(heard)
        if reply is None:
            return
        if reply.if_recalled and await recall(heard.chat, heard.inbound.message_id):
            reply = replace(reply, text=reply.if_recalled)
        if await self._courier.reply_turn(heard.chat):
            self._note_sent(heard, reply, await send_reply(heard.chat, reply))
        else:
            logger.warning(f"reply to {heard.chat.type} {heard.chat.peer_id}: too much waits before it")

    def _note_sent(self, heard: Heard, reply: Reply, report: DeliveryReport) -> None:
        if reply.tells and report.outcome is DeliveryOutcome.SENT:
            self._bot.said(reply.tells)
        if report.message_id is None:
            return
        try:
            if reply.about is not None:
                self._bot.conversations.link(heard.inbound.self_id, report.message_id, reply.about)
            if reply.asks:
                sent_as(self._bot, heard, reply.asks, report.message_id)
        except StoreUnavailable as unavailable:
            # It was said all the same; only quoting it will mean nothing.
            logger.error(f"{unavailable.sentence} {unavailable.detail}")

    async def _answer(self, heard: Heard) -> Reply | None:
        """The reply, whatever happens: a defect must not leave a person without one."""
        try:
            return await self._answering.answer(heard)
        except StoreUnavailable as unavailable:
            logger.error(f"{unavailable.sentence} {unavailable.detail}")
            return Reply(text=f"⚠️ {unavailable.sentence}")
        except Exception as defect:
            code = secrets.token_hex(2)
            logger.opt(exception=defect).error(f"[{code}] a message could not be answered")
            return Reply(text=f"⚠️ 出了内部错误（编号 {code}），已记入日志")

    def _note_odd_shape(self, event: Event) -> None:
        """A client whose messages the adapter cannot read would otherwise be met with unexplained silence."""
        shape = tuple(key for key in _NEEDED if key not in event.model_fields_set)
        if shape not in self._odd_shapes:
            self._odd_shapes.add(shape)
            trouble = f"缺少：{'、'.join(shape)}" if shape else "有字段的类型不对，例如 message_id 不是整数"
            logger.warning(f"QQ 客户端发来的消息事件无法识别，已忽略；{trouble}")
