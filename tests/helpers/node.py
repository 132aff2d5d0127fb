"""A Node process that answers for the backend's side (`node_reader.mjs`)."""

import json
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Final, Self

_READER: Final = Path(__file__).with_name("node_reader.mjs")


class NodeRefused(Exception):  # noqa: N818 - an answer as good as another
    """What Node threw."""


class Node:
    def __init__(self, program: str) -> None:
        self._process = subprocess.Popen(
            [program, str(_READER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )

    def ask(self, question: str, **facts: object) -> object:
        """The answer to one question; raise `NodeRefused` where Node threw."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"ask": question, **facts}) + "\n")
        self._process.stdin.flush()
        reply = json.loads(self._process.stdout.readline())
        if "error" in reply:
            raise NodeRefused(reply["error"])
        return reply["ok"]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=10)
