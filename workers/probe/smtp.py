"""An SMTP log-in: EHLO, STARTTLS unless the line is over TLS from its start, AUTH, QUIT. No mail is begun.

A password never goes over a line that is not encrypted: a server without STARTTLS is not asked any further.
"""

import re
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Final

from workers.probe.dialer import Dialer
from workers.probe.outcome import NoReply, trouble_of
from workers.probe.outgoing import Origin, place
from workers.probe.sockets import TimedSocket
from workers.probe.timings import Timings, since
from workers.provider import Login
from workers.verdict import Reply, Trouble
from workers.wire import Phase

_REPLIES_BYTES: Final = 65_536  # of one log-in; servers send 1 to 2 KiB
_TEXT_CHARS: Final = 4096
_COMMAND_CHARS: Final = 510  # RFC 5321 4.5.3.1.4, without CRLF
_QUIT_WITHIN: Final = 1.0
_NAME: Final = "[127.0.0.1]"  # RFC 5321 4.1.3: a client without a name of its own; tells nothing of this host
_LINE: Final = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?", re.DOTALL)

_READY, _LET_IN, _DONE, _GO_ON = 220, 235, 250, 334


@dataclass(frozen=True, slots=True)
class _Said:
    code: int
    lines: tuple[str, ...]

    def offers(self, keyword: str) -> tuple[str, ...] | None:
        """The parameters of an extension in an answer to EHLO; None where it is not offered."""
        offered = [line.upper().replace("=", " ").split() for line in self.lines[1:]]
        found = [words[1:] for words in offered if words and words[0] == keyword]
        return tuple(word for words in found for word in words) if found else None


def log_in(
    dialer: Dialer,
    login: Login,
    base: Origin | None,
    *,
    max_bytes: int,
    deadline: float,
    stamp: Callable[[Phase], None],
    timings: Timings,
) -> Reply:
    """Log in before `deadline` (`monotonic()`) at `base` or else where `login` says. Raise `NoReply`."""
    secrets = _Secrets(login)
    origin = base or place("smtps" if login.implicit_tls else "smtp", login.host, login.port)
    stamp(Phase.CONNECT)
    session = _Session(dialer.dial(origin, deadline=deadline, timings=timings), deadline, max_bytes)
    try:
        stamp(Phase.PROBE)
        reply = _converse(session, secrets, origin, dialer, timings)
        session.quit()
    except OSError as error:
        raise NoReply(trouble_of(error)) from None
    finally:
        session.line.close()
    return reply


def _converse(session: "_Session", secrets: "_Secrets", origin: Origin, dialer: Dialer, timings: Timings) -> Reply:
    started = monotonic()
    said = session.hear()
    timings.first_byte = since(started)
    if said.code != _READY:
        return _reply(said, "connect")
    said = session.say(f"EHLO {_NAME}")
    if said.code == _DONE and origin.scheme == "smtp":
        if said.offers("STARTTLS") is None:
            return _reply(said, "ehlo", lacks="starttls")
        said = session.say("STARTTLS")
        if said.code != _READY:
            return _reply(said, "starttls")
        session.secure(dialer, origin.host, timings)
        said = session.say(f"EHLO {_NAME}")
    if said.code != _DONE:
        return _reply(said, "ehlo")
    mechanisms = said.offers("AUTH") or ()
    command, *answers = secrets.commands(mechanisms)
    if not command:
        return _reply(said, "ehlo", lacks="mechanism")
    said = session.say(command)
    for answer in answers:
        if said.code == _GO_ON:
            said = session.say(answer)
    timings.body = since(started)
    return _reply(said, "auth", mechanisms=" ".join(mechanisms))


def _reply(said: _Said, stage: str, **facts: str) -> Reply:
    text = "\n".join(said.lines)[:_TEXT_CHARS]
    return Reply(said.code, {"stage": stage, **facts}, text.encode())


class _Secrets:
    """What is said of user and password, checked before anybody is called."""

    def __init__(self, login: Login) -> None:
        try:
            self._user = login.user.reveal().encode()
            self._password = login.password.reveal().encode()
        except UnicodeEncodeError:  # a lone surrogate out of JSON
            raise NoReply(Trouble.BAD_REQUEST) from None
        if b"\0" in self._user + self._password:  # what keeps them apart in PLAIN
            raise NoReply(Trouble.BAD_REQUEST)

    def commands(self, mechanisms: tuple[str, ...]) -> tuple[str, ...]:
        """The AUTH command and the answers to its challenges; an empty command when none is known."""
        if "PLAIN" in mechanisms:  # RFC 4616
            both = _encoded(b"\0%s\0%s" % (self._user, self._password))
            whole = f"AUTH PLAIN {both}"
            return (whole,) if len(whole) <= _COMMAND_CHARS else ("AUTH PLAIN", both)
        if "LOGIN" in mechanisms:
            return ("AUTH LOGIN", _encoded(self._user), _encoded(self._password))
        return ("",)


def _encoded(text: bytes) -> str:
    return b64encode(text).decode()


class _Session:
    """One line and what is read ahead of it, at most so many bytes in all."""

    def __init__(self, line: TimedSocket, deadline: float, max_bytes: int) -> None:
        self.line = line
        self._deadline = deadline
        self._rest = b""
        self.line.begin(deadline=deadline, allowance=min(max_bytes, _REPLIES_BYTES))

    def say(self, command: str) -> _Said:
        self.line.sendall(command.encode() + b"\r\n")
        return self.hear()

    def hear(self) -> _Said:
        """One whole reply. Raise `NoReply` if it is none, OSError as sockets do."""
        lines: list[str] = []
        codes: set[bytes] = set()
        while True:
            match = _LINE.fullmatch(self._next_line())
            if match is None:
                raise NoReply(Trouble.MALFORMED)
            code, more, text = match.groups(default=b"")
            codes.add(code)
            lines.append(text.decode("utf-8", "replace"))
            if more != b"-":
                break
        if len(codes) != 1:
            raise NoReply(Trouble.MALFORMED)
        return _Said(int(code), tuple(lines))

    def secure(self, dialer: Dialer, host: str, timings: Timings) -> None:
        """Over to TLS. What came unencrypted after the server's word is nobody's (CVE-2011-0411)."""
        if self._rest:
            raise NoReply(Trouble.MALFORMED)
        allowance = self.line.allowance
        self.line = dialer.secure(self.line, host, deadline=self._deadline, timings=timings)
        self.line.begin(deadline=self._deadline, allowance=allowance)

    def quit(self) -> None:
        """Take leave; whether it is answered changes nothing."""
        with suppress(OSError, NoReply):
            self.line.deadline = min(self._deadline, monotonic() + _QUIT_WITHIN)
            self.say("QUIT")

    def _next_line(self) -> bytes:
        buffer = bytearray(4096)
        while (end := self._rest.find(b"\n")) < 0:
            count = self.line.recv_into(buffer)
            if not count:
                raise ConnectionResetError
            self._rest += buffer[:count]
        line, self._rest = self._rest[:end], self._rest[end + 1 :]
        return line.removesuffix(b"\r")
