"""What `sja doctor` finds about accounts, their key, and what they booked."""

import base64
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from terminal_site import Shell

from jobs.accounts.book import AccountBook
from jobs.accounts.keyring import SealedKeyring
from jobs.accounts.vault import Vault
from jobs.clock import SystemClock
from jobs.models.accounts import Account, Standing
from jobs.models.bookings import Booking, BookingState
from jobs.models.change import Change
from jobs.models.ids import UserId
from jobs.models.orders import OrderId
from jobs.models.people import OPERATOR, Actor, Role
from jobs.ports.accounts import Credentials
from jobs.store.backups import backup
from jobs.store.opening import open_store
from jobs.store.store import SqliteStore
from jobs.supervisor.locks import hold_home

CLOCK = SystemClock()


@contextmanager
def a_home(shell: Shell) -> Iterator[SqliteStore]:
    """As a bot leaves it, with a backup of today."""
    with closing(open_store(shell.home, CLOCK).store) as store:
        yield store
        backup(store, shell.home, CLOCK.now())


def an_account(
    shell: Shell, store: SqliteStore, nickname: str, standing: Standing, owner: str | None = None
) -> Account:
    actor = OPERATOR if owner is None else Actor(user_id=UserId(owner), role=Role.OPERATOR, chat=None)
    vault = Vault(shell.home)
    book = AccountBook(store, vault, CLOCK)
    account = book.add(actor, nickname, Credentials(user=f"u-{nickname}", password="S3cret"))
    SealedKeyring(store, vault, CLOCK).keep_session(account, b"cookie", standing)
    return account


def a_booking(account: Account, **fields: Any) -> Booking:
    now = CLOCK.now()
    given: dict[str, Any] = {
        "account_id": account.id,
        "slot_key": "v/s/2026-11-29T19/1",
        "nickname": account.nickname,
        "owner": account.owner,
        "origin": None,
        "preset": 5,
        "venue": "气膜体育中心·羽毛球",
        "date": now.date(),
        "hour": 19,
        "court": "场地3",
        "opened_at": now,
    }
    return Booking(**{**given, **fields})


def findings(shell: Shell, code: int = 0) -> list[dict[str, str]]:
    answer = shell.sja("doctor", "--json")
    assert answer.code == code, answer
    assert "S3cret" not in answer.out
    return json.loads(answer.out)["findings"]


def the_finding(shell: Shell, code: int = 0) -> dict[str, str]:
    (finding,) = findings(shell, code)
    return finding


def test_nothing_is_said_of_accounts_that_are_logged_in(shell: Shell) -> None:
    with a_home(shell) as store:
        an_account(shell, store, "czq", Standing.IN)
    assert findings(shell) == []


def test_a_key_that_is_missing_while_accounts_are_sealed_is_an_error(shell: Shell) -> None:
    with a_home(shell) as store:
        an_account(shell, store, "czq", Standing.IN)
    key = (shell.home / "secrets.key").read_bytes()
    (shell.home / "secrets.key").unlink()
    finding = the_finding(shell, code=1)
    assert (finding["level"], "secrets.key 不见了" in finding["what"]) == ("error", True)
    assert "sja accounts update czq" in finding["fix"]
    assert not (shell.home / "secrets.key").exists(), "the doctor changes nothing"
    (shell.home / "secrets.key").write_bytes(key)
    (shell.home / "secrets.key").chmod(0o600)
    assert findings(shell) == []


def test_a_key_that_opens_nothing_is_an_error(shell: Shell) -> None:
    with a_home(shell) as store:
        an_account(shell, store, "czq", Standing.IN)
    shell.move_to("elsewhere")
    with a_home(shell) as store:
        an_account(shell, store, "other", Standing.IN)
    other = (shell.home / "secrets.key").read_bytes()
    shell.move_to("home")
    (shell.home / "secrets.key").write_bytes(other)
    finding = the_finding(shell, code=1)
    assert "不是封存它们的那一份" in finding["what"]
    assert "czq" in finding["what"]


