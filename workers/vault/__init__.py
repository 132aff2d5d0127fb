"""The vault: which key opens the credentials, and how a stored value is opened and sealed.

The only room that imports `cryptography`, and the only one where a stored value becomes readable. Its front
is `read_key`, `Vault` and what they give back; everything it says about a failure is a sentence of ours.
"""

from workers.vault.formats import Layout
from workers.vault.key import KeyMaterial, NoKey, read_key
from workers.vault.opened import Opened, Reading
from workers.vault.vault import Vault

__all__ = ["KeyMaterial", "Layout", "NoKey", "Opened", "Reading", "Vault", "read_key"]
