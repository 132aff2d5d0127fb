"""The three layouts of a sealed credential, taken apart, opened and put together.

A and B: base64( iv16 | tag16 | AES-256-GCM ), with the key's own hex digits (A) or SHA-256 of its text (B).
C: hex(iv16) ":" hex(AES-256-CBC, PKCS#7), with scrypt of key and salt; nothing authenticates it.
No version byte tells them apart: the single ":" does, which neither base64 nor hex can hold.
"""

import re
from base64 import b64encode
from dataclasses import dataclass
from enum import StrEnum, unique
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.padding import PKCS7

from workers.vault import javascript

IV_BYTES: Final = 16
TAG_BYTES: Final = 16
BLOCK_BYTES: Final = 16
KEY_BYTES: Final = 32
_SCRYPT_COST: Final = 16384  # 16 MiB and about 40 ms each time
_HEX_KEY: Final = re.compile(r"[0-9A-Fa-f]{64}")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_\-\r\n]*={0,2}")


@unique
class Layout(StrEnum):
    """How a value is sealed; the names that `--format` takes."""

    GCM = "gcm"
    CBC = "cbc"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A stored value taken apart. `body` is ciphertext and, for GCM, the tag behind it.

    `clean` is false where only Node's leniency makes a base64 value of it: junk, when it does not open.
    """

    layout: Layout
    iv: bytes
    body: bytes
    clean: bool = True


def take_apart(text: str) -> Sealed | None:
    """None where the text is in no layout: too short, too many parts, not whole blocks."""
    parts = text.split(":")
    if len(parts) == 1:
        return _take_gcm_apart(text)
    if len(parts) != 2:  # noqa: PLR2004 - iv and ciphertext
        return None
    iv, body = map(javascript.hex_bytes, parts)
    if len(iv) != IV_BYTES or not body or len(body) % BLOCK_BYTES:
        return None
    return Sealed(Layout.CBC, iv, body)


def _take_gcm_apart(text: str) -> Sealed | None:
    data = javascript.base64_bytes(text)
    head = IV_BYTES + TAG_BYTES
    if len(data) <= head:
        return None
    clean = _BASE64.fullmatch(javascript.trim(text)) is not None
    return Sealed(Layout.GCM, data[:IV_BYTES], data[head:] + data[IV_BYTES:head], clean)


def open_gcm(sealed: Sealed, key: bytes) -> bytes | None:
    """The plaintext; None where the tag says that key, iv or ciphertext is not the one it was made with."""
    try:
        return AESGCM(key).decrypt(sealed.iv, sealed.body, None)
    except InvalidTag:
        return None


def open_cbc(sealed: Sealed, key: bytes) -> bytes | None:
    """The plaintext; None where the padding is wrong. A wrong key passes once in 256 times, with garbage."""
    decryptor = Cipher(AES(key), CBC(sealed.iv)).decryptor()
    padded = decryptor.update(sealed.body) + decryptor.finalize()
    unpadder = PKCS7(8 * BLOCK_BYTES).unpadder()
    try:
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError:
        return None


def seal_gcm(plaintext: bytes, key: bytes, iv: bytes) -> str:
    """Format B, or A with its key. An `iv` is used once."""
    sealed = AESGCM(key).encrypt(iv, plaintext, None)
    body, tag = sealed[:-TAG_BYTES], sealed[-TAG_BYTES:]
    return b64encode(iv + tag + body).decode()


def seal_cbc(plaintext: bytes, key: bytes, iv: bytes) -> str:
    """Format C. An `iv` is used once."""
    padder = PKCS7(8 * BLOCK_BYTES).padder()
    encryptor = Cipher(AES(key), CBC(iv)).encryptor()
    body = encryptor.update(padder.update(plaintext) + padder.finalize()) + encryptor.finalize()
    return f"{iv.hex()}:{body.hex()}"


def hashed_key(secret: str) -> bytes:
    """The key of format B: 64 hex digits are hashed as the text they are."""
    return sha256(secret.encode()).digest()


def hex_key(secret: str) -> bytes | None:
    """The key of format A; None unless the secret begins with its 64 hex digits."""
    digits = _HEX_KEY.match(secret)
    return bytes.fromhex(digits[0]) if digits else None


def scrypt_key(secret: str, salt: bytes) -> bytes:
    """The key of format C: 16 MiB and about 40 ms, so derive it once."""
    return Scrypt(salt=salt, length=KEY_BYTES, n=_SCRYPT_COST, r=8, p=1).derive(secret.encode())
