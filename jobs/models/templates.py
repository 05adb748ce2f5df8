"""Command templates: what a routine runs, as the operator wrote it, and how values get into it. Pure.

There is no shell anywhere: a template is a list of arguments, and a value becomes a part of exactly one of them.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from jobs.models.errors import Refusal
from jobs.models.parameters import Parameter, Value, spelled
from jobs.models.text import quote

DEFAULT_TIMEOUT_SECONDS: Final = 3600
"""The TaskDispatcher's own limit of a run was half an hour; an hour leaves a slow one room."""

RESERVED: Final = frozenset(
    {
        *("模板", "template", "间隔", "interval", "时段", "hours", "window", "有效时段", "截止", "ends", "until"),
        *("账号", "account", "accounts", "user", "users", "账户", "不启动", "no-start", "nostart", "名称", "name"),
    }
)
"""What the command that creates routines calls its own options: no parameter may be called so."""

WHOLE_FILE: Final = ""
"""Stands among the names of templates for the file they are in."""

_NEAR: Final = 0.5
_TOKEN: Final = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+")


class Hole(Struct, frozen=True):
    """Where a parameter's value goes inside an argument."""

    name: str


Argument = tuple[str | Hole, ...]


class Malformed(Exception):
    """An argument whose braces mean nothing; the message says in Chinese what is wrong with it."""


class Unusable(Refusal):
    """A template that somebody asks for and only the operator can mend. `trouble` says what is wrong, for him alone."""

    def __init__(self, what: str, trouble: str) -> None:
        super().__init__(f"{what}，现在用不了，请告诉超级用户（sja doctor 会说明哪里不对）")
        self.trouble = trouble

    @property
    def whole(self) -> Refusal:
        """The same for whoever can mend it."""
        return Refusal(self.trouble)


class Template(Struct, frozen=True, kw_only=True):
    """One command. `cwd` None: the home directory of whom the bot runs as. `env` is added to a scrubbed environment."""

    name: str
    title: str
    argv: tuple[Argument, ...]
    timeout_seconds: int = DEFAULT_TIMEOUT_SECONDS
    cwd: str | None = None
    env: dict[str, str] = {}
    parameters: tuple[Parameter, ...] = ()

    def checked(self, given: Mapping[str, object], others: Iterable[str] = ()) -> dict[str, Value]:
        """A value for each parameter: the given ones, else the defaults. `others`: what else might have been meant.

        Raises `Refusal` for what is missing, unknown or not as its parameter has it.
        """
        known = {parameter.name.casefold(): parameter for parameter in self.parameters}
        values: dict[str, Value] = {}
        for key, value in given.items():
            parameter = known.get(key.casefold())
            if parameter is None:
                raise self._unknown(key, others)
            values[parameter.name] = parameter.value(value)
        for parameter in self.parameters:
            if parameter.name not in values:
                values[parameter.name] = self._default(parameter)
        return values

    def rendered(self, values: Mapping[str, Value]) -> list[str]:
        """The arguments with these values (of `checked`) in their places; exactly as many as the template has."""
        return [
            "".join(part if isinstance(part, str) else spelled(values[part.name]) for part in argument)
            for argument in self.argv
        ]

    @property
    def usage(self) -> str:
        """How a routine of this template is created: `模板=backup dir=photos`."""
        said = (parameter.written for parameter in self.parameters if parameter.default is None)
        return " ".join([f"模板={self.name}", *said])

    def _default(self, parameter: Parameter) -> Value:
        if parameter.default is None:
            about = f"（{parameter.title}）" if parameter.title else ""
            example = f"，例如 {parameter.written}" if parameter.example else ""
            raise Refusal(f"模板“{self.name}”还要写参数 {parameter.name}{about}，要{parameter.rule}{example}")
        return parameter.default

    def _unknown(self, key: str, others: Iterable[str]) -> Refusal:
        names = [parameter.name for parameter in self.parameters]
        near = _nearest(key.casefold(), [*names, *others])
        guess = f"，是不是想写“{near}=”？" if near else "，名称里带等号请加引号。"
        takes = "它的参数：" + "、".join(f"{name}=" for name in names) if names else "它没有参数"
        return Refusal(f"模板“{self.name}”没有{quote(key)}这个参数{guess}{takes}")


class Templates(Struct, frozen=True, kw_only=True):
    """All there is to choose from. `refused`: the sentence that says why, of each template that cannot be used, and
    under `WHOLE_FILE` of a file that cannot be read."""

    known: dict[str, Template] = {}
    refused: dict[str, str] = {}

    def named(self, name: str) -> Template:
        """The template of that name; raises `Refusal`, with the nearest one there is, or `Unusable`."""
        if template := self.known.get(name):
            return template
        if trouble := self.refused.get(name):
            raise Unusable(f"模板{quote(name)}写得不对", trouble)
        if trouble := self.refused.get(WHOLE_FILE):
            raise Unusable("templates.toml 读不懂", trouble)
        near = _nearest(name, self.known)
        guess = f"，是不是 模板={near}" if near else ""
        raise Refusal(f"没有叫{quote(name)}的模板{guess}，发送 !模板 查看有哪些（由超级用户写在 templates.toml 里）")


def pieces(argument: str) -> Argument:
    """An argument as it was written, in its parts: `{name}` is a hole, `{{` and `}}` are braces. Raises `Malformed`."""
    parts: list[str | Hole] = []
    for token in _TOKEN.finditer(argument):
        if token[1] is not None:
            parts.append(Hole(token[1].strip()))
        elif token[0] in ("{", "}"):
            raise Malformed(f"里的“{token[0]}”没有配成对，要写花括号本身请写成“{token[0] * 2}”")
        else:
            parts.append({"{{": "{", "}}": "}"}.get(token[0], token[0]))
    return tuple(parts)


def holes(arguments: Sequence[Argument]) -> set[str]:
    """The parameters that some arguments need."""
    return {part.name for argument in arguments for part in argument if isinstance(part, Hole)}


def merged(shipped: Templates, written: Templates) -> Templates:
    """What the operator wrote, beside what ships with the program; of two with one name the operator's counts."""
    mine = {name: template for name, template in shipped.known.items() if name not in written.refused}
    return Templates(known={**mine, **written.known}, refused=written.refused)


def given_to(template: Template, config: Mapping[str, Any]) -> dict[str, object]:
    """What a stored configuration gives its template.

    A task of the TaskDispatcher brings more arguments than any template takes, and was made before there was one: the
    template has those it knows.
    """
    params, dispatch = params_of(config), config.get("dispatch")
    if not isinstance(dispatch, dict):
        return params
    arguments: object = dispatch.get("kwargs")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    known = {parameter.name.casefold() for parameter in template.parameters}
    given = {**params_of({"params": arguments}), **params}
    return {key: value for key, value in given.items() if key.casefold() in known and value is not None}


def params_of(config: Mapping[str, Any]) -> dict[str, object]:
    """The values in a stored configuration, whatever is there."""
    params = config.get("params")
    return {str(key): value for key, value in params.items()} if isinstance(params, dict) else {}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def _nearest(word: str, known: Iterable[str]) -> str | None:
    from difflib import get_close_matches  # noqa: PLC0415 - every run loads this module, few have a use for that one

    return next(iter(get_close_matches(word, [*known], n=1, cutoff=_NEAR)), None)
