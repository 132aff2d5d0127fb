"""The demonstration knows what must come out, and says so when it does not."""

import pytest

from supervisor.assess import MEANINGS, Status
from supervisor.demo.cast import FEWEST, SLOW, USUAL, Form, cast
from supervisor.demo.play import Told
from supervisor.demo.review import expected, review
from supervisor.standin import APIS, Seen


def players(users=USUAL):
    return dict(enumerate(cast(users), start=1))


def victim(users=USUAL):
    return next(user for user, player in players(users).items() for role in player.roles if role.aimed_at)


def row(user, api, reason):
    status = MEANINGS[reason].status or Status.UNKNOWN
    return {"user_id": user, "api": api, "status": str(status), "reason": str(reason)}


def death(**more):
    return {"signal": "SIGSEGV", "pid": 42, "user_id": victim(), "api": "stripe", "generation": 1} | more


def told(**more):
    rows = [row(user, api, role.expected) for (user, api), role in expected(players()).items()]
    return Told(rows, [death()], {}, crashed_pid=42, back_after=0.1, **more)


SEEN = [
    Seen("stripe", "GET", "/v1/balance", SLOW, 2),
    Seen("groq", "GET", "/openai/v1/models", "demo-good-18ms-shared", 1),
]


def test_even_the_smallest_cast_shows_every_kind_over_six_apis() -> None:
    roles = [role for player in cast(FEWEST) for role in player.roles]
    assert len({role.api for role in roles}) == 6
    assert {role.api for role in roles} <= set(APIS)
    assert {role.form for role in roles} == set(Form)
    assert sum(role.shared for role in roles) == 1
    assert sum(role.aimed_at for role in roles) == 1
    assert max(len(player.roles) for player in cast(FEWEST)) >= 3
    words = {"good", "revoked", "expired", "limited", "broken", "restricted"}
    fields = " ".join(value for role in roles for value in role.fields.values())
    assert all(f"demo-{word}-" in fields for word in words)


@pytest.mark.parametrize("users", [FEWEST, USUAL, 200])
def test_the_cast_is_as_large_as_asked_and_names_are_unique(users) -> None:
    names = [player.name for player in cast(users)]
    assert len(names) == len(set(names)) == users


def test_no_role_prints_its_fields() -> None:
    assert "demo-" not in repr(cast(30))


def test_who_has_no_key_of_their_own_lives_on_the_shared_one() -> None:
    due = expected(players())
    groq = {user for user, api in due if api == "groq"}
    assert groq == set(players())
    shared = next(role for player in cast(USUAL) for role in player.roles if role.shared)
    served = [user for (user, api), role in due.items() if role is shared]
    assert 2 <= len(served) < len(players())


def test_all_as_expected_is_no_problem_and_one_line_a_credential() -> None:
    reviewed = review(players(), told(), SEEN, crash=True)
    assert reviewed.problems == ()
    assert len(reviewed.lines) == sum(len(player.roles) for player in cast(USUAL))
    assert all(line.as_expected for line in reviewed.lines)
    shared = next(line for line in reviewed.lines if line.role.shared)
    assert shared.others >= 2


def test_a_wrong_a_missing_and_a_strange_row_are_each_named() -> None:
    seen = told()
    wrong, missing = seen.rows[0], seen.rows[1]
    seen.rows[0] = wrong | {"status": "unknown", "reason": "worker_crash"}
    seen.rows.remove(missing)
    seen.rows.append(row(999, "ebay", "ok"))
    problems = review(players(), seen, SEEN, crash=True).problems
    assert len(problems) == 3
    assert "worker_crash" in problems[0]
    assert "nothing was stored" in problems[1]
    assert "999" in problems[2]


def test_a_wrong_row_of_one_who_shares_marks_the_shared_line() -> None:
    seen = told()
    place = next(at for at, stored in enumerate(seen.rows) if stored["api"] == "groq" and stored["user_id"] == 1)
    seen.rows[place] = seen.rows[place] | {"reason": "blocked"}
    reviewed = review(players(), seen, SEEN, crash=True)
    assert [line.role.shared for line in reviewed.lines if not line.as_expected] == [True]


@pytest.mark.parametrize(
    ("crashes", "problem"),
    [
        ([], "one crash was caused, 0 are stored"),
        ([{}, {}], "one crash was caused, 2 are stored"),
        ([death(signal="SIGKILL")], "SIGKILL of process 42"),
        ([death(pid=7)], "SIGSEGV of process 7"),
        ([death(user_id=1)], "names amelie as at work"),
        ([death(user_id=None)], "names nobody as at work"),
    ],
)
def test_a_crash_that_is_not_the_one_we_caused_is_a_problem(crashes, problem) -> None:
    seen = told()
    seen.crashes = crashes
    (said,) = review(players(), seen, SEEN, crash=True).problems
    assert problem in said


def test_without_a_crash_of_ours_any_crash_is_a_problem() -> None:
    seen = told()
    assert review(players(), seen, [], crash=False).problems == ("1 crashes that nobody caused",)
    seen.crashes = []
    assert review(players(), seen, [], crash=False).problems == ()


def test_no_worker_after_the_crash_and_a_bad_end_are_problems() -> None:
    seen = told(exit_code=70)
    seen.back_after = None
    assert review(players(), seen, SEEN, crash=True).problems == (
        "no worker came back after the crash",
        "the supervisor ended with 70 after SIGTERM",
    )


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (
            Seen("groq", "GET", "/openai/v1/models", "demo-good-18ms-shared", 2),
            "demo-good-18ms-shared was asked about 2 times",
        ),
        (Seen("stripe", "GET", "/v1/balance", SLOW, 3), "asked about 3 times"),
        (Seen("paypal", "POST", "/v1/oauth2/token", "demo-broken-93ms-ines", 3), "asked about 3 times"),
        (Seen("mercadolibre", "POST", "/oauth/token", "-", 1), "Mercado Libre token was refreshed"),
    ],
)
def test_asking_a_provider_too_often_is_a_problem(entry, problem) -> None:
    (said,) = review(players(), told(), [entry], crash=True).problems
    assert problem in said


@pytest.mark.parametrize(("others", "well"), [(2, True), (3, False)])
def test_for_one_that_cannot_be_reached_two_others_may_be_asked_once_more(others, well) -> None:
    entries = [Seen("groq", "GET", "/openai/v1/models", "demo-reset-rosa", 2)]
    entries += [Seen("stripe", "GET", "/v1/balance", f"demo-good-{at}", 2) for at in range(others)]
    assert (review(players(), told(), entries, crash=True).problems == ()) == well
