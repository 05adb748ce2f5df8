"""Where the platform is, and what its orders are locked with."""

from typing import Final, Protocol

from msgspec import Struct

BASE_URL: Final = "https://sports.sjtu.edu.cn"
JACCOUNT_URL: Final = "https://jaccount.sjtu.edu.cn"
PAYMENT_URL: Final = "https://cwc2.jdcw.sjtu.edu.cn/payment/pay/pay.action"
PUBLIC_KEY: Final = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEArKZOdKQAL+iYzJ4Q5EQzwv/yvVPnfdNVKRgNG19HbCYM4qIzFPEOFv28SVFQh+xqAj8t"
    "AfjpMSTihFwt6BQuWfZXWYpAqf4jF4cU7ez/VHJyzsn8Cb7Lf/1KsLpuz+MbqufrA57AysnLAnRXHOwik+QnpsXZYjTcjgxQ0iLMe5iJyo06CKFx"
    "H1rmgYMwS4E89kNg1VtYrFKs1MajApfhu9hTEXnm/lP24TPdefRXbf+z84p1GLue2HRhZs3wECH1HJWZOsrdL/M+wigWldY0fHoiaKsjD9rK1Nya"
    "Ptk4bIYuwPsfQu5RN4hkEPpTvdw1nKzOdo77zNa5ovCY0uNLZwIDAQAB"
)
"""Base64 of the DER form. All clients known to encrypt orders have this one."""


class Places(Protocol):
    """Asked whenever something is needed anew, for a platform may move. Any of it may raise `VenueError`."""

    @property
    def base_url(self) -> str:
        """Without a trailing slash."""
        ...

    @property
    def jaccount_url(self) -> str:
        """Where people log in: what comes before `/oauth2/authorize`."""
        ...

    @property
    def public_key(self) -> str:
        """Base64 of the DER form."""
        ...

    @property
    def payment_url(self) -> str: ...


class KnownPlaces(Struct, frozen=True):
    """Implements `Places` for a platform that stays where it is."""

    base_url: str = BASE_URL
    jaccount_url: str = JACCOUNT_URL
    public_key: str = PUBLIC_KEY
    payment_url: str = PAYMENT_URL
