"""What every door that routines come in by has in common: the chat, the command line, imports and the Python face."""

from typing import Final

from jobs.models.recurrence_checks import MIN_INTERVAL_SECONDS

__all__ = ["DEFAULT_INTERVAL_SECONDS", "MAX_INTERVAL_SECONDS", "MIN_INTERVAL_SECONDS", "account_lock"]

DEFAULT_INTERVAL_SECONDS: Final = 3600
"""The TaskDispatcher's."""
MAX_INTERVAL_SECONDS: Final = 30 * 86400
"""Of what people ask for; imported ones may be as long as any rhythm."""


def account_lock(account: str | None) -> str | None:
    """What the runs of one account share, whoever owns the job, so that there is one at a time. None without one."""
    return f"routine/{account}" if account else None
