"""What pyproject.toml allows, what is tested at the top and at the bottom, and what the documentation says: one truth."""

import re
from importlib import metadata

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.helpers.project import ROOT, project_table


def test_the_lowest_lane_runs_on_exactly_the_lower_bounds() -> None:
    lowest = _pins("lowest")
    for requirement in (*_requirements("dependencies"), *_requirements("test")):
        bound = next(s for s in requirement.specifier if s.operator in {">=", "~="})
        assert Version(lowest[canonicalize_name(requirement.name)]) == Version(bound.version), requirement


def test_the_tested_versions_are_allowed_ones() -> None:
    tested = _pins("tested")
    for requirement in (*_requirements("dependencies"), *_requirements("test"), *_requirements("lint")):
        assert tested[canonicalize_name(requirement.name)] in requirement.specifier, requirement


def test_everything_the_program_needs_in_turn_is_pinned_too() -> None:
    wanted, seen = [r.name for r in _requirements("dependencies")], set()
    while wanted:
        name = canonicalize_name(wanted.pop())
        if name not in seen:
            seen.add(name)
            needs = [Requirement(text) for text in metadata.requires(name) or ()]
            wanted += [n.name for n in needs if n.marker is None or n.marker.evaluate({"extra": "binary"})]
    assert seen - set(_pins("tested")) == set()


def test_each_dependency_has_its_reason_and_bound_in_the_documentation() -> None:
    page = (ROOT / "docs/explanation/dependencies.md").read_text()
    rows = dict(re.findall(r"^\| `([\w-]+)(?:\[\w+\])?` \| ([^|]+?) \|", page, re.MULTILINE))
    assert rows == {
        requirement.name: next(s.version for s in requirement.specifier if s.operator == ">=")
        for requirement in _requirements("dependencies")
    }


def _requirements(group: str) -> list[Requirement]:
    table = project_table()
    texts = table["dependencies"] if group == "dependencies" else table["optional-dependencies"][group]
    return [Requirement(text) for text in texts]


def _pins(name: str) -> dict[str, str]:
    lines = (ROOT / f"constraints/{name}.txt").read_text().splitlines()
    pairs = (line.split("==") for line in lines if line and not line.startswith("#"))
    return {canonicalize_name(package): version for package, version in pairs}
