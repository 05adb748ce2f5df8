"""The job engine's public face: all that plugins and other programs may import.

Names load when they are first used, so that a run's process, and the shim that keeps it, pay only for what they need.
The two lists below say the same, one to type checkers and one to Python; a test compares them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from jobs.accounts.answers import WAY_WORDS as WAY_WORDS
    from jobs.accounts.asked import (
        AccountStatus as AccountStatus,
        CodeAsked as CodeAsked,
        LoggedIn as LoggedIn,
        PictureAsked as PictureAsked,
    )
    from jobs.app.administration import BackedUp as BackedUp
    from jobs.app.bot import Bot as Bot, start_bot as start_bot
    from jobs.app.findings import Finding as Finding
    from jobs.app.live import ChangedSetting as ChangedSetting, Reloaded as Reloaded
    from jobs.app.status import SystemStatus as SystemStatus
    from jobs.app.task_dispatcher import TaskDispatcher as TaskDispatcher
    from jobs.clock import SystemClock as SystemClock
    from jobs.config import (
        Settings as Settings,
        SettingsError as SettingsError,
        load_settings as load_settings,
        one_line as one_line,
        read_environment as read_environment,
        settings_from as settings_from,
    )
    from jobs.engine import (
        DEEDS_AT_MOST as DEEDS_AT_MOST,
        SKIPPED_COUNTED_AT_MOST as SKIPPED_COUNTED_AT_MOST,
        Board as Board,
        ChatBook as ChatBook,
        Counted as Counted,
        Engine as Engine,
        HourSeen as HourSeen,
        JobDetail as JobDetail,
        JobFilter as JobFilter,
        JobPage as JobPage,
        JobRow as JobRow,
        Lateness as Lateness,
        Statistics as Statistics,
        Wish as Wish,
        as_edited as as_edited,
        edition_wished as edition_wished,
        hours_seen as hours_seen,
        hours_wanted as hours_wanted,
    )
    from jobs.kinds import all_kinds as all_kinds
    from jobs.models.accounts import (
        Account as Account,
        Share as Share,
        Standing as Standing,
        how_to_add as how_to_add,
        how_to_log_in as how_to_log_in,
        keeping_to as keeping_to,
    )
    from jobs.models.bookings import Booking as Booking
    from jobs.models.change import (
        Event as Event,
        Inbound as Inbound,
        Notification as Notification,
        Occurrence as Occurrence,
        OccurrenceStatus as OccurrenceStatus,
    )
    from jobs.models.chats import (
        UNSAID as UNSAID,
        ChatSettings as ChatSettings,
        QuietHours as QuietHours,
        group_place as group_place,
        private_place as private_place,
    )
    from jobs.models.cleaning import Cleaning as Cleaning, cleaning_in_words as cleaning_in_words
    from jobs.models.dates import (
        DateChoice as DateChoice,
        day_words as day_words,
        parse_date as parse_date,
        parse_days as parse_days,
        weekday_in as weekday_in,
    )
    from jobs.models.deeds import Deed as Deed, deed_in_words as deed_in_words
    from jobs.models.drafts import (
        Draft as Draft,
        MonitorRequest as MonitorRequest,
        Rules as Rules,
        ScheduleRequest as ScheduleRequest,
        bookable_preset as bookable_preset,
        check_date as check_date,
        check_not_over as check_not_over,
        checked_courts as checked_courts,
        checked_hours as checked_hours,
        draft_monitor as draft_monitor,
        draft_schedule as draft_schedule,
    )
    from jobs.models.durations import (
        parse_seconds as parse_seconds,
        seconds_in_words as seconds_in_words,
        unit_unsaid as unit_unsaid,
    )
    from jobs.models.edit_words import differences as differences
    from jobs.models.editions import (
        Edition as Edition,
        Holds as Holds,
        when_it_holds as when_it_holds,
    )
    from jobs.models.edits import (
        Circumstances as Circumstances,
        Said as Said,
        refuse_unknown as refuse_unknown,
    )
    from jobs.models.errors import NotAllowed as NotAllowed, NotFound as NotFound, Refusal as Refusal
    from jobs.models.escalating import place_in_words as place_in_words
    from jobs.models.hours import (
        hours_in_words as hours_in_words,
        parse_clock as parse_clock,
        parse_hours as parse_hours,
    )
    from jobs.models.ids import JobId as JobId, UserId as UserId
    from jobs.models.instants import parse_since as parse_since
    from jobs.models.job import MAX_NAME_LENGTH as MAX_NAME_LENGTH, Job as Job, Status as Status
    from jobs.models.line_pieces import EVERY_DAY as EVERY_DAY, without_fillers as without_fillers
    from jobs.models.manners import (
        ESCALATES as ESCALATES,
        FLAPPING as FLAPPING,
        SUMMED_UP as SUMMED_UP,
        mentions_of as mentions_of,
    )
    from jobs.models.manners_words import parse_quiet as parse_quiet, quiet_in_words as quiet_in_words
    from jobs.models.matching import no_such_sport as no_such_sport
    from jobs.models.name_hints import unheard as unheard, weekly_in as weekly_in
    from jobs.models.notices import (
        BOOKED as BOOKED,
        BOOKING_ABSENT as BOOKING_ABSENT,
        BOOKING_HINDERED as BOOKING_HINDERED,
        BOOKING_UNCERTAIN as BOOKING_UNCERTAIN,
        ESCALATED as ESCALATED,
        JOB_COMPLETED as JOB_COMPLETED,
        JOB_FAILED as JOB_FAILED,
        LOGIN_WANTED as LOGIN_WANTED,
        OCCURRENCE_DONE as OCCURRENCE_DONE,
        OCCURRENCE_FAILED as OCCURRENCE_FAILED,
        OCCURRENCE_MISSED as OCCURRENCE_MISSED,
        OCCURRENCE_SKIPPED as OCCURRENCE_SKIPPED,
        ORDER_ENDED as ORDER_ENDED,
        PAYMENT_DUE as PAYMENT_DUE,
        REHEARSED as REHEARSED,
        SECOND_NAMED as SECOND_NAMED,
        SLOTS_FREED as SLOTS_FREED,
    )
    from jobs.models.occurrence_words import (
        lateness_in_words as lateness_in_words,
        occurrence_in_words as occurrence_in_words,
        punctuality_in_words as punctuality_in_words,
        why_missed as why_missed,
    )
    from jobs.models.one_line import OneLine as OneLine, read_one_line as read_one_line
    from jobs.models.options import (
        Arguments as Arguments,
        Option as Option,
        parse_arguments as parse_arguments,
        read_yes as read_yes,
    )
    from jobs.models.orders import (
        Order as Order,
        OrderedHour as OrderedHour,
        OrderId as OrderId,
        OrderState as OrderState,
        Payment as Payment,
    )
    from jobs.models.outlook import is_rough as is_rough
    from jobs.models.people import (
        OPERATOR as OPERATOR,
        Actor as Actor,
        Chat as Chat,
        Role as Role,
        may_act as may_act,
        require_act as require_act,
    )
    from jobs.models.recurrence import (
        Once as Once,
        Weekly as Weekly,
        follows_its_runs as follows_its_runs,
        in_words as in_words,
    )
    from jobs.models.recurrence_words import whose_time as whose_time
    from jobs.models.redaction import redact as redact
    from jobs.models.regret import Undone as Undone
    from jobs.models.routine_drafts import (
        RoutineRequest as RoutineRequest,
        RoutineRules as RoutineRules,
        draft_routine as draft_routine,
        parse_end as parse_end,
    )
    from jobs.models.run import Run as Run, RunStatus as RunStatus
    from jobs.models.schedule_line import hours_apart as hours_apart, read_schedule_line as read_schedule_line
    from jobs.models.setting_words import shown_setting as shown_setting
    from jobs.models.shifts import (
        begins_shift as begins_shift,
        number_and_shift as number_and_shift,
        parse_shift as parse_shift,
        shift_in_words as shift_in_words,
    )
    from jobs.models.templates import Template as Template, Templates as Templates, Unusable as Unusable
    from jobs.models.text import (
        Quoted as Quoted,
        clean as clean,
        clean_name as clean_name,
        quote as quote,
        read_number as read_number,
        shorten as shorten,
        split_words as split_words,
    )
    from jobs.models.timing import Timing as Timing, assumed as assumed, recurrence_of as recurrence_of
    from jobs.models.timing_hints import meant_as_time as meant_as_time
    from jobs.models.timing_options import punctuality_said as punctuality_said, timing_said as timing_said
    from jobs.models.tracebacks import without_tracebacks as without_tracebacks
    from jobs.models.typed_secrets import ACCOUNT_VERBS as ACCOUNT_VERBS, types_password as types_password
    from jobs.models.venue import (
        Day as Day,
        Preset as Preset,
        Slot as Slot,
        preset_by_number as preset_by_number,
    )
    from jobs.models.venue_drafts import (
        BookingRequest as BookingRequest,
        KeepAliveRequest as KeepAliveRequest,
        draft_booking as draft_booking,
        draft_keep_alive as draft_keep_alive,
    )
    from jobs.models.why import why as why
    from jobs.models.windows import parse_window as parse_window
    from jobs.paging import Pager as Pager
    from jobs.ports.accounts import Credentials as Credentials
    from jobs.ports.counter import AccountOrders as AccountOrders, DaySlots as DaySlots
    from jobs.ports.desk import Bought as Bought
    from jobs.ports.meter import Usage as Usage
    from jobs.ports.notifier import DeliveryOutcome as DeliveryOutcome, DeliveryReport as DeliveryReport
    from jobs.ports.rows import (
        TICK_FAILED as TICK_FAILED,
        TICK_FOUND as TICK_FOUND,
        TICK_NOTHING as TICK_NOTHING,
        Sighting as Sighting,
        Tally as Tally,
    )
    from jobs.ports.store import (
        Conversations as Conversations,
        DuplicateInbound as DuplicateInbound,
        Progress as Progress,
        StoreUnavailable as StoreUnavailable,
    )
    from jobs.search import match_preset as match_preset, search_presets as search_presets
    from jobs.small_files import is_regular_file as is_regular_file

FACE: Final[dict[str, str]] = {
    "jobs.accounts.answers": "WAY_WORDS",
    "jobs.accounts.asked": "AccountStatus CodeAsked LoggedIn PictureAsked",
    "jobs.app.administration": "BackedUp",
    "jobs.app.bot": "Bot start_bot",
    "jobs.app.findings": "Finding",
    "jobs.app.live": "ChangedSetting Reloaded",
    "jobs.app.status": "SystemStatus",
    "jobs.app.task_dispatcher": "TaskDispatcher",
    "jobs.clock": "SystemClock",
    "jobs.config": "Settings SettingsError load_settings one_line read_environment settings_from",
    "jobs.engine": "DEEDS_AT_MOST SKIPPED_COUNTED_AT_MOST Board ChatBook Counted Engine HourSeen JobDetail "
    "JobFilter JobPage JobRow "
    "Lateness Statistics Wish as_edited edition_wished hours_seen hours_wanted",
    "jobs.kinds": "all_kinds",
    "jobs.models.accounts": "Account Share Standing how_to_add how_to_log_in keeping_to",
    "jobs.models.bookings": "Booking",
    "jobs.models.change": "Event Inbound Notification Occurrence OccurrenceStatus",
    "jobs.models.chats": "UNSAID ChatSettings QuietHours group_place private_place",
    "jobs.models.cleaning": "Cleaning cleaning_in_words",
    "jobs.models.dates": "DateChoice day_words parse_date parse_days weekday_in",
    "jobs.models.deeds": "Deed deed_in_words",
    "jobs.models.drafts": "Draft MonitorRequest Rules ScheduleRequest "
    "bookable_preset check_date check_not_over checked_courts checked_hours draft_monitor draft_schedule",
    "jobs.models.durations": "parse_seconds seconds_in_words unit_unsaid",
    "jobs.models.edit_words": "differences",
    "jobs.models.editions": "Edition Holds when_it_holds",
    "jobs.models.edits": "Circumstances Said refuse_unknown",
    "jobs.models.escalating": "place_in_words",
    "jobs.models.errors": "NotAllowed NotFound Refusal",
    "jobs.models.hours": "hours_in_words parse_clock parse_hours",
    "jobs.models.ids": "JobId UserId",
    "jobs.models.instants": "parse_since",
    "jobs.models.job": "MAX_NAME_LENGTH Job Status",
    "jobs.models.line_pieces": "EVERY_DAY without_fillers",
    "jobs.models.manners": "ESCALATES FLAPPING SUMMED_UP mentions_of",
    "jobs.models.manners_words": "parse_quiet quiet_in_words",
    "jobs.models.matching": "no_such_sport",
    "jobs.models.notices": "BOOKED BOOKING_ABSENT BOOKING_HINDERED BOOKING_UNCERTAIN ESCALATED JOB_COMPLETED "
    "JOB_FAILED LOGIN_WANTED OCCURRENCE_DONE OCCURRENCE_FAILED OCCURRENCE_MISSED OCCURRENCE_SKIPPED "
    "ORDER_ENDED PAYMENT_DUE REHEARSED SECOND_NAMED SLOTS_FREED",
    "jobs.models.occurrence_words": "lateness_in_words occurrence_in_words punctuality_in_words why_missed",
    "jobs.models.name_hints": "unheard weekly_in",
    "jobs.models.one_line": "OneLine read_one_line",
    "jobs.models.options": "Arguments Option parse_arguments read_yes",
    "jobs.models.orders": "Order OrderedHour OrderId OrderState Payment",
    "jobs.models.people": "OPERATOR Actor Chat Role may_act require_act",
    "jobs.models.outlook": "is_rough",
    "jobs.models.recurrence": "Once Weekly follows_its_runs in_words",
    "jobs.models.recurrence_words": "whose_time",
    "jobs.models.redaction": "redact",
    "jobs.models.regret": "Undone",
    "jobs.models.routine_drafts": "RoutineRequest RoutineRules draft_routine parse_end",
    "jobs.models.run": "Run RunStatus",
    "jobs.models.schedule_line": "hours_apart read_schedule_line",
    "jobs.models.setting_words": "shown_setting",
    "jobs.models.shifts": "begins_shift number_and_shift parse_shift shift_in_words",
    "jobs.models.templates": "Template Templates Unusable",
    "jobs.models.text": "Quoted clean clean_name quote read_number shorten split_words",
    "jobs.models.timing": "Timing assumed recurrence_of",
    "jobs.models.timing_hints": "meant_as_time",
    "jobs.models.timing_options": "punctuality_said timing_said",
    "jobs.models.tracebacks": "without_tracebacks",
    "jobs.models.typed_secrets": "ACCOUNT_VERBS types_password",
    "jobs.models.venue": "Day Preset Slot preset_by_number",
    "jobs.models.venue_drafts": "BookingRequest KeepAliveRequest draft_booking draft_keep_alive",
    "jobs.models.why": "why",
    "jobs.models.windows": "parse_window",
    "jobs.paging": "Pager",
    "jobs.ports.counter": "AccountOrders DaySlots",
    "jobs.ports.desk": "Bought",
    "jobs.ports.accounts": "Credentials",
    "jobs.ports.meter": "Usage",
    "jobs.ports.notifier": "DeliveryOutcome DeliveryReport",
    "jobs.ports.rows": "TICK_FAILED TICK_FOUND TICK_NOTHING Sighting Tally",
    "jobs.ports.store": "Conversations DuplicateInbound Progress StoreUnavailable",
    "jobs.search": "match_preset search_presets",
    "jobs.small_files": "is_regular_file",
}
"""The names of the face, by the module they live in."""

_WHERE: Final = {name: module for module, names in FACE.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    try:
        module = _WHERE[name]
    except KeyError:
        raise AttributeError(f"module 'jobs' has no attribute {name!r}") from None
    return getattr(import_module(module), name)
