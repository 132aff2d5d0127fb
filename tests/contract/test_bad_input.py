"""Bad input: one line with what, where and cure, the contract's exit code, nothing unescaped, no secret; and documented.

`HEALTHSUP_WRITE_DOCS=1 pytest tests/contract/test_bad_input.py` writes docs/reference/bad-input.md anew.
"""

import os
import re
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.helpers.bad_input import CASES, SECRETS, Case, Stage
from tests.helpers.commands import KEY, ROOT, Done, Shell

PAGE = ROOT / "docs/reference/bad-input.md"
USAGE = 2
_NAMES = [f"{case.what}: {case.arguments}" for case in CASES]
_NAMED = list(zip(_NAMES, CASES, strict=True))
_HEAD = """# Bad input

What is printed for it, and the exit code. A test gives each of them to the program, writes this page with
`HEALTHSUP_WRITE_DOCS=1`, and compares it else. Wrong usage (2) also prints the usage line. What comes of rows and answers
that hold anything but a credential and a verdict: [outcomes](outcomes.md).

| what | command | exit | printed |
|---|---|---|---|
"""
_ALSO_OF_RUN = ("database down", "without migration", "short key")


@pytest.fixture(scope="module")
def printed(server):
    """What each case printed, by name; paths as they would be on an installed system."""
    directory = Path(tempfile.mkdtemp(prefix="hs-"))
    found = {}
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, directory)
        shell = Shell(directory, ENCRYPTION_KEY=KEY)
        stage = Stage(server, directory, stack)
        for name, case in _NAMED:
            variables = case.given(stage)
            found[name] = _installed(shell.run(*case.arguments.split(), **variables), directory)
            if case.what in _ALSO_OF_RUN:
                found[f"run: {name}"] = _installed(shell.run("run", **variables), directory)
    return found


def _installed(done: Done, directory: Path) -> Done:
    return Done(done.code, done.out, done.err.replace(str(directory), "/etc/healthsup"))


@pytest.mark.parametrize(("name", "case"), [pytest.param(*named, id=named[0]) for named in _NAMED])
def test_it_is_one_line_that_names_cause_and_cure(printed, name, case):
    done = printed[name]
    line = _line(done, case)
    assert all(word in line for word in case.words), line
    assert all(secret not in done.err for secret in SECRETS)
    assert all(one.isprintable() for one in done.err.splitlines())


@pytest.mark.parametrize(
    ("name", "case"), [pytest.param(*named, id=named[0]) for named in _NAMED if named[1].code != USAGE]
)
def test_behind_the_cause_stands_a_cure(printed, name, case):
    line = printed[name].err.splitlines()[-1].removeprefix("healthsup: ")
    assert re.search(r"[:;] [\w`]", line), line


@pytest.mark.parametrize("what", _ALSO_OF_RUN)
def test_run_says_the_same_as_check(printed, what):
    check, run = printed[f"{what}: check"], printed[f"run: {what}: check"]
    assert run.code == check.code
    assert run.err.splitlines()[-1] == check.err.splitlines()[-1]


def test_the_page_says_what_is_printed(printed):
    page = _HEAD + "".join(_row(case, printed[name]) for name, case in _NAMED)
    if os.environ.get("HEALTHSUP_WRITE_DOCS"):
        PAGE.write_text(page, encoding="utf-8")
    hint = " Did you mean 'check'?"  # not every version of click has it
    assert PAGE.read_text(encoding="utf-8").replace(hint, "") == page.replace(hint, "")


def _line(done: Done, case: Case) -> str:
    if case.code != USAGE:
        return done.refused(case.code)
    assert (done.code, done.out) == (USAGE, ""), done
    assert done.err.startswith("Usage: ")
    return done.err.splitlines()[-1]


def _row(case: Case, done: Done) -> str:
    line = done.err.splitlines()[-1].replace("|", "\\|")
    return f"| {case.what} | `{case.arguments}` | {done.code} | `` {line} `` |\n"
