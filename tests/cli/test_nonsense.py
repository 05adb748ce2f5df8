"""Whatever is typed: one sentence and an exit code, never a traceback, and nothing is created."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from terminal_site import Shell, is_refusal

from jobs.cli.parser import COMMANDS

SURROGATE = "\udcff"
"""How Python hands over an argument's byte 0xff."""

WORDS = [
    *(
        "",
        " ",
        "#",
        "-1",
        "0",
        "#999999999999999999999",
        "9" * 5000,
        "长" * 10_000,
        "../../etc/passwd",
        "a\nb",
        "%",
        "_",
    ),
    *("'; DROP TABLE jobs; --", "[CQ:at,qq=all]", "\u202egnp", "\x1b[31m", "\u200b", SURROGATE, f"a{SURROGATE}b"),
]

NUMBERS = ["abc", "", "1.5", "-1", "0", "9" * 30, "9" * 5000, "１２", "1_0", "nan", SURROGATE, "\u200b"]

GOOD: dict[str, dict[str, str]] = {
    "create-monitor": {"--name": "晚场", "--preset": "13"},
    "create-schedule": {"--name": "晚场", "--preset": "13"},
}
OPTIONS: dict[str, dict[str, list[str]]] = {
    "create-monitor": {
        "--name": WORDS,
        "--preset": NUMBERS,
        "--pt": [*WORDS, *NUMBERS, "25", "18-", "21-18"],
        "--date": [*WORDS, *NUMBERS, "2026-02-30", "+99999", "昨天", "1999-01-01", "9999-12-31"],
        "--interval": NUMBERS,
        "--users": [SURROGATE],
        "--court": WORDS,
        "--length": NUMBERS,
    },
    "create-schedule": {
        "--name": WORDS,
        "--hour": [number for number in [*NUMBERS, "24", "25"] if number not in ("0", "１２", "1_0")],
        "--minute": [number for number in [*NUMBERS, "60"] if number not in ("0", "１２", "1_0")],
        "--second": ["60", "-1", "9" * 30],
        "--when": [*(word for word in WORDS if word), "每天12:00", "每2小时 8-22点", "每30秒", "13:00 12:00", "2-30"],
        "--cron": [*(word for word in WORDS if word), "0 8 * * 1-5", "0 25 * * *", "0 0 30 2 *", "9" * 5000],
        "--ends": ["12-31", "昨天", "2026-02-30", "0001-01-01", SURROGATE],
        "--skip": ["12-25,12-26", "2-30", SURROGATE],
        "--jitter": ["60", "2d", "x", "0", "9" * 30],
        "--window": ["0-23", "22-6", "8-10", "8-25", "x", "-"],
        "--zone": ["Europe/London", "Mars/Base", "../../etc/passwd", "America", SURROGATE],
        "--grace": ["60", "2d", "x"],
        "--users": [SURROGATE],
    },
}


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
def test_every_command_takes_any_word_for_its_argument(shell: Shell, command: str) -> None:
    for word in WORDS:
        answer = shell.sja(command, "--", word)
        assert is_refusal(answer) or answer.code == 0, (word[:20], answer)
        assert "Traceback" not in answer.err
        assert len(answer.err) < 20_000 if answer.code == 2 else len(answer.err) < 400, word[:20]
    assert shell.store() == []


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
def test_every_command_refuses_options_nobody_knows(shell: Shell, command: str) -> None:
    for words in (
        ["--nonsense"],
        ["--days=x", "--lines=x"],
        ["a", "b", "c", "d"],
        [f"--{SURROGATE}"],
        ["-" + "x" * 999],
    ):
        answer = shell.sja(command, *words)
        assert answer.code == 2, (words, answer)
        assert is_refusal(answer)


@pytest.mark.parametrize("command", ["job", "job-start", "job-stop", "job-restart", "job-delete", "job-logs"])
@pytest.mark.parametrize("word", WORDS)
def test_no_word_names_a_job_that_does_not_exist(shell: Shell, command: str, word: str) -> None:
    answer = shell.sja(command, "--", word)
    assert answer.code == 1
    assert is_refusal(answer)


