"""What chats have settled for themselves, read and changed."""

from collections.abc import Callable, Mapping
from typing import Final

from jobs.models.audit import Audit
from jobs.models.change import Change, Inbound
from jobs.models.chats import ChatSettings
from jobs.models.errors import Refusal
from jobs.models.people import Actor
from jobs.ports.clock import Clock
from jobs.ports.store import Conflict, Store

_TRIES: Final = 8
"""A conflict means that another writer was first; eight in a row would mean a defect."""


class ChatBook:
    """Places (`Chat.place`) and what they have settled. Who may settle what is the caller's to check."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def of(self, place: str) -> ChatSettings:
        """What the place has settled; cheap enough to ask for every command."""
        return self._store.chats.of(place)

    def all(self) -> Mapping[str, ChatSettings]:
        """All places that have settled anything."""
        return self._store.chats.all()

    def settle(
        self,
        actor: Actor,
        place: str,
        change: Callable[[ChatSettings], ChatSettings],
        act: str,
        subject: str,
        inbound: Inbound | None = None,
    ) -> ChatSettings:
        """Stores what `change` makes of the present settings, with an audit of it; returns them as they are then.

        `change` is called anew where somebody else was first, and may raise `Refusal`: then nothing was changed. `act`
        is a dotted word (`chat.quiet`), `subject` the place and the change in words. What stays the same is not
        written, but the message is noted. Raises `DuplicateInbound`.
        """
        for _ in range(_TRIES):
            before = self._store.chats.of(place)
            after = change(before)
            audit = Audit(at=self._clock.now(), actor=actor.label, act=act, subject=subject)
            written = Change(chats=((place, after),), audits=(audit,)) if after != before else Change()
            try:
                self._store.apply(written.answering(inbound))
            except Conflict:
                continue
            return self._store.chats.of(place)
        raise Refusal("设置正被别处修改，请再发一次")
