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
    from jobs.config import settings_from as settings_from
    from jobs.engine import Cleaning as Cleaning
    from jobs.engine import JobDetail as JobDetail
    from jobs.engine import JobFilter as JobFilter
    from jobs.engine import JobPage as JobPage
    from jobs.engine import JobRow as JobRow
    from jobs.models.change import Event as Event
    from jobs.models.change import Inbound as Inbound
    from jobs.models.change import Notification as Notification
    from jobs.models.drafts import Draft as Draft
    from jobs.models.drafts import MonitorRequest as MonitorRequest
    from jobs.models.drafts import Rules as Rules
    from jobs.models.drafts import ScheduleRequest as ScheduleRequest
    from jobs.models.drafts import draft_monitor as draft_monitor
    from jobs.models.drafts import draft_schedule as draft_schedule
    from jobs.models.errors import NotAllowed as NotAllowed
    from jobs.models.errors import NotFound as NotFound
    from jobs.models.errors import Refusal as Refusal
    from jobs.models.ids import JobId as JobId
    from jobs.models.ids import UserId as UserId
    from jobs.models.job import Job as Job
    from jobs.models.job import Status as Status
    from jobs.models.people import Actor as Actor
    from jobs.models.people import Chat as Chat
    from jobs.models.people import Role as Role
    from jobs.models.run import RunStatus as RunStatus
    from jobs.models.venue import Preset as Preset
    from jobs.ports.notifier import DeliveryOutcome as DeliveryOutcome
    from jobs.ports.notifier import DeliveryReport as DeliveryReport
    from jobs.ports.store import DuplicateInbound as DuplicateInbound

_WHERE = {
    "Bot": "jobs.app.bot",
    "start_bot": "jobs.app.bot",
    "Settings": "jobs.config",
    "SettingsError": "jobs.config",
    "settings_from": "jobs.config",
    "Cleaning": "jobs.engine",
    "JobDetail": "jobs.engine",
    "JobFilter": "jobs.engine",
    "JobPage": "jobs.engine",
    "JobRow": "jobs.engine",
    "Event": "jobs.models.change",
    "Inbound": "jobs.models.change",
    "Notification": "jobs.models.change",
    "Draft": "jobs.models.drafts",
    "MonitorRequest": "jobs.models.drafts",
    "Rules": "jobs.models.drafts",
    "ScheduleRequest": "jobs.models.drafts",
    "draft_monitor": "jobs.models.drafts",
    "draft_schedule": "jobs.models.drafts",
    "NotAllowed": "jobs.models.errors",
    "NotFound": "jobs.models.errors",
    "Refusal": "jobs.models.errors",
    "JobId": "jobs.models.ids",
    "UserId": "jobs.models.ids",
    "Job": "jobs.models.job",
    "Status": "jobs.models.job",
    "Actor": "jobs.models.people",
    "Chat": "jobs.models.people",
    "Role": "jobs.models.people",
    "RunStatus": "jobs.models.run",
    "Preset": "jobs.models.venue",
    "DeliveryOutcome": "jobs.ports.notifier",
    "DeliveryReport": "jobs.ports.notifier",
    "DuplicateInbound": "jobs.ports.store",
}


def __getattr__(name: str) -> Any:
    try:
        module = _WHERE[name]
    except KeyError:
        raise AttributeError(f"module 'jobs' has no attribute {name!r}") from None
    return getattr(import_module(module), name)
