"""R9: secrets that go through the real bot, with everything logged, are found nowhere; one that leaks is."""

import asyncio
import base64
import gzip
import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from harness import GROUP, Bot, Person
from secrets_site import Haystack, Onlooker, files_of, forms, hits, sealed_in

from jobs.accounts.keyring import SealedKeyring
from jobs.accounts.vault import Vault
from jobs.clock import SystemClock
from jobs.store.opening import open_beside
from jobs.venues.demo.control import Control

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

PLANTED = {
    "a wrong password": "Wrong-Hunter2-kRz",
    "a password with odd marks": "Odd预设=a,b=“c”&日期",
    "a password in a group": "Group-Slip-77-qWx",
    "a password in a misspelt command": "Misspelt-55-Zvb",
    "a password without a command": "Bare-Words-31-Tyu",
    "a password that was replaced": "Replaced-42-Lkj",
    "a password on standard input": "Stdin-密码-63 with blanks",
    "a password among a command's words": "Argv-Slip-84-Mnb",
    "a wrong answer to a captcha": "zzqzzq",
    "a second factor": "73918462",
    "a wrong second factor": "91827364",
    "a name at the platform": "5219988776655",
    "another name at the platform": "5216655443322",
    "a name with a second factor": "u7731846ming2fa",
    "the access token": "Access-Token-9f31c7d2e5",
    "a template's environment": "Template-Env-5c2b8a",
}
TEMPLATE = """
[quiet]
title = "安静"
argv = ["{python}", "-c", "import time; time.sleep(1); print('done')"]
env = {{ API_TOKEN = "{secret}" }}
"""
_KEPT_ON_PURPOSE = frozenset({"secrets.key", "templates.toml"})
_NAME_IN_PRIVATE = re.compile("an?(?:other)? name .* in private message")


class TokenInFile(Bot):
    """Its access token is in `.env`, as people keep it; no environment has it."""

    @property
    def environment(self) -> dict[str, str]:
        return {name: value for name, value in super().environment.items() if name != "ONEBOT_ACCESS_TOKEN"}


class Evidence:
    """A bot that has been through everything, and all it has left."""

    def __init__(self, bot: Bot, onlooker: Onlooker) -> None:
        self.bot = bot
        self.onlooker = onlooker
        self.secrets = dict(PLANTED)
        self.said: list[Haystack] = []
        self.sealed: list[bytes] = []

    def note(self, where: str, content: str | bytes) -> None:
        self.said.append((where, content.encode() if isinstance(content, str) else content))

    def haystacks(self) -> list[Haystack]:
        # What the simulated platform keeps is its own: there people's names are known, as at the real one.
        found = list(files_of(self.bot.home, lambda place: place in _KEPT_ON_PURPOSE or place.startswith("demo/")))
        found.append(("the bot's output", self.bot.log_file.read_bytes()))
        return [*found, *self.said, *self.onlooker.haystacks()]


@pytest.fixture(scope="module")
async def evidence(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Evidence]:
    home = tmp_path_factory.mktemp("secrets") / "sja 家"
    token = PLANTED["the access token"]
    (home.parent / ".env").write_text(f"ONEBOT_ACCESS_TOKEN={token}\n", encoding="utf-8")
    settings = {"LOG_LEVEL": "TRACE", "SUPERUSERS": '["90001"]'}
    async with TokenInFile(home, settings, token) as bot:
        with Onlooker(home) as onlooker:
            evidence = Evidence(bot, onlooker)
            await _through_everything(evidence)
            _all_that_was_said(evidence, (await bot.peer()).qq)
            yield evidence


async def _through_everything(evidence: Evidence) -> None:
    bot = evidence.bot
    await _logins(evidence)
    await _second_factor(evidence)
    await _slips(evidence)
    await _work(evidence)
    await _command_line(evidence)
    await _http(evidence)
    _sealed_things(evidence)
    await bot.person(group=None).say("!登录状态")


async def _says(me: Person, text: str, expecting: str = "") -> str:
    """Once the demo platform is up."""
    told = await me.say(text, expecting=expecting)
    for _ in range(100):
        if "演示平台还没有启动" not in told:
            break
        await asyncio.sleep(0.1)
        told = await me.say(text, expecting=expecting)
    return told


async def _letters(evidence: Evidence) -> str:
    return await asyncio.to_thread(Control(evidence.bot.home).last_captcha)


