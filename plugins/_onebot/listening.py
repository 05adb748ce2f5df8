"""In which chats the bot listens."""

from jobs import Chat, ChatSettings, Settings


def listens_in(chat: Chat, settled: ChatSettings, settings: Settings) -> bool:
    """`settled`: by the group itself, which goes before `SJA_GROUPS`. In private always."""
    if not chat.is_group:
        return True
    if settled.is_enabled is not None:
        return settled.is_enabled
    return not settings.sja_groups or chat.peer_id in settings.sja_groups
