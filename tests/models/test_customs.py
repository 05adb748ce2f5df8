"""What the operator may say of the real platform's customs."""

import pytest

from jobs.models.customs import Customs, StateEight, VenueFlag, Week, read_customs


def test_nothing_said_is_the_defaults() -> None:
    assert read_customs("") == read_customs(" , ") == Customs()


def test_what_is_said_differs_and_the_rest_stays() -> None:
    said = read_customs("week=monday, state_8 = unpaid,cancel_codes=4+0,venue_flag=1")
    assert said == Customs(
        week=Week.MONDAY, state_8=StateEight.UNPAID, cancel_codes=frozenset({4, 0}), venue_flag=VenueFlag.YES
    )


def test_every_value_that_is_named_can_be_said() -> None:
    for name in Customs.__struct_fields__:
        if name != "cancel_codes":
            for value in type(getattr(Customs(), name)):
                assert getattr(read_customs(f"{name}={value}"), name) is value


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("week=tuesday", "week 只能是 sunday、monday、zero"),
        ("weekday=monday", "没有“weekday”这一项，可以写的有 week、"),
        ("monday", "没有“monday”这一项"),
        ("week=zero,week=zero", "week 写了两次"),
        ("cancel_codes=", "例如 4\\+0"),
        ("cancel_codes=4 0", "例如 4\\+0"),
        ("cancel_codes=" + "+".join("1" * 11), "例如 4\\+0"),
        ('{"week": "monday"}', "这一项"),
    ],
)
def test_what_cannot_be_is_named_with_what_can(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        read_customs(text)
