"""What is otherwise loaded at its first use, loaded while files can be opened; and the few that are read for ever.

`getaddrinfo` loads the modules of nsswitch.conf when it first comes to them, and reads its files anew when they change.
"""

import codecs
import ctypes
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Final

_NAMES: Final = ("resolv.conf", "hosts", "nsswitch.conf", "host.conf", "gai.conf")
RESOLVER: Final = tuple(Path("/etc", name) for name in _NAMES)
_CODECS: Final = ("idna", "latin-1", "ascii", "utf-8-sig", "utf-16-le", "raw_unicode_escape")
_MODULES: Final = ("_strptime", "_ctypes", "unicodedata")
_COMMON: Final = ("files", "dns")  # in the C library itself since glibc 2.34


def load() -> None:
    """Codecs and modules that Python loads late, and every library that looking up a name or ending a thread needs."""
    for codec in _CODECS:
        codecs.lookup(codec)
    for module in _MODULES:
        import_module(module)
    for library in (*_name_services(), "libgcc_s.so.1"):
        with suppress(OSError):
            ctypes.CDLL(library)


def _name_services() -> list[str]:
    """Those that nsswitch.conf names for hosts."""
    text = ""
    with suppress(OSError):
        text = Path("/etc/nsswitch.conf").read_text(encoding="utf-8", errors="replace")
    hosts = next((line.partition(":")[2] for line in text.splitlines() if line.startswith("hosts:")), "")
    services = [word for word in hosts.partition("#")[0].split() if word.isidentifier()]
    return [f"libnss_{service}.so.2" for service in dict.fromkeys((*_COMMON, *services))]
