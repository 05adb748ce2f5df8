"""Replies: one message to a message, in the form its chat takes."""

from nonebot.log import logger

from jobs import Chat, DeliveryOutcome, DeliveryReport
from plugins._commands.command import Reply
from plugins._onebot.delivery import deliver_picture
from plugins._onebot.long_text import deliver_text
from plugins._replies.pages import LINES_WIDTH, TEXT_WIDTH


async def send_reply(chat: Chat, reply: Reply) -> DeliveryReport:
    """Sends the reply once, and says how that went.

    Only a picture that surely did not arrive is followed by the text that stands in for it.
    """
    report = await _picture_or_text(chat, reply)
    if report.outcome is not DeliveryOutcome.SENT:
        logger.warning(f"reply to {chat.type} {chat.peer_id}: {report.outcome} {report.detail}")
    return report


async def _picture_or_text(chat: Chat, reply: Reply) -> DeliveryReport:
    width = LINES_WIDTH if reply.prefers_text else TEXT_WIDTH
    if reply.picture is None:
        return await deliver_text(chat, reply.text, pages=reply.pages, width=width)
    report = await deliver_picture(chat, reply.text, reply.picture)
    if report.outcome is not DeliveryOutcome.REFUSED:
        return report
    logger.warning(f"picture to {chat.type} {chat.peer_id}: {report.outcome} {report.detail}")
    return await deliver_text(chat, reply.without_picture or reply.text, width=width)
