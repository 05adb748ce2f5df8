"""The 34 numbered presets of the original program: the platform's venues and sports with its own ids.

The numbers are what people type; they never change. Preset 27 is a venue that lists no sport.
"""

from typing import Final

from jobs.models.venue import Preset

_CATALOGUE: Final = (
    (
        "学生中心",
        "d784ad7c-cb24-4282-afd6-a67aec68c675",
        (
            (1, "交谊厅", "32c2a148-c828-4b15-a392-8c551195f596"),
            (2, "台球", "417dc5ed-aba7-4abb-bbdc-efef8446dbdb"),
            (3, "学生中心健身房", "7d46c0a4-3ae6-4398-822b-d4b7b37085fa"),
            (4, "舞蹈", "f8e10d96-a3c9-425e-a0c0-e0cbbaf135c0"),
        ),
    ),
    (
        "气膜体育中心",
        "3b10ff47-7e83-4c21-816c-5edc257168c1",
        (
            (5, "羽毛球", "29942202-d2ac-448e-90b7-14d3c6be19ff"),
            (6, "篮球", "8dc0e52c-564a-4d9a-9cb2-08477f1a18d4"),
        ),
    ),
    (
        "子衿街学生活动中心",
        "768214ba-3b1c-4f29-ad00-15c0e376b000",
        (
            (7, "舞蹈", "019335a6-9d67-4d7d-923e-92ecea740c7b"),
            (8, "健身房", "0a349309-1734-4507-98bd-4c30bf33c6bc"),
            (9, "桌游室", "151ba6a9-2cb1-489d-8cbd-2d2fe5e12f7c"),
            (10, "钢琴", "57fbed57-d8b9-4247-a6ed-b2088a9e8a37"),
            (11, "烘焙", "7bffbb9b-4999-49e4-9025-6012d3524da8"),
            (12, "琴房兼乐器", "bbd8cc4b-f3b5-4714-af53-f61a8f1c2fba"),
        ),
    ),
    (
        "南洋北苑健身房",
        "73b17f69-6ed9-481f-b157-5e0606a55fd5",
        ((13, "健身房", "dad366b3-7db9-4043-865c-7177aff83efa"),),
    ),
    (
        "南区体育馆",
        "3f009fce-10b4-4df6-94b7-9d46aef77bb9",
        (
            (14, "乒乓球", "28d3bea9-541d-4efb-ae46-e739a5f78d72"),
            (15, "排球", "3770c0b3-1060-41f4-ae12-8df38d48c8b1"),
            (16, "篮球", "7f11b6af-cb2e-47ac-9a51-9cd0df885736"),
        ),
    ),
    (
        "胡法光体育场",
        "8130b252-16a7-4066-9c30-c89bb1fac1e9",
        ((17, "舞蹈", "a810f3f6-f5c8-4ab3-b57c-e9372f40649b"),),
    ),
    (
        "霍英东体育中心",
        "9096787a-bc53-430a-9405-57dc46bc9e83",
        (
            (18, "羽毛球", "49629b20-71fb-4bae-8675-fdae0831e861"),
            (19, "篮球", "561d43a3-338e-4834-b35f-747bdc578366"),
            (20, "健身房", "b3dce013-3a0e-45e0-a0c2-425a364ac90f"),
        ),
    ),
    (
        "徐汇校区体育馆",
        "db75ba81-ae54-4f22-ad5e-84de039f5a89",
        (
            (21, "健身房", "0f71f5e1-2e24-4c15-b437-cc9f82a1343e"),
            (22, "羽毛球", "84e4aeaf-0c8c-431c-a64d-7ccd9cc381f6"),
            (23, "乒乓球", "92c28497-7437-4d5d-ab55-55721009db45"),
        ),
    ),
    (
        "致远游泳健身馆",
        "cfd28228-bb2a-4a61-8c6a-4da6da3877e0",
        ((24, "乒乓球", "8c229c55-6188-48b7-822f-477e5ddb3820"),),
    ),
    (
        "徐汇校区网球场",
        "165f97cc-ea52-42a3-aaaf-357b8c2569ae",
        ((25, "网球", "2353a4d7-7017-45f1-8cdf-4d857fc86dbe"),),
    ),
    (
        "徐汇校区足球场",
        "1888c119-d7cd-4d56-8c63-94e818dc8a38",
        ((26, "足球", "150d21d9-13ed-4320-8ab1-1cfb14c52bef"),),
    ),
    (
        "张江校区体育运动中心",
        "93284352-aad3-4353-8448-aad2b1526da1",
        ((27, "", ""),),
    ),
    (
        "学创船建分中心",
        "108d2783-6565-4efa-bf78-e0db8dd8acb6",
        ((28, "创新实践", "ea0c50b2-52b9-44ae-928d-6f59e5c63fb9"),),
    ),
    (
        "学创空天分中心",
        "eeaa1c0f-8ec3-466e-b822-f2e47d747c9e",
        ((29, "创新实践", "878844e8-bd71-4c2e-ab54-b1464207da8d"),),
    ),
    (
        "学创机动分中心",
        "84c5439f-fc02-488b-83d5-6026077b3094",
        ((30, "创新实践", "dc20c596-ebb5-4b84-87ec-5848f1ea0495"),),
    ),
    (
        "致远游泳馆东侧足球场",
        "a41b3261-6fce-4073-b799-1e91ed19a7f3",
        ((31, "足球", "6a157dec-2f89-4f5c-ba10-dd28db67292b"),),
    ),
    (
        "东区网球场",
        "3466293b-a7d8-45be-a918-8526e3bed4c5",
        ((32, "网球", "4dd7ae28-cf27-4369-9bc4-ee75b8e3cc76"),),
    ),
    (
        "笼式足球场",
        "2b528fa8-3ce8-4a7a-8f8b-83cc537901ed",
        ((33, "足球", "ad666603-a47e-488d-b913-d5304a880ced"),),
    ),
    (
        "胡晓明网球场",
        "0c6edc93-87ac-41b0-9895-6b66fda93fe5",
        ((34, "网球", "19f69e5c-872f-4fbb-b9fe-70d6337c2d93"),),
    ),
)
"""Venue, its id, and its sports: preset number, sport, sport id."""

PRESETS: Final = tuple(
    Preset(number=number, venue=venue, venue_id=venue_id, sport=sport, sport_id=sport_id)
    for venue, venue_id, sports in _CATALOGUE
    for number, sport, sport_id in sports
)
"""All presets, by ascending number."""
