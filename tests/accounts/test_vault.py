"""Sealing: only its own key, account and owner open it, and the key is never lost by our own hand."""

import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from book_site import LOGIN, a_site, login, person
from cryptography.fernet import Fernet
from hypothesis import given, settings, strategies as st

from jobs.accounts.vault import Locked, Vault
from jobs.models.accounts import AccountId
from jobs.models.errors import Refusal
from jobs.models.ids import UserId

ONE, OTHER = AccountId("0" * 16), AccountId("1" * 16)
ME, YOU = UserId("42424"), UserId("43434")

SEALS = """
import sys
from pathlib import Path
from jobs.accounts.vault import Vault
sys.stdin.readline()
vault = Vault(Path({home!r}))
print(vault.seal(b"from a process", None, "0" * 16).decode())
"""


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    return Vault(tmp_path_factory.mktemp("vault"))


owners = st.none() | st.text(max_size=12).map(UserId)
ids = st.text(max_size=16).map(AccountId)


@given(data=st.binary(max_size=300), owner=owners, account=ids)
@settings(max_examples=60, deadline=None)
def test_what_is_sealed_opens_as_it_was(vault: Vault, data: bytes, owner: UserId | None, account: AccountId) -> None:
    sealed = vault.seal(data, owner, account)
    assert vault.open(sealed, owner, account) == data
    assert len(data) < 8 or data not in sealed


@given(ours=st.tuples(owners, ids), theirs=st.tuples(owners, ids))
@settings(max_examples=60, deadline=None)
def test_a_seal_moved_to_another_account_or_owner_does_not_open(
    vault: Vault, ours: tuple[UserId | None, AccountId], theirs: tuple[UserId | None, AccountId]
) -> None:
    sealed = vault.seal(b"x", *ours)
    if ours != theirs:
        with pytest.raises(Locked, match="别的账号"):
            vault.open(sealed, *theirs)


@given(position=st.integers(min_value=0, max_value=10_000), bit=st.integers(min_value=0, max_value=7))
@settings(max_examples=60, deadline=None)
def test_a_seal_that_was_altered_does_not_open(vault: Vault, position: int, bit: int) -> None:
    sealed = bytearray(vault.seal(b"data", ME, ONE))
    sealed[position % len(sealed)] ^= 1 << bit
    try:
        opened = vault.open(bytes(sealed), ME, ONE)
    except Locked:
        return
    assert opened == b"data"  # Base64 has bits that say nothing.


@pytest.mark.parametrize(
    "sealed",
    [b"", b"x", b"\xff" * 99, Fernet(Fernet.generate_key()).encrypt(b"data")],
    ids=["nothing", "a letter", "noise", "another's"],
)
def test_what_is_no_seal_of_ours_does_not_open(vault: Vault, sealed: bytes) -> None:
    vault.seal(b"", ME, ONE)
    with pytest.raises(Locked, match="不是封存它的那一份"):
        vault.open(sealed, ME, ONE)


