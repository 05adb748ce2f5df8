"""Identifiers, one `NewType` each, so that a run id cannot be passed where a job id belongs."""

import re
from typing import Final, NewType

JobId = NewType("JobId", str)
"""Eight hexadecimal digits for jobs made here; jobs imported from the original `jobs.json` keep theirs."""

JobNumber = NewType("JobNumber", int)
"""The short number people say (`#7`); counted up from 1, never reused. 0 means: not stored yet."""

RunId = NewType("RunId", str)
"""32 hexadecimal digits, unique for ever; the key that makes launching idempotent."""

UserId = NewType("UserId", str)
"""A person: the QQ number as text."""

Epoch = NewType("Epoch", int)
"""Counts the claims of a job. A process that holds an older epoch may no longer write."""

LOCAL_NODE: Final = "local"
"""The one node of the embedded engine."""

_SAFE_JOB_ID: Final = re.compile(r"[0-9A-Za-z_-]{1,64}")


def is_job_id(text: str) -> bool:
    """Whether `text` may name a job: it becomes part of a file name, so nothing but letters, digits, `_` and `-`."""
    return _SAFE_JOB_ID.fullmatch(text) is not None
