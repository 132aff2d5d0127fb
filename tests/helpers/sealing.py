"""Opens what the tests had sealed, with the same key."""

from typing import Final

from workers.vault import Vault, formats, javascript, read_key

KEY: Final = "seal-0123456789-0123456789-0123456789"
ENVIRON: Final = {"ENCRYPTION_KEY": KEY}


def values_in(ciphertext: str, *, text: bool = False) -> object:
    """The object in `ciphertext`, or its very text."""
    sealed = formats.take_apart(ciphertext)
    assert sealed
    plaintext = Vault(read_key(None, ENVIRON))._unseal(sealed)
    assert plaintext is not None
    return plaintext.decode() if text else javascript.parse(plaintext.decode())
