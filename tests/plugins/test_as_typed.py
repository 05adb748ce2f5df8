"""A password is the one that was typed: nothing that makes messages harmless may touch it."""

import pytest

from jobs import clean
from plugins._commands.as_typed import as_typed


@pytest.mark.parametrize(
    ("raw", "password"),
    [
        ("!账号 添加 小明 521 hunter2", "hunter2"),
        ("！账号　添加　小明　521　hunter2 ", "hunter2"),
        ("!账号 添加 小明 521 pａss％①ﬁ", "pａss％①ﬁ"),
        ('!账号 添加 小明 521 "a  b"', '"a  b"'),
        ("!账号添加\n小明\n521\n“ａ  b”", "“ａ  b”"),
        ("!账\u200b号 添加  小明 521  e\u0301", "e\u0301"),
        ("!账号 添加 521 521 521", "521"),
        ("!账号 添加 小明 521 hunter2\u200b", "hunter2\u200b"),
    ],
)
def test_the_end_of_a_message_is_told_as_it_was_typed(raw: str, password: str) -> None:
    text = clean(raw)
    assert as_typed(text, raw, clean(password)) == password


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("!账号 添加 小明 521 hunter2\0", "!账号 添加 小明 521 hunter2[表情]"),
        ("!账号 添加 \0 521 hunter2", "!账号 添加 @小明 521 hunter2"),
        ("!账号 添加 小明 521\u2800hunter2", "!账号 添加 小明 521 hunter2"),
    ],
)
def test_what_cannot_be_told_is_not_guessed(raw: str, text: str) -> None:
    assert as_typed(text, raw, text.rsplit(" ", maxsplit=1)[-1]) is None


def test_where_nobody_knows_more_the_cleaned_words_count() -> None:
    assert as_typed("!账号 添加 小明 521 hunter2", "", "hunter2") == "hunter2"