def test_a_key_that_others_may_read_is_found(shell: Shell) -> None:
    with a_home(shell) as store:
        an_account(shell, store, "czq", Standing.IN)
    (shell.home / "secrets.key").chmod(0o644)
    finding = next(each for each in findings(shell) if "权限" in each["what"])
    assert finding["fix"] == f"chmod 600 {shell.home}/secrets.key"


@pytest.mark.parametrize(
    ("standing", "said", "fix"),
    [
        (Standing.OUT, "登录已失效", "sja accounts login 10001/sty"),
        (Standing.NEVER, "还没有登录过", "sja accounts login 10001/sty"),
        (Standing.REFUSED, "不被接受", "sja accounts update 10001/sty"),
    ],
)
def test_accounts_that_need_a_person_are_named(shell: Shell, standing: Standing, said: str, fix: str) -> None:
    with a_home(shell) as store:
        an_account(shell, store, "czq", Standing.IN)
        an_account(shell, store, "sty", standing, owner="10001")
    finding = the_finding(shell)
    assert (finding["level"], said in finding["what"], "czq" in finding["what"]) == ("warning", True, False)
    assert finding["fix"].startswith(fix)


def test_an_order_that_must_be_paid_soon_is_found_once_and_one_with_time_is_not(shell: Shell) -> None:
    def booked(order: str, hour: int, pay_until: datetime) -> Booking:
        return a_booking(
            account,
            slot_key=f"{order}/{hour}",
            hour=hour,
            state=BookingState.BOOKED,
            order_id=OrderId(order),
            pay_until=pay_until,
        )

    now = CLOCK.now()
    with a_home(shell) as store:
        account = an_account(shell, store, "czq", Standing.IN)
        soon, later = now + timedelta(minutes=5), now + timedelta(hours=1)
        rows = (booked("111", 19, soon), booked("111", 20, soon), booked("222", 18, later))
        store.apply(Change(bookings=rows))
    finding = the_finding(shell)
    assert "订单 111" in finding["what"]
    assert "快到付款期限" in finding["what"]
    assert finding["fix"] == "现在去付款（链接：sja pay 111）；不要了就 sja order-cancel 111"


def test_an_order_past_its_deadline_waits_for_a_bot_that_looks(shell: Shell) -> None:
    with a_home(shell) as store:
        account = an_account(shell, store, "czq", Standing.IN)
        past = CLOCK.now() - timedelta(minutes=1)
        row = a_booking(account, state=BookingState.BOOKED, order_id=OrderId("111"), pay_until=past)
        store.apply(Change(bookings=(row,)))
    finding = the_finding(shell)
    assert "过了付款期限" in finding["what"]
    assert finding["fix"].startswith("启动机器人")


def test_a_booking_whose_outcome_is_unknown_is_found(shell: Shell) -> None:
    with a_home(shell) as store:
        account = an_account(shell, store, "czq", Standing.IN)
        store.apply(Change(bookings=(a_booking(account),)))
    finding = the_finding(shell)
    assert "有 1 个场次还不知道订到没有：czq 气膜体育中心·羽毛球" in finding["what"]
    assert finding["fix"].startswith("启动机器人")
    hold = hold_home(shell.home)
    assert hold is not None
    with hold:
        assert "机器人正在读订单核对" in the_finding(shell)["fix"]


@pytest.mark.parametrize(("provider", "level", "code"), [("sjtu", "error", 1), ("demo", "warning", 0)])
def test_a_public_key_that_is_no_rsa_key_is_found_before_the_first_order(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, provider: str, level: str, code: int
) -> None:
    with a_home(shell):
        pass
    monkeypatch.setenv("SJA_PROVIDER", provider)
    elliptic = ec.generate_private_key(ec.SECP256R1()).public_key()
    wrong = elliptic.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for der in (wrong, b"no key at all"):
        monkeypatch.setenv("SJA_SJTU_PUBLIC_KEY", base64.b64encode(der).decode())
        finding = the_finding(shell, code)
        assert (finding["level"], "SJA_SJTU_PUBLIC_KEY" in finding["what"]) == (level, True)
    monkeypatch.delenv("SJA_SJTU_PUBLIC_KEY")
    assert findings(shell) == []
