"""`python -m workers`: the worker (started by the supervisor alone), `seal`, `check-key`, or `confine`."""

import sys
from functools import partial

from workers import sandbox


def main(argv: list[str]) -> int:
    """Dispatch before the heavy imports: the worker must be bound to its parent first."""
    match argv:
        case ["seal", *rest]:
            from workers import seal  # noqa: PLC0415

            sandbox.close_in()  # plaintext in memory: no core, not to be looked into

            return seal.main(rest)
        case ["check-key", *rest]:
            from workers import serve  # noqa: PLC0415

            return serve.check_key(rest)
        case ["confine"]:  # what `doctor` asks: which layers a worker would have here
            layers = (*sandbox.close_in(), *sandbox.confine(ports=(), memory_mib=256), *sandbox.forbid_unix_sockets())
            sys.stdout.write(f"{' '.join(layers)}\n")
            return 0
        case ["zygote", parent, *rest]:
            sandbox.die_with_parent(int(parent))
            from workers import serve, zygote  # noqa: PLC0415

            return zygote.main(rest, partial(serve.main, context=serve.prepared()))
        case _:
            sys.stderr.write("usage: python -m workers seal|check-key (the worker itself is started by healthsup)\n")
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
