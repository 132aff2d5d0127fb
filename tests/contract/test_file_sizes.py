"""A file is one noun: 300 lines at most (ARCHITECTURE in docs/explanation)."""

from tests.helpers.project import ROOT, tracked_files

CEILING_LINES = 300


def test_no_python_file_outgrows_its_ceiling() -> None:
    lengths = {
        str(file): len((ROOT / file).read_bytes().splitlines()) for file in tracked_files() if file.suffix == ".py"
    }
    assert lengths, "no file looked at"
    assert {file: lines for file, lines in lengths.items() if lines > CEILING_LINES} == {}
