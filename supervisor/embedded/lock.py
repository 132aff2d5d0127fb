"""The lock that says whose the server is: held by its owner, free as soon as that process is gone."""

import contextlib
import fcntl
import os
from pathlib import Path

from supervisor.embedded.place import refused


class Lock:
    """A `flock` on a file that stays: to remove it would let two hold it. No child inherits it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquired(self) -> bool:
        """Whether it is ours now; never waits."""
        if self._descriptor is not None:
            return True
        try:
            descriptor = self._opened()
        except OSError as error:
            raise refused(self._path, error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            if isinstance(error, BlockingIOError):
                return False
            raise refused(self._path, error) from error
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _opened(self) -> int:
        """Open it, or else make it.

        Not with O_CREAT alone: in a directory like /tmp the kernel (fs.protected_regular) then refuses
        even root a file that is another user's.
        """
        flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
        while True:
            with contextlib.suppress(FileNotFoundError):
                return os.open(self._path, flags)
            with contextlib.suppress(FileExistsError):
                return os.open(self._path, flags | os.O_CREAT | os.O_EXCL, 0o600)
