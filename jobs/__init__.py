"""The job engine's public face: all that plugins and other programs may import.

Names load when they are first used, so that a run's process pays only for what it needs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jobs.app.bot import Bot as Bot
    from jobs.app.bot import start_bot as start_bot
    from jobs.config import Settings as Settings
    from jobs.config import SettingsError as SettingsError
    from jobs.config import load_settings as load_settings
    from jobs.config import one_line as one_line
    from jobs.config import read_environment as read_environment
    from jobs.config import settings_from as settings_from
    from jobs.engine import Board as Board
    from jobs.engine import Cleaning as Cleaning
    from jobs.engine import Engine as Engine
    from jobs.engine import JobDetail as JobDetail
    from jobs.engine import JobFilter as JobFilter
    from jobs.engine import JobPage as JobPage
    from jobs.engine import JobRow as JobRow
    from jobs.kinds import all_kinds as all_kinds
    from jobs.models.change import Event as Event
    from jobs.models.change import Inbound as Inbound
    from jobs.models.change import Notification as Notification
    from jobs.models.dates import DateChoice as DateChoice
    from jobs.models.dates import parse_date as parse_date
    from jobs.models.dates import parse_days as parse_days
    from jobs.models.drafts import Draft as Draft
    from jobs.models.drafts import MonitorRequest as MonitorRequest
    from jobs.models.drafts import Rules as Rules
    from jobs.models.drafts import ScheduleRequest as ScheduleRequest
    from jobs.models.drafts import draft_monitor as draft_monitor
    from jobs.models.drafts import draft_schedule as draft_schedule
    from jobs.models.durations import parse_seconds as parse_seconds
    from jobs.models.durations import seconds_in_words as seconds_in_words
    from jobs.models.errors import NotAllowed as NotAllowed
    from jobs.models.errors import NotFound as NotFound
    from jobs.models.errors import Refusal as Refusal
    from jobs.models.hours import hours_in_words as hours_in_words
    from jobs.models.hours import parse_clock as parse_clock
    from jobs.models.hours import parse_hours as parse_hours
    from jobs.models.ids import JobId as JobId
    from jobs.models.ids import UserId as UserId
    from jobs.models.job import Job as Job
    from jobs.models.job import Status as Status
    from jobs.models.matching import match_preset as match_preset
    from jobs.models.matching import search_presets as search_presets
    from jobs.models.notices import JOB_COMPLETED as JOB_COMPLETED
    from jobs.models.notices import JOB_FAILED as JOB_FAILED
    from jobs.models.notices import OCCURRENCE_DONE as OCCURRENCE_DONE
    from jobs.models.notices import OCCURRENCE_FAILED as OCCURRENCE_FAILED
    from jobs.models.notices import OCCURRENCE_MISSED as OCCURRENCE_MISSED
    from jobs.models.notices import SLOTS_FREED as SLOTS_FREED
    from jobs.models.options import Arguments as Arguments
    from jobs.models.options import Option as Option
    from jobs.models.options import parse_arguments as parse_arguments
    from jobs.models.people import Actor as Actor
    from jobs.models.people import Chat as Chat
    from jobs.models.people import Role as Role
    from jobs.models.people import require_act as require_act
    from jobs.models.recurrence import Once as Once
    from jobs.models.recurrence import Weekly as Weekly
    from jobs.models.recurrence import in_words as in_words
    from jobs.models.run import Run as Run
    from jobs.models.run import RunStatus as RunStatus
    from jobs.models.text import clean as clean
    from jobs.models.text import clean_name as clean_name
    from jobs.models.text import quote as quote
    from jobs.models.text import shorten as shorten
    from jobs.models.text import split_words as split_words
    from jobs.models.venue import Preset as Preset
    from jobs.models.venue import preset_by_number as preset_by_number
    from jobs.ports.meter import Usage as Usage
    from jobs.ports.notifier import DeliveryOutcome as DeliveryOutcome
    from jobs.ports.notifier import DeliveryReport as DeliveryReport
    from jobs.ports.store import Conversations as Conversations
    from jobs.ports.store import DuplicateInbound as DuplicateInbound
    from jobs.ports.store import Progress as Progress
    from jobs.ports.store import StoreUnavailable as StoreUnavailable

_WHERE = {
    "Bot": "jobs.app.bot",
    "start_bot": "jobs.app.bot",
    "Settings": "jobs.config",
    "load_settings": "jobs.config",
    "one_line": "jobs.config",
    "read_environment": "jobs.config",
    "settings_from": "jobs.config",
    "SettingsError": "jobs.config",
    "Board": "jobs.engine",
    "Cleaning": "jobs.engine",
    "Engine": "jobs.engine",
    "JobDetail": "jobs.engine",
    "JobFilter": "jobs.engine",
    "JobPage": "jobs.engine",
    "JobRow": "jobs.engine",
    "all_kinds": "jobs.kinds",
    "Event": "jobs.models.change",
    "Inbound": "jobs.models.change",
    "Notification": "jobs.models.change",
    "DateChoice": "jobs.models.dates",
    "parse_date": "jobs.models.dates",
    "parse_days": "jobs.models.dates",
    "Draft": "jobs.models.drafts",
    "draft_monitor": "jobs.models.drafts",
    "draft_schedule": "jobs.models.drafts",
    "MonitorRequest": "jobs.models.drafts",
    "Rules": "jobs.models.drafts",
    "ScheduleRequest": "jobs.models.drafts",
    "parse_seconds": "jobs.models.durations",
    "seconds_in_words": "jobs.models.durations",
    "NotAllowed": "jobs.models.errors",
    "NotFound": "jobs.models.errors",
    "Refusal": "jobs.models.errors",
    "hours_in_words": "jobs.models.hours",
    "parse_clock": "jobs.models.hours",
    "parse_hours": "jobs.models.hours",
    "JobId": "jobs.models.ids",
    "UserId": "jobs.models.ids",
    "Job": "jobs.models.job",
    "Status": "jobs.models.job",
    "match_preset": "jobs.models.matching",
    "search_presets": "jobs.models.matching",
    "JOB_COMPLETED": "jobs.models.notices",
    "JOB_FAILED": "jobs.models.notices",
    "OCCURRENCE_DONE": "jobs.models.notices",
    "OCCURRENCE_FAILED": "jobs.models.notices",
    "OCCURRENCE_MISSED": "jobs.models.notices",
    "SLOTS_FREED": "jobs.models.notices",
    "Arguments": "jobs.models.options",
    "Option": "jobs.models.options",
    "parse_arguments": "jobs.models.options",
    "Actor": "jobs.models.people",
    "Chat": "jobs.models.people",
    "require_act": "jobs.models.people",
    "Role": "jobs.models.people",
    "in_words": "jobs.models.recurrence",
    "Once": "jobs.models.recurrence",
    "Weekly": "jobs.models.recurrence",
    "Run": "jobs.models.run",
    "RunStatus": "jobs.models.run",
    "clean": "jobs.models.text",
    "clean_name": "jobs.models.text",
    "quote": "jobs.models.text",
    "shorten": "jobs.models.text",
    "split_words": "jobs.models.text",
    "Preset": "jobs.models.venue",
    "preset_by_number": "jobs.models.venue",
    "Usage": "jobs.ports.meter",
    "DeliveryOutcome": "jobs.ports.notifier",
    "DeliveryReport": "jobs.ports.notifier",
    "Conversations": "jobs.ports.store",
    "DuplicateInbound": "jobs.ports.store",
    "Progress": "jobs.ports.store",
    "StoreUnavailable": "jobs.ports.store",
}


def __getattr__(name: str) -> Any:
    try:
        module = _WHERE[name]
    except KeyError:
        raise AttributeError(f"module 'jobs' has no attribute {name!r}") from None
    return getattr(import_module(module), name)
