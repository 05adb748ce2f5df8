"""循环: runs a command that the operator has written down, again and again, one at a time per account."""

import logging
import os
import threading
from collections import deque
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from jobs.kinds.commanding import Command, refuse_interpreted
from jobs.models.conduct import Conduct, Retry
from jobs.models.durations import seconds_in_words
from jobs.models.environments import RUN_MARK, harmless
from jobs.models.errors import Refusal
from jobs.models.parameters import is_safe_word, spelled
from jobs.models.punctuality import Misfire, Punctuality
from jobs.models.redaction import redact
from jobs.models.run import Exit, Outcome
from jobs.models.templates import Template, Unusable, given_to, params_of
from jobs.models.text import quote, shorten
from jobs.models.venue import Preset
from jobs.ports.kind import Assignment

_log = logging.getLogger("sja.routine")

_A_YEAR: Final = 366 * 86400
_LOGGED_AT_MOST: Final = 1024 * 1024
"""Characters of one run's output; a log part holds ten of these."""
_LAST_LINES: Final = 20
"""Of an output that was too much: those are logged whatever came before."""
_FIRST_LOOK_SECONDS: Final = 0.005
_LOOK_EVERY_SECONDS: Final = 0.1
"""How late the end of a long command may be seen."""
_TELL_EVERY_SECONDS: Final = 5.0
"""How often lists and details learn of a new line."""
_SENTENCE_WIDTH: Final = 80
_STOP_SHARE: Final = 0.6
"""Of the grace that the run itself has: it must be gone, and its command before it."""
_LASTING_ENVIRONMENT: Final = ("SJA_HOME", RUN_MARK, "PYTHONUNBUFFERED")
"""By the first two left-over processes are found; the third has a Python's lines come when they are written."""


class Routine:
    """Implements `ports.kind.Kind`."""

    name = "routine"
    title = "循环"
    conduct = Conduct(
        punctuality=Punctuality(misfire=Misfire.ONCE, grace_seconds=_A_YEAR), retry=Retry(), tells_each=False
    )
    """Runs that were missed collapse into one, as the TaskDispatcher had it; a failure is told once, and retried."""

    def describe(self, config: dict[str, Any], presets: Sequence[Preset]) -> str:  # noqa: ARG002 - needs no venue
        template = config.get("template")
        if not isinstance(template, str) or not template:
            return "配置无法辨认"
        params = (f"{shorten(name, 32)}={_value_words(value)}" for name, value in params_of(config).items())
        facts = [f"模板 {shorten(template, 32)}", " ".join(params)]
        if account := config.get("account"):
            facts.append(f"账号 {shorten(str(account), 32)}")
        return redact(" · ".join(filter(None, facts)))

    def work(self, assignment: Assignment) -> Outcome:
        config = assignment.job.config
        template = _named(assignment, str(config.get("template") or ""))
        argv = template.rendered(template.checked(given_to(template, config)))
        if why := refuse_interpreted(argv[0]):
            raise Refusal(f"模板“{template.name}”的命令不能运行：{why}")
        return _Execution(assignment, template, argv).until_done()


