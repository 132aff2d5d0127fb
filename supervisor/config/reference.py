"""The reference table of every setting: `python -m supervisor.config.reference` prints it for the documentation."""

import sys
from collections.abc import Iterator

from supervisor.config.keys import KEYS, PROVIDERS, Key
from workers import catalog


def table() -> str:
    """A Markdown table with one row a key; the providers' keys stand once, as `providers.<api>.…`."""
    return "\n".join(_rows()) + "\n"


def _rows() -> Iterator[str]:
    yield "| key | default | allowed | meaning |"
    yield "|---|---|---|---|"
    first = next(iter(catalog.KNOWN))
    for key in KEYS.values():
        if not key.section.startswith(PROVIDERS) or key.section == f"{PROVIDERS}.{first}":
            name = key.dotted.replace(f"{PROVIDERS}.{first}", f"{PROVIDERS}.<api>")
            yield f"| `{name}` | {default_of(key)} | {key.allowed} | {key.meaning} |"


def default_of(key: Key) -> str:
    """The default as Markdown."""
    match key.default:
        case None:
            return "none"
        case bool():
            return str(key.default).lower()
        case str():
            return f'`"{key.default}"`'
        case tuple():
            return "`[]`"
        case _:
            return f"{key.default:g}" if isinstance(key.default, float) else str(key.default)


if __name__ == "__main__":
    sys.stdout.write(table())
