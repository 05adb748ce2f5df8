"""The key pair of the simulated platform, and how it opens an order.

An order is AES-128-ECB under 16 characters, which come encrypted to the platform's RSA key in the header `sid`, as
does the time of sending in `tim`.
"""

import base64
import binascii
import re
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final, cast

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

_SEALED_LENGTH: Final = 344
"""Characters of a 256 byte RSA block in base64."""
_KEY: Final = re.compile(rb"[0-9A-Z]{16}")
_MILLISECONDS: Final = re.compile(rb"[0-9]{13}")


class BadSeal(Exception):
    """An order that cannot be opened; the text says why, for the ledger."""


class Opened(msgspec.Struct, frozen=True):
    """What an order said, and when its sender says it was sent."""

    fields: dict[str, Any]
    sent_at: datetime


class SealKey:
    """The platform's private key."""

    def __init__(self, key: RSAPrivateKey) -> None:
        self._key = key

    @classmethod
    def make(cls) -> "SealKey":
        return cls(generate_private_key(public_exponent=65537, key_size=2048))

    @classmethod
    def read(cls, pem: bytes) -> "SealKey":
        """Raises `ValueError` for anything but an RSA key of 2048 bits."""
        try:
            key = load_pem_private_key(pem, password=None)
        except (TypeError, UnsupportedAlgorithm) as error:
            raise ValueError(str(error)) from error
        if not isinstance(key, RSAPrivateKey) or key.key_size != 2048:
            raise ValueError("not an RSA key of 2048 bits")
        return cls(key)

    def pem(self) -> bytes:
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def public(self) -> str:
        """What clients are given: base64 of the DER form."""
        der = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(der).decode()

    def open(self, sid: str, tim: str, body: bytes) -> Opened:
        """An order's fields. Raises `BadSeal` for whatever is not exactly as it should be."""
        key = self._unwrap("sid", sid)
        if not _KEY.fullmatch(key):  # also what a block encrypted to another key opens to: nobody gets an error for it
            raise BadSeal("sid: not 16 characters of 0-9A-Z under our key")
        moment = self._unwrap("tim", tim)
        if not _MILLISECONDS.fullmatch(moment):
            raise BadSeal("tim: not milliseconds under our key")
        return Opened(_fields(_decrypted(key, body)), datetime.fromtimestamp(int(moment) / 1000, UTC))

    def _unwrap(self, name: str, text: str) -> bytes:
        if len(text) != _SEALED_LENGTH:
            raise BadSeal(f"{name}: {len(text)} characters")
        try:
            return self._key.decrypt(base64.b64decode(text, validate=True), PKCS1v15())
        except ValueError as error:
            raise BadSeal(f"{name}: {error}") from error


@cache
def passing_key() -> SealKey:
    """One key for all simulators of this process that have no home to keep one in: making one takes a while."""
    return SealKey.make()


def _decrypted(key: bytes, body: bytes) -> bytes:
    try:
        sealed = base64.b64decode(body, validate=True)
        decryptor = Cipher(AES(key), ECB()).decryptor()  # noqa: S305 - the platform's choice
        padded = decryptor.update(sealed) + decryptor.finalize()
        unpadder = PKCS7(128).unpadder()
        return unpadder.update(padded) + unpadder.finalize()
    except (ValueError, binascii.Error) as error:
        raise BadSeal(f"body: {error}") from error


def _fields(text: bytes) -> dict[str, Any]:
    try:
        fields = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadSeal(f"body: {error}") from error
    if not isinstance(fields, dict):
        raise BadSeal("body: no JSON object")
    return cast("dict[str, Any]", fields)
