"""Who did what to what is no job: accounts, their shares, orders cancelled by hand."""

from datetime import datetime

from msgspec import Struct


class Audit(Struct, frozen=True, kw_only=True):
    """One act. `actor` as in events (`qq:10001`, `operator`), `act` a dotted word (`account.added`), `subject` the
    thing in words, never with a secret in it. `id` 0: not stored yet."""

    at: datetime
    actor: str
    act: str
    subject: str
    id: int = 0
