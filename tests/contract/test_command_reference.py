"""docs/reference/commands.md and README against the command line itself: the same commands, the same options."""

import re
import subprocess
import sys

import pytest

from tests.helpers.project import ROOT

_REFERENCE = (ROOT / "docs/reference/commands.md").read_text()
_GLOBAL, *SYNOPSES = re.findall(r"^    (healthsup .*)$", _REFERENCE, re.MULTILINE)
_OPTION = re.compile(r"--[a-z][a-z-]*")


def help_of(*words: str) -> str:
    asked = subprocess.run(
        [sys.executable, "-m", "supervisor", *words, "--help"], cwd=ROOT, capture_output=True, text=True, timeout=30
    )
    assert asked.returncode == 0, asked.stderr
    return asked.stdout


@pytest.mark.parametrize("synopsis", SYNOPSES)
def test_a_command_has_the_options_that_the_reference_gives_it(synopsis: str) -> None:
    words = re.match(r"healthsup ((?:[a-z]+ ?)+)", synopsis)
    assert words, synopsis
    offered = set(_OPTION.findall(help_of(*words.group(1).split())))
    assert offered - {"--help"} == set(_OPTION.findall(synopsis))


def test_the_reference_has_a_section_for_every_command_and_no_other() -> None:
    headings = re.findall(r"^## (.+)$", _REFERENCE, re.MULTILINE)
    assert _commands() == {name for heading in headings for name in heading.split(", ")}


def test_readme_names_every_command_and_no_other() -> None:
    readme = (ROOT / "README.md").read_text()
    named = re.findall(r"`healthsup ([a-z]+)", readme.split("## Commands")[1].split("\n## ")[0])
    assert set(named) == _commands()


def test_the_global_options_are_those_of_the_reference() -> None:
    before_commands = help_of().split("Commands:")[0]
    assert set(_OPTION.findall(before_commands)) - {"--help"} == set(_OPTION.findall(_GLOBAL))


def _commands() -> set[str]:
    return set(re.findall(r"^  ([a-z]+)", help_of().split("Commands:")[1], re.MULTILINE))
