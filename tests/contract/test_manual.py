"""The manual pages tell every command, option, setting and exit code, and a formatter takes them without a word."""

import re
import shutil
import subprocess
import sys

import click
import pytest

from supervisor.cli.manual import EXITS, PAGES
from supervisor.cli.root import root
from supervisor.config.keys import KEYS, PROVIDERS
from supervisor.errors import Exit


def page(name: str) -> str:
    return "\n".join(PAGES[name]())


def commands(group: click.Group, path: str = "healthsup"):
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        elif not command.hidden:
            yield f"{path} {name}", command


@pytest.mark.parametrize(("path", "command"), list(commands(root)), ids=lambda one: one if isinstance(one, str) else "")
def test_each_command_is_there_with_each_of_its_options(path, command):
    _, found, rest = page("healthsup.1").partition(f".SS {path} ")
    assert found
    section = rest.partition(".SS")[0].replace(r"\-", "-")
    shown = [option for option in command.params if isinstance(option, click.Option) and not option.hidden]
    assert [option.name for option in shown if not all(name in section for name in option.opts)] == []


def test_each_exit_code_is_told():
    assert set(EXITS) == set(Exit)
    assert re.findall(r"^\.B (\d+)$", page("healthsup.1"), re.MULTILINE) == [str(code.value) for code in Exit]


def test_each_setting_is_told():
    told = re.findall(r"^\\fB(\w+)\\fR \(default", page("healthsup.toml.5"), re.MULTILINE)
    assert set(told) == {key.name for key in KEYS.values()}
    sections = re.findall(r"^\.SH \[(.*)\]$", page("healthsup.toml.5"), re.MULTILINE)
    known = (key.section if not key.section.startswith(PROVIDERS) else "providers.<api>" for key in KEYS.values())
    assert sections == list(dict.fromkeys(known))


@pytest.mark.parametrize("name", PAGES)
def test_no_line_of_a_page_is_taken_for_a_request_by_mistake(name):
    known = {"TH", "SH", "SS", "TP", "PP", "B", "I", "BR"}
    assert {line[1:].split()[0] for line in page(name).splitlines() if line.startswith((".", "'"))} <= known


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.skipif(not shutil.which("groff"), reason="no groff here")
def test_a_formatter_has_nothing_to_say_against_it(name):
    made = subprocess.run([sys.executable, "-m", "supervisor.cli.manual", name], capture_output=True, check=True)
    done = subprocess.run(["groff", "-man", "-Tutf8", "-ww"], input=made.stdout, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
