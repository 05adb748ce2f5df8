"""Settings: what may be set, its defaults and units, and one clear line when a value is wrong."""

import os
from base64 import b64decode
from collections.abc import Mapping
from datetime import time
from io import StringIO
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dotenv import dotenv_values
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from jobs.models.customs import read_customs
from jobs.models.setting_words import wrong_setting
from jobs.small_files import Unreadable, read_small

_ADDRESS: Final = r"^https?://\S+$"
_LARGEST_BYTES: Final = 256 * 1024
"""Of `.env`; a hundred times what all settings take."""


class SettingsError(Exception):
    """A setting has a value it cannot have; the message names it in one line."""


def _split_commas(value: Any) -> Any:
    """`123,456` and `123` as well as the JSON list that NoneBot decodes by itself."""
    if isinstance(value, int):
        return {str(value)}
    if isinstance(value, str):
        return {part.strip() for part in value.split(",") if part.strip()}
    if isinstance(value, list | set | tuple):
        return {str(part) for part in value}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return value


class Settings(BaseModel):
    """The engine's settings; the field name in capitals is the name in `.env`. An empty value means the default."""

    model_config = ConfigDict(frozen=True, extra="ignore", validate_default=True)

    sja_home: Path = Path("~/.sja")
    """Where everything is kept."""
    sja_timezone: str = "Asia/Shanghai"
    """The zone people read and write times in."""
    sja_provider: Literal["demo", "sjtu"] = "demo"
    sja_sjtu_base_url: str = Field(default="https://sports.sjtu.edu.cn", pattern=_ADDRESS)
    sja_sjtu_public_key: str = ""
    """Base64 of the DER form; empty: the one that all known clients of the platform use."""
    sja_sjtu_customs: str = ""
    """`jobs.models.customs.read_customs`: what differs from its defaults."""
    sja_jaccount_base_url: str = Field(default="https://jaccount.sjtu.edu.cn", pattern=_ADDRESS)
    sja_venue_requests_per_minute: int | None = Field(default=None, ge=1, le=10**6)
    """To the platform, of all runs and accounts together; None: the provider's own allowance."""
    sja_default_preset: int | None = Field(default=None, ge=1)
    sja_groups: Annotated[frozenset[str], BeforeValidator(_split_commas)] = frozenset()
    """Groups the bot answers in; empty: all."""
    sja_max_running: int = Field(default=200, ge=1)
    sja_max_accounts_running: int = Field(default=4, ge=1)
    """Accounts whose routines run at the same time; of one account's there is never more than one."""
    sja_max_jobs_per_user: int = Field(default=200, ge=1)
    """Jobs a person may have that have not ended."""
    sja_max_jobs_per_group: int | None = Field(default=None, ge=1)
    """Jobs that have not ended, made in one group; None: as many as its people may have."""
    sja_chat_gap_seconds: float = Field(default=1.0, ge=0, le=60)
    """Between two messages to one group, up to half as long again at random; in private a third of it. 0: none."""
    sja_user_commands_per_minute: int = Field(default=60, ge=0, le=10**6)
    """Of one person in a group; five times as many in private. 0: any number."""
    sja_group_commands_per_minute: int = Field(default=90, ge=0, le=10**6)
    """Of all people in one group together. 0: any number."""
    sja_pictures: bool = False
    """Whether lists and cards come as pictures where a chat has not settled it."""
    sja_font: Path | None = None
    """A font file with Chinese characters, for pictures; None: one that the system has."""
    sja_escalation_url: SecretStr = SecretStr("")
    """An Apprise address: urgent notifications that nobody acknowledges are sent there, too; empty: none."""
    sja_escalation_minutes: int = Field(default=5, ge=1, le=24 * 60)
    """How long after an urgent notification that nobody acknowledged it is sent to that address."""
    sja_monitor_min_interval: int | None = Field(default=None, ge=1)
    """Seconds; None: the provider's own floor (sjtu 60, demo 1)."""
    sja_stop_grace_seconds: float = Field(default=10, ge=0, le=600)
    sja_retention_days: int = Field(default=30, ge=1, le=36500)
    sja_log_max_bytes: int = Field(default=10 * 1024 * 1024, ge=4096)
    """Of one part; the log goes on in a new one."""
    sja_log_keep: int = Field(default=5, ge=0, le=100)
    """Older parts of a job's log."""
    sja_log_job_max_bytes: int = Field(default=50 * 1024 * 1024, ge=4096)
    """On disk, of all older parts of one job's log."""
    sja_log_total_max_bytes: int = Field(default=2 * 1024**3, ge=4096)
    """On disk, of all logs. The oldest parts go first; then the largest logs are rotated before they are full."""
    sja_launcher: Literal["auto", "warden", "portable"] = "auto"
    """Who starts and keeps the runs; auto: the warden on Linux, a shim per run elsewhere."""
    sja_run_max_mb: int = Field(default=512, ge=0)
    """MiB of memory one run may use; 0: any."""
    sja_demo_seed: int = 1
    sja_demo_release: str = "12:00:00"
    """When the demo platform releases the courts of a week later, so that nobody has to wait for noon to try it."""
    sja_demo_period_seconds: float = Field(default=600, gt=0, le=10**9)
    """Mean seconds between two changes of one slot of the demo platform."""

    @model_validator(mode="before")
    @classmethod
    def _empty_means_default(cls, values: Any) -> Any:
        return {key: value for key, value in values.items() if value != ""} if isinstance(values, dict) else values  # pyright: ignore[reportUnknownVariableType]

    @field_validator("sja_home")
    @classmethod
    def _expand(cls, value: Path) -> Path:
        try:
            return value.expanduser().absolute()
        except RuntimeError as unknown:
            raise ValueError("认不出“~”是谁的主目录，请写完整的路径") from unknown

    @field_validator("sja_groups")
    @classmethod
    def _group_numbers(cls, value: frozenset[str]) -> frozenset[str]:
        if wrong := next((group for group in value if not group.isdecimal()), None):
            raise ValueError(f"“{wrong}”不是群号，请写成 123456,234567")
        return value

    @field_validator("sja_demo_release")
    @classmethod
    def _time_of_day(cls, value: str) -> str:
        try:
            return time.fromisoformat(value).replace(tzinfo=None, microsecond=0).isoformat()
        except ValueError as wrong:
            raise ValueError("要写一天里的时间，例如 12:00:00") from wrong

    @field_validator("sja_sjtu_base_url", "sja_jaccount_base_url")
    @classmethod
    def _bare_address(cls, value: str) -> str:
        try:
            parts = urlsplit(value)
            host, _ = parts.hostname, parts.port
        except ValueError as wrong:
            raise ValueError("不是网址，例如 https://sports.sjtu.edu.cn") from wrong
        if not host or "@" in parts.netloc or "?" in value or "#" in value:
            raise ValueError("只写到主机名或路径为止，不带用户名、“?”和“#”，例如 https://sports.sjtu.edu.cn")
        if parts.scheme == "http" and not _is_loopback(host):
            raise ValueError("要以 https:// 开头，密码和订单不能明文经过网络（只有本机地址可以用 http://）")
        return value

    @field_validator("sja_sjtu_public_key")
    @classmethod
    def _key_of_the_platform(cls, value: str, others: ValidationInfo) -> str:
        bare = "".join(value.split())
        try:
            der = b64decode(bare, validate=True)
            if bare and others.data.get("sja_provider") == "sjtu":
                _require_rsa(der)
        except ValueError as wrong:
            raise ValueError("要写 RSA 公钥 DER 的 base64，以 MIIB 开头的一长串") from wrong
        return bare

    @field_validator("sja_sjtu_customs")
    @classmethod
    def _known_customs(cls, value: str) -> str:
        read_customs(value)
        return value

    @field_validator("sja_timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as unknown:
            raise ValueError(f"没有叫“{value}”的时区，例如 Asia/Shanghai") from unknown
        return value


def settings_from(values: Mapping[str, Any]) -> Settings:
    """Settings out of lower-case keys (NoneBot's own configuration); raises `SettingsError`."""
    try:
        return Settings.model_validate(dict(values))
    except ValidationError as invalid:
        raise SettingsError(one_line(invalid)) from invalid


def load_settings(directory: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings as the bot in `directory` would read them. Raises `SettingsError`."""
    return settings_in(read_environment(directory, environment))


def settings_in(values: Mapping[str, str]) -> Settings:
    """Settings out of what `read_environment` has read. Raises `SettingsError`."""
    return settings_from(_of_the_engine(values))


def load_what_is_right(directory: Path, environment: Mapping[str, str] = os.environ) -> Settings | None:
    """The settings with defaults for those that are wrong, to look at a home with; None when the home is wrong itself,
    or nothing can be read.

    Nothing may be started with these.
    """
    try:
        values = _of_the_engine(read_environment(directory, environment))
    except SettingsError:
        return None
    try:
        return Settings.model_validate(values)
    except ValidationError as invalid:
        wrong = {str(error["loc"][0]) for error in invalid.errors(include_url=False)}
    return None if "sja_home" in wrong else Settings.model_validate({k: v for k, v in values.items() if k not in wrong})


class Written(dict[str, str]):
    """Every setting as text, by lower-case name. `outranked`: those to which a file gives another value than the
    environment, which goes before it."""

    outranked: tuple[str, ...] = ()


def read_environment(directory: Path, environment: Mapping[str, str] = os.environ) -> Written:
    """Every setting as text, by lower-case name: `.env`, over it `.env.ENVIRONMENT`, over it the environment.

    NoneBot's order of precedence, without importing NoneBot. Raises `SettingsError` for a file that cannot be read.
    """
    base = _written_in(directory / ".env")
    stage = environment.get("ENVIRONMENT") or base.get("environment") or "prod"
    staged = _written_in(directory / f".env.{stage}")
    files, around = {**base, **staged}, _lower(environment)
    written = Written({**files, **around})
    written.outranked = tuple(sorted(name for name, value in files.items() if around.get(name, value) != value))
    return written


def one_line(invalid: ValidationError) -> str:
    """The first wrong setting: its name, what is wrong, and the value it has, unless that may be a secret."""
    first = invalid.errors(include_url=False)[0]
    name = ".".join(str(part) for part in first["loc"][:1]).upper() or "设置"
    more = f"（另有 {invalid.error_count() - 1} 处）" if invalid.error_count() > 1 else ""
    return f"{wrong_setting(name, first)}{more}"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _require_rsa(der: bytes) -> None:
    """Raises `ValueError` for what is no RSA public key."""
    # For who sets a key of their own alone: it takes longer to load than most commands take.
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_der_public_key  # noqa: PLC0415

    try:
        key = load_der_public_key(der)
    except UnsupportedAlgorithm as error:
        raise ValueError(str(error)) from error
    if not isinstance(key, RSAPublicKey):
        raise ValueError("not RSA")


def _of_the_engine(values: Mapping[str, str]) -> dict[str, Any]:
    return {key: _plain(value) for key, value in values.items() if key.startswith("sja_")}


def _written_in(path: Path) -> dict[str, str]:
    try:
        text = read_small(path, _LARGEST_BYTES)
    except Unreadable as trouble:
        raise SettingsError(f"{path.name} {trouble}") from trouble
    return _lower(dotenv_values(stream=StringIO(text or "")))


def _lower(values: Mapping[str, str | None]) -> dict[str, str]:
    return {key.lower(): value for key, value in values.items() if value is not None}


def _plain(value: str) -> Any:
    """A JSON list, as NoneBot would decode it, or the text itself."""
    return [part.strip().strip("\"'") for part in value.strip()[1:-1].split(",")] if value.startswith("[") else value
