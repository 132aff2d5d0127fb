"""The stand-in's mail server: SMTP as far as a log-in needs it, with the same marks and the same ledger.

With a certificate it offers STARTTLS, and AUTH only behind it; without one it offers AUTH in clear, which healthsup
never uses. Whatever else a client asks for is counted and refused: the ledger shows who would have sent a mail.
"""

import binascii
import socket
import ssl
import time
from base64 import b64decode
from typing import Final

from supervisor.standin.answers import email
from supervisor.standin.ledger import Ledger
from supervisor.standin.mark import read
from supervisor.standin.message import Request
from supervisor.standin.wire import MISBEHAVIOURS

API: Final = "email"
_LINE_BYTES: Final = 12_288  # RFC 4954 section 4.1: the longest answer to a challenge


class Post:
    """Serves connections, over TLS from the start where `implicit`; `latency_s` is added to every answer to AUTH."""

    def __init__(self, ledger: Ledger, tls: ssl.SSLContext | None, latency_s: float, *, implicit: bool) -> None:
        self._ledger = ledger
        self._tls = tls
        self._latency_s = latency_s
        self._implicit = implicit

    def serve(self, line: socket.socket) -> None:
        secure = False
        try:
            if self._tls and self._implicit:
                line, secure = self._tls.wrap_socket(line, server_side=True), True
            _say(line, "220 mail.stand-in.example ESMTP")
            while command := _heard(line):
                if command.upper() == "STARTTLS" and self._tls and not secure:
                    _say(line, "220 2.0.0 Ready to start TLS")
                    line, secure = self._tls.wrap_socket(line, server_side=True), True
                elif not self._answer(line, command, secure=secure):
                    break
        except (OSError, ValueError):  # the client went, or speaks no SMTP: nobody to answer
            pass
        finally:
            line.close()

    def _answer(self, line: socket.socket, command: str, *, secure: bool) -> bool:
        """Whether the client may go on."""
        verb, *words = command.split()
        match verb.upper():
            case "EHLO":
                offers = ("AUTH PLAIN LOGIN",) if secure or not self._tls else ("STARTTLS",)
                _say(line, "250-mail.stand-in.example", "250-SIZE 35882577", *(f"250 {offer}" for offer in offers))
            case "AUTH" if words:
                return self._log_in(line, *words)
            case "QUIT":
                _say(line, "221 2.0.0 Bye")
                return False
            case other:
                self._ledger.add(API, other[:16], "-", "-")
                _say(line, "502 5.5.1 only a log-in is played here")
        return True

    def _log_in(self, line: socket.socket, mechanism: str, *initial: str) -> bool:
        told = [_plain(text) for text in initial]
        for prompt in ("VXNlcm5hbWU6", "UGFzc3dvcmQ6")[: 2 if mechanism.upper() == "LOGIN" else 1][len(told) :]:
            _say(line, f"334 {prompt}")
            told.append(_plain(_heard(line)))
        mark = read(Request("AUTH", "-", "", {}, "\0".join(told).encode()))
        self._ledger.add(API, "AUTH", mechanism.upper()[:16], mark.text)
        time.sleep(self._latency_s + mark.delay_s)
        if misbehave := MISBEHAVIOURS.get(mark.word):
            misbehave(line)
            return False
        _say(line, *email.said(mark))
        return mark.word != "closing"


def _say(line: socket.socket, *lines: str) -> None:
    line.sendall("".join(f"{text}\r\n" for text in lines).encode())


def _heard(line: socket.socket) -> str:
    """The next line; empty when the client is gone."""
    received = bytearray()
    while not received.endswith(b"\n"):
        byte = line.recv(1)
        if not byte or len(received) > _LINE_BYTES:
            return ""
        received += byte
    return received.decode().strip() or "NOTHING"


def _plain(encoded: str) -> str:
    try:
        return b64decode(encoded, validate=True).decode("utf-8", "replace")
    except binascii.Error:
        return ""
