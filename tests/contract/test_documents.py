"""The documents say what is true: links lead somewhere, tables agree with the program, every page can be found."""

import re
from pathlib import Path

import pytest

from supervisor.assess import MEANINGS, Meaning
from supervisor.errors import Exit
from supervisor.telemetry import EVENT_FIELDS
from tests.helpers.project import ROOT, tool_table
from workers.wire import Reason

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    links = [link for link in _LINK.findall(page.read_text()) if not link.startswith("http")]
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_page_is_in_the_readmes_map() -> None:
    readme = set(_LINK.findall((ROOT / "README.md").read_text()))
    assert {str(page.relative_to(ROOT)) for page in PAGES} - readme == {"README.md"}


def test_every_exit_code_is_told() -> None:
    rows = _rows("docs/reference/exit-codes.md")
    assert {int(row[0]): row[1] for row in rows} == {code.value: code.name for code in Exit}


def test_every_outcome_is_told_as_the_program_understands_it() -> None:
    told = {row[0].strip("`"): tuple(row[1:6]) for row in _rows("docs/reference/outcomes.md")}
    assert told == {reason.value: _in_words(MEANINGS[reason]) for reason in Reason}


def test_every_fact_of_an_event_is_told_in_order() -> None:
    told = {row[0].strip("`"): row[2].split(":")[0].split(", ") for row in _rows("docs/reference/log-events.md")}
    assert {event: told.get(event) for event in EVENT_FIELDS} == {
        event: list(fields) for event, fields in EVENT_FIELDS.items()
    }


def test_every_event_that_can_be_logged_is_told_and_no_other() -> None:
    told = {row[0].strip("`") for row in _rows("docs/reference/log-events.md")}
    sources = "".join(path.read_text() for path in ROOT.glob("supervisor/**/*.py"))
    assert told == set(re.findall(r"""\bevent\(\s*"([a-z_]+\.[a-z_]+)\"""", sources))


@pytest.mark.parametrize("package", ["supervisor", "workers"])
def test_the_floors_of_the_architecture_are_those_that_are_checked(package: str) -> None:
    page = (ROOT / "docs/explanation/architecture.md").read_text()
    table = page.split(f"| floor | `{package}/` |")[1].split("\n\n")[0]
    told = [set(re.findall(r"(?:^\| \d+ \| (?:pure: )?|\\\| )`(\w+)`", row)) for row in table.splitlines()[2:]]
    contracts = tool_table("importlinter")["contracts"]
    checked = next(one["layers"] for one in contracts if one.get("containers") == [package])
    assert told == [set(floor.split(" | ")) for floor in checked]


def test_readme_begins_with_the_two_commands() -> None:
    first_screen = (ROOT / "README.md").read_text().splitlines()[:40]
    assert [line.split()[0] for line in first_screen if line.startswith("scripts/")] == ["scripts/demo", "scripts/test"]


def _rows(page: str) -> list[list[str]]:
    """The cells of the first table of a page, without its head."""
    lines = [line for line in (ROOT / page).read_text().splitlines() if line.startswith("|")]
    assert len(lines) > 2, page
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def _in_words(meaning: Meaning) -> tuple[str, str, str, str, str]:
    words = {True: "yes", False: "no"}
    kept = f"keeps the previous, else {words[meaning.unseen]}"
    return (
        meaning.status.value if meaning.status else "keeps the previous, else unknown",
        words[meaning.available] if meaning.available is not None else kept,
        words[meaning.configured],
        meaning.fault.value if meaning.fault else "\N{EN DASH}",
        words[meaning.counts],
    )
