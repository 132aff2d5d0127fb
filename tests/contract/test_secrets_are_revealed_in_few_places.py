"""`Secret.reveal()` is called where a secret leaves for a provider, and nowhere else."""

import ast
from collections import Counter
from pathlib import Path

import workers

ROOT = Path(workers.__file__).parent
ROOMS = {
    "providers": "builds the headers and bodies that carry it",
    "probe": "sends them",
    "vault": "derives the keys and seals what is in it",
    "declared.py": "the same for a provider that is a table",
    "gateway.py": "signs what AliExpress is asked",
    "budget.py": "makes a keyed digest of the account that is counted",
    "seal.py": "looks whether what it is to seal is a credential",
}
# A new call is a new place to look at: count it here.
IN_PROVIDERS = {
    "aliexpress_dropshipping.py": 2,
    "amazon.py": 7,
    "ebay.py": 8,
    "email.py": 2,
    "etsy.py": 4,
    "mercadolibre.py": 2,
    "openai.py": 1,
    "paypal.py": 3,
    "sendgrid.py": 1,
    "shopify.py": 2,
    "slack.py": 1,
    "stripe.py": 1,
    "twilio.py": 2,
    "two_captcha.py": 1,
}


def calls_of(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "reveal"]


def revealing():
    found = {path.relative_to(ROOT): calls_of(path) for path in ROOT.rglob("*.py")}
    return {path: lines for path, lines in found.items() if lines}


def test_only_these_rooms_reveal_a_secret():
    assert {path.parts[0] for path in revealing()} <= set(ROOMS)


def test_the_calls_in_the_providers_are_counted():
    found = Counter({path.name: len(lines) for path, lines in revealing().items() if path.parts[0] == "providers"})
    assert dict(found) == IN_PROVIDERS


def test_nothing_gets_at_a_secret_around_reveal():
    for path in ROOT.rglob("*.py"):
        if path.name == "secret.py":
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and node.value == "reveal"]
        assert not names, path
