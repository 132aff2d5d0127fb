"""A folder of wheels made of what is installed here, so that an installation under test needs no network."""

import base64
import hashlib
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

BUILD = "setuptools"


def make_wheelhouse(folder: Path, *, of: str = "healthsup") -> None:
    """The wheels of everything that distribution needs, and of its build backend."""
    for found in {found.name: found for found in (*_needed(of, set()), distribution(BUILD))}.values():
        _pack(found, folder)


def _needed(name: str, seen: set[str]) -> Iterator[Distribution]:
    for text in distribution(name).requires or ():
        requirement = Requirement(text)
        for extra in ("", *requirement.extras):
            if (key := f"{canonicalize_name(requirement.name)}[{extra}]") in seen:
                continue
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                seen.add(key)
                yield distribution(requirement.name)
                yield from _needed(requirement.name, seen)
                yield from _of_extra(requirement.name, extra, seen)


def _of_extra(name: str, extra: str, seen: set[str]) -> Iterator[Distribution]:
    for text in distribution(name).requires or () if extra else ():
        requirement = Requirement(text)
        if requirement.marker is not None and requirement.marker.evaluate({"extra": extra}):
            seen.add(f"{canonicalize_name(requirement.name)}[]")
            yield distribution(requirement.name)


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
