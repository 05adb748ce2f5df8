"""The whole bot minds what nobody acknowledges."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path

from engine_site import GROUP, House, until
from msgspec.structs import replace

from jobs.clock import SystemClock
from jobs.models.change import Change, Notification
from jobs.models.ids import UserId
from jobs.models.notices import BOOKING_UNCERTAIN, ESCALATED
from jobs.store.opening import open_beside


async def test_a_bot_that_starts_passes_on_what_was_left_unread_while_it_was_away(tmp_path: Path) -> None:
    house = House(tmp_path)
    await house.open()
    await house.close()
    now = SystemClock().now()
    with closing(open_beside(tmp_path, SystemClock())) as store:
        told = Notification(
            dedupe_key="booking_uncertain/account/try",
            target=GROUP,
            topic=BOOKING_UNCERTAIN,
            job_id=None,
            data={"given_up": True, "venue": "霍英东"},
            created_at=now,
            is_urgent=True,
        )
        settings = replace(store.chats.of(GROUP.place), escalate_to=UserId("20002"))
        store.apply(Change(notifications=(told,), chats=((GROUP.place, settings),)))
        (delivery,) = store.deliveries.due(now, 10)
        store.deliveries.begin([delivery.id], now)
        store.deliveries.done([delivery.id], "77", now - timedelta(minutes=6))
    bot = await house.open()
    try:
        await until(lambda: house.audience.topics() == [ESCALATED], "the second person is told")
        assert house.audience.told[0][0].target.peer_id == "20002"
        assert bot.receipts.has_any()
    finally:
        await house.close()
