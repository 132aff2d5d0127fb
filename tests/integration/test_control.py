"""The control socket against clients of every kind."""

import json
import socket
import time

import pytest

from supervisor import control
from supervisor.control import talk
from supervisor.control.directory import SOCKET_NAME
from supervisor.errors import BadConfig, Transient


@pytest.fixture
def server(short_dir):
    short_dir.chmod(0o700)
    server = control.Server(short_dir)
    yield server
    server.close()


def connected(short_dir):
    peer = socket.socket(socket.AF_UNIX)
    peer.connect(str(short_dir / SOCKET_NAME))
    return peer


@pytest.mark.parametrize("junk", [b"[" * 4000, b"\xff\xfe", b"", b"[1]", b'"x"'], ids=repr)
def test_nonsense_is_no_request(server, short_dir, junk):
    with connected(short_dir) as peer:
        fd = server.accept()
        peer.sendall(junk) if junk else peer.shutdown(socket.SHUT_WR)
        request, reply = server.read(fd)
        assert request is None
        reply({"ok": False})
        assert json.loads(peer.recv(100)) == {"ok": False}


def test_a_peer_that_says_nothing_is_dropped(server, short_dir, monkeypatch):
    with connected(short_dir) as peer:
        fd = server.accept()
        assert server.silent() == []
        monkeypatch.setattr(talk, "_SILENT_FOR_S", -1.0)
        assert server.silent() == [fd]
        server.drop(fd)
        assert not server.owns(fd)
        assert peer.recv(1) == b""


def test_a_second_server_in_the_same_directory_is_refused(server, short_dir):
    with pytest.raises(Transient, match="another healthsup run"):
        control.Server(short_dir)


def test_a_socket_left_by_a_killed_predecessor_is_taken_over(short_dir):
    short_dir.chmod(0o700)
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(short_dir / SOCKET_NAME))
    left.close()
    server = control.Server(short_dir)
    server.close()
    assert not (short_dir / SOCKET_NAME).exists()


def test_without_a_running_supervisor_that_is_what_is_said(short_dir):
    with pytest.raises(Transient, match="no running supervisor"):
        control.ask(str(short_dir), {"do": "show"}, within=1.0)


def test_a_directory_that_others_can_enter_is_not_used(short_dir):
    short_dir.chmod(0o755)
    with pytest.raises(BadConfig, match=r"control\.dir"):
        control.prepare(str(short_dir), {})


def test_a_supervisor_that_does_not_answer_is_given_up_after_a_while(server, short_dir):
    began = time.monotonic()
    with pytest.raises(Transient, match="does not answer"):
        control.ask(str(short_dir), {"do": "show"}, within=0.2)
    assert time.monotonic() > began