def test_the_key_is_made_at_the_first_seal_and_private(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    Vault(home).seal(b"", ME, ONE)
    assert stat.S_IMODE((home / "secrets.key").stat().st_mode) == 0o600
    assert [path.name for path in home.iterdir()] == ["secrets.key"]


def test_processes_and_threads_that_begin_at_once_agree_on_one_key(tmp_path: Path) -> None:
    script = SEALS.format(home=str(tmp_path))
    begun = [
        subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for process in begun:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    with ThreadPoolExecutor(4) as pool:
        sealed = list(pool.map(lambda _: Vault(tmp_path).seal(b"from a thread", None, ONE), range(20)))
    from_processes = [process.communicate(timeout=60)[0].strip().encode() for process in begun]
    assert {Vault(tmp_path).open(each, None, ONE) for each in sealed} == {b"from a thread"}
    assert {Vault(tmp_path).open(each, None, ONE) for each in from_processes} == {b"from a process"}


def test_a_new_first_line_seals_and_the_old_ones_still_open(tmp_path: Path) -> None:
    vault, key = Vault(tmp_path), tmp_path / "secrets.key"
    old = vault.seal(b"old", ME, ONE)
    older = key.read_bytes()
    key.write_bytes(b"# changed today\n\n" + Fernet.generate_key() + b"\r\n" + older)
    new = vault.seal(b"new", ME, ONE)
    assert (vault.open(old, ME, ONE), vault.open(new, ME, ONE)) == (b"old", b"new")
    key.write_bytes(older)
    with pytest.raises(Locked):
        vault.open(new, ME, ONE)


@pytest.mark.parametrize(
    "content",
    [b"", b"\n# nothing\n", b"\xff\xfe", b"short", Fernet.generate_key()[4:]],
    ids=["empty", "a remark", "no text", "short", "cut off"],
)
def test_a_spoiled_key_file_is_refused_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    key = tmp_path / "secrets.key"
    key.write_bytes(content)
    with pytest.raises(Refusal, match="内容不对") as refused:
        Vault(tmp_path).seal(b"", ME, ONE)
    assert key.read_bytes() == content
    assert refused.value.__cause__ is None


def test_a_key_that_is_gone_is_not_replaced_in_silence(tmp_path: Path) -> None:
    with a_site(tmp_path) as site:
        account = site.book.add(person(), "小陈", LOGIN)
        site.keyring.session(account)
        site.key.rename(tmp_path / "elsewhere")
        with pytest.raises(Refusal, match="放回"):
            site.book.add(person(43434), "小王", login("5210002"))
        with pytest.raises(Refusal, match="放回"):
            site.keyring.keep_session(account, b"session", account.standing)
        with pytest.raises(Locked, match=r"账号 小陈 .*不见了.*!账号 更新 小陈"):
            site.keyring.credentials(account)
        assert not site.key.exists()
        (tmp_path / "elsewhere").rename(site.key)
        assert site.keyring.credentials(account) == LOGIN


def test_whoever_types_the_password_again_goes_on_with_a_new_key(tmp_path: Path) -> None:
    with a_site(tmp_path) as site:
        account = site.book.add(person(), "小陈", LOGIN)
        site.book.add(person(43434), "小王", login("5210002"))
        site.key.unlink()
        site.book.update(person(), "小陈", LOGIN)
        assert site.keyring.credentials(account) == LOGIN
        (other,) = site.book.of(person(43434))
        with pytest.raises(Locked, match="小王"):
            site.keyring.credentials(other)


def test_when_nothing_is_sealed_any_more_a_new_key_may_begin(tmp_path: Path) -> None:
    with a_site(tmp_path) as site:
        site.book.add(person(), "小陈", LOGIN)
        site.key.unlink()
        site.book.remove(person(), "小陈")
        account = site.book.add(person(), "小陈", LOGIN)
        assert site.keyring.credentials(account) == LOGIN


def test_nothing_is_sealed_with_another_key_than_what_there_is(tmp_path: Path) -> None:
    with a_site(tmp_path) as site:
        account = site.book.add(person(), "小陈", LOGIN)
        site.keyring.session(account)
        old = site.key.read_bytes()
        site.key.write_bytes(Fernet.generate_key())
        with pytest.raises(Refusal, match=r"不是封存它们的那一份.*放回.*!账号 更新"):
            site.book.add(person(43434), "小王", login("5210002"))
        with pytest.raises(Locked, match=r"账号 小陈 .*放回"):
            site.keyring.keep_session(account, b"session", account.standing)
        assert site.store.accounts.session(account.id) is None
        site.key.write_bytes(old)
        assert site.book.add(person(43434), "小王", login("5210002")).nickname == "小王"


def test_where_the_old_key_is_lost_a_password_typed_again_makes_the_new_one_the_key(tmp_path: Path) -> None:
    with a_site(tmp_path) as site:
        for number in ("1", "2"):
            site.book.add(person(), f"小陈{number}", login(f"521000{number}"))
        site.key.write_bytes(Fernet.generate_key())
        site.book.update(person(), "小陈2", login("5210002", "new"))
        site.book.add(person(43434), "小王", login("5210003"))
