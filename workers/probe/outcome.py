"""How the parts of the probe tell each other that there will be no reply."""

import errno
import ssl
from typing import Final

from workers.probe.sockets import AllowanceSpentError
from workers.verdict import Trouble

OUR_SHORTAGES: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL})
"""Of this host, whoever was to be reached."""

_TROUBLES: Final[tuple[tuple[type[OSError], Trouble], ...]] = (  # the first that fits
    (TimeoutError, Trouble.TIMEOUT),
    (AllowanceSpentError, Trouble.TOO_LARGE),
    (ssl.SSLEOFError, Trouble.RESET),
    (ssl.SSLZeroReturnError, Trouble.RESET),
    (ssl.SSLSyscallError, Trouble.RESET),
    (ssl.SSLError, Trouble.TLS),  # the server's alert, when it wants a client certificate, comes this late
    (OSError, Trouble.RESET),
)


class NoReply(Exception):  # noqa: N818 - an outcome of an exchange, not an error of ours
    """The exchange ended without a reply. `unheard`: it broke off before the first byte of one."""

    def __init__(self, trouble: Trouble, *, unheard: bool = False) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble
        self.unheard = unheard


def trouble_of(error: BaseException) -> Trouble:
    """The trouble behind an error of sending or reading; `MALFORMED` for one that is none of a socket's."""
    return next((trouble for kind, trouble in _TROUBLES if isinstance(error, kind)), Trouble.MALFORMED)
