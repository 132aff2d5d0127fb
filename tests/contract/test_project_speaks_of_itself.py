"""Nothing in the project names the machine it was written on or the index it was installed from."""

import re

import pytest

from tests.helpers.project import ROOT, tracked_files

_PRIVATE = re.compile(
    rb"/(?:home|Users)/[a-z][\w.-]*/|/root/[\w.]"  # somebody's home
    rb"|(?:extra-)?index-url|--find-links|trusted-host"  # a choice of index
    rb"|files\.pythonhosted\.org|/simple/[a-z]"  # an index's own addresses
)
_ITSELF = "test_project_speaks_of_itself.py"


@pytest.mark.parametrize("text", [b"/home/anna/healthsup", b"pip --index-url x", b"/root/.cache"])
def test_the_pattern_finds_what_it_is_for(text: bytes) -> None:
    assert _PRIVATE.search(text)


def test_no_file_names_a_developers_machine_or_an_index() -> None:
    here = str(ROOT).encode()
    found = []
    for file in tracked_files():
        content = (ROOT / file).read_bytes()
        match = _PRIVATE.search(content)
        if file.name != _ITSELF and (match or (here.count(b"/") > 1 and here in content)):
            found.append(f"{file}: {(match.group() if match else here).decode()}")
    assert found == []
