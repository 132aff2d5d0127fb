"""Where every error ends: one line on stderr and an exit code; a traceback only with `--debug`."""

import os
import signal
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Final

import click

from supervisor.cli import streams
from supervisor.cli.call import Call
from supervisor.cli.text import visible
from supervisor.errors import Exit, HealthsupError

PROGRAM: Final = "healthsup"
_LINE_MOST: Final = 1000
_INTERRUPTED: Final = 130  # 128 + SIGINT
_TERMINATED: Final = 143  # 128 + SIGTERM
_READER_GONE: Final = 141  # 128 + SIGPIPE
_COMPLETION: Final = "_HEALTHSUP_COMPLETE"


class _Terminated(KeyboardInterrupt):
    """By SIGTERM: unwound as after ^C, so that a statement is cancelled and an embedded database stopped."""


def run(arguments: Sequence[str]) -> int:
    """Run the command line, from the main thread; the exit code. Nothing is raised."""
    streams.prepare()
    call = Call()
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        return _carried_out(arguments, call)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except HealthsupError as error:
        return _told(str(error), error.exit_code, call)
    except (click.Abort, KeyboardInterrupt) as error:
        return _stopped(error, call)
    except BrokenPipeError:
        streams.empty_stdout()
        return _READER_GONE
    except Exception as error:  # noqa: BLE001 - the edge: nothing may leave it but a line and a code
        return _told(_internal(error), Exit.INTERNAL, call)
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminate(_number: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # what comes while we clear away is not heeded
    raise _Terminated


def _carried_out(arguments: Sequence[str], call: Call) -> int:
    from supervisor.cli.root import root

    if instruction := os.environ.get(_COMPLETION):
        from click.shell_completion import shell_complete

        return shell_complete(root, {}, PROGRAM, _COMPLETION, instruction)
    try:
        with root.make_context(PROGRAM, list(arguments), obj=call) as context:
            result = root.invoke(context)
    except click.exceptions.Exit as ended:
        result = ended.exit_code
    sys.stdout.flush()  # here, where a full disk or a reader that went away is still an error of ours
    return result if isinstance(result, int) else Exit.OK


def _stopped(error: BaseException, call: Call) -> int:
    """By Ctrl-C, or by an answer (or none at all) to a question."""
    at_question = isinstance(error, click.Abort) and error.__context__ is not None
    if at_question:
        click.echo(err=True)  # the question's line is still open
    if isinstance(error, _Terminated) or isinstance(error.__context__, _Terminated):
        return _told("interrupted", _TERMINATED, call)
    if isinstance(error, KeyboardInterrupt) or isinstance(error.__context__, KeyboardInterrupt):
        return _told("interrupted", _INTERRUPTED, call)
    return _told("nothing was done: answer y, or give --yes", Exit.NO, call)


def _told(text: str, code: int, call: Call) -> int:
    streams.empty_stdout()
    if call.debug:
        traceback.print_exc()
    from supervisor.telemetry import stderr_is_the_journal

    priority = "<3>" if stderr_is_the_journal() else ""  # an error there too, not one line among many
    with suppress(OSError):
        click.echo(f"{priority}{PROGRAM}: {visible(text, _LINE_MOST)}", err=True)
    return int(code)


def _internal(error: BaseException) -> str:
    """Where it happened and what kind it is; its own text may hold anything."""
    unwritten = streams.empty_stdout()
    if isinstance(error, OSError) and unwritten is not None and unwritten.errno == error.errno:
        reason = (unwritten.strerror or "no reason is known").lower()
        return f"the output could not be written ({reason}): make room, or send it elsewhere"
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}{place}: run it again with --debug for the whole story"
    return f"internal error, {type(error).__name__}{place}: run it again with --debug, and report what it prints"
