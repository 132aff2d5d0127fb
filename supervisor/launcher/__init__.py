"""Starts workers, signals them, and learns how they ended. The only room that knows about processes.

A worker gets a bare environment (key and salt are passed on unread), a session of its own, its stderr in a pipe of
its own, the flight page and the dump as descriptors, and nothing else that is open.
"""

import os
import secrets
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from types import MappingProxyType

from supervisor.errors import Transient
from supervisor.launcher.child import CLOSED, Child, Ending
from supervisor.launcher.command import check_key, key_option, worker_command, worker_environment
from supervisor.launcher.confinement import LAYERS, lacking, try_sandbox
from supervisor.launcher.dump import Dump, describe_dump
from supervisor.launcher.nursery import Nursery
from supervisor.launcher.oom import OomKills, own_counter
from workers.flight import Page

__all__ = [
    "CLOSED", "LAYERS", "Child", "Ending", "Launcher", "check_key", "describe_dump", "key_option", "lacking",
    "try_sandbox", "worker_command", "worker_environment",
]  # fmt: skip


class Launcher:
    """Spawns worker after worker from one zygote, all with the same key file.

    `program` is the worker's module; `workers.faults` is named here by tests and `chaos`, and by nothing else.
    `confined` False leaves the zygote its system calls and files; what a worker leaves itself is in its options.
    """

    def __init__(
        self, key_file: str | None, environ: Mapping[str, str], *, program: str = "workers", confined: bool = True
    ) -> None:
        self.key_file = key_file
        self.nursery = Nursery(environ, program, confined=confined)
        self._oom_kills = OomKills(own_counter())

    def spawn(
        self, endpoint: str, generation: int, places: int, options: Mapping[str, object] = MappingProxyType({})
    ) -> Child:
        """Start a worker; it will say hello under the child's `identity`. Raise `Transient` when none can be made.

        `options` are what its sandbox leaves open, known before its first thread; nothing secret.
        """
        identity = f"w-{generation}-{secrets.token_hex(8)}"
        given = {"endpoint": endpoint, "identity": identity, "generation": generation, "places": places, **options}
        arguments = [*(f"--{name}={value}" for name, value in given.items()), *key_option(self.key_file)]
        with ExitStack() as ours, ExitStack() as theirs:
            try:
                page, page_fd = Page.create(places)
                ours.callback(page.close)
                theirs.callback(os.close, page_fd)
                dump = Dump()
                ours.callback(dump.close)
                theirs.callback(os.close, dump.theirs)
                stderr_fd, their_stderr_fd = os.pipe2(os.O_CLOEXEC)
                ours.callback(os.close, stderr_fd)
                theirs.callback(os.close, their_stderr_fd)
                oom_kills = self._oom_kills.count()
                pid, pidfd = self.nursery.fork(arguments, [page_fd, dump.theirs, their_stderr_fd])
            except OSError as error:
                raise Transient(f"no worker can be made ({error.strerror})", "raise the limit it has met") from error
            ours.pop_all()
        return Child(
            pid, pidfd, generation, identity,
            page=page, dump=dump, stderr_fd=stderr_fd, ending=self.nursery.ending,
            ran_out=partial(self._oom_kills.explains, oom_kills), build=self.nursery.build,
        )  # fmt: skip

    def close(self) -> None:
        """End the zygote; workers it still has die with it."""
        self.nursery.bury()
