"""Settings, presets and templates are read again without a restart; what is wrong changes nothing."""

import asyncio
import os
from pathlib import Path

import pytest
from office_site import BOSS, CREATE, HONG, MING, Office

from jobs.config import Settings

PRESET_35 = """
[[preset]]
number = 35
venue = "新体育馆"
venue_id = "3b10ff47-7e83-4c21-816c-5edc257168c1"
sport = "羽毛球"
sport_id = "29942202-d2ac-448e-90b7-14d3c6be19ff"
"""


async def test_what_changed_is_said_old_and_new_and_holds_at_once(office: Office) -> None:
    office.write(SJA_MAX_JOBS_PER_USER="1", SJA_MONITOR_MIN_INTERVAL="60", SJA_GROUPS="7,123456")
    assert "✅" in await office.say(CREATE, MING)
    assert (await office.say("!重载配置")).splitlines() == [
        "✅ 已重载，立刻生效：",
        "SJA_GROUPS （空） → 123456,7",
        "SJA_MAX_JOBS_PER_USER 200 → 1",
        "SJA_MONITOR_MIN_INTERVAL （空） → 60",
    ]
    assert "到了上限" in await office.say(CREATE, MING)
    assert "60" in await office.say("!创建监控 快一点 预设=13 间隔=5", HONG)
    assert office.bot.settings.sja_groups == {"7", "123456"}
    told = await office.say("!审计")
    assert f"QQ{BOSS} 重载配置 SJA_GROUPS、SJA_MAX_JOBS_PER_USER、SJA_MONITOR_MIN_INTERVAL" in told


async def test_nothing_changed_is_said_too(office: Office) -> None:
    assert await office.say("!重载配置") == "✅ 已重新读过，和原来一样"


async def test_a_pager_that_nobody_knows_is_said(office: Office) -> None:
    office.write(SJA_ESCALATION_URL="nowhere://planted")
    assert "⚠️ SJA_ESCALATION_URL 不是 Apprise 认识的地址" in await office.say("!重载配置")


async def test_what_the_environment_goes_before_is_said(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.environment = {"SJA_RETENTION_DAYS": "9", "SJA_MAX_RUNNING": "5"}
    office.write(SJA_RETENTION_DAYS="7", SJA_MAX_RUNNING="5")
    await office.open()
    try:
        said = await office.say("!重载配置")
    finally:
        await office.close()
    assert "⚠️ .env 里的 SJA_RETENTION_DAYS 没有生效：环境变量优先" in said
    assert "SJA_MAX_RUNNING" not in said


async def test_one_part_that_cannot_take_it_up_keeps_no_other_from_it(office: Office) -> None:
    seen: list[int] = []

    def fail() -> None:
        if seen:
            raise ValueError

    office.bot.live.follow(fail)
    office.bot.live.follow(lambda: seen.append(office.bot.settings.sja_retention_days))
    office.write(SJA_RETENTION_DAYS="7")
    said = await office.say("!重载配置")
    assert seen == [30, 7]
    assert "SJA_RETENTION_DAYS 30 → 7" in said
    assert "有一处没能换上新的设置" in said


async def test_what_needs_a_restart_waits_for_it(office: Office) -> None:
    office.write(PORT="9090", SJA_PROVIDER="sjtu", SJA_TIMEZONE="Europe/London", SJA_RETENTION_DAYS="7")
    for changed in (["✅ 已重载，立刻生效：", "SJA_RETENTION_DAYS 30 → 7"], ["✅ 已重载，没有立刻生效的变化"]):
        assert (await office.say("!重载配置")).splitlines() == [
            *changed,
            "⏳ 重启机器人后才生效：",
            "SJA_TIMEZONE Asia/Shanghai → Europe/London",
            "SJA_PROVIDER demo → sjtu",
            "PORT 8080 → 9090",
        ]
    assert (office.bot.settings.sja_provider, office.bot.settings.sja_timezone) == ("demo", "Asia/Shanghai")


async def test_secrets_are_not_shown(office: Office) -> None:
    office.write(SJA_ESCALATION_URL="json://user:planted@127.0.0.1/", ONEBOT_ACCESS_TOKEN="planted")
    reply = await office.say("!重载配置")
    assert "SJA_ESCALATION_URL （空） → ••••" in reply
    assert "ONEBOT_ACCESS_TOKEN （空） → ••••" in reply
    assert "planted" not in reply + await office.say("!审计")
    office.write(SJA_ESCALATION_URL="json://user:planted-anew@127.0.0.1/")
    assert "SJA_ESCALATION_URL •••• → ••••" in await office.say("!重载配置")


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"SJA_MAX_RUNNING": "many"}, "SJA_MAX_RUNNING 的值 'many' 不对：要写整数"),
        ({"SJA_DEFAULT_PRESET": "35"}, "SJA_DEFAULT_PRESET=35 不对"),
        ({"SUPERUSERS": "10001"}, "SUPERUSERS"),
        ({"SJA_PROVIDER": "nowhere"}, "SJA_PROVIDER"),
        ({"PORT": "0"}, "PORT"),
    ],
)
async def test_what_is_wrong_is_refused_and_everything_old_stays(
    office: Office, settings: dict[str, str], says: str
) -> None:
    before = office.bot.settings, office.bot.presets
    office.write(SJA_RETENTION_DAYS="7", **settings)
    reply = await office.say("!重载配置")
    assert reply.startswith("⚠️ 没有重载，一切照旧：")
    assert says in reply
    assert "\n" not in reply
    assert (office.bot.settings, office.bot.presets) == before
    assert "没有操作记录" in await office.say("!审计")


