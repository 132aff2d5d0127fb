"""What a worker gives up: outliving its parent, cores, privileges, files, ports, system calls; as the kernel offers.

In this order: `die_with_parent` and `close_in` first of all, `load_ahead`, `confine` when the key is read and before
the first thread, `forbid_unix_sockets` when it is connected to the supervisor. Each answers with the layers in force.
The zygote, which must fork, takes what it can beforehand: `confine_zygote`. Plain syscalls: no dependency.
"""

from collections.abc import Iterable

from workers.sandbox import ahead, landlock, seccomp
from workers.sandbox.ahead import load as load_ahead
from workers.sandbox.landlock import Rules
from workers.sandbox.limits import close_descriptors, limit, limit_descriptors, lock_memory
from workers.sandbox.process import TO_GIVE_UP_MORE, TO_READ_A_KEY, die_with_parent, drop_capabilities, name
from workers.sandbox.process import close_in as _close_in
from workers.sandbox.seccomp import forbid_unix_sockets

__all__ = [
    "close_descriptors", "close_in", "confine", "confine_zygote", "die_with_parent", "forbid_unix_sockets",
    "load_ahead", "name",
]  # fmt: skip


def close_in() -> tuple[str, ...]:
    """Give up what any process of ours can; returns the names of the layers in force, for the start-up line."""
    layers = _close_in()
    limit_descriptors()
    return layers


def confine(*, ports: Iterable[int], memory_mib: int) -> tuple[str, ...]:
    """Keep reading of the resolver's files, TCP to these ports, and the system calls of `syscalls`; nothing else.

    For good. Called before the first thread: one that runs already is not under Landlock.
    """
    layers = [*lock_memory(), *limit(memory_mib), *drop_capabilities()]
    layers += landlock.restrict(Rules(reading=ahead.RESOLVER, connecting=ports))
    layers += seccomp.confine_worker()
    return tuple(layers)


def confine_zygote() -> None:
    """Nothing to write, execute or bind, no privilege beyond reading the key; its workers inherit all of it."""
    drop_capabilities(TO_READ_A_KEY | TO_GIVE_UP_MORE)
    landlock.restrict(Rules(reading=None, connecting=None))
    seccomp.confine_zygote()
