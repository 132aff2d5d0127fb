"""The documented answers of every probed provider, as dialogues → reason, and fields that make it ask.

One file an API with `FIELDS` (stored fields by canonical name) and `CASES`, a row an answer with where it is
documented. `CASES`, `FIELDS` and `PROBED` here are those of all files together.
"""

from importlib import import_module
from pathlib import Path
from types import MappingProxyType

from tests.helpers.documented.case import AGAINST_THE_TENANT, Case

_FILES = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py") if path.stem != "case")
_MODULES = [import_module(f"{__name__}.{stem}") for stem in _FILES]

CASES: tuple[Case, ...] = tuple(case for module in _MODULES for case in module.CASES)
FIELDS = MappingProxyType({module.CASES[0].api: module.FIELDS for module in _MODULES})
PROBED = tuple(FIELDS)

__all__ = ["AGAINST_THE_TENANT", "CASES", "FIELDS", "PROBED", "Case"]
