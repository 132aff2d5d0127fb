"""What the demonstration prints, without running it."""

import io

import pytest
from rich.console import Console

from supervisor.assess import MEANINGS, Status
from supervisor.demo.cast import USUAL, cast
from supervisor.demo.play import Told
from supervisor.demo.review import expected, review
from supervisor.demo.show import show
from supervisor.stage import Progress
from workers.wire import Reason

PLAYERS = dict(enumerate(cast(USUAL), start=1))
VICTIM = next(user for user, player in PLAYERS.items() if any(role.aimed_at for role in player.roles))
SCORES = {Status.UNHEALTHY: 30.0, Status.DEGRADED: 65.0}


def row(user, api, reason):
    status = MEANINGS[reason].status or Status.UNKNOWN
    asked = reason not in (Reason.PLAINTEXT, Reason.UNDECRYPTABLE)
    return {
        "user_id": user,
        "api": api,
        "status": str(status),
        "reason": str(reason),
        "latency_ms": 4321 if asked else None,
        "trust_score": SCORES.get(status, 100.0),
        "message": "the key is valid but may not list models; allow reading models in its settings",
    }


def told():
    death = {
        "signal": "SIGSEGV", "pid": 42, "user_id": VICTIM, "api": "stripe",
        "generation": 1, "environment": "production", "phase": "probe",
    }  # fmt: skip
    rows = [row(user, api, role.expected) for (user, api), role in expected(PLAYERS).items()]
    return Told(rows, [death], {"seconds": 1.94}, crashed_pid=42, back_after=0.1873)


def printed(width=80, encoding="utf-8", seen=None, **kwargs):
    raw = io.BytesIO()
    console = Console(file=io.TextIOWrapper(raw, encoding=encoding, write_through=True), width=width, **kwargs)
    seen = seen or told()
    show(console, review(PLAYERS, seen, [], crash=True), seen, 5.31)
    return raw.getvalue().decode(encoding)


def test_eighty_columns_are_enough_for_everything() -> None:
    lines = printed().splitlines()
    assert max(map(len, lines)) <= 80
    assert "…" not in "".join(lines)
    assert "in words" not in "".join(lines)


@pytest.mark.parametrize("width", [116, 130, 200])
def test_a_wide_terminal_also_shows_the_verdict_in_words(width) -> None:
    out = printed(width)
    assert max(map(len, out.splitlines())) <= width
    assert "in words" in out
    assert "invalid_credential" in out
    assert "the key is valid" in out


def test_the_crash_names_signal_process_user_api_phase_and_the_way_back() -> None:
    out = " ".join(printed(200).split())
    assert "SIGSEGV killed worker 1 (pid 42) while it was at work for lucia: stripe, production, phase probe." in out
    assert "The next worker was at work 187 ms later" in out
    assert "ok, second try" in out
    assert "18 users, 20 credentials, 35 outcomes: 22 healthy" in out
    assert "1 crash, everything came out as it had to. 5.3 s in all, 1.9 s of them the pass." in out


def test_a_surprise_is_named_below_the_summary() -> None:
    seen = told()
    seen.rows.remove(next(stored for stored in seen.rows if stored["reason"] == "unreachable"))
    out = printed(200, seen=seen)
    assert "1 crash, 1 surprise." in out
    assert "not as expected: rosa groq: nothing was stored" in out


def test_an_ascii_terminal_gets_ascii() -> None:
    assert printed(encoding="ascii").isascii()


def test_colours_are_for_terminals_only() -> None:
    assert "\x1b" not in printed()
    assert "\x1b[32m" in printed(force_terminal=True, color_system="standard")


def test_progress_in_a_pipe_is_one_plain_line_a_step() -> None:
    out = io.StringIO()
    progress = Progress(Console(file=out, width=80))
    with progress.step("one"):
        pass
    with progress.counting("two", 2) as count:
        count.one_more()
    assert [line for line in out.getvalue().splitlines() if line] == ["one …", "two …"]  # older rich: a blank one more


def test_progress_on_a_terminal_ticks_each_step_off_and_leaves_a_clean_line_after_a_failure() -> None:
    out = io.StringIO()
    progress = Progress(Console(file=out, width=80, force_terminal=True, color_system=None))
    with progress.counting("two", 2) as count:
        count.one_more()
    assert "1/2" in out.getvalue()
    assert "✓ two" in out.getvalue()
    with pytest.raises(KeyError), progress.step("three"):
        raise KeyError
    assert out.getvalue().endswith("\n")
