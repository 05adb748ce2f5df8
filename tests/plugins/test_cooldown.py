"""Whoever gives commands faster than people do is told so once; nobody else pays for it."""

import itertools
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given, strategies as st

from jobs import Actor, Chat, Inbound, Role, UserId
from plugins._commands.command import Heard, TooFast
from plugins._onebot.cooldown import Cooldown


class Stage:
    """A cooldown whose time passes only when it is told to."""

    def __init__(self, user: int = 60, group: int = 0) -> None:
        self.now = 0.0
        self.settings = SimpleNamespace(sja_user_commands_per_minute=user, sja_group_commands_per_minute=group)
        self.waiting = 0
        self.cooldown = Cooldown(
            lambda: cast("Any", self.settings), replies_waiting=lambda _: self.waiting, monotonic=lambda: self.now
        )

    def says(
        self, user: str = "1", *, group: str | None = "12345", role: Role = Role.MEMBER, command: str = "任务列表"
    ) -> str:
        """`ok`, the notice's seconds, or `…` for silence; `群` when the whole group is too fast."""
        kind = "private" if group is None else "group"
        chat = Chat(self_id="10000", type=kind, peer_id=group or user)
        at = datetime(2026, 11, 22, tzinfo=UTC)
        actor = Actor(user_id=UserId(user), role=role, chat=chat)
        inbound = Inbound(self_id="10000", message_id="1", received_at=at)
        try:
            self.cooldown.admit(Heard(text="!任务列表", actor=actor, chat=chat, inbound=inbound), command)
        except TooFast as hurry:
            return f"{'群' if hurry.together else ''}{hurry.seconds or '…'}"
        return "ok"


def test_a_burst_is_a_quarter_of_a_minutes_commands_then_one_notice_then_silence() -> None:
    stage = Stage(user=60)
    assert [stage.says() for _ in range(18)] == ["ok"] * 15 + ["5", "…", "…"]
    stage.now = 4.9
    assert stage.says() == "…"
    stage.now = 5
    assert [stage.says() for _ in range(7)] == ["ok"] * 5 + ["5", "…"]


def test_at_a_low_rate_the_notice_says_when_the_next_command_may_come() -> None:
    stage = Stage(user=6)
    assert [stage.says() for _ in range(7)] == ["ok"] * 5 + ["10", "…"]
    stage.now = 10
    assert [stage.says() for _ in range(2)] == ["ok", "10"]


def test_people_do_not_pay_for_each_other_and_each_group_is_its_own() -> None:
    stage = Stage(user=6)
    assert [stage.says("1") for _ in range(6)][-1] == "10"
    assert stage.says("2") == "ok"
    assert stage.says("1", group="777") == "ok"
    assert stage.says("1", group=None) == "ok"


def test_in_private_there_are_five_times_as_many() -> None:
    stage = Stage(user=60)
    assert [stage.says(group=None) for _ in range(76)] == ["ok"] * 75 + ["5"]


def test_a_group_has_a_limit_of_its_own_and_each_person_is_told_once() -> None:
    stage = Stage(user=60, group=30)
    said = [stage.says(str(number)) for number in range(13)]
    assert said == ["ok"] * 10 + ["群5", "群5", "群5"]
    assert [stage.says(str(number)) for number in (10, 11)] == ["群…", "群…"]
    assert stage.says("1", group=None) == "ok"


def test_who_stops_something_does_not_wait_for_the_others_of_a_group() -> None:
    stage = Stage(user=60, group=30)
    assert [stage.says(str(number)) for number in range(11)][-1] == "群5"
    for command in ("停止任务", "暂停任务", "撤销", "取消订单", "收到"):
        assert stage.says("99", command=command) == "ok"
    assert stage.says("99") == "群5"
    said = [stage.says("98", command="停止任务") for _ in range(17)]
    assert said == ["ok"] * 15 + ["5", "…"], "only their own limit counts"


def test_acknowledging_is_never_too_fast() -> None:
    stage = Stage(user=6)
    while stage.says() == "ok":
        pass
    stage.waiting = 1000
    assert {stage.says(command="收到") for _ in range(50)} == {"ok"}


@pytest.mark.parametrize("group", ["12345", None])
def test_where_many_replies_wait_nothing_more_is_begun_and_each_person_is_told_once(group: str | None) -> None:
    stage = Stage(user=60, group=90)
    stage.waiting = 4
    assert stage.says(group=group) == "ok"
    stage.waiting = 5
    notice = "5" if group is None else "群5"
    assert [stage.says(user, group=group) for user in "1122"] == [notice, f"{notice[:-1]}…"] * 2
    assert stage.says(group=group, command="停止任务") == "ok"
    assert stage.says(group=group, role=Role.SUPERUSER) == "ok"
    stage.waiting = 20
    assert stage.says(group=group, role=Role.SUPERUSER)[-1] == "…"
    assert stage.says("3", group=group)[-1] == "…", "not even a notice"


def test_superusers_are_exempt_and_zero_means_any_number() -> None:
    stage = Stage(user=6, group=6)
    assert {stage.says(role=Role.SUPERUSER) for _ in range(50)} == {"ok"}
    stage = Stage(user=0, group=0)
    assert {stage.says() for _ in range(500)} == {"ok"}


def test_settings_count_as_soon_as_they_change() -> None:
    stage = Stage(user=6)
    assert [stage.says() for _ in range(6)][-1] == "10"
    stage.settings.sja_user_commands_per_minute = 0
    assert stage.says() == "ok"


def test_who_was_quiet_for_longest_is_forgotten_first() -> None:
    stage = Stage(user=60, group=90)
    for number in range(10_000):
        stage.now += 1
        stage.says(str(number))
    assert stage.cooldown.remembered <= 4096


@given(st.lists(st.floats(0, 20), max_size=80), st.integers(1, 200))
def test_nobody_gets_more_than_the_burst_and_the_rate_nor_two_notices_in_a_row(waits: list[float], user: int) -> None:
    stage = Stage(user=user)
    said: list[str] = []
    for wait in waits:
        stage.now += wait
        said.append(stage.says())
    assert said.count("ok") <= max(user / 4, 5) + stage.now * user / 60 + 1e-6
    heard = [word for word in said if word != "…"]
    told_at = [n for n, word in enumerate(heard) if word != "ok"]
    assert all(b - a > 1 for a, b in itertools.pairwise(told_at))


@pytest.mark.parametrize("seconds", [1, 9])
def test_waiting_as_long_as_was_told_is_always_enough(seconds: int) -> None:
    stage = Stage(user=60 // seconds)
    while (said := stage.says()) == "ok":
        pass
    stage.now += int(said)
    assert stage.says() == "ok"
