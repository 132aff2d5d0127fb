"""One folder of wheels, one copy of the checkout and one systemd with healthsup at work, for the run."""

import pytest

from tests.helpers.box import Box, copy_source, why_no_wheels, why_not
from tests.helpers.wheelhouse import make_wheelhouse


@pytest.fixture(scope="session")
def wheels(tmp_path_factory):
    if reason := why_no_wheels():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("wheels")
    make_wheelhouse(folder)
    return folder


@pytest.fixture(scope="session")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("source")
    copy_source(folder)
    return folder


@pytest.fixture(scope="module")
def empty_box(wheels, source):
    """A systemd without healthsup."""
    if reason := why_not():
        pytest.skip(f"no systemd can be booted: {reason}")
    with Box(wheels, source) as box:
        yield box


@pytest.fixture(scope="session")
def box(wheels, source):
    """With healthsup installed and at work, on its embedded database. Leave it as you found it."""
    if reason := why_not():
        pytest.skip(f"no systemd can be booted: {reason}")
    with Box(wheels, source) as box:
        done = box.install()
        assert done.returncode == 0, done.stderr + box.log()
        yield box
