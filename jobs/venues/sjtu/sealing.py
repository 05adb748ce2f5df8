"""How an order is locked: the body with a key of its own, that key and the time with the platform's."""

import secrets
import string
from base64 import b64decode, b64encode
from functools import cache
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import load_der_public_key
from msgspec import Struct

from jobs.ports.provider import VenueError

_LETTERS: Final = string.digits + string.ascii_uppercase
_KEY_LENGTH: Final = 16


class Sealed(Struct, frozen=True):
    """A body, and what the headers `sid` and `tim` say about it."""

    body: bytes
    sid: str
    tim: str

    def __repr__(self) -> str:
        return f"Sealed({len(self.body)} bytes)"


def seal(plain: bytes, public_key: str, milliseconds: int) -> Sealed:
    """`plain` by AES-128-ECB with PKCS#7, under a fresh random key; key and time by RSA PKCS#1 v1.5; all in base64.

    So the platform wants it: neither mode is of our choosing. Raises `VenueError` for what is no RSA key.
    """
    theirs = rsa_key(public_key)
    key = "".join(secrets.choice(_LETTERS) for _ in range(_KEY_LENGTH)).encode()
    padder = PKCS7(128).padder()
    padded = padder.update(plain) + padder.finalize()
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305
    return Sealed(
        body=b64encode(encryptor.update(padded) + encryptor.finalize()),
        sid=b64encode(theirs.encrypt(key, PKCS1v15())).decode(),
        tim=b64encode(theirs.encrypt(str(milliseconds).encode(), PKCS1v15())).decode(),
    )


@cache
def rsa_key(public_key: str) -> RSAPublicKey:
    """The key in base64 of its DER form, read once. Raises `VenueError` for what is none."""
    try:
        key = load_der_public_key(b64decode(public_key, validate=True))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise VenueError("加密订单的公钥无法使用，请检查设置 SJA_SJTU_PUBLIC_KEY", type(error).__name__) from error
    if not isinstance(key, RSAPublicKey):
        raise VenueError("加密订单的公钥不是 RSA 公钥，请检查设置 SJA_SJTU_PUBLIC_KEY", type(key).__name__)
    return key