@pytest.mark.parametrize(
    ("command", "option"), [(command, option) for command, options in OPTIONS.items() for option in options]
)
def test_any_value_of_an_option_is_understood_or_refused_whole(shell: Shell, command: str, option: str) -> None:
    understood = 0
    for value in OPTIONS[command][option]:
        given = {**GOOD[command], option: value}
        answer = shell.sja(command, *(f"{name}={text}" for name, text in given.items()))
        assert answer.code == 0 or is_refusal(answer), (value[:20], answer)
        understood += answer.code == 0
    assert len(shell.store()) == understood < len(OPTIONS[command][option])


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--pt", "25"),
        ("--pt", "21-18"),
        ("--date", "2026-02-30"),
        ("--date", "+99999"),
        ("--date", "1999-01-01"),
        ("--interval", "0"),
        ("--interval", "abc"),
        ("--interval", ""),
        ("--interval", "9" * 30),
        ("--preset", "9" * 30),
        ("--name", "长" * 10_000),
        ("--name", SURROGATE),
        ("--name", f"晚场{SURROGATE}"),
        ("--users", SURROGATE),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_created(shell: Shell, option: str, value: str) -> None:
    given = {**GOOD["create-monitor"], option: value}
    answer = shell.sja("create-monitor", *(f"{name}={text}" for name, text in given.items()))
    assert answer.code == 1
    assert is_refusal(answer)
    assert shell.store() == []


@pytest.mark.parametrize(
    ("hour", "minute"), [("24", "0"), ("-1", "0"), ("12", "60"), ("9" * 30, "0"), ("9" * 4000, "0")]
)
def test_a_time_that_does_not_exist_is_refused(shell: Shell, hour: str, minute: str) -> None:
    answer = shell.sja("create-schedule", "--name=晚场", "--preset=13", f"--hour={hour}", f"--minute={minute}")
    assert answer.code == 1
    assert is_refusal(answer)
    assert len(answer.err) < 200


def test_a_number_that_is_none_is_wrong_usage(shell: Shell) -> None:
    assert shell.sja("create-monitor", "--name=晚场", "--preset=x").code == 2


def directory(place: Path) -> None:
    place.mkdir()


def missing(place: Path) -> None:
    """Nothing is there."""


def empty(place: Path) -> None:
    place.write_bytes(b"")


def torn(place: Path) -> None:
    place.write_bytes(b'{"aa": ')


def binary(place: Path) -> None:
    place.write_bytes(bytes(range(256)) * 99)


def a_list(place: Path) -> None:
    place.write_text("[1, 2]")


def endless(place: Path) -> None:
    place.symlink_to("/dev/zero")


def pipe(place: Path) -> None:
    os.mkfifo(place)


def loop(place: Path) -> None:
    place.symlink_to(place)


def unreadable(place: Path) -> None:
    place.write_text("{}")
    place.chmod(stat.S_IWUSR)
    if os.access(place, os.R_OK):
        pytest.skip("this user reads everything")


@pytest.mark.parametrize("make", [directory, missing, empty, torn, binary, a_list, endless, pipe, loop, unreadable])
def test_a_file_that_cannot_be_imported_is_refused_in_one_line(shell: Shell, make: Callable[[Path], None]) -> None:
    make(shell.directory / "in.json")
    answer = shell.sja("import", "in.json")
    assert answer.code == 1
    assert is_refusal(answer)
    assert shell.store() == []


@pytest.mark.parametrize("output", [".", "missing/out.json", "", "x" * 999, f"missing/{SURROGATE}"])
def test_a_file_that_cannot_be_written_is_refused_in_one_line(shell: Shell, output: str) -> None:
    answer = shell.sja("export", f"--output={output}")
    assert answer.code == 1
    assert is_refusal(answer)


@pytest.mark.skipif(os.name != "posix", reason="arguments are bytes on POSIX only")
def test_bytes_that_are_no_text_are_refused_in_one_line_by_the_real_command(shell: Shell) -> None:
    for words in ([b"job", b"\xff"], [b"create-monitor", b"--name", b"\xff13"], [b"import", b"\xff"]):
        answer = shell.sja_process(*words)
        assert answer.code == 1
        assert is_refusal(answer)
    written = shell.sja_process(b"export", b"--output", b"out-\xff.json")
    assert (written.code, written.err) == (0, "")
    assert written.out.startswith("✅")
