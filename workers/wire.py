"""The contract between the two processes: messages, their bounds, encoding and strict decoding.

Job (supervisor → worker): one user with the due checks of that user. Answer (worker → supervisor): what one
check found. Each message is one msgpack array with its type's tag; a decoder refuses unknown tags, wrong types
and anything over its bound. `VERSION` changes with every incompatible change; both ends compare it in the hello.
"""

from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from workers.own import OwnProvider
from workers.story import MAX_STORY_BYTES
from workers.words import (
    MAX_INSTANT,
    MAX_LATENCY_MS,
    MAX_MESSAGE_CHARS,
    SUPERVISOR_ONLY,
    Id,
    Instant,
    Phase,
    Reason,
    ShortText,
)

__all__ = ["MAX_INSTANT", "MAX_LATENCY_MS", "MAX_MESSAGE_CHARS", "SUPERVISOR_ONLY", "Id", "Phase", "Reason"]

VERSION: Final = 3
MAX_CHECKS_PER_JOB: Final = 16  # one page cell each, see `flight`
MAX_CIPHERTEXT_CHARS: Final = 1 << 20  # 64 KiB of JSON is 131 072 hex digits; anything longer is no credential
MAX_ANSWERS_BYTES: Final = 1 << 20  # one message from the worker
MAX_ANSWERS: Final = 1024
MAX_SPENT: Final = 4
MAX_BUDGETS: Final = 20_000  # of one message to the worker
MAX_OWN_PROVIDERS: Final = 100


