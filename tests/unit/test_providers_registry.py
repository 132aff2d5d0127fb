import ast
from pathlib import Path

import pytest

from tests.helpers.dialogue import PRODUCTION, hold
from tests.helpers.documented import CASES, FIELDS, PROBED
from workers import catalog, providers
from workers.provider import Context
from workers.secret import Secret
from workers.vault import Opened
from workers.verdict import Verdict
from workers.wire import Reason

FOLDER = Path(providers.__file__).parent


def test_every_known_api_has_a_provider_and_no_other_has():
    assert {provider.name for provider in providers.ALL} == set(catalog.KNOWN)
    assert all(providers.find(name).name == name for name in catalog.KNOWN)


def test_every_file_is_one_provider_of_the_registry():
    files = [path for path in FOLDER.glob("*.py") if path.name != "__init__.py"]
    assert len(files) == len(providers.ALL)
    for path in files:
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
    fields, more = FIELDS[api], {"refreshToken": "grant"} if api in {"ebay", "mercadolibre"} else {}
    for case in CASES:
        if case.api == api:
            minted = [other.reply for other in CASES if (other.api, other.says) == ("paypal", "token")]
            for script in ([case.reply], [case.reply, *minted, case.reply]):
                yield from hold(providers.find(api), fields | (more if len(script) > 1 else {}), script).requests


@pytest.mark.parametrize("api", PROBED)
def test_a_probe_reads_and_costs_nothing(api):
    module = getattr(providers, api)
    tokens = getattr(module, "TOKEN_ENDPOINTS", ())
    for request in requests_of(api):
        assert request.method in {"GET", "HEAD"} or (request.method == "POST" and request.url in tokens)
        assert request.body is None or request.url in tokens
        assert request.url.startswith("https://")
    text = module.__doc__
    assert "free" in text.lower()
    for heading in ("Probe ", "Limits ", "Answers a verdict rests on"):
        assert heading in text
