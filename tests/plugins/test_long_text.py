"""What is too long for one message arrives all the same, once, in the first form that its chat takes."""

import base64
from typing import Any, Final

import pytest
from front_site import CREATE, Place
from hypothesis import example, given, strategies as st
from nonebot.adapters.onebot.v11 import ActionFailed, Adapter, Bot as QQ, Message, MessageSegment, NetworkError
from nonebug import App

from jobs import Chat, DeliveryOutcome
from jobs.cli.onebot import Posted
from plugins._replies.pages import PAGE_WIDTH, TEXT_WIDTH, beginning, file_name, pages_of

FORWARD: Final = "send_group_forward_msg"
FILE: Final = "upload_group_file"
CHAT: Final = Chat(self_id="10000", type="group", peer_id="12345")


async def say_something_long(place: Place, *, lines: int = 40, width: int = 80) -> Posted:
    """A log is asked for, which is long; the reply."""
    created = await place.ask(CREATE)
    job_id = created.text.split(" · ")[1].split("\n")[0]
    log = "\n".join(f"第{n}行 " + "字" * width for n in range(lines))
    (place.bot.home / "jobs" / f"{job_id}.log").write_text(f"{log}\n", encoding="utf-8")
    return await place.ask(f"!任务日志 行数={lines}", quoting=created)


def form_of(posted: Posted) -> str:
    return posted.segments[-1]["type"]


async def test_a_client_that_refuses_one_form_gets_the_next(place: Place) -> None:
    assert form_of(await say_something_long(place)) == "node"
    place.failing = {FORWARD}
    drawn = await say_something_long(place)
    assert form_of(drawn) == "image" or not drawn.pictures, "without a font there is no picture"
    place.refuses_pictures = True
    filed = await say_something_long(place)
    ((name, content),) = filed.files
    assert name.endswith("最后 40 行日志.txt")
    assert content.decode("utf-8-sig").splitlines()[-1].startswith("第39行")
    place.failing = {FORWARD, FILE}
    cut = await say_something_long(place)
    assert form_of(cut) == "text"
    assert len(cut.text) <= TEXT_WIDTH


async def test_what_is_too_long_for_a_picture_goes_as_a_file(place: Place) -> None:
    place.failing = {FORWARD}
    filed = await say_something_long(place, lines=300)
    assert form_of(filed) == "file"
    assert filed.files[0][1].decode("utf-8-sig").count("\n") >= 299


async def test_a_forwarded_message_says_what_it_is_before_it_is_opened(place: Place) -> None:
    await say_something_long(place)
    params = next(params for action, params in place.calls if action == FORWARD)
    assert params["source"].endswith("最后 40 行日志")
    assert params["prompt"] == params["source"]
    assert params["news"][1]["text"].startswith("第0行")


async def test_whichever_form_arrives_it_can_be_quoted(place: Place) -> None:
    for refused in (set[str](), {FORWARD}):
        place.failing = refused
        said = await say_something_long(place)
        assert "编码：" in await place.say("详情", quoting=said)


LONG: Final = "\n".join(f"第{n}行 {'字' * 30}" for n in range(40))
REFUSED: Final = ActionFailed(status="failed", retcode=100)


@pytest.mark.parametrize(
    ("failure", "outcome"),
    [
        (ActionFailed(status="failed", retcode=1200), DeliveryOutcome.UNCERTAIN),
        (NetworkError("WebSocket call api timeout"), DeliveryOutcome.UNCERTAIN),
    ],
)
async def test_what_may_have_arrived_is_not_said_again_in_another_form(
    app: App, failure: Exception, outcome: DeliveryOutcome
) -> None:
    from plugins._onebot.long_text import deliver_text

    async with app.test_api() as client:
        client.create_bot(base=QQ, adapter=client.create_adapter(base=Adapter), self_id="10000")
        client.should_call_api(FORWARD, forwarded(LONG), None, failure)
        assert (await deliver_text(CHAT, LONG)).outcome is outcome


async def test_where_nothing_goes_the_beginning_says_how_to_get_less(app: App) -> None:
    from plugins._onebot.long_text import deliver_text

    endless = LONG * 30
    async with app.test_api() as client:
        client.create_bot(base=QQ, adapter=client.create_adapter(base=Adapter), self_id="10000")
        name, content = (
            "第0行 字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字.txt",
            endless.encode("utf-8-sig"),
        )
        file = {"group_id": 12345, "file": f"base64://{base64.b64encode(content).decode()}", "name": name}
        client.should_call_api(FILE, file, None, REFUSED)
        message = Message([MessageSegment.text(beginning(endless))])
        client.should_call_api(
            "send_msg", {"message_type": "group", "group_id": 12345, "message": message}, {"message_id": 1}
        )
        assert (await deliver_text(CHAT, endless)).outcome is DeliveryOutcome.SENT
    assert "可以少看一些" in beginning(endless)


def forwarded(text: str) -> dict[str, Any]:
    """What is asked of the client for it."""
    names = {"user_id": "10000", "nickname": "SJA", "uin": "10000", "name": "SJA"}
    pages = pages_of(text)
    nodes = [
        {"type": "node", "data": {**names, "content": [{"type": "text", "data": {"text": page}}]}} for page in pages
    ]
    title = text.partition("\n")[0]
    news = [{"text": line[:40]} for line in text.splitlines()[:4]]
    summary = f"共 {len(pages)} 页，点开看全文"
    return {
        "group_id": 12345,
        "messages": nodes,
        "source": title,
        "prompt": title,
        "summary": summary,
        "news": news,
    }


@given(st.text() | st.lists(st.integers(0, 1100), max_size=12).map(lambda wide: "\n".join("字" * n for n in wide)))
@example("\n".join(["字" * 500, "字" * 500]))
def test_pages_hold_every_line_and_none_is_too_long_or_blank(text: str) -> None:
    pages = pages_of(text)
    assert all(page.strip() and len(page) <= PAGE_WIDTH for page in pages)
    assert "".join("".join(pages).split()) == "".join(text.split())


@given(st.text())
def test_the_beginning_fits_and_a_file_has_a_harmless_name(text: str) -> None:
    assert len(beginning(text * 50)) <= TEXT_WIDTH
    name = file_name(text)
    assert name.endswith(".txt")
    assert len(name) <= 44
    assert not set(name.removesuffix(".txt")) & set('\\/:*?"<>|.\n\0')
