"""The settings of the platform stop the start, with one line that names the wrong one."""

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key as curve_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from jobs.app.platform import provider_config
from jobs.config import SettingsError, load_settings, load_what_is_right, settings_from
from jobs.models.customs import Customs, Week
from jobs.venues.sjtu.places import PUBLIC_KEY

NO_RSA = base64.b64encode(
    curve_key(SECP256R1()).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
).decode()


@pytest.mark.parametrize("key", ["AAAA", "MIIB", "not base64", PUBLIC_KEY[:-8], NO_RSA])
def test_a_key_that_can_lock_no_order_stops_the_start(key: str) -> None:
    with pytest.raises(SettingsError, match=r"^SJA_SJTU_PUBLIC_KEY 的值 .*RSA 公钥") as wrong:
        settings_from({"sja_provider": "sjtu", "sja_sjtu_public_key": key})
    assert "\n" not in str(wrong.value)


def test_a_right_key_may_be_wrapped() -> None:
    wrapped = f"{PUBLIC_KEY[:64]}\n  {PUBLIC_KEY[64:]}"
    settings = settings_from({"sja_provider": "sjtu", "sja_sjtu_public_key": wrapped})
    assert provider_config(settings).public_key == PUBLIC_KEY


@pytest.mark.parametrize("setting", ["sja_sjtu_base_url", "sja_jaccount_base_url"])
@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://sports.sjtu.edu.cn", "https://"),
        ("http://127.0.0.1.example.com", "https://"),
        ("https://me:pass@sports.sjtu.edu.cn", "用户名"),
        ("https://sports.sjtu.edu.cn?x=1", "“\\?”"),
        ("https://sports.sjtu.edu.cn/#/pc", "“#”"),
        ("https://[::1", "网址"),
        ("https://sports.sjtu.edu.cn:port", "网址"),
        ("https:///pc", "主机名"),
        ("ftp://sports.sjtu.edu.cn", "开头"),
    ],
)
def test_an_address_that_tells_secrets_or_leads_nowhere_stops_the_start(setting: str, address: str, why: str) -> None:
    with pytest.raises(SettingsError, match=f"^{setting.upper()} 的值 .*{why}") as wrong:
        settings_from({setting: address})
    assert "pass" not in str(wrong.value)


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8000", "http://[::1]:80/x", "http://localhost", "https://sports.sjtu.edu.cn/a"]
)
def test_on_this_machine_plain_http_will_do(address: str) -> None:
    assert settings_from({"sja_sjtu_base_url": address}).sja_sjtu_base_url == address


def test_customs_are_checked_at_the_start_and_reach_the_client(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^SJA_SJTU_CUSTOMS 的值 .*week 只能是"):
        settings_from({"sja_sjtu_customs": "week=friday"})
    (tmp_path / ".env").write_text("SJA_SJTU_CUSTOMS=week=monday", encoding="utf-8")
    assert provider_config(load_settings(tmp_path, {})).customs == Customs(week=Week.MONDAY)
    (tmp_path / ".env").write_text("SJA_SJTU_CUSTOMS=week=friday\nSJA_SJTU_PUBLIC_KEY=?", encoding="utf-8")
    looked_at = load_what_is_right(tmp_path, {})
    assert looked_at is not None
    assert provider_config(looked_at).customs == Customs()
