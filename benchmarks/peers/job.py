"""The job that every peer runs: what healthsup's worker does with one credential, by the worker's own code.

Imported in the process that runs it; its imports are what a cold worker costs. A credential that holds
`fault-KIND-probe` makes it crash or hang right before the request, as `workers.faults` does.
"""

import ctypes
import os
import re
import time
from functools import cache
from pathlib import Path

from board import Board

from workers import providers
from workers.probe import Prober
from workers.provider import Context
from workers.vault import Vault, read_key
from workers.verdict import Verdict
from workers.wire import Phase

API = "openai"
_FAULTS = {"segv": lambda: ctypes.string_at(0), "hang": lambda: ctypes.PyDLL(None).pause()}


@cache
def tools() -> tuple[Board, Vault, Prober]:
    """What a process needs once."""
    prober = Prober(
        connect_timeout=2, total_timeout=15, max_body_bytes=262_144, allow_private=True, pool_size=1,
        base_urls={API: os.environ["BENCH_MARKET"]},
    )  # fmt: skip
    return Board(Path(os.environ["BENCH_BOARD"])), Vault(read_key(None, os.environ)), prober


def run(number: int, ciphertext: str) -> str:
    """Check one credential; the word for what was found."""
    board, vault, prober = tools()
    board.begin(number, time.monotonic(), os.getpid())
    opened = vault.open(ciphertext)
    assert not isinstance(opened, Verdict), opened
    provider = providers.find(API)
    fields = opened.fields(provider)
    assert not isinstance(fields, Verdict)
    assert provider.converse
    fault = re.search(r"fault-(segv|hang)-probe", fields["apiKey"].reveal())

    def stamp(phase: Phase) -> None:
        if fault and phase is Phase.PROBE:
            _FAULTS[fault[1]]()

    conversation = provider.converse(fields, Context("production", time.time(), {}))
    try:
        request = next(conversation)
        while True:
            deadline = time.monotonic() + 15
            request = conversation.send(prober.exchange(request, api=API, deadline=deadline, stamp=stamp))
    except StopIteration as end:
        board.end(number, time.monotonic())
        return end.value.reason.value
