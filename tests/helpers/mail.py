"""A mail server of a test: what it says is given by the test, one reply a command; STARTTLS is real."""

from base64 import b64decode

from tests.helpers.misbehave import Peer
from tests.helpers.tls import authority

HELLO = b"250-mx.example\r\n250-SIZE 1000\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n"
LET_IN = b"235 2.7.0 Accepted\r\n"


class Post:
    """A handler for `serving`; `heard` is every line of every client, in order."""

    def __init__(
        self, *, greeting=b"220 mx.example ESMTP\r\n", hello=HELLO, starttls=b"220 Go\r\n", answer=LET_IN
    ) -> None:
        self.greeting, self.hello, self.starttls, self.answer = greeting, hello, starttls, answer
        self.heard: list[str] = []

    def __call__(self, peer: Peer) -> None:
        peer.send(self.greeting)
        while line := self._line(peer):
            match line.split()[0]:
                case "EHLO":
                    peer.send(self.hello)
                case "STARTTLS":
                    peer.send(self.starttls)
                    if not self.starttls.startswith(b"220 "):
                        continue
                    peer.sock = authority().server("127.0.0.1", "mx.example").wrap_socket(peer.sock, server_side=True)
                case "AUTH":
                    self._let_in(peer, line)
                case "QUIT":
                    peer.send(b"221 Bye\r\n")
                    break
                case _:
                    peer.send(b"500 what?\r\n")
        peer.sock.close()

    def _let_in(self, peer: Peer, line: str) -> None:
        challenges = {"AUTH LOGIN": 2, "AUTH PLAIN": 1}.get(line, 0)
        for _ in range(challenges):
            peer.send(b"334 \r\n")
            self._line(peer)
        peer.send(self.answer)

    def _line(self, peer: Peer) -> str:
        received = b""
        while not received.endswith(b"\n"):
            byte = peer.sock.recv(1)
            if not byte:
                return ""
            received += byte
        self.heard.append(received.decode().rstrip())
        return self.heard[-1]


def unsealed(text: str) -> list[str]:
    """User and password of an AUTH PLAIN."""
    return b64decode(text.rpartition(" ")[2]).decode().split("\0")[1:]