async def test_a_file_that_cannot_be_read_is_refused(office: Office) -> None:
    (office.directory / ".env").write_bytes(b"SJA_GROUPS=\xff\xfe")
    assert await office.say("!重载配置") == (
        "⚠️ 没有重载，一切照旧：.env 读不懂：要存成 UTF-8（第 1 行第 12 个字起不是）"
    )


@pytest.mark.parametrize("name", [".env", "home/presets.toml"])
async def test_a_pipe_in_place_of_a_file_holds_up_nobody(office: Office, name: str) -> None:
    (office.directory / name).unlink(missing_ok=True)
    os.mkfifo(office.directory / name)
    before = office.bot.settings, office.bot.presets
    assert (await office.say("!重载配置")).endswith("读不出来：不是普通文件")
    assert (office.bot.settings, office.bot.presets) == before


async def test_a_new_demand_refuses_what_cannot_be_used(office: Office) -> None:
    office.bot.live.demand(lambda settings: "这字体不行" if settings.sja_font else None)
    office.write(SJA_FONT="/dev/zero")
    assert await office.say("!重载配置") == "⚠️ 没有重载，一切照旧：这字体不行"
    assert office.bot.settings.sja_font is None


async def test_an_address_is_shown_nowhere(office: Office) -> None:
    office.write(SJA_FONT="json://u:planted@h", NICKNAME='["tgram://planted:tok/chat"]')
    reply = await office.say("!重载配置")
    assert "SJA_FONT （空） → ••••" in reply
    assert "planted" not in reply


async def test_names_that_nobody_reads_and_broken_templates_are_said(office: Office) -> None:
    office.write(SJA_GROPUS="123")
    (office.home / "templates.toml").write_text("[bad]\n", "utf-8")
    reply = await office.say("!重载配置")
    assert reply.startswith("⚠️ 已重载，但有 2 处不对（见下），没有立刻生效的变化")
    assert "⚠️ 没有叫 SJA_GROPUS 的设置，写了也不起作用，改成 SJA_GROUPS" in reply
    assert "⚠️ templates.toml 里的模板“bad”用不了" in reply


async def test_superusers_are_others_at_once(office: Office) -> None:
    named: list[frozenset[str]] = []
    office.bot.live.follow(lambda: named.append(office.bot.live.superusers))
    office.write(SUPERUSERS=f'["{BOSS}", "{HONG}"]')
    assert f'SUPERUSERS ["{BOSS}"] → ["{BOSS}", "{HONG}"]' in await office.say("!重载配置")
    assert named == [{BOSS}, {BOSS, HONG}]


async def test_a_limit_that_grows_lets_what_waits_begin(office: Office) -> None:
    office.write(SJA_MAX_RUNNING="1")
    await office.say("!重载配置")
    for name in ("甲", "乙"):
        await office.say(f"!创建监控 {name} 预设=13 间隔=3600", MING)
    await _until(office, running=1)
    assert "排队 1 个" in await office.say("!系统状态")
    office.write(SJA_MAX_RUNNING="2")
    await office.say("!重载配置")
    await _until(office, running=2)


