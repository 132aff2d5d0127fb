import ast
import re
from pathlib import Path

import pytest

from tests.helpers.dialogue import PRODUCTION, hold
from tests.helpers.documented import AGAINST_THE_TENANT, CASES, FIELDS, PROBED
from workers import catalog, providers
from workers.provider import Context, Login
from workers.secret import Secret
from workers.vault import Opened
from workers.verdict import Verdict
from workers.wire import Reason

FOLDER = Path(providers.__file__).parent


def test_every_known_api_has_a_provider_and_no_other_has():
    assert {provider.name for provider in providers.ALL} == set(catalog.KNOWN)
    assert all(providers.find(name).name == name for name in catalog.KNOWN)


def test_every_file_is_one_provider_of_the_registry():
    modules = [path for path in FOLDER.glob("*.py") if path.name != "__init__.py"]
    tables = [*FOLDER.glob("*.toml")]
    assert len(modules) + len(tables) == len(providers.ALL)
    assert tables, "one of ours shows what an operator's own provider can do"
    for path in modules:
        assigned = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.AnnAssign)]
        assert [node.target.id for node in assigned if isinstance(node.target, ast.Name)].count("PROVIDER") == 1


def test_the_probed_providers_are_these():
    assert {provider.name for provider in providers.ALL if provider.converse} == set(PROBED)
    assert {case.api for case in CASES} == set(PROBED)


@pytest.mark.parametrize("provider", providers.ALL, ids=lambda provider: provider.name)
def test_no_name_stands_for_two_fields(provider):
    names = [name for field in provider.fields for name in (field.name, *field.aliases)]
    assert len(names) == len(set(names))


REQUIRED = {
    "ebay": "appId devId certId",
    "amazon": "sellerId clientId clientSecret refreshToken marketplaceId",
    "mercadolibre": "clientId clientSecret",
    "paypal": "clientId clientSecret environment",
    "stripe": "publicKey secretKey",
    "openai": "apiKey",
    "groq": "apiKey",
    "gemini": "apiKey",
    "scraperapi": "apiKey",
    "zenrows": "apiKey",
    "2captcha": "apiKey",
    "serpapi": "apiKey",
    "aliexpress": "email password",
    "aliexpress-affiliate": "appKey appSecret",
    "aliexpress-dropshipping": "appKey appSecret",
    "cj-dropshipping": "apiKey",
    "email": "host port user password from",
    "twilio": "accountSid authToken phoneNumber",
    "slack": "",
    "sendgrid": "apiKey",
    "shopify": "shop accessToken",
    "etsy": "apiKey",
}


@pytest.mark.parametrize("provider", providers.ALL, ids=lambda provider: provider.name)
def test_a_credential_needs_these_fields(provider):
    assert [field.name for field in provider.fields if field.required] == REQUIRED[provider.name].split()


@pytest.mark.parametrize(
    ("api", "stored", "name"),
    [
        ("ebay", {"clientId": "a", "devId": "d", "clientSecret": "c", "authToken": "t"}, "token"),
        ("ebay", {"EBAY_APP_ID": "a", "EBAY_DEV_ID": "d", "EBAY_CERT_ID": "c", "EBAY_TOKEN": "t"}, "token"),
        ("mercadolibre", {"MERCADOLIBRE_CLIENT_ID": "a", "MERCADOLIBRE_CLIENT_SECRET": "s"}, "clientId"),
        ("paypal", {"PAYPAL_CLIENT_ID": "a", "PAYPAL_CLIENT_SECRET": "s", "PAYPAL_MODE": "live"}, "environment"),
        ("groq", {"GROQ_API_KEY": "k"}, "apiKey"),
        ("scraperapi", {"SCRAPER_API_KEY": "k"}, "apiKey"),
        ("2captcha", {"2CAPTCHA_API_KEY": "k"}, "apiKey"),
        ("serpapi", {"GOOGLE_TRENDS_API_KEY": "k"}, "apiKey"),
        ("cj-dropshipping", {"cjApiKey": "k"}, "apiKey"),
        ("email", {"SMTP_HOST": "h", "SMTP_PORT": 465, "EMAIL_USER": "u", "password": "p", "from": "f"}, "port"),
    ],
)
def test_fields_are_found_under_the_names_they_were_stored_by(api, stored, name):
    fields = Opened(stored).fields(providers.find(api))
    assert not isinstance(fields, Verdict)
    assert name in fields


@pytest.mark.parametrize("stored", [{"webhookUrl": "https://hooks.slack.com/x"}, {"botToken": "xoxb-1"}])
def test_slack_needs_one_of_two(stored):
    slack = providers.find("slack")
    assert slack.validate is not None
    context = Context(PRODUCTION, 0.0, {})
    assert slack.validate({name: Secret(value) for name, value in stored.items()}, context) is None
    refused = slack.validate({"channel": Secret("#general")}, context)
    assert refused is not None
    assert refused.reason is Reason.MISSING_FIELDS


def requests_of(api):
    """Every request that any documented dialogue of a provider makes."""
    for case in CASES:
        if case.api == api:
            fields = FIELDS[api] | case.fields
            yield from hold(providers.find(api), fields, case.script, environment=case.environment).requests


@pytest.mark.parametrize("api", PROBED)
def test_a_probe_reads_and_costs_nothing(api):
    """A POST is harmless only where its endpoint says why; what is asked is what the endpoints say and no more."""
    provider = providers.find(api)
    for endpoint in provider.endpoints:
        assert endpoint.method in {"GET", "HEAD", "POST", "SMTP"}
        assert len(endpoint.harmless) > 20, "says why it changes nothing and costs nothing, and where that stands"
        assert endpoint.url.startswith(("https://", "smtp://"))
    for request in requests_of(api):
        assert request.endpoint in provider.endpoints
        assert isinstance(request, Login) or _stands_for(request.endpoint, request)
    stem = provider.name.replace("-", "_").replace("2captcha", "two_captcha")
    text = next(FOLDER.glob(f"{stem}.*")).read_text(encoding="utf-8")
    for heading in ("Probe ", "Limits ", "Answers a verdict rests on"):
        assert heading in text


def _stands_for(endpoint, request):
    pattern = re.sub(r"\\{\w+\\}", "[^/?#]+", re.escape(endpoint.url))
    return endpoint.method == request.method and re.fullmatch(pattern, request.url) is not None


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_verdict_about_the_tenant_names_its_rule_and_its_source(case):
    fields = FIELDS[case.api] | case.fields
    verdict = hold(providers.find(case.api), fields, case.script, environment=case.environment).verdict
    if case.reason in AGAINST_THE_TENANT | {Reason.OK}:
        assert verdict.rule, "the documented marker"
        assert verdict.source, "where it is documented"
        assert case.source
