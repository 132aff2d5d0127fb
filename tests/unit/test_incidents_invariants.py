"""What holds of incidents whatever is heard, in whatever order."""

from hypothesis import given, settings
from hypothesis import strategies as st

from supervisor.incidents import Book, Heard, Kind, Policy, Sign
from tests.helpers.hearsay import check_of

POLICY = Policy()
NO_WAY = {Sign.UNREACHABLE, Sign.UNNAMED}
BAD = {Kind.OUTAGE: {Sign.FAILING} | NO_WAY, Kind.RATE_LIMIT: {Sign.LIMITED}, Kind.EGRESS: NO_WAY}
APIS = ("ebay", "stripe", "groq")

_pauses = st.sampled_from([0.0, 0.5, 3.0, 8.0, 31.0, 61.0, 400.0, 1900.0])
_signs = st.sampled_from(Sign)
_hearing = st.tuples(
    _pauses,
    st.sampled_from(APIS),
    st.integers(1, 12),
    _signs,
    st.sampled_from([0.0, 8.0]),
    st.booleans(),
    st.booleans(),
)
_spell = st.tuples(
    st.sampled_from([*APIS, None]), _signs, st.integers(2, 12)
)  # the same for many: what random never gives


@st.composite
def hearings(draw):
    """Random evidence with spells in which everybody of a provider, or of all, says the same."""
    told = draw(st.lists(_hearing, max_size=40))
    for api, sign, tenants in draw(st.lists(_spell, max_size=6)):
        spell = [
            (1.0, one, user, sign, 8.0, True, True)
            for user in range(1, tenants + 1)
            for one in ([api] if api else APIS)
        ]
        told.insert(draw(st.integers(0, len(told))), None)
        at = told.index(None)
        told[at : at + 1] = spell
    return told


def heard(told, now):
    _, api, user, sign, failing_for, fresh, confirmed = told
    return Heard(check_of(api, user), api, user, sign, now, now - failing_for, fresh, confirmed)


def replay(told):
    """Each change with its moment, and all that was heard."""
    book, now, changes, said = Book(POLICY), 1000.0, [], []
    for one in told:
        now += one[0]
        changes += [(now, change) for change in book.judge(now)]
        said.append(heard(one, now))
        book.hear(said[-1])
        changes += [(now, change) for change in book.judge(now)]
        yield book, changes, said


def last(told):
    book, changes, said = Book(POLICY), [], []
    for book, changes, said in replay(told):  # noqa: B007 - the last one is wanted
        pass
    return book, changes, said


@settings(max_examples=120, deadline=None)
@given(hearings())
def test_an_incident_is_opened_once_and_closed_once(told):
    book, changes, _ = last(told)
    is_open = set()
    for _, change in changes:
        key = (change.incident.api, change.incident.kind)
        assert (key in is_open) != change.opened, "opened while closed, closed while open"
        is_open ^= {key}
    assert is_open == set(book.open)


@settings(max_examples=120, deadline=None)
@given(hearings())
def test_closing_needs_recovery_or_a_whole_window_of_silence(told):
    _, changes, said = last(told)
    opened = {}
    for now, change in changes:
        incident = change.incident
        key = (incident.api, incident.kind)
        if change.opened:
            opened[key] = now
            continue
        about = [one for one in said if incident.api in (None, one.api) and opened[key] < one.at <= now]
        recovered = any(one.sign not in BAD[incident.kind] for one in about)
        earlier = [one.at for one in about if one.at < now and (one.confirmed or incident.api is None)]
        forgotten = all(at < now - POLICY.window for at in earlier)
        assert recovered or forgotten


def _answers_after(failed, answered):
    return any(one.api == failed.api and one.at > failed.at for one in answered)


@settings(max_examples=100, deadline=None)
@given(hearings())
def test_opening_needs_two_who_fail_alike(told):
    _, changes, said = last(told)
    for now, change in changes:
        if not change.opened:
            continue
        incident = change.incident
        about = [one for one in said if one.at <= now and one.sign in BAD[incident.kind]]
        if incident.kind is Kind.EGRESS:
            assert len({one.api for one in about}) >= 2
            answered = [one for one in said if one.at < now and one.sign not in NO_WAY]
            nameless = {one.api for one in about if one.sign is Sign.UNNAMED and not _answers_after(one, answered)}
            silent = max((one.at for one in answered), default=0.0) <= now - POLICY.silence
            assert silent or len(nameless) >= 2
        else:
            assert len({one.user for one in about if one.api == incident.api and one.confirmed}) >= POLICY.least


@settings(max_examples=60, deadline=None)
@given(st.lists(_hearing, max_size=80))
def test_who_is_answered_about_its_credential_opens_nothing(told):
    _, changes, _ = last([(*one[:3], Sign.WELL, *one[4:]) for one in told])
    assert changes == []


@settings(max_examples=100, deadline=None)
@given(hearings(), st.lists(st.tuples(st.sampled_from(APIS), st.integers(1, 10), _signs), max_size=20), st.randoms())
def test_what_is_heard_at_one_moment_has_no_order(told, batch, random):
    """Up to as many tenants as the sample holds: of more the last ones count, and then they have an order."""
    told = [one for one in told if one[2] <= POLICY.sample]
    latest = list({check_of(api, user): (api, user, sign) for api, user, sign in batch}.values())
    outcomes = []
    for _ in range(2):
        book, _, said = last(told)
        now = (said[-1].at if said else 1000.0) + 10.0
        for api, user, sign in latest:
            book.hear(Heard(check_of(api, user), api, user, sign, now, now))
        moments = (now, now + POLICY.silence, now + POLICY.patience)
        outcomes.append([[(c.opened, c.incident.api, c.incident.kind) for c in book.judge(at)] for at in moments])
        random.shuffle(latest)
    assert outcomes[0] == outcomes[1]


@settings(max_examples=60, deadline=None)
@given(hearings())
def test_looking_again_changes_nothing(told):
    for book, _, said in replay(told):
        assert book.judge(said[-1].at) == ()


@settings(max_examples=60, deadline=None)
@given(hearings())
def test_after_a_day_of_health_nothing_is_open_and_nothing_comes_back(told):
    book, _, said = last(told)
    now = said[-1].at if said else 1000.0
    opened = 0
    for _ in range(4):
        now += 900.0
        for api in APIS:
            for user in range(1, 13):
                book.hear(Heard(check_of(api, user), api, user, Sign.WELL, now, now))
        for at in (now, now + POLICY.steady):
            opened += sum(change.opened for change in book.judge(at))
    assert (opened, book.open) == (0, {})
