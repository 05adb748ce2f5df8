"""Accepting, validating and listing: what people and the command line ask of jobs."""

from jobs.engine.board import Board, JobDetail, JobFilter, JobPage, JobRow
from jobs.engine.engine import Engine, Limits

__all__ = ["Board", "Engine", "JobDetail", "JobFilter", "JobPage", "JobRow", "Limits"]
