"""A question is answered under the message it went out as, whichever sending is over first."""

import sys
from datetime import datetime
from pathlib import Path

from matrix_site import GROUP, SELF_ID, Nobody

sys.path.append(str(Path(__file__).resolve().parents[1] / "engine"))

from engine_site import House

from jobs.models.change import Inbound
from jobs.models.ids import UserId
from jobs.models.people import Actor, Role
from plugins._commands.answering import Answering
from plugins._commands.asking import sent_as
from plugins._commands.command import Heard
from plugins._commands.table import COMMANDS


def heard(text: str, message_id: str, at: datetime, quoted: str | None = None) -> Heard:
    return Heard(
        text=text,
        raw=text,
        actor=Actor(user_id=UserId("20001"), role=Role.MEMBER, chat=GROUP),
        chat=GROUP,
        inbound=Inbound(self_id=SELF_ID, message_id=message_id, received_at=at),
        quoted=quoted,
        quotes_us=quoted is not None,
    )


async def test_the_id_of_an_older_question_that_is_sent_late_is_not_taken_for_the_newer_ones(tmp_path: Path) -> None:
    house = House(tmp_path / "home")
    try:
        bot = await house.open(sja_max_running=2)
        answering, now = Answering(bot, COMMANDS, frozenset({"!"}), Nobody()), bot.clock.now()
        old, new = (heard(f"!创建监控 {name}监控 不启动", name, now) for name in ("晚场", "早场"))
        asked_first, asked_then = await answering.answer(old), await answering.answer(new)
        assert asked_first is not None
        assert asked_then is not None
        sent_as(bot, new, asked_then.asks, "second")
        sent_as(bot, old, asked_first.asks, "first")
        assert await answering.answer(heard("13", "a", now, quoted="first")) is None
        created = await answering.answer(heard("13", "b", now, quoted="second"))
        assert created is not None
        assert "早场监控" in created.text
    finally:
        await house.close()
        house.end_everything()
