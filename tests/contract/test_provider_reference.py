import os

from tests.helpers.documented import CASES
from tests.helpers.project import ROOT
from tests.helpers.provider_reference import page
from workers import providers

PAGE = ROOT / "docs" / "reference" / "providers.md"


def test_the_page_says_what_the_program_asks_and_how_it_judges():
    made = page()
    if os.environ.get("HEALTHSUP_WRITE_DOCS"):
        PAGE.write_text(made, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == made


def test_the_matrix_is_as_large_as_is_claimed():
    assert len({(case.api, case.status, repr(case.body), case.reason) for case in CASES}) >= 200


def test_who_is_not_probed_says_why():
    for provider in providers.ALL:
        assert bool(provider.endpoints) is (provider.converse is not None)
        assert provider.endpoints or len(provider.unprobed) > 20, provider.name
