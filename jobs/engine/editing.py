"""A job as somebody wishes it to be, for the chat and for the shell."""

from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from jobs.models.accounts import Account, keeping_to
from jobs.models.editions import Edition
from jobs.models.edits import Circumstances, Said, edition_drawn, names_accounts, redrafted
from jobs.models.errors import NotFound
from jobs.models.job import Job
from jobs.models.people import Actor
from jobs.models.spending import decides_on_spending, spends_anothers
from jobs.models.telling_words import telling_to

FindAccounts = Callable[[Sequence[str], Job], Sequence[Account]]
"""The accounts that are named and that the job's owner may use where it was made. Raises `Refusal` for others."""


class Wish(Struct, frozen=True, kw_only=True):
    """What shall be otherwise. `tells`: whom it tells, in words; `mentions`: whether its owner is called by name.
    None: as it is."""

    said: Said
    tells: str | None = None
    mentions: bool | None = None


def edition_wished(job: Job, wish: Wish, actor: Actor, around: Circumstances, accounts: FindAccounts) -> Edition:
    """What becomes of the job, checked as a new one would be. Raises `Refusal`."""
    draft = redrafted(job, wish.said, around)
    telling = telling_to(wish.tells, job, actor) if wish.tells is not None else job.telling
    if wish.mentions is not None:
        telling = replace(telling, mentions_owner=wish.mentions)
    try:
        return _keeping_to_accounts(job, edition_drawn(job, draft, telling), accounts)
    except NotFound:
        # Whoever may not use the owner's accounts does not learn which there are.
        if decides_on_spending(actor, job):
            raise
        raise spends_anothers(job) from None


def as_edited(job: Job, edition: Edition) -> Job:
    """The job with the edition's fields, to be compared and shown."""
    return replace(job, **{name: getattr(edition, name) for name in edition.__struct_fields__})


def _keeping_to_accounts(job: Job, edition: Edition, accounts: FindAccounts) -> Edition:
    """Where others are named, which they are."""
    names: Sequence[str] = edition.config.get("accounts") or ()
    if "accounts" not in edition.config or names_accounts(names, job.config):
        return edition
    config = {key: value for key, value in edition.config.items() if key != "account_ids"}
    return replace(edition, config=keeping_to(accounts(names, job) if names else (), config))
