"""journald's native protocol: fields of our own, so that `journalctl EVENT=worker.died` works.

One datagram a record; one that is too large goes through a sealed memfd. Where the journal cannot be reached the
line goes to stderr instead. Source: systemd.io/JOURNAL_NATIVE_PROTOCOL.
"""

import array
import fcntl
import logging
import os
import socket
import sys
from typing import Final

_SOCKET: Final = "/run/systemd/journal/socket"
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
    except (OSError, ValueError):
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{facts.st_dev}:{facts.st_ino}"


class JournalHandler(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)

    def emit(self, record: logging.LogRecord) -> None:
        facts = getattr(record, "facts", {})
        text = " ".join([record.getMessage(), *(f"{k}={v}" for k, v in facts.items() if v is not None)])
        priority = _PRIORITY.get(record.levelno, 6)
        fields = {
            "MESSAGE": text,
            "PRIORITY": str(priority),
            "SYSLOG_IDENTIFIER": "healthsup",
            "EVENT": record.getMessage(),
        }
        fields |= {key.upper(): str(value) for key, value in facts.items() if value is not None}
        try:
            self._send(b"".join(_encode(key, value) for key, value in fields.items()))
        except OSError:
            sys.stderr.write(f"<{priority}>{text}\n")

    def _send(self, record: bytes) -> None:
        try:
            self._socket.sendto(record, _SOCKET)
        except OSError as error:
            if error.errno not in (90, 105):  # EMSGSIZE, ENOBUFS: too large for a datagram
                raise
            fd = os.memfd_create("healthsup-journal", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
            with os.fdopen(fd, "wb", closefd=True) as file:
                file.write(record)
                file.flush()
                fcntl.fcntl(
                    fd,
                    fcntl.F_ADD_SEALS,
                    fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL,
                )
                rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))]
                self._socket.sendmsg([b""], rights, 0, _SOCKET)


def _encode(key: str, value: str) -> bytes:
    data = value.encode("utf-8", "backslashreplace")
    if b"\n" in data:
        return key.encode() + b"\n" + len(data).to_bytes(8, "little") + data + b"\n"
    return key.encode() + b"=" + data + b"\n"
