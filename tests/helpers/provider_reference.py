"""docs/reference/providers.md: what each provider is asked and what its answers mean, from the program and its matrix."""

from collections.abc import Iterator

from tests.helpers.documented import CASES, Case
from workers import providers
from workers.provider import Budget, Provider

_HEAD = """# Providers

What healthsup asks each provider, how often at most, and what the answers mean. This page is made from the program and
from the matrix of its tests (`HEALTHSUP_WRITE_DOCS=1 scripts/test tests/contract/test_provider_reference.py`); the
matrix runs through the judge with `scripts/test tests/unit/test_providers_answers.py`. What no row names is judged by
the general rules ([outcomes](outcomes.md)); what nobody documents is `unrecognised`, never "invalid".
"""


def page() -> str:
    known = sorted(providers.ALL, key=lambda provider: provider.name)
    return "\n".join([_HEAD, *_overview(known), *(line for provider in known for line in _section(provider))])


def _overview(known: list[Provider]) -> Iterator[str]:
    cases = [case for case in CASES if case.reason]
    yield f"{len(cases)} documented answers of {len({case.api for case in cases})} providers:"
    yield ""
    yield "| API | probe | answers |"
    yield "|---|---|---|"
    for provider in known:
        asked = " · ".join(dict.fromkeys(f"`{one.method} {_path(one.url)}`" for one in provider.endpoints))
        count = sum(case.api == provider.name for case in cases)
        yield f"| [{provider.name}](#{provider.name}) | {asked or 'fields alone'} | {count or 'none'} |"
    yield ""


def _path(url: str) -> str:
    return "/" + url.split("/", 3)[3] if url.count("/") > 2 else url


def _section(provider: Provider) -> Iterator[str]:
    yield f"## {provider.name}"
    yield ""
    needed = ", ".join(f"`{field.name}`" for field in provider.fields if field.required)
    spare = ", ".join(f"`{field.name}`" for field in provider.fields if not field.required)
    yield f"Fields: {needed}{f'; optional {spare}' if spare else ''}."
    yield ""
    if not provider.endpoints:
        yield f"No probe: {provider.unprobed}."
        yield ""
        return
    for endpoint in provider.endpoints:
        yield f"- `{endpoint.method} {endpoint.url}`: {endpoint.harmless}.{_limit(endpoint.budget)}"
    yield ""
    yield "| status | answer | reason | documented |"
    yield "|---|---|---|---|"
    for case in CASES:
        if case.api == provider.name:
            yield _row(case)
    yield ""


def _limit(budget: Budget | None) -> str:
    if budget is None:
        return ""
    who = f"for each {' + '.join(budget.by)}" if budget.by else "for everybody together"
    return f" At most one in {budget.per:g} s, {budget.burst} at once, {who} ({budget.source})."


def _row(case: Case) -> str:
    says, source = (text.replace("|", "\\|") for text in (case.says, case.source))
    return f"| {case.status} | {says} | `{case.reason.value}` | {source} |"