class _Output:
    """What the command says: logged up to a limit, and the last of it remembered. Heard in a thread of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._logged = 0
        self._held: deque[str] = deque(maxlen=_LAST_LINES)
        self._left_out = 0
        self.last = ""

    def hear(self, line: str) -> None:
        with self._lock:
            self.last = line
            if self._logged < _LOGGED_AT_MOST:
                self._logged += len(line) + 1
                _log.info("| %s", line)
                return
            self._left_out += 1
            self._held.append(line)
            if self._left_out == 1:
                _log.warning("输出太多，其余的不再记下，只留最后 %d 行", _LAST_LINES)

    def log_the_end(self) -> None:
        """The last lines, where some were left out."""
        with self._lock:
            if unseen := self._left_out - len(self._held):
                _log.warning("略去 %d 行", unseen)
            for line in self._held:
                _log.info("| %s", line)


class _Execution:
    """One run of a command, from its start to its outcome. Whatever happens, nothing that the command has started and
    that carries the mark of the run is left running."""

    def __init__(self, assignment: Assignment, template: Template, argv: Sequence[str]) -> None:
        self._assignment = assignment
        self._template = template
        self._argv = argv
        self._output = _Output()
        self._told: str = ""
        self._told_at = 0.0
        self._deadline = assignment.clock.monotonic() + template.timeout_seconds

    def until_done(self) -> Outcome:
        command = self._start()
        try:
            outcome = self._outcome(command)
        finally:
            self._finish(command)
        return outcome

    def _start(self) -> Command:
        _log.info("执行模板 %s（%s）", self._template.name, self._template.title)
        self._tell("正在执行")
        try:
            return Command(
                self._argv, cwd=_directory(self._template), environment=self._environment(), heard=self._output.hear
            )
        except (OSError, ValueError) as error:
            # ValueError: a surrogate or a NUL where the system takes none.
            _log.error("命令启动不了：%s", error)
            name, why = self._template.name, _why_not_started(error)
            raise Refusal(f"模板“{name}”的命令启动不了：{why}，请超级用户检查 templates.toml") from error

    def _outcome(self, command: Command) -> Outcome:
        clock, stopping = self._assignment.clock, self._assignment.stopping
        pause = _FIRST_LOOK_SECONDS
        while (code := command.exit_code()) is None:
            if clock.monotonic() >= self._deadline:
                return self._overdue(command)
            if stopping.wait(pause):
                return self._interrupted(command)
            pause = min(2 * pause, _LOOK_EVERY_SECONDS)
            self._tell_now_and_then()
        if code and stopping.wait(0):
            return self._interrupted(command)
        self._hear_out(command)
        return self._ended(code)

    def _ended(self, code: int) -> Outcome:
        last = self._last_line
        if code == 0:
            return Outcome(done=True, sentence=last or "完成，没有输出")
        how = f"命令{Exit(signal=-code).words}" if code < 0 else f"命令以退出码 {code} 结束"
        return Outcome(done=False, sentence=f"{how}：{last}" if last else how)

    def _overdue(self, command: Command) -> Outcome:
        limit = seconds_in_words(self._template.timeout_seconds)
        _log.warning("%s还没有结束，终止命令和它启动的全部进程", limit)
        command.end(self._assignment.grace_seconds)
        self._hear_out(command)
        last = f"，最后一行：{self._last_line}" if self._last_line else ""
        return Outcome(done=False, sentence=f"超过 {limit}没有结束，已终止{last}")

    def _interrupted(self, command: Command) -> Outcome:
        command.end(self._assignment.grace_seconds * _STOP_SHARE)
        return Outcome(done=False, sentence="被要求退出")

    def _hear_out(self, command: Command) -> None:
        """What the command wrote last; of what it has left behind nobody waits for the end."""
        if not command.has_fallen_silent():
            _log.warning("命令已经结束，但它留下的进程还占着输出，一并终止")
            command.end(self._assignment.grace_seconds * _STOP_SHARE)
            command.has_fallen_silent()

    def _finish(self, command: Command) -> None:
        if command.exit_code() is None:
            # Only where something went wrong on our side: nobody may be left running that nobody watches.
            command.end(0)
        elif command.has_left_behind():
            _log.warning("命令已经结束，但它留下的进程还在运行，一并终止")
            command.end(self._assignment.grace_seconds * _STOP_SHARE)
        self._output.log_the_end()

    @property
    def _last_line(self) -> str:
        return shorten(redact(self._output.last), _SENTENCE_WIDTH)

    def _tell_now_and_then(self) -> None:
        now, last = self._assignment.clock.monotonic(), self._last_line
        if now - self._told_at >= _TELL_EVERY_SECONDS and last not in ("", self._told):
            self._tell(last)
            self._told, self._told_at = last, now

    def _tell(self, sentence: str) -> None:
        """Promises the next word for the end of the command's time: until then it may be silent."""
        clock = self._assignment.clock
        due_at = clock.now() + timedelta(seconds=self._deadline - clock.monotonic())
        self._assignment.reporter.progress(sentence, checks=1, next_check_at=due_at)

    def _environment(self) -> dict[str, str]:
        """A harmless part of ours, what marks the run, the account, and what the template adds."""
        lasting = {name: os.environ[name] for name in _LASTING_ENVIRONMENT if name in os.environ}
        return {**harmless(os.environ), **self._account(), **self._template.env, **lasting}

    def _account(self) -> dict[str, str]:
        """What is imported may be any text; only what is safe as a part of a path or an argument reaches a command."""
        account = str(self._assignment.job.config.get("account") or "")
        if account and not is_safe_word(account):
            _log.warning("账号%s里有不安全的字符，命令收不到 SJA_ACCOUNT", quote(account))
            return {}
        return {"SJA_ACCOUNT": account} if account else {}


def _named(assignment: Assignment, name: str) -> Template:
    try:
        return assignment.templates().named(name)
    except Unusable as unusable:
        # Chats learn that it is so; what is wrong with it is for whoever reads logs.
        _log.error("%s", unusable.trouble)
        raise


def _directory(template: Template) -> str:
    """Where the command runs: as its template says, else at home, as cron has it. Raises `Refusal`."""
    if template.cwd is None:
        home = Path(os.path.expanduser("~"))  # noqa: PTH111 - stays as it is where nobody knows the home
        return str(home if home.is_dir() else Path(os.environ.get("SJA_HOME", os.curdir)))
    try:
        directory = Path(template.cwd).expanduser()
        if directory.is_dir():
            return str(directory)
    except (RuntimeError, OSError, ValueError):
        pass  # Nobody's home, or a name that no system takes.
    raise Refusal(f"模板“{template.name}”的 cwd 不是已有的目录，请超级用户检查 templates.toml")


def _why_not_started(error: OSError | ValueError) -> str:
    match error:
        case FileNotFoundError():
            return "命令不存在"
        case PermissionError():
            return "没有执行的权限"
        case _:
            return "系统拒绝了，细节在日志里"


def _value_words(value: object) -> str:
    return quote(spelled(value)) if isinstance(value, str) and " " in value else shorten(spelled(value), 40)


ROUTINE: Final = Routine()
"""The one instance."""
