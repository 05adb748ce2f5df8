"""What a login asks of a person, and how it ends."""

from datetime import datetime

from msgspec import Struct

from jobs.models.accounts import Account


class PictureAsked(Struct, frozen=True, kw_only=True):
    """What are the letters in this picture? `expires_at`: when the picture is worthless. `complaint`: what was wrong
    with the answer before, a Chinese sentence without its full stop; empty: nothing was."""

    account: Account
    picture: bytes
    expires_at: datetime
    complaint: str = ""

    def __repr__(self) -> str:
        return f"PictureAsked({self.account.nickname}, {len(self.picture)} bytes)"


class CodeAsked(Struct, frozen=True, kw_only=True):
    """What is the code of the second factor? `ways`: what the platform offers, of `app`, `email`, `sms`.

    `way`: where the code comes from; empty: the person chooses first. `complaint` as in `PictureAsked`.
    """

    account: Account
    ways: tuple[str, ...]
    way: str = ""
    complaint: str = ""


class LoggedIn(Struct, frozen=True, kw_only=True):
    """The session is kept. `name` as the platform has it; empty where it did not say."""

    account: Account
    name: str = ""


class AccountStatus(Struct, frozen=True, kw_only=True):
    """How an account stands, just looked at. `trouble`: why the platform could not be asked, so that the standing is
    the one seen last; empty: it was asked, or there was nothing to ask with."""

    account: Account
    name: str = ""
    trouble: str = ""