async def _logins(evidence: Evidence) -> None:
    me, planted = evidence.bot.person(group=None), PLANTED
    await me.ask(f"!账号 添加 好的 {planted['a name at the platform']} demo")
    assert "图里的字母" in await _says(me, "!登录 好的")
    assert "不对" in await me.say(f"!验证码 {planted['a wrong answer to a captcha']}")
    assert "已登录" in await me.say(await _letters(evidence))

    name = planted["another name at the platform"]
    await me.ask(f"!账号 添加 坏的 {name} {planted['a wrong password']}")
    assert "学号或密码不对" in await me.say(await _letters(evidence))
    await me.ask(f"!账号 更新 坏的 {name} {planted['a password that was replaced']}")
    await me.say("取消")
    await me.ask(f"!账号 更新 坏的 {name} {planted['a password with odd marks']}")
    assert "学号或密码不对" in await me.say(await _letters(evidence))


async def _second_factor(evidence: Evidence) -> None:
    me = evidence.bot.person(20002, "小红", group=None)
    control = Control(evidence.bot.home)
    await asyncio.to_thread(lambda: control.set_habits(app_code=PLANTED["a second factor"]))
    await me.ask(f"!账号 添加 二步 {PLANTED['a name with a second factor']} demo")
    choice = await me.say(await _letters(evidence), expecting="再验证一次")
    app = next((line for line in choice.splitlines() if "app" in line.lower() or "应用" in line), "app").split(".")[0]
    await me.say(app)
    assert "不对" in await me.say(PLANTED["a wrong second factor"])
    assert "已登录" in await me.say(PLANTED["a second factor"])


async def _slips(evidence: Evidence) -> None:
    bot, name = evidence.bot, PLANTED["another name at the platform"]
    ming = bot.person()
    await ming.say(f"!账号 添加 小明 {name} {PLANTED['a password in a group']}")
    await bot.person(group=None).say(f"!账号 天加 小明 {name} {PLANTED['a password in a misspelt command']}")
    await ming.ask(f"账号 添加 小明 {name} {PLANTED['a password without a command']}")


async def _work(evidence: Evidence) -> None:
    """A court by hand, a monitor that books, a routine with a secret of its own; their logs and the mirror."""
    bot, me = evidence.bot, evidence.bot.person(group=None)
    (bot.home / "templates.toml").write_text(
        TEMPLATE.format(python=sys.executable, secret=PLANTED["a template's environment"]), encoding="utf-8"
    )
    shown = await _says(me, "!查询 5 +2")
    found = re.search(r"预订：(!预订 .+)$", shown)
    assert found, shown
    assert "🎉 账号 好的 订到了" in await me.say(found[1], expecting="🏟️")
    assert "✅" in await me.say("!创建监控 有空就订 预设=13 日期=+3 时段=8-21 自动 账号=好的", expecting="监控")
    await me.hears("🎉|订到")
    await me.say("!创建循环 安静 模板=quiet 间隔=3600秒", expecting="循环|安静")
    await me.say("!订单 好的", expecting="📄|订单")
    await me.say("!任务日志 1", expecting="")
    await me.say("!为什么 1")
    await asyncio.to_thread(lambda: Control(bot.home).end_sessions(sign_on=True))
    await me.say("!登录状态")
    await asyncio.to_thread(lambda: Control(bot.home).end_sessions())
    await _log_in_again(evidence, me)


async def _log_in_again(evidence: Evidence, me: Person) -> None:
    await me.ask("!登录 好的")
    assert "已登录" in await me.say(await _letters(evidence))


async def _command_line(evidence: Evidence) -> None:
    bot = evidence.bot
    added = await bot.sja(
        *("accounts", "add", "cli", "--user", "5217000", "--password-stdin"),
        stdin=PLANTED["a password on standard input"] + "\n",
    )
    assert added.code == 0, added
    for words in (
        ("doctor",),
        ("doctor", "--json"),
        ("backup",),
        ("jobs", "--json"),
        ("accounts", "list", "--json"),
        ("export",),
        ("orders", "--json"),
    ):
        ran = await bot.sja(*words)
        evidence.note(f"sja {' '.join(words)}", ran.out + ran.err)


async def _http(evidence: Evidence) -> None:
    def ask(path: str) -> bytes:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{evidence.bot.port}{path}", timeout=5) as answer:
                return str(answer.headers).encode() + answer.read()
        except urllib.error.HTTPError as error:
            return str(error.headers).encode() + error.read()

    for path in ("/", "/docs", "/openapi.json", "/onebot/v11", "/onebot/v11/", "/metrics", "/health", "/jobs", "/.env"):
        evidence.note(f"GET {path}", await asyncio.to_thread(ask, path))