class Spent(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A request budget as it stands: `tokens` were left at `at`, and nothing may be asked before `until`.

    `key` is a keyed digest of provider, budget and account: it says nothing to who reads it.
    """

    key: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$")]
    tokens: Annotated[float, Meta(ge=0, le=1e6)]
    at: Instant
    until: Instant


class Check(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One credential to look at. `check` is the credential row's id, `attempt` fences its result.

    `saved_at`: when the row was last written.
    """

    check: Id
    attempt: Id
    api: ShortText
    environment: ShortText
    ciphertext: Annotated[str, Meta(max_length=MAX_CIPHERTEXT_CHARS + 1)]
    probe: bool
    saved_at: Instant | None = None


class Job(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    job: Id
    user: Id
    checks: Annotated[tuple[Check, ...], Meta(min_length=1, max_length=MAX_CHECKS_PER_JOB)]


class Setup(Struct, frozen=True, array_like=True, tag="setup", forbid_unknown_fields=True):
    """What the worker needs to know before its first job; seconds and bytes."""

    version: int
    generation: Id
    window: Annotated[int, Meta(ge=1, le=1024)]
    crypto_concurrency: Annotated[int, Meta(ge=1, le=1024)]
    check_deadline: Annotated[float, Meta(gt=0)]
    connect_timeout: float
    total_timeout: float
    max_body_bytes: int
    allow_private: bool
    base_urls: dict[str, str]
    own: Annotated[tuple[OwnProvider, ...], Meta(max_length=MAX_OWN_PROVIDERS)] = ()


class Budgets(Struct, frozen=True, array_like=True, tag="budgets", forbid_unknown_fields=True):
    """What the budgets of requests came to before this worker; sent before its first job, may come again."""

    budgets: Annotated[tuple[Spent, ...], Meta(max_length=MAX_BUDGETS)]


class Jobs(Struct, frozen=True, array_like=True, tag="jobs", forbid_unknown_fields=True):
    jobs: tuple[Job, ...]


class Stop(Struct, frozen=True, array_like=True, tag="stop", forbid_unknown_fields=True):
    """Finish the checks that are at work, then end with 0; what is not answered was not done."""


class Hello(Struct, frozen=True, array_like=True, tag="hello", forbid_unknown_fields=True):
    """First message of a worker, sent when its key is read; `build` tells one worker program from another."""

    version: int
    generation: Id
    pid: Id
    build: ShortText


class Ready(Struct, frozen=True, array_like=True, tag="ready", forbid_unknown_fields=True):
    """The setup is taken over; jobs may come. `confinement` lists the sandbox layers in force."""

    generation: Id
    confinement: Annotated[tuple[ShortText, ...], Meta(max_length=32)] = ()


class Answer(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What one check found. `latency_ms` counts the provider's requests; None where none was made.

    `again_at`: not to be asked again before. `waiting`: nothing was asked, for a budget is spent; the last verdict
    holds. `expires_at`: when the credential will end, as far as it says so.
    `spent`: the budgets that this check drew on, to be kept over restarts. `story` is an encoded `Story`; who stores
    it does not read it, see `workers.story`.
    """

    job: Id
    check: Id
    attempt: Id
    reason: Reason
    latency_ms: Annotated[int, Meta(ge=0, le=MAX_LATENCY_MS)] | None
    message: Annotated[str, Meta(max_length=MAX_MESSAGE_CHARS)]
    again_at: Instant | None = None
    waiting: bool = False
    expires_at: Instant | None = None
    spent: Annotated[tuple[Spent, ...], Meta(max_length=MAX_SPENT)] = ()
    story: Annotated[bytes, Meta(max_length=MAX_STORY_BYTES)] = b""


class Answers(Struct, frozen=True, array_like=True, tag="answers", forbid_unknown_fields=True):
    generation: Id
    answers: Annotated[tuple[Answer, ...], Meta(min_length=1, max_length=MAX_ANSWERS)]


class _EncodedAnswers(Struct, frozen=True, array_like=True, tag="answers"):
    """`Answers` on its way out: each was encoded when it was found."""

    generation: int
    answers: tuple[msgspec.Raw, ...]


class Fork(Struct, frozen=True, array_like=True, tag="fork", forbid_unknown_fields=True):
    """Supervisor → zygote, with three descriptors: flight page, dump, the worker's stderr."""

    arguments: tuple[str, ...]


class Born(Struct, frozen=True, array_like=True, tag="born", forbid_unknown_fields=True):
    """Zygote → supervisor, before anything else: whose program its workers will be. `build` is theirs as well."""

    version: int
    build: Annotated[str, Meta(pattern=r"^[0-9a-f]{16}$")]


class Forked(Struct, frozen=True, array_like=True, tag="forked", forbid_unknown_fields=True):
    """Zygote → supervisor, with the worker's pidfd."""

    pid: Id


class NotForked(Struct, frozen=True, array_like=True, tag="notforked", forbid_unknown_fields=True):
    """Zygote → supervisor: the kernel refuses one process more, by its `errno`. Those that live go on."""

    errno: Annotated[int, Meta(ge=1, le=4095)]


class Ended(Struct, frozen=True, array_like=True, tag="ended", forbid_unknown_fields=True):
    """Zygote → supervisor: a worker is reaped. `code`: exit code, or minus the signal's number."""

    pid: Id
    code: Annotated[int, Meta(ge=-128, le=255)]
    max_rss_kib: Annotated[int, Meta(ge=0)]


FORK_FDS: Final = 3
MAX_ZYGOTE_BYTES: Final = 8192

ToWorker = Setup | Budgets | Jobs | Stop
ToSupervisor = Hello | Ready | Answers
FromZygote = Born | Forked | NotForked | Ended


class BadMessage(ValueError):  # noqa: N818
    """A frame that is not a message of this contract; the text names the field, never its value."""


_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_encoder = msgspec.msgpack.Encoder()
_to_worker = msgspec.msgpack.Decoder(ToWorker)
_to_supervisor = msgspec.msgpack.Decoder(ToSupervisor)
_answer = msgspec.msgpack.Decoder(Answer)
_to_zygote = msgspec.msgpack.Decoder(Fork)
_from_zygote = msgspec.msgpack.Decoder(FromZygote)


def encode(message: ToWorker | ToSupervisor | Answer | Fork | FromZygote) -> bytes:
    return _encoder.encode(message)


def encode_answers(generation: int, answers: tuple[bytes, ...]) -> bytes:
    """`Answers`, of answers that are encoded already."""
    return _encoder.encode(_EncodedAnswers(generation, tuple(msgspec.Raw(answer) for answer in answers)))


def decode_for_worker(frame: bytes | memoryview) -> ToWorker:
    """Raise `BadMessage` for anything that is not a message to the worker."""
    try:
        message: ToWorker = _to_worker.decode(frame)
    except _UNREADABLE as error:
        raise BadMessage(_said(error)) from None
    return message


def decode_for_supervisor(frame: bytes | memoryview) -> ToSupervisor:
    """Raise `BadMessage` for anything that is not a message to the supervisor, reasons of its own included."""
    if len(frame) > MAX_ANSWERS_BYTES:
        raise BadMessage(f"a message of {len(frame)} bytes, allowed are {MAX_ANSWERS_BYTES}")
    try:
        message: ToSupervisor = _to_supervisor.decode(frame)
    except _UNREADABLE as error:
        raise BadMessage(_said(error)) from None
    if isinstance(message, Answers):
        for answer in message.answers:
            _check_answer(answer)
    return message


def decode_fork(datagram: bytes) -> Fork:
    return _to_zygote.decode(datagram)


def decode_from_zygote(datagram: bytes) -> FromZygote:
    """Raise `BadMessage` for anything else."""
    try:
        message: FromZygote = _from_zygote.decode(datagram)
    except _UNREADABLE as error:
        raise BadMessage(_said(error)) from None
    return message


def decode_answer(cell: bytes) -> Answer:
    """An answer as it stands in a cell of the flight page. Raise `BadMessage` for anything else."""
    try:
        answer = _answer.decode(cell)
    except _UNREADABLE as error:
        raise BadMessage(_said(error)) from None
    _check_answer(answer)
    return answer


def _said(error: Exception) -> str:
    """The decoder's own words name fields and types; those about broken text would quote it."""
    return "text that is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)


def _check_answer(answer: Answer) -> None:
    if answer.reason in SUPERVISOR_ONLY:
        raise BadMessage(f"the reason {answer.reason} is not a worker's to give")
