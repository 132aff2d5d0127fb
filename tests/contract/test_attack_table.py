"""The attack table in words is the one that runs. HEALTHSUP_WRITE_DOCS=1 writes it anew."""

import os
import re

from supervisor.launcher import LAYERS
from tests.helpers.attack_table import ROWS, as_table
from tests.helpers.project import ROOT

PAGE = ROOT / "docs/explanation/sandbox.md"
_TABLE = re.compile(r"\| it tries \| answer \|.*?(?=\n\n|\Z)", re.DOTALL)


def test_the_page_shows_every_attack_and_what_refuses_it() -> None:
    page = PAGE.read_text(encoding="utf-8")
    if os.environ.get("HEALTHSUP_WRITE_DOCS"):
        page = _TABLE.sub(lambda _: as_table(), page)
        PAGE.write_text(page, encoding="utf-8")
    (shown,) = _TABLE.findall(page)
    assert shown == as_table()


def test_every_layer_refuses_something_and_is_explained() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert {row.layer for row in ROWS} <= set(LAYERS)
    assert [layer for layer in LAYERS if f"| `{layer}` |" not in page] == []
