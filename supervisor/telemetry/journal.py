"""journald's native protocol: fields of our own, so that `journalctl EVENT=worker.died` works.

One datagram a record; one that is too large goes through a sealed memfd. Where the journal cannot be reached the
line goes to stderr instead. Source: systemd.io/JOURNAL_NATIVE_PROTOCOL.
"""

import array
import errno
import fcntl
import logging
import os
import socket
import sys
from typing import Final

_SOCKET: Final = "/run/systemd/journal/socket"
_SEND_WITHIN_S: Final = 1.0  # a journal that has stopped taking records must not stop the loop
_TOO_LARGE: Final = (errno.EMSGSIZE, errno.ENOBUFS)
_SEALS: Final = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL
_PRIORITY: Final = {
    logging.DEBUG: 7,
    logging.INFO: 6,
    logging.WARNING: 4,
    logging.ERROR: 3,
    logging.CRITICAL: 2,
}


def stderr_is_the_journal() -> bool:
    """Whether systemd says that our stderr leads to the journal ($JOURNAL_STREAM is its device and inode)."""
    try:
        facts = os.fstat(sys.stderr.fileno())
    except (AttributeError, OSError, ValueError):
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{facts.st_dev}:{facts.st_ino}"


class JournalHandler(logging.Handler):
    def __init__(self, address: str = _SOCKET) -> None:
        super().__init__()
        self._address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.settimeout(_SEND_WITHIN_S)

    def emit(self, record: logging.LogRecord) -> None:
        name, facts = record.getMessage(), getattr(record, "facts", {})
        known = {key: value for key, value in facts.items() if value is not None}
        priority = _PRIORITY.get(record.levelno, 6)
        text = " ".join([name, *(f"{key}={value}" for key, value in known.items())])
        fields = {key.upper(): str(value) for key, value in known.items()} | {
            "MESSAGE": text,
            "PRIORITY": str(priority),
            "SYSLOG_IDENTIFIER": "healthsup",
            "EVENT": name,
        }
        try:
            self._send(b"".join(_encode(key, value) for key, value in fields.items()))
        except TimeoutError:
            return  # it is there and takes nothing: stderr, which leads to it, would wait as well
        except OSError:
            sys.stderr.write(f"<{priority}>{text}\n")
            sys.stderr.flush()

    def close(self) -> None:
        self._socket.close()
        super().close()

    def _send(self, record: bytes) -> None:
        try:
            self._socket.sendto(record, self._address)
        except OSError as error:
            if error.errno not in _TOO_LARGE:
                raise
            self._send_large(record)

    def _send_large(self, record: bytes) -> None:
        fd = os.memfd_create("healthsup-journal", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        with os.fdopen(fd, "wb") as file:
            file.write(record)
            file.flush()
            fcntl.fcntl(fd, fcntl.F_ADD_SEALS, _SEALS)
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))]
            self._socket.sendmsg([b""], rights, 0, self._address)


def _encode(key: str, value: str) -> bytes:
    data = value.encode("utf-8", "backslashreplace")
    if b"\n" in data:
        return key.encode() + b"\n" + len(data).to_bytes(8, "little") + data + b"\n"
    return key.encode() + b"=" + data + b"\n"