# -- presets ----------------------------------------------------------------------------------------------------------
async def test_presets_of_the_operators_are_known_after_a_reload_and_to_runs(office: Office) -> None:
    office.write_presets(PRESET_35 + '[[preset]]\nnumber = 13\nvenue = "北苑"\n')
    reply = await office.say("!重载配置")
    assert "预设：13、35 有变化" in reply
    assert "新体育馆·羽毛球" in await office.say("!预设 新体育馆")
    assert "北苑·健身房" in await office.say("!预设 北苑")
    created = await office.say("!创建监控 新馆 预设=35 时段=7-22 间隔=3600", MING)
    assert "预设35 新体育馆·羽毛球" in created
    number = created.split("#")[1].split(" ")[0]
    log = ""
    async with asyncio.timeout(20):
        while "第 1 次查询" not in log:
            await asyncio.sleep(0.05)
            log = await office.say(f"!任务日志 {number}", MING)
    office.write_presets("")
    await office.say("!重载配置")
    assert len(office.bot.presets) == 34


async def test_a_broken_presets_file_is_refused_in_one_line(office: Office) -> None:
    office.write_presets(PRESET_35)
    await office.say("!重载配置")
    office.write_presets(PRESET_35 + "\n[[preset]]\nnumber = 36\n")
    assert await office.say("!重载配置") == (
        "⚠️ 没有重载，一切照旧：presets.toml 第 9 行起的预设 36：缺少 venue（平台自带的预设里没有 36 号，新的要写全）"
    )
    assert office.bot.presets[-1].number == 35


async def test_a_bot_with_a_broken_presets_file_starts_with_the_platforms_own_and_says_so(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.write_presets("[[preset]\n")
    await office.open()
    try:
        assert len(office.bot.presets) == 34
        (finding,) = [one for one in office.bot.findings if "presets.toml" in one]
        assert "暂用平台自带的预设" in finding
        assert "presets.toml" in await office.say("!体检")
    finally:
        await office.close()


async def _until(office: Office, *, running: int) -> None:
    async with asyncio.timeout(20):
        while f"运行：{running} 个进程" not in await office.say("!系统状态"):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


OTHER_VALUES = {
    "SJA_HOME": "/nowhere/else",
    "SJA_TIMEZONE": "Europe/London",
    "SJA_PROVIDER": "sjtu",
    "SJA_SJTU_BASE_URL": "https://sports.example",
    "SJA_SJTU_PUBLIC_KEY": "TUlJQg==",
    "SJA_SJTU_CUSTOMS": None,
    "SJA_JACCOUNT_BASE_URL": "https://login.example",
    "SJA_LAUNCHER": "portable",
    "SJA_DEMO_RELEASE": "11:00:00",
    "SJA_GROUPS": "7",
    "SJA_FONT": None,
    "SJA_PICTURES": "true",
    "SJA_ESCALATION_URL": "json://127.0.0.1/",
    "SJA_DEFAULT_PRESET": "13",
    "SJA_CHAT_GAP_SECONDS": "7",
    "SJA_LOG_MAX_BYTES": "5000",
    "SJA_LOG_JOB_MAX_BYTES": "5000",
    "SJA_LOG_TOTAL_MAX_BYTES": "5000",
}
"""What else each may be that 77 cannot be; None: what it may be is looked at elsewhere."""


async def test_each_setting_holds_at_once_or_is_said_to_wait_for_a_restart(office: Office) -> None:
    names = [name for name in Settings.model_fields if OTHER_VALUES.get(name.upper(), "") is not None]
    before = office.bot.settings
    office.write(**{name.upper(): OTHER_VALUES.get(name.upper()) or "77" for name in names if name != "sja_provider"})
    office.settings.pop("SJA_SJTU_PUBLIC_KEY")
    office.write()
    said = await office.say("!重载配置")
    assert "已重载" in said, said
    _, _, later = said.partition("⏳ 重启机器人后才生效：")
    for name in set(names) - {"sja_provider", "sja_sjtu_public_key", "sja_stop_grace_seconds"}:
        has_changed = getattr(office.bot.settings, name) != getattr(before, name)
        assert has_changed != (f"{name.upper()} " in later), name
