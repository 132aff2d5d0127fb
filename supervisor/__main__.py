"""`healthsup` and `python -m supervisor`: the command line, after a look at whose package this is."""

import sys
from pathlib import Path

from supervisor import DISTRIBUTION


def main() -> int:
    """Run the command line; returns the exit code."""
    try:
        if stranger := _stranger():
            sys.stderr.write(f"{DISTRIBUTION}: {stranger}\n")
            return 78
        from supervisor.cli import edge  # noqa: PLC0415 - not before it is known to be ours
    except KeyboardInterrupt:
        sys.stderr.write(f"{DISTRIBUTION}: interrupted\n")
        return 130

    return edge.run(sys.argv[1:])


def _stranger() -> str:
    """What is wrong with the package we run from; empty when nothing is.

    PyPI's `supervisor` has the same import name: installed into the same environment, the two overwrite each other.
    """
    package = Path(__file__).parent
    if (package / "supervisord.py").exists():
        return (
            "the package `supervisor` from PyPI is installed in the same environment and shares the import name: "
            f"install {DISTRIBUTION} into a virtual environment of its own"
        )
    installed = any(package.parent.glob(f"{DISTRIBUTION}-*-info"))
    checkout = (package.parent / "pyproject.toml").exists() and (package.parent / "workers").is_dir()
    if not installed and not checkout:
        return f"{package} belongs neither to an installed {DISTRIBUTION} nor to a checkout of it: install it again"
    return ""


if __name__ == "__main__":
    sys.exit(main())
