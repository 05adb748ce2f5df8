"""Replies: one to a message, as a forwarded message where it is long."""

from nonebot.log import logger

from jobs import Chat, DeliveryOutcome, DeliveryReport
from plugins._commands.command import Reply
from plugins._onebot.delivery import deliver, deliver_pages, deliver_picture


async def send_reply(chat: Chat, reply: Reply) -> DeliveryReport:
    """Sends the reply once, and says how that went.

    Only a forwarded message or a picture that surely did not arrive is followed by the text that stands in for it.
    """
    report = await (_picture_or_text if reply.picture else _pages_or_text)(chat, reply)
    if report.outcome is not DeliveryOutcome.SENT:
        logger.warning(f"reply to {chat.type} {chat.peer_id}: {report.outcome} {report.detail}")
    return report


async def _pages_or_text(chat: Chat, reply: Reply) -> DeliveryReport:
    if reply.pages:
        report = await deliver_pages(chat, reply.pages)
        if report.outcome is not DeliveryOutcome.REFUSED:
            return report
    return await deliver(chat, reply.text)


async def _picture_or_text(chat: Chat, reply: Reply) -> DeliveryReport:
    report = await deliver_picture(chat, reply.text, reply.picture or b"")
    if report.outcome is not DeliveryOutcome.REFUSED:
        return report
    logger.warning(f"picture to {chat.type} {chat.peer_id}: {report.outcome} {report.detail}")
    return await deliver(chat, reply.without_picture or reply.text)