def _sealed_things(evidence: Evidence) -> None:
    """Cookies, and the key: nobody chose them."""
    home, clock = evidence.bot.home, SystemClock()
    key = (home / "secrets.key").read_text().split()
    evidence.secrets |= {f"the key that seals {number}": line for number, line in enumerate(key)}
    with closing(open_beside(home, clock)) as store:
        keyring = SealedKeyring(store, Vault(home), clock)
        for account in store.accounts.all():
            for name, value in _cookies(keyring.session(account)):
                if not name.startswith("NSC_"):
                    evidence.secrets[f"{name} of {account.nickname}"] = value
    evidence.secrets["the demo platform's control key"] = (home / "demo" / "control").read_text().strip()


def _cookies(session: bytes | None) -> list[tuple[str, str]]:
    kept: dict[str, list[list[str]]] = msgspec.json.decode(session or b"{}")
    return [(cookie[0], cookie[-1]) for cookies in kept.values() for cookie in cookies]


def _all_that_was_said(evidence: Evidence, qq: Any) -> None:
    for number, posted in enumerate(qq.said_by_bot):
        where = f"{posted.chat.type} message {number}: {posted.text[:30]}"
        evidence.note(where, json.dumps(posted.segments, ensure_ascii=False))


async def test_twenty_secrets_went_through_and_none_is_anywhere(evidence: Evidence) -> None:
    assert len(evidence.secrets) >= 20
    assert [name for name in evidence.secrets if name.startswith("JSESSIONID")]
    assert [name for name in evidence.secrets if name.startswith("JAAuthCookie")]
    assert len(evidence.said) > 20
    assert len(evidence.onlooker.seen) > 3
    found = [hit for hit in hits(evidence.secrets, evidence.haystacks()) if not _is_meant(hit)]
    assert not found, "\n".join(found)


def _is_meant(hit: str) -> bool:
    """A template's own process has its environment, that is what it is for; and in private an account's owner is told
    what the platform calls the account, which on the simulated one is made of the name."""
    return hit.startswith("a template's environment in process") or bool(_NAME_IN_PRIVATE.match(hit))


async def test_what_is_sealed_goes_with_its_account(evidence: Evidence) -> None:
    bot, me = evidence.bot, evidence.bot.person(group=None)
    database = bot.home / "jobs" / "jobs.db"
    before = set(sealed_in(database))
    for order in await asyncio.to_thread(Control(bot.home).ledger):
        if order["user"] == PLANTED["a name at the platform"] and order["state"] == 0:
            assert "已取消" in await me.say(f"!取消订单 {order['id']} 确认", expecting="已取消|⚠️")
    for nickname in ("好的", "坏的"):
        assert "已删除账号" in await me.say(f"!账号 删除 {nickname}", expecting="删除|确认")
    gone = before - set(sealed_in(database))
    assert len(gone) >= 3
    raw = {path.name: path.read_bytes() for path in database.parent.glob("jobs.db*") if path.is_file()}
    assert [(name, len(blob)) for name, content in raw.items() for blob in gone if blob[8:48] in content] == []


@pytest.mark.parametrize("secret", list(PLANTED.values())[:3])
def test_a_leak_is_found_wherever_it_is(tmp_path: Path, secret: str) -> None:
    home = tmp_path / "home"
    (home / "jobs").mkdir(parents=True)
    (home / "jobs" / "a.log").write_text(f"said {secret}.\n", encoding="utf-8")
    (home / "jobs" / "a.log.1.gz").write_bytes(gzip.compress(f"said {secret}.\n".encode()))
    (home / "jobs" / "jobs.db").write_bytes(b"\0\1" + json.dumps({"a": secret}).encode() + b"\xff")
    (home / "b").write_bytes(base64.b64encode(b"x" + secret.encode() + b"tail"))
    found = hits({"it": secret}, files_of(home, lambda _: False))
    places = {"jobs/a.log", "jobs/a.log.1.gz, unpacked", "jobs/jobs.db", "b"}
    assert places <= {hit.removeprefix("it in ") for hit in found}


def test_a_leak_in_a_process_is_found(tmp_path: Path) -> None:
    secret = PLANTED["a wrong password"]
    waits = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    shown = [
        subprocess.Popen([*waits, secret], env={"SJA_HOME": str(tmp_path)}, stdin=subprocess.PIPE),
        subprocess.Popen(waits, env={"SJA_HOME": str(tmp_path), "SECRET": secret}, stdin=subprocess.PIPE),
    ]
    onlooker = Onlooker(tmp_path)
    onlooker.look()
    for process in shown:
        process.communicate()
    assert len(hits({"it": secret}, onlooker.haystacks())) == 2


def test_every_form_of_a_secret_is_long_enough_to_mean_it() -> None:
    assert all(len(form) >= 5 for secret in PLANTED.values() for form in forms(secret))
    assert GROUP
