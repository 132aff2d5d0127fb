"""What is ours: our clock, our proxy, our address. Nobody else is blamed for it."""

import json
from email.utils import formatdate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.verdict import Failure, Reply, Trouble, Verdict, clock_off, clock_skew, judge, of_failure, of_reply
from workers.wire import Reason

NOW = 1_750_000_000.0
HTML = {"content-type": "text/html"}
PAGE = b"<html><title>Sign in to the network</title></html>"
JSON = b'{"error": "invalid_signature"}'


def dated(seconds, **more):
    return Reply(401, {"date": formatdate(NOW + seconds, usegmt=True), **more}, JSON)


@pytest.mark.parametrize(
    ("ahead", "skewed"), [(0, False), (299, False), (-299, False), (302, True), (-302, True), (1e8, True)]
)
def test_a_refused_timestamp_is_our_clocks_where_the_date_says_so(ahead, skewed) -> None:
    verdict = clock_skew(dated(-ahead), NOW)
    assert (verdict is not None) is skewed
    if verdict is not None:
        assert (verdict.reason, bool(verdict.rule), bool(verdict.source)) == (Reason.CLOCK_SKEW, True, True)


def test_a_provider_may_tolerate_less() -> None:
    assert clock_skew(dated(-60), NOW) is None
    assert clock_skew(dated(-60), NOW, tolerated=30) is not None


def test_how_far_it_is_off_has_a_sign_and_an_age_in_a_cache_is_counted() -> None:
    assert clock_off(dated(-500), NOW) == 500
    assert clock_off(dated(500), NOW) == -500
    assert clock_off(dated(-500, age="490"), NOW) == 10
    assert clock_off(dated(-500, age="old"), NOW) == 500


@pytest.mark.parametrize(
    "date",
    [
        "",
        "yesterday",
        "Mon, 99 Foo 2025 99:99:99 GMT",
        "Sun, 15 Jun 2025 15:06:40 -0000",
    ],
)
def test_without_a_date_nothing_is_said_of_our_clock(date) -> None:
    assert clock_off(Reply(401, {"date": date}, JSON), NOW) is None
    assert clock_off(Reply(401, {}, JSON), NOW) is None


@given(date=st.text(max_size=60), age=st.text(max_size=20), now=st.floats(0, 4e9))
@settings(max_examples=300, deadline=None)
def test_no_header_makes_the_clock_raise(date, age, now) -> None:
    reply = Reply(401, {"date": date, "age": age}, b"")
    assert clock_skew(reply, now) is None or clock_off(reply, now) is not None


@pytest.mark.parametrize("status", [200, 203, 400, 401, 403, 404, 429])
def test_a_page_where_json_is_due_is_ours(status) -> None:
    assert of_reply(Reply(status, HTML, PAGE)).reason is Reason.BLOCKED
    assert of_reply(Reply(status, {}, b"  <!DOCTYPE HTML>")).reason is Reason.BLOCKED


def test_a_portals_page_and_a_firewalls_are_told_apart() -> None:
    portal, firewall = of_reply(Reply(200, HTML, PAGE)), of_reply(Reply(403, HTML, PAGE))
    assert "portal" in portal.message
    assert "firewall" in firewall.message


@pytest.mark.parametrize("status", [407, 511])
def test_a_proxys_own_statuses_are_ours_whatever_the_body(status) -> None:
    for body in (PAGE, JSON, b""):
        assert of_reply(Reply(status, {}, body)).reason is Reason.BLOCKED


@pytest.mark.parametrize("status", [200, 302, 403, 502, 503, 504])
def test_a_page_that_a_proxy_of_ours_made_is_not_the_providers_trouble(status) -> None:
    made = {**HTML, "x-squid-error": "ERR_CONNECT_FAIL 111", "location": "http://portal.example/"}
    assert of_reply(Reply(status, made, PAGE)).reason is Reason.BLOCKED


