"""The vault's front: a stored value in, an opened credential or a verdict out."""

import os
import re
import threading
from hashlib import blake2b, sha256
from typing import Final, assert_never

from workers.secret import Secret
from workers.vault import formats, javascript
from workers.vault.formats import Layout, Sealed
from workers.vault.key import KeyMaterial
from workers.vault.opened import Opened
from workers.verdict import Verdict
from workers.wire import MAX_CIPHERTEXT_CHARS, Reason

# Truncated and junk values are told from a wrong key, because the cure differs: what could not be a sealed
# value under any key is `corrupt` (save it again); a whole value that does not open is `undecryptable` (look
# at the key).
EMPTY: Final = Verdict(Reason.CORRUPT, "the stored credential is empty; save it again")
TOO_LONG: Final = Verdict(
    Reason.CORRUPT, f"the stored credential is longer than {MAX_CIPHERTEXT_CHARS} characters; save it again"
)
NO_LAYOUT: Final = Verdict(
    Reason.CORRUPT, "the stored credential is cut short or no sealed value at all; save it again"
)
NOT_AN_OBJECT: Final = Verdict(
    Reason.CORRUPT, "the stored credential opens, but what is in it is no JSON object; save it again"
)
PLAINTEXT: Final = Verdict(
    Reason.PLAINTEXT, "the credential is stored unencrypted; save it again, and change it at the provider"
)
WRONG_KEY: Final = Verdict(
    Reason.UNDECRYPTABLE,
    "the stored credential does not open with this key; set the ENCRYPTION_KEY it was saved with, or save it again",
)
WRONG_KEY_OR_SALT: Final = Verdict(
    Reason.UNDECRYPTABLE,
    "the stored credential does not open with this key and salt; set the ENCRYPTION_KEY and ENCRYPTION_SALT "
    "it was saved with, or save it again",
)

_BEGINS_AN_OBJECT: Final = re.compile(r'\{\s*["}]')


class Vault:
    """Opens and seals credentials with one key, from any thread; at most so many openings at once."""

    def __init__(self, material: KeyMaterial, *, crypto_concurrency: int = 2) -> None:
        self._material: Final = material
        secret = material.secret.reveal()
        hex_key = formats.hex_key(secret) if material.legacy else None
        hashed_key = formats.hashed_key(secret)
        self._gcm_keys: Final = (hashed_key,) if hex_key is None else (hashed_key, hex_key)
        self._naming_key: Final = sha256(b"healthsup pseudonyms\0" + hashed_key).digest()
        self._cbc_key: bytes | None = None
        self._derivation: Final = threading.Lock()
        self._places: Final = threading.BoundedSemaphore(crypto_concurrency)

    def pseudonym(self, text: str) -> str:
        """32 hex digits that stand for a text, always the same under one key, and say nothing of it without the key."""
        return blake2b(text.encode("utf-8", "replace"), key=self._naming_key, digest_size=16).hexdigest()

    def open(self, ciphertext: str) -> Opened | Verdict:
        """The credential in a stored value, whatever that value is; never an exception for what is in it."""
        if len(ciphertext) > MAX_CIPHERTEXT_CHARS:
            return TOO_LONG
        if not javascript.trim(ciphertext):
            return EMPTY
        if _is_plaintext(ciphertext):
            return PLAINTEXT
        sealed = formats.take_apart(ciphertext)
        if sealed is None:
            return NO_LAYOUT
        with self._places:
            plaintext = self._unseal(sealed)
        return _failure_of(sealed) if plaintext is None else _read(plaintext, sealed)

    def seal(self, plaintext: Secret, layout: Layout) -> str:
        """`plaintext`, a JSON object's text, as the backend stores it: format B (gcm) or C (cbc)."""
        data = javascript.well_formed(plaintext.reveal()).encode()
        iv = os.urandom(formats.IV_BYTES)
        match layout:
            case Layout.GCM:
                return formats.seal_gcm(data, self._gcm_keys[0], iv)
            case Layout.CBC:
                return formats.seal_cbc(data, self._derived(), iv)
            case _:
                assert_never(layout)

    def _unseal(self, sealed: Sealed) -> bytes | None:
        match sealed.layout:
            case Layout.GCM:
                opened = (formats.open_gcm(sealed, key) for key in self._gcm_keys)
                return next((plaintext for plaintext in opened if plaintext is not None), None)
            case Layout.CBC:
                return formats.open_cbc(sealed, self._derived())
            case _:
                assert_never(sealed.layout)

    def _derived(self) -> bytes:
        """The key of format C: derived once, at its first use, since many databases hold no such row."""
        with self._derivation:
            if self._cbc_key is None:
                material = self._material
                self._cbc_key = formats.scrypt_key(material.secret.reveal(), material.salt)
            return self._cbc_key


def _is_plaintext(text: str) -> bool:
    """Whether the column holds JSON itself: an object, even a broken one, or an array or string that parses.

    None of them begins as a sealed value can; "[object Object]" and the like are junk, not a secret in clear.
    """
    text = javascript.trim(text)
    if _BEGINS_AN_OBJECT.match(text):
        return True
    return text[0] in '["' and not isinstance(javascript.parse(text), javascript.NotJson)


def _failure_of(sealed: Sealed) -> Verdict:
    if sealed.layout is Layout.CBC:
        return WRONG_KEY_OR_SALT
    return WRONG_KEY if sealed.clean else NO_LAYOUT


def _read(plaintext: bytes, sealed: Sealed) -> Opened | Verdict:
    """What is in an opened value. Nothing authenticates format C: garbage in it is a wrong key's."""
    value = javascript.parse(javascript.text_of(plaintext))
    if isinstance(value, dict):
        return Opened(value)
    if isinstance(value, javascript.NotJson) and sealed.layout is Layout.CBC:
        return WRONG_KEY_OR_SALT
    return NOT_AN_OBJECT
