"""A wrong setting is named in one line, which never shows what may be a secret."""

from typing import Any

import pytest

from jobs.app.startable import why_not_startable
from jobs.config import Settings, SettingsError, settings_from, settings_in

ADDRESSES = ("json://u:S3CRETPW@h", "json://u:S3/CRETPW@h", "tgram://S3CRETPW:tok/chat", '["json://u:S3CRETPW@h"]')
"""As somebody may have written them behind the wrong name, or in the wrong shape."""
NAMES = [name for name in Settings.model_fields if name != "sja_home"]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("name", NAMES)
def test_no_setting_repeats_an_address(name: str, address: str) -> None:
    try:
        settings_in({name: address})
    except SettingsError as wrong:
        said = str(wrong)
        assert said.startswith(f"{name.upper()} 的值 •••• 不对：")
        assert not any(part in said for part in ("S3", "CRETPW", "tok", "://u"))


@pytest.mark.parametrize("value", [["S3CRETPW"], 12345, {"a": "S3CRETPW"}])
def test_what_is_written_for_the_pager_is_never_repeated_whatever_its_shape(value: Any) -> None:
    with pytest.raises(SettingsError, match=r"^SJA_ESCALATION_URL 的值 •••• 不对：只写一个"):
        settings_from({"sja_escalation_url": value})


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("name", ["port", "host", "superusers", "command_start"])
def test_nor_do_the_settings_of_nonebot(name: str, address: str) -> None:
    said = "".join(why_not_startable({name: address}, Settings(), ()))
    assert said.startswith(name.upper()) or not said
    assert "S3" not in said


def test_a_value_that_is_no_secret_is_still_shown() -> None:
    with pytest.raises(SettingsError, match=r"^SJA_MAX_RUNNING 的值 'abc' 不对：要写整数$"):
        settings_in({"sja_max_running": "abc"})
