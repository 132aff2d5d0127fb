"""A new cluster with the database of healthsup in it: whole, or not there at all."""

import os
import shutil
import subprocess
from pathlib import Path

from supervisor.embedded.address import DBNAME, USER
from supervisor.embedded.guise import Setting, environment
from supervisor.embedded.log import last_words, opened
from supervisor.embedded.place import CURE, Place, refused, shown
from supervisor.embedded.residue import end_residents
from supervisor.errors import BadConfig

_WITHIN = 120.0  # 0.5 s on an idle machine


def create(setting: Setting, place: Place, *, durable: bool) -> None:
    """Make the cluster under another name and rename it. Only for the holder of the lock."""
    end_residents(place.half_made)
    try:
        shutil.rmtree(place.half_made, ignore_errors=True)
        place.half_made.mkdir(mode=0o700)
        if (owner := setting.guise.owner())[0] != os.geteuid():  # to ourselves it may be forbidden: the unit's filter
            os.chown(place.half_made, *owner)
    except OSError as error:
        raise refused(place.half_made, error) from error
    try:
        _fill(setting, place, durable=durable)
        place.half_made.rename(place.data)
        if durable:
            _sync(place.data.parent)
    except OSError as error:
        raise refused(place.data, error) from error
    finally:
        shutil.rmtree(place.half_made, ignore_errors=True)


def _fill(setting: Setting, place: Place, *, durable: bool) -> None:
    target = str(place.half_made)
    initdb = ("initdb", "-D", target, "-U", USER, "--auth=trust", "--encoding=UTF8", "--locale=C")
    _run(setting, place, *initdb, "--no-sync", "--no-instructions")
    single = ("postgres", "--single", "-F", "-D", target, "-c", "exit_on_error=on", "postgres")
    _run(setting, place, *single, text=f"CREATE DATABASE {DBNAME}\n")
    if durable:
        _run(setting, place, "initdb", "--sync-only", "-D", target)


def _run(setting: Setting, place: Place, *command: str, text: str = "") -> None:
    """Run a program from the half-made directory, where `end_residents` would find it if we were killed."""
    with opened(place.log, setting.guise.owner()) as log:
        try:
            done = subprocess.run(
                setting.command(place.half_made, *command),
                env=environment(),
                input=text.encode(),
                stdout=log,
                stderr=log,
                timeout=_WITHIN,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise BadConfig(f"{command[0]} did not end within {_WITHIN:.0f} s", CURE) from error
    if done.returncode != 0:
        why = last_words(place.log) or f"exit code {done.returncode}"
        raise BadConfig(f"cannot make the embedded database in {shown(place.data)} ({why})", CURE)


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
