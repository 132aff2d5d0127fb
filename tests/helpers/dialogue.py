"""A provider's conversation held against scripted answers, with every request that it made."""

import json
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from types import MappingProxyType

from workers.provider import Context, Provider, Request
from workers.secret import Secret
from workers.verdict import Answered, Reply, Verdict

NOW = 1_750_000_000.0  # 2025-06-15T15:06:40Z
PRODUCTION = "production"
SANDBOX = "sandbox"


@dataclass(frozen=True)
class Dialogue:
    verdict: Verdict
    requests: tuple[Request, ...]
    unheard: int
    """Scripted answers that the conversation did not wait for."""


def answer(status: int, body: object = None, headers: Mapping[str, str] = MappingProxyType({})) -> Reply:
    """A reply as the probe hands it over: `body` as JSON, or bytes as they are."""
    if isinstance(body, bytes):
        return Reply(status, dict(headers), body)
    return Reply(status, {"content-type": "application/json", **headers}, json.dumps(body).encode())


def hold(
    provider: Provider,
    fields: Mapping[str, str],
    script: Iterable[Answered],
    *,
    environment: str = PRODUCTION,
    now: float = NOW,
    memory: MutableMapping[tuple[str, ...], tuple[Secret, float]] | None = None,
    held: MutableMapping[tuple[str, ...], tuple[Verdict, float]] | None = None,
) -> Dialogue:
    """Validate and converse as the worker does; `fields` by canonical name, as the vault hands them over."""
    secrets = {name: Secret(value) for name, value in fields.items()}
    context = Context(environment, now, {} if memory is None else memory, {} if held is None else held)
    answers = list(script)
    refused = provider.validate(secrets, context) if provider.validate else None
    if refused is not None:
        return Dialogue(refused, (), len(answers))
    assert provider.converse is not None
    conversation = provider.converse(secrets, context)
    requests: list[Request] = []
    try:
        requests.append(next(conversation))
        while True:
            if not answers:
                raise AssertionError(f"not in the script: {requests[-1].method} {requests[-1].url}")
            requests.append(conversation.send(answers.pop(0)))
    except StopIteration as end:
        return Dialogue(end.value, tuple(requests), len(answers))


def shown(value: Secret | str) -> str:
    return value.reveal() if isinstance(value, Secret) else value


def header(request: Request, name: str) -> str:
    """The header's value as it would be sent; empty where it is not."""
    return next((shown(value) for key, value in request.headers.items() if key.lower() == name.lower()), "")
