"""Wakes when a job is due, and claims its instants."""

from jobs.scheduler.apscheduler import ApschedulerClockwork as ApschedulerClockwork
from jobs.scheduler.scheduler import Scheduler as Scheduler
