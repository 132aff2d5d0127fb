"""Own providers: `[providers.<name>.probe]` of a file describes an API that healthsup does not know.

What is wrong is told with the line of the table it stands in; docs/howto/own-provider.md explains the tables.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from supervisor.config.checks import base_url_complaint
from supervisor.config.keys import PROVIDERS, kind, shown
from supervisor.errors import BadConfig
from workers import catalog
from workers.own import BadTable, OwnProvider, parse
from workers.wire import MAX_OWN_PROVIDERS

PROBE: Final = "probe"


def declared(tree: Mapping[str, object], text: str, place: str) -> dict[str, OwnProvider]:
    """The own providers of a file, by name. Raise `BadConfig` for a table that is wrong."""
    found = {name: _declared(name, own, text, place) for name, own in _tables(tree)}
    if len(found) > MAX_OWN_PROVIDERS:
        raise BadConfig(
            f"{place}: {len(found)} providers have a probe of their own", f"at most {MAX_OWN_PROVIDERS} may"
        )
    return found


def _tables(tree: Mapping[str, object]) -> Iterator[tuple[str, Mapping[str, object]]]:
    providers = tree.get(PROVIDERS)
    for name, own in (providers if isinstance(providers, dict) else {}).items():
        if isinstance(own, dict) and PROBE in own:
            yield name, own


def _declared(name: str, own: Mapping[str, object], text: str, place: str) -> OwnProvider:
    table, base_url = own[PROBE], own.get("base_url")
    where = f"{place}, line {_line(text, name, ())}"
    if catalog.canonical(name) is not None:
        cause = f"{where}: {name} is known to healthsup and has a probe already"
        raise BadConfig(cause, "give your own provider another name")
    if not isinstance(table, dict):
        raise BadConfig(f"{where}: {PROBE} is {kind(table)}", f"it must be a section, [{PROVIDERS}.{name}.{PROBE}]")
    if not isinstance(base_url, str):
        raise BadConfig(f"{where}: {PROVIDERS}.{shown(name)} has a probe, but no base_url", "say where it is sent to")
    if complaint := base_url_complaint(base_url):
        cause = f"{where}: {PROVIDERS}.{shown(name)}.base_url {complaint}"
        raise BadConfig(cause, "it must be http://host[:port] or https://host[:port]")
    try:
        return parse(name, base_url, table)
    except BadTable as bad:
        path = ".".join([PROVIDERS, name if name.isascii() and name.isprintable() else "?", PROBE, *map(str, bad.at)])
        raise BadConfig(f"{place}, line {_line(text, name, bad.at)}: {path}: {bad.cause}", bad.cure) from None


def _line(text: str, name: str, at: tuple[str | int, ...]) -> int:
    """The line that `at` leads to; that of the table, or of the provider, where the file is written another way."""
    provider = rf"providers\s*\.\s*[\"']?{re.escape(name)}[\"']?"
    starts = _starts(text, rf"\[\s*{provider}\s*\.\s*{PROBE}\s*\]") or _starts(text, rf"\[\s*{provider}") or [0]
    start = starts[0]
    if len(at) > 1 and isinstance(at[1], int):
        tables = _starts(text, rf"\[\[\s*{provider}\s*\.\s*{PROBE}\s*\.\s*{at[0]}\s*\]\]")
        start = tables[at[1]] if at[1] < len(tables) else start
    if keys := [step for step in at if isinstance(step, str)]:
        start = next((one for one in _starts(text, rf"[\"']?{re.escape(keys[-1])}[\"']?\s*=") if one > start), start)
    return text.count("\n", 0, start) + 1


def _starts(text: str, pattern: str) -> list[int]:
    """Where lines begin with it."""
    return [found.start(1) for found in re.finditer(rf"^[ \t]*({pattern})", text, re.MULTILINE)]
