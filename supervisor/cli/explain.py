"""`explain`: how the last verdict came about, without any secret."""

import time
from collections.abc import Iterator
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import click

from supervisor.cli.call import Call, Command, pass_call
from supervisor.cli.options import ID, ApiName, environment_option, json_option
from supervisor.cli.text import cell

if TYPE_CHECKING:
    from supervisor.cli.facts import Facts

_PHASES: Final = ("resolve", "connect", "tls", "first byte", "body")
NO_ANSWER: Final = MappingProxyType(
    {
        "resolve": "the name has no address",
        "names": "no usable answer from a name server",
        "connect": "no connection could be made",
        "tls": "no TLS could be agreed on",
        "timeout": "the time ran out",
        "reset": "the connection broke",
        "malformed": "what came is not of the protocol",
        "too_large": "what came is too large",
        "forbidden_address": "the name leads to an address that is not public",
        "bad_request": "the fields make no request",
        "local": "this host ran out of something of its own",
        "budget": "it was not sent, the budget is spent",
    }
)
"""Why no answer came, by the worker's word for it."""

Lines = Iterator[tuple[str, str]]


@click.command(cls=Command)
@click.option("--user", type=ID, metavar="ID", required=True, help="Whose credential.")
@click.option("--api", type=ApiName(), metavar="NAME", required=True, help="Of which API.")
@environment_option(None, "Only this environment.")
@json_option
@pass_call
def explain(call: Call, user: int, api: str, environment: str | None, *, as_json: bool) -> None:
    """How the last verdict came about, without any secret."""
    from supervisor.cli import facts
    from supervisor.cli.listing import line
    from supervisor.errors import Negative
    from supervisor.store.admin import Admin

    with call.store() as store:
        Admin(store).require_users([user])
        found = store.explain(user, api, environment)
    if not found:
        raise Negative(f"user {user} has no active credential for {api}", "see `healthsup credential list`")
    for number, one in enumerate(map(facts.of, found)):
        if as_json:
            click.echo(line(one))
            continue
        click.echo("\n" * bool(number) + _heading(one))
        for name, text in _lines(one):
            click.echo(f"  {name:<10}  {text}".rstrip())


def _heading(facts: "Facts") -> str:
    verdict: Any = facts["verdict"]
    where = f"user {facts['user_id']}, {facts['api']}, {facts['environment']}"
    if verdict is None:
        return f"{where}: not looked at yet"
    fault = {"us": " (ours)", None: ""}.get(verdict["fault"], f" (the {verdict['fault']}'s)")
    return f"{where}: {verdict['status']}, {verdict['reason'] or 'written by another program'}{fault}"


def _lines(facts: "Facts") -> Lines:
    yield from _of_verdict(facts["verdict"])
    yield from _of_row(facts["row"])
    if facts["story"] is not None or facts["verdict"] is not None:
        yield from _of_story(facts["story"])
    yield from _of_trust(facts["trust"])
    yield from _of_what_comes(facts)


def _of_verdict(verdict: Any) -> Lines:
    if verdict is None:
        return
    yield "verdict", verdict["message"] or "(no message)"
    if verdict["stands_on"]:
        yield "status", f"kept from the last verdict, {verdict['stands_on']}: this look made no request"
    if verdict["error"] and (verdict["message"] or "") not in verdict["error"]:
        yield "stands on", verdict["error"]
    took = "" if verdict["latency_ms"] is None else f", answered in {verdict['latency_ms']} ms"
    yield "checked", f"{cell(verdict['checked_at'])}{took}"
    yield "available", f"{cell(verdict['available'])}; configured: {cell(verdict['configured'])}"


def _of_row(row: Any) -> Lines:
    others = f"; {row['passed_over']} more passed over" if row["passed_over"] else ""
    yield "row", f"{row['credential_id']}, {row['why']}{others}"
    alias = ", an alias" if row["alias"] else ""
    yield "stored as", f"{row['stored_as']}{alias}; saved {cell(row['saved_at'])}"


def _of_story(story: Any) -> Lines:
    if story is None:
        yield "story", "none is kept of this look"
        return
    yield "fields", ", ".join(story["fields"]) or "none could be read"
    for asked in story["requests"]:
        headers = "".join(f" {name}: ***" for name in asked["headers"])
        yield "request", f"{asked['method']} {asked['host']}{asked['path']}{headers}"
        times = [(name, asked[f"{name.replace(' ', '_')}_ms"]) for name in _PHASES]
        told = "".join(f", {name} {cell(value)} ms" for name, value in times if value is not None)
        why = NO_ANSWER.get(asked["trouble"], asked["trouble"])
        yield "answer", f"{asked['status'] or f'none: {why}'}{told}"
    if not story["requests"]:
        yield "request", "none was made"
    if story["rule"]:
        yield "rule", story["rule"]
    if story["source"]:
        yield "source", story["source"]
    for left in story["budgets"]:
        yield "budget", _of_budget(left)


def _of_budget(left: Any) -> str:
    wait = "; nothing more until the credential changes" if left["for_good"] else ""
    if left["until"] is not None and left["until"].timestamp() > time.time():
        wait = f"; nothing more until {cell(left['until'])}"
    return f"{left['name']}: {left['tokens']:g} left by then, one comes back each {left['per_s']:g} s{wait}"


def _of_trust(trust: Any) -> Lines:
    if trust["score"] is None:
        return
    minus = "".join(f" - {term['points']:g} ({term['because']})" for term in trust["minus"])
    yield "trust", f"{trust['score']:g} = 100{minus}"
    yield "outcomes", f"{', '.join(trust['newest_first']) or 'none that counts'}; newest first"


def _of_what_comes(facts: "Facts") -> Lines:
    from supervisor.forecast import in_words

    due: Any = facts["next_due"]
    in_hand = "; it is in hand now" if facts["in_hand"] else ""
    yield "next due", f"{cell(due) or 'not registered yet: run registers it within half a minute'}{in_hand}"
    ends = facts["expires_at"]
    if isinstance(ends, datetime):
        soon = in_words(ends.timestamp(), time.time())
        yield "ends", f"{cell(ends)}{f', {soon}' if soon else ''}"
    held: Any = facts["quarantine"]
    if held is not None:
        where = f", {cell(held['signal'])} in phase {cell(held['phase'])}" if held["signal"] else ""
        yield "quarantine", f"since {cell(held['since'])}, {held['strikes']} strikes{where}"