def test_a_redirect_to_a_portal_is_not_followed_and_nothing_is_concluded() -> None:
    assert of_reply(Reply(302, {"location": "http://portal.example/"}, PAGE)).reason is Reason.UNRECOGNISED


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (403, {"cf-mitigated": "challenge"}),
        (202, {"x-amzn-waf-action": "challenge"}),
        (405, {"x-amzn-waf-action": "captcha"}),
    ],
)
def test_a_challenge_is_ours_even_without_a_body(status, headers) -> None:
    assert of_reply(Reply(status, headers, b"")).reason is Reason.BLOCKED


def test_what_the_provider_documents_counts_before_all_of_this() -> None:
    said = Verdict(Reason.INVALID_CREDENTIAL, "refused")
    reply = Reply(407, {"x-squid-error": "ERR", **HTML}, JSON)
    assert (
        judge(reply, lambda status, body: said if (status, body["error"]) == (407, "invalid_signature") else None)
        is said
    )


@pytest.mark.parametrize("trouble", sorted(set(Trouble) - {Trouble.BUDGET}))
def test_every_trouble_has_its_blame(trouble) -> None:
    ours = {
        Trouble.FORBIDDEN_ADDRESS: Reason.BLOCKED,
        Trouble.LOCAL: Reason.BLOCKED,
        Trouble.BAD_REQUEST: Reason.CORRUPT,
    }
    answered = {Trouble.MALFORMED: Reason.PROVIDER_ERROR, Trouble.TOO_LARGE: Reason.PROVIDER_ERROR}
    assert of_failure(Failure(trouble)).reason is (ours | answered).get(trouble, Reason.UNREACHABLE)


@pytest.mark.parametrize("until", [None, 0.0, NOW, 9e99])
def test_a_spent_budget_waits_until_it_may_be_asked(until) -> None:
    verdict = of_failure(Failure(Trouble.BUDGET, until))
    assert (verdict.waiting, verdict.reason, verdict.again_at) == (True, Reason.VALID_UNPROBED, until)


@given(
    status=st.integers(-1, 1000),
    headers=st.dictionaries(
        st.sampled_from(["content-type", "date", "x-squid-error", "cf-mitigated"]), st.text(max_size=30)
    ),
    body=st.binary(max_size=80)
    | st.builds(lambda value: json.dumps(value).encode(), st.recursive(st.none(), st.lists)),
)
@settings(max_examples=500, deadline=None)
def test_the_judge_is_total(status, headers, body) -> None:
    verdict = judge(Reply(status, headers, body), lambda _status, _body: None)
    assert verdict.reason in {
        Reason.BLOCKED,
        Reason.UNRECOGNISED,
        Reason.PROVIDER_ERROR,
        Reason.RATE_LIMITED,
    }


REFUSED_AT_THE_EDGE = [
    json.dumps(
        {"type": "https://developers.cloudflare.com/…/error-1020/", "error_code": 1020, "cloudflare_error": True}
    ),
    "error code: 1020",
    "error code: 1006\n",
]


@pytest.mark.parametrize("body", REFUSED_AT_THE_EDGE)
def test_a_refusal_of_the_edge_in_front_is_ours_though_it_is_no_page(body) -> None:
    assert of_reply(Reply(403, {"server": "cloudflare"}, body.encode())).reason is Reason.BLOCKED
    assert of_reply(Reply(429, {}, body.encode())).reason is Reason.RATE_LIMITED
    assert of_reply(Reply(530, {}, body.encode())).reason is Reason.PROVIDER_ERROR


@pytest.mark.parametrize(
    "body", ['{"cloudflare_error": false}', '{"cloudflare_error": "yes"}', "error code: 7", "see error code: 1020"]
)
def test_what_only_looks_like_the_edge_is_not_taken_for_it(body) -> None:
    assert of_reply(Reply(403, {}, body.encode())).reason is Reason.UNRECOGNISED
