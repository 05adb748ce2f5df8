"""The log as a run's own process writes it, on disks good and bad."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from log_site import JOB, Site, run

posix = pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX processes")
BEGIN = """
    import logging, sys
    from pathlib import Path
    from jobs.app.runlog import log_to
    path = Path(sys.argv[-1])
    log_to(path, "Asia/Shanghai")
"""


def test_a_line_has_the_readers_time_and_no_secrets(tmp_path: Path) -> None:
    site = Site(tmp_path)
    code = BEGIN + "    logging.getLogger('x').info('password=hunter2 %s', 'token: abc'); logging.debug('no')"
    assert run(code, site.log) == 0
    (line,) = site.log.read_text().splitlines()
    assert line[19:] == " INFO password=•••• token: ••••"
    assert line[4] == line[7] == "-"


def test_text_that_cannot_be_encoded_is_written_all_the_same(tmp_path: Path) -> None:
    site = Site(tmp_path)
    assert run(BEGIN + "    logging.info('\\ud800 half'); logging.info('whole')", site.log) == 0
    assert [line[25:] for line in site.log.read_text().splitlines()] == ["\\ud800 half", "whole"]


def test_a_wrong_format_does_not_end_the_run(tmp_path: Path) -> None:
    site = Site(tmp_path)
    assert run(BEGIN + "    logging.info('%d', 'x'); logging.info('went on')", site.log) == 0
    assert site.log.read_text().endswith("INFO went on\n")


@posix
def test_on_a_full_disk_lines_are_left_out_counted_and_told_later(tmp_path: Path) -> None:
    site = Site(tmp_path)
    code = (
        BEGIN
        + """
    import resource
    logging.info("before")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 10, limits[1]))
    for number in range(7):
        logging.info("lost %d", number)
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    logging.info("after")
    logging.info("later")
    """
    )
    assert run(code, site.log) == 0
    lines = site.log.read_text().splitlines()
    assert lines[0].endswith("before")
    assert len(lines[1]) == 10
    assert lines[2][20:].startswith("WARNING 此前有 7 行日志没能写下（")
    assert [line[20:] for line in lines[3:]] == ["INFO after", "INFO later"]


@posix
def test_where_no_new_file_can_be_opened_the_old_one_goes_on(tmp_path: Path) -> None:
    site = Site(tmp_path)
    code = (
        BEGIN
        + """
    logging.info("one")
    path.rename(f"{path}.000001")
    path.mkdir()
    logging.info("two")
    path.rmdir()
    logging.info("three")
    """
    )
    assert run(code, site.log) == 0
    assert [line[25:] for line in site.logs.tail(JOB, 9)] == ["one", "two", "three"]
    assert site.log.read_text().count("\n") == 1


@posix
def test_what_was_renamed_before_the_first_line_is_left_at_once(tmp_path: Path) -> None:
    site = Site(tmp_path)
    code = """
        import logging, sys
        from pathlib import Path
        from jobs.app.runlog import log_to
        path = Path(sys.argv[-1])
        path.rename(f"{path}.000001")
        log_to(path, "Asia/Shanghai")
        logging.info("one")
    """
    assert run(code, site.log) == 0
    assert site.log.read_text().endswith("INFO one\n")


@posix
def test_on_a_pipe_nothing_is_opened(tmp_path: Path) -> None:
    site = Site(tmp_path)
    code = BEGIN + "    logging.info('said')"
    said = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(site.log)], capture_output=True, check=True, text=True
    )
    assert said.stderr.endswith("INFO said\n")
    assert site.names == []
