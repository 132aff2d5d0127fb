"""What a worker does before it says that it is ready: one whole check of its own, which nobody hears of."""

import pytest

from supervisor.standin import StandIn
from tests.helpers.worker import bench
from workers.budget import Budgets
from workers.flight import Page
from workers.look import Look
from workers.loop import Window
from workers.probe import Prober
from workers.provider import Request
from workers.vault import Vault, read_key
from workers.verdict import Reply
from workers.wire import Phase

KEY = {"ENCRYPTION_KEY": "a key of these tests, long enough for everyone"}


def unreachable(*_args, **_more):
    raise AssertionError("a rehearsal asks nobody, not even for an address")


@pytest.fixture
def prober():
    made = Prober(
        connect_timeout=1, total_timeout=5, max_body_bytes=1000, allow_private=False, base_urls={}, pool_size=1,
        resolve=unreachable,
    )  # fmt: skip
    yield made
    made.close()


def test_an_exchange_is_rehearsed_to_its_end_without_a_network(prober):
    reply = prober.rehearse(Request("GET", "https://api.openai.com/v1/models"))
    assert isinstance(reply, Reply)
    assert (reply.status, reply.body) == (200, b"{}")


def test_a_rehearsal_posts_no_answer_and_leaves_the_page_as_it_was(prober):
    page, _ = Page.create(1)
    posted = []
    vault = Vault(read_key(None, KEY))
    look = Look(vault, prober, Budgets(vault.pseudonym), 5)
    window = Window(places=1, vault=vault, prober=prober, page=page, look=look, post=posted.append)
    window.rehearse()
    (place,) = page.places()
    assert (place.job, place.phase, place.answers, posted) == (0, Phase.BOOT, (), [])
    window.drain()


def test_the_marketplace_hears_nothing_of_a_worker_that_only_starts(tmp_path):
    with StandIn() as market, bench(tmp_path, market.base_url) as worker:
        worker.set_up()
        assert market.ledger() == ()
