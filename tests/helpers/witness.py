"""A provider that sees who asks at the same time, and keeps whom it is told to waiting; it speaks OpenAI's list of models."""

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.helpers.system import BOUND, System

_MODELS = b'{"object": "list", "data": []}'


def key_of(user: int) -> str:
    return f"sk-witnessed-{user}"


class Witness:
    """Keyed by the API key asked with: how often it asked, when (monotonic), and how many times at once at most."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.at_once: Counter[str] = Counter()
        self.moments: dict[str, list[float]] = defaultdict(list)
        self.held: set[str] = set()
        self.base_url = ""
        self._inside: Counter[str] = Counter()
        self._changed = threading.Condition()

    def credential(self, system: System, user: int, **columns) -> int:
        """One whose key this provider tells from others by `key_of`."""
        return system.tenants.credential(user, "openai", text=system.seal({"apiKey": key_of(user)}), **columns)

    def hold(self, key: str) -> None:
        """Whoever asks with this key waits until `release`."""
        with self._changed:
            self.held.add(key)

    def release(self, key: str) -> None:
        with self._changed:
            self.held.discard(key)
            self._changed.notify_all()

    def wait(self, key: str, times: int = 1) -> None:
        """Until this key has asked so often; bounded."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.asked[key] >= times, BOUND), f"{key} did not ask {times} times"

    def serve(self, key: str) -> None:
        with self._changed:
            self.asked[key] += 1
            self.moments[key].append(time.monotonic())
            self._inside[key] += 1
            self.at_once[key] = max(self.at_once[key], self._inside[key])
            self._changed.notify_all()
            self._changed.wait_for(lambda: key not in self.held, BOUND)

    def leave(self, key: str) -> None:
        with self._changed:
            self._inside[key] -= 1


@contextmanager
def witness() -> Iterator[Witness]:
    seen = Witness()

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            key = self.headers["Authorization"].removeprefix("Bearer ")
            seen.serve(key)
            seen.leave(key)  # before the answer: whoever has it may ask again
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(_MODELS)))
            self.end_headers()
            self.wfile.write(_MODELS)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass  # the client went away

    with Server(("127.0.0.1", 0), Answers) as server:
        seen.base_url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield seen
        finally:
            for key in list(seen.held):
                seen.release(key)
            server.shutdown()
            thread.join(BOUND)


@contextmanager
def watching(system: System, **worker: object) -> Iterator[Witness]:
    """The witness as OpenAI; one user at a time unless `window` says otherwise."""
    with witness() as provider:
        system.configure(worker={"window": 1} | worker, **{"providers.openai": {"base_url": provider.base_url}})
        yield provider
