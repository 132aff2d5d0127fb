"""What a worker does before it says that it is ready: one whole check of its own, which nobody hears of."""

import threading
import time

import pytest

from supervisor import blame
from supervisor.service import death
from supervisor.service.flights import Flights
from supervisor.standin import StandIn
from tests.helpers.worker import BOUND, bench
from workers.budget import Budgets
from workers.flight import Page
from workers.look import Look
from workers.loop import Window
from workers.probe import Prober
from workers.probe import prober as prober_room
from workers.provider import Request
from workers.vault import Vault, read_key
from workers.verdict import Reply

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
    asked = {"api": "openai", "deadline": time.monotonic() + 5, "stamp": lambda _: None}
    with prober.rehearsing():
        reply = prober.exchange(Request("GET", "https://api.openai.com/v1/models"), **asked)
    assert isinstance(reply, Reply)
    assert (reply.status, reply.body) == (200, b"{}")
    assert prober._dial == prober._dialer.dial, "from now on it asks the provider"


def test_a_rehearsal_is_a_whole_check_that_is_answered_to_nobody_and_claims_nothing(prober):
    page, _ = Page.create(2)
    posted, asked = [], []
    vault = Vault(read_key(None, KEY))
    look = Look(vault, prober, Budgets(vault.pseudonym), 5)
    exchange = prober.exchange
    prober.exchange = lambda *given, **more: asked.append(exchange(*given, **more)) or asked[-1]
    window = Window(places=2, vault=vault, prober=prober, page=page, look=look, post=posted.append)
    window.rehearse()
    assert asked
    assert all(isinstance(reply, Reply) for reply in asked)
    assert posted == []
    assert blame.at_work(page.places(), {(1, 1)}) == ()
    assert death.settle_from_page(page, Flights(), posted.append, 0.0) == 0
    assert len(window._threads) == 1, "no further place was opened for it"
    window.drain()


def test_a_rehearsal_that_takes_its_time_is_waited_for(prober, monkeypatch):
    """What comes late would go to the provider, and its answer to the supervisor."""
    page, _ = Page.create(1)
    posted, asked, goes_on = [], threading.Event(), threading.Event()
    ourselves = prober_room._dial_ourselves

    def slowly(*given, **more):
        asked.set()
        goes_on.wait()
        return ourselves(*given, **more)

    monkeypatch.setattr(prober_room, "_dial_ourselves", slowly)
    vault = Vault(read_key(None, KEY))
    look = Look(vault, prober, Budgets(vault.pseudonym), 5)
    window = Window(places=1, vault=vault, prober=prober, page=page, look=look, post=posted.append)
    rehearsal = threading.Thread(target=window.rehearse)
    rehearsal.start()
    assert asked.wait(BOUND)
    assert rehearsal.is_alive()
    assert prober._dial is slowly
    goes_on.set()
    rehearsal.join()
    assert posted == []
    window.drain()


def test_the_marketplace_hears_nothing_of_a_worker_that_only_starts(tmp_path):
    with StandIn() as market, bench(tmp_path, market.base_url) as worker:
        worker.set_up()
        assert market.ledger() == ()
