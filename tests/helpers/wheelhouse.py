"""A folder of wheels made of what is installed here, so that an installation under test needs no network."""

import base64
import hashlib
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_BUILDS_WITH = "setuptools"


def make_wheelhouse(folder: Path, *, of: str = "healthsup") -> None:
    """The wheels of everything that distribution needs, and of its build backend."""
    for found in {found.name: found for found in (*_needed(of), distribution(_BUILDS_WITH))}.values():
        _pack(found, folder)


def _needed(name: str) -> Iterator[Distribution]:
    todo, seen = [Requirement(name)], set()
    while todo:
        wanted = todo.pop()
        if str(wanted) in seen:
            continue
        seen.add(str(wanted))
        found = distribution(wanted.name)
        if wanted.name != name:
            yield found
        for further in map(Requirement, found.requires or ()):
            if further.marker is None or any(further.marker.evaluate({"extra": one}) for one in ("", *wanted.extras)):
                todo.append(further)


def _pack(found: Distribution, folder: Path) -> None:
    """Its files as they are installed, but for compiled ones and for scripts, which pip makes anew."""
    tags = [line.split(": ")[1] for line in (found.read_text("WHEEL") or "").splitlines() if line.startswith("Tag: ")]
    parts = [".".join(sorted({tag.split("-")[place] for tag in tags})) for place in range(3)]
    name = canonicalize_name(found.name).replace("-", "_")
    files = [file for file in found.files or () if ".." not in file.parts and "__pycache__" not in file.parts]
    info = next(file.parts[0] for file in files if file.parts[0].endswith(".dist-info"))
    record = []
    with zipfile.ZipFile(folder / f"{name}-{found.version}-{'-'.join(parts)}.whl", "w") as wheel:
        for file in files:
            if file.parts[0] == info and file.name in {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"}:
                continue
            content = Path(file.locate()).read_bytes()
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            record.append(f"{file},sha256={digest},{len(content)}\n")
            entry = zipfile.ZipInfo(str(file))
            entry.external_attr = Path(file.locate()).stat().st_mode << 16
            wheel.writestr(entry, content)
        wheel.writestr(f"{info}/RECORD", "".join([*record, f"{info}/RECORD,,\n"]))
