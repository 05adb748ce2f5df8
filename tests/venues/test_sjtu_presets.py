"""The numbered presets, against the facts that independent sources agree on."""

import re

import pytest

from jobs.venues import presets_of

UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def test_the_presets_are_numbered_one_to_thirty_four() -> None:
    assert [preset.number for preset in presets_of("sjtu")] == list(range(1, 35))


def test_the_demo_platform_offers_the_same_presets() -> None:
    assert presets_of("demo") == presets_of("sjtu")


def test_every_id_is_well_formed_and_only_preset_27_has_no_sport() -> None:
    for preset in presets_of("sjtu"):
        assert UUID.fullmatch(preset.venue_id)
        if preset.number == 27:
            assert (preset.sport, preset.sport_id, preset.title) == ("", "", "张江校区体育运动中心")
        else:
            assert UUID.fullmatch(preset.sport_id)
            assert preset.sport


def test_no_sport_is_listed_twice_and_a_venue_has_one_id() -> None:
    presets = presets_of("sjtu")
    assert len({preset.sport_id for preset in presets}) == 34
    assert len({preset.venue for preset in presets}) == len({preset.venue_id for preset in presets}) == 19


@pytest.mark.parametrize(
    ("number", "title", "venue_id", "sport_id"),
    [
        (3, "学生中心·学生中心健身房", "d784ad7c-cb24-4282-afd6-a67aec68c675", "7d46c0a4-3ae6-4398-822b-d4b7b37085fa"),
        (5, "气膜体育中心·羽毛球", "3b10ff47-7e83-4c21-816c-5edc257168c1", "29942202-d2ac-448e-90b7-14d3c6be19ff"),
        (13, "南洋北苑健身房·健身房", "73b17f69-6ed9-481f-b157-5e0606a55fd5", "dad366b3-7db9-4043-865c-7177aff83efa"),
        (18, "霍英东体育中心·羽毛球", "9096787a-bc53-430a-9405-57dc46bc9e83", "49629b20-71fb-4bae-8675-fdae0831e861"),
        (34, "胡晓明网球场·网球", "0c6edc93-87ac-41b0-9895-6b66fda93fe5", "19f69e5c-872f-4fbb-b9fe-70d6337c2d93"),
    ],
)
def test_well_known_presets_keep_their_numbers(number: int, title: str, venue_id: str, sport_id: str) -> None:
    preset = presets_of("sjtu")[number - 1]
    assert (preset.title, preset.venue_id, preset.sport_id) == (title, venue_id, sport_id)
