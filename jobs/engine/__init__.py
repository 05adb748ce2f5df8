"""Accepting, validating and listing: what people and the command line ask of jobs."""

from jobs.engine.board import SKIPPED_COUNTED_AT_MOST, Board
from jobs.engine.chat_book import ChatBook
from jobs.engine.deeds import DEEDS_AT_MOST, deeds, job_acted_on
from jobs.engine.editing import Wish, as_edited, edition_wished
from jobs.engine.engine import Engine
from jobs.engine.quotas import Limits
from jobs.engine.rows import JobDetail, JobFilter, JobPage, JobRow
from jobs.engine.statistics import Counted, HourSeen, Lateness, Statistics, hours_seen, hours_wanted

__all__ = [
    "DEEDS_AT_MOST",
    "SKIPPED_COUNTED_AT_MOST",
    "Board",
    "ChatBook",
    "Counted",
    "Engine",
    "HourSeen",
    "JobDetail",
    "JobFilter",
    "JobPage",
    "JobRow",
    "Lateness",
    "Limits",
    "Statistics",
    "Wish",
    "as_edited",
    "deeds",
    "edition_wished",
    "hours_seen",
    "hours_wanted",
    "job_acted_on",
]
