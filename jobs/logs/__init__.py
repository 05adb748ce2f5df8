"""The logs of jobs: one append-only file each and its older parts, read from the end, followed, kept within bounds."""

from jobs.logs.files import FileLogs as FileLogs
from jobs.logs.tidying import Limits as Limits, Tidying as Tidying
