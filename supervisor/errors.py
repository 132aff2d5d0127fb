"""Errors sorted by their cure: wait and try again (`Transient`), or a person must act (`Fatal`).

The text of each is one sentence that names the cause, with the cure behind it; never a secret.
"""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of the command line (sysexits where one fits)."""

    OK = 0
    NO = 1  # the question's answer is no
    USAGE = 2
    UNAVAILABLE = 69
    INTERNAL = 70
    CONFIG = 78


class HealthsupError(Exception):
    """What every error of healthsup is; `exit_code` is what a command ends with."""

    exit_code: Exit = Exit.INTERNAL

    def __init__(self, cause: str, cure: str = "") -> None:
        super().__init__(f"{cause}: {cure}" if cure else cause)
        self.cause = cause
        self.cure = cure


class Transient(HealthsupError):  # noqa: N818 - a kind of cure, not a kind of error
    """Trouble that passes: the same call may succeed later."""

    exit_code = Exit.UNAVAILABLE


class Fatal(HealthsupError):  # noqa: N818
    """Trouble that stays until a person acts."""

    def __init__(self, cause: str, cure: str = "", *, exit_code: Exit = Exit.INTERNAL) -> None:
        super().__init__(cause, cure)
        self.exit_code = exit_code


class BadConfig(Fatal):
    """A missing or wrong setting, file, key or schema (78)."""

    def __init__(self, cause: str, cure: str = "") -> None:
        super().__init__(cause, cure, exit_code=Exit.CONFIG)


class Refused(Fatal):
    """The database will not take a value, however often it is tried: one row's trouble, not everybody's."""


class Negative(Fatal):
    """The question was answered, and the answer is no (1)."""

    def __init__(self, cause: str, cure: str = "") -> None:
        super().__init__(cause, cure, exit_code=Exit.NO)
