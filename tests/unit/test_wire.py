"""Messages and their bounds."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers import wire
from workers.wire import Answer, Answers, BadMessage, Check, Hello, Job, Jobs, Ready, Reason, Setup, Stop

ANSWER = Answer(1, 2, 3, Reason.OK, 12, "works")
SETUP = Setup(wire.VERSION, 1, 64, 2, 30.0, 5.0, 15.0, 262_144, False, {"openai": "http://127.0.0.1:1"})


@pytest.mark.parametrize(
    "message", [SETUP, Stop(), Jobs((Job(1, 2, (Check(3, 4, "openai", "production", "x", True),)),))]
)
def test_what_the_supervisor_sends_arrives_as_it_was(message):
    assert wire.decode_for_worker(wire.encode(message)) == message


@pytest.mark.parametrize("message", [Hello(1, 1, 2, "b"), Ready(1, ("no-core",)), Answers(1, (ANSWER,))])
def test_what_the_worker_sends_arrives_as_it_was(message):
    assert wire.decode_for_supervisor(wire.encode(message)) == message


def test_answers_that_were_encoded_one_by_one_are_the_same_message():
    some = (Answer(1, 2, 1, Reason.OK, 5, "fine", story=b"long ago"), Answer(1, 3, 1, Reason.CORRUPT, None, ""))
    assert wire.encode_answers(7, tuple(map(wire.encode, some))) == wire.encode(Answers(7, some))


@given(st.binary(max_size=300))
def test_junk_is_refused_at_both_ends_and_never_breaks_them(junk):
    for decode in (wire.decode_for_worker, wire.decode_for_supervisor, wire.decode_answer):
        try:
            decode(junk)
        except BadMessage:
            continue


@pytest.mark.parametrize("reason", sorted(wire.SUPERVISOR_ONLY))
def test_a_worker_may_not_give_the_supervisors_reasons(reason):
    forged = msgspec.structs.replace(ANSWER, reason=reason)
    with pytest.raises(BadMessage, match="not a worker's"):
        wire.decode_for_supervisor(wire.encode(Answers(1, (forged,))))
    with pytest.raises(BadMessage, match="not a worker's"):
        wire.decode_answer(wire.encode(forged))


@pytest.mark.parametrize(
    "change",
    [
        {"message": "x" * 201},
        {"latency_ms": -1},
        {"latency_ms": 3_600_001},
        {"check": 0},
        {"attempt": -5},
        {"job": 2**63},
    ],
    ids=str,
)
def test_an_answer_out_of_bounds_is_refused(change):
    raw = msgspec.to_builtins(ANSWER)
    fields = dict(zip(ANSWER.__struct_fields__, raw, strict=True)) | change
    frame = msgspec.msgpack.encode(["answers", 1, [list(fields.values())]])
    with pytest.raises(BadMessage):
        wire.decode_for_supervisor(frame)


def test_a_message_of_more_than_a_mebibyte_is_refused_before_it_is_read():
    with pytest.raises(BadMessage, match="bytes"):
        wire.decode_for_supervisor(bytes(wire.MAX_ANSWERS_BYTES + 1))


def test_text_that_is_not_utf8_is_refused_like_any_other_junk():
    for decode in (wire.decode_for_worker, wire.decode_for_supervisor, wire.decode_answer, wire.decode_from_zygote):
        with pytest.raises(BadMessage):
            decode(b"\x91\xa7\x00\x00\x00\x00\x00\x00\x80")


def test_a_refusal_never_quotes_what_was_sent():
    with pytest.raises(BadMessage) as refusal:
        wire.decode_for_supervisor(msgspec.msgpack.encode(["answers", 1, [["sk-secret-value", 2, 3, "ok", 1, ""]]]))
    assert "sk-secret" not in str(refusal.value)
