"""The judge of the fuzz sees what it is there to see: planted wrongs, one by one."""

from typing import Any

import pytest
from fuzz_crowd_site import Crowd
from harness import Bot


@pytest.fixture
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Crowd:
    crowd = Crowd(Bot(tmp_path_factory.mktemp("nobody")), 10000, "planted")
    crowd.said["group", 5] = 1
    return crowd


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "data": {"text": words}}


def sent(crowd: Crowd, *messages: Any, action: str = "send_msg") -> list[str]:
    for message in messages:
        crowd._judge(action, {"message_type": "group", "group_id": 5, "message": message})
    return crowd.broken


def test_one_plain_reply_is_well(crowd: Crowd) -> None:
    assert sent(crowd, [text("📋 任务列表（共 0 个）")]) == []


@pytest.mark.parametrize(
    ("wrong", "seen"),
    [
        ("[CQ:at,qq=all]", "CQ codes"),
        ([text("⚠️ 出了内部错误（编号 beef），已记入日志")], "a defect"),
        ([text("Traceback (most recent call last)")], "a defect"),
        ([text("长" * 1901)], "a text of 1901"),
        ([text("名称\u202e反过来")], "u202e"),
        ([text("\ud83d")], "ud83d"),
        ([{"type": "at", "data": {"qq": "all"}}], "everybody"),
        ([{"type": "record", "data": {"file": "x"}}], "nobody of us"),
        ([{"type": "image", "data": {"file": "file:///etc/passwd"}}], "not ours"),
        ([{"type": "node", "data": {"content": "[CQ:at,qq=all]"}}], "no text"),
        ([{"type": "node", "data": {"content": [text("长" * 1001)]}}], "a page of 1001"),
        ([{"type": "node", "data": {"content": [text("页")]}}] * 31, "31 pages"),
    ],
)
def test_a_planted_wrong_is_seen(crowd: Crowd, wrong: Any, seen: str) -> None:
    assert seen in "".join(sent(crowd, wrong))


def test_a_second_reply_is_seen(crowd: Crowd) -> None:
    assert "2 replies to 1 messages" in "".join(sent(crowd, [text("📋")], [text("📋")]))
