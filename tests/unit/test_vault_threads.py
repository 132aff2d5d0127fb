"""One key derivation and few openings at once, however many places of the window ask."""

import threading

import pytest

from workers.secret import Secret
from workers.vault import Layout, Opened, Vault, formats, read_key

ENVIRON = {"ENCRYPTION_KEY": "k-0123456789-0123456789-0123456789"}
PLACES = 8


def race(work):
    """Run `work` in so many threads from one starting line; their results."""
    results = []
    line = threading.Barrier(PLACES)

    def runner():
        line.wait(10)
        results.append(work())

    threads = [threading.Thread(target=runner) for _ in range(PLACES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(results) == PLACES
    return results


@pytest.fixture
def derivations(monkeypatch):
    """Every call of the real derivation."""
    calls = []
    real = formats.scrypt_key

    def counted(secret, salt):
        calls.append(threading.get_ident())
        return real(secret, salt)

    monkeypatch.setattr(formats, "scrypt_key", counted)
    return calls


def test_scrypt_is_derived_once_though_all_places_ask_at_once(derivations):
    sealed = Vault(read_key(None, ENVIRON)).seal(Secret("{}"), Layout.CBC)
    derivations.clear()
    vault = Vault(read_key(None, ENVIRON), crypto_concurrency=PLACES)
    assert all(isinstance(opened, Opened) for opened in race(lambda: vault.open(sealed)))
    assert len(derivations) == 1


def test_gcm_values_cost_no_derivation(derivations):
    vault = Vault(read_key(None, ENVIRON))
    assert isinstance(vault.open(vault.seal(Secret("{}"), Layout.GCM)), Opened)
    assert derivations == []


class Room:
    """Stands around the real opening: counts who is inside, and holds them there until `full` are, and a moment more."""

    def __init__(self, real, full):
        self.real = real
        self.full = full
        self.inside = 0
        self.most = 0
        self.changed = threading.Condition()

    def __call__(self, sealed, key):
        with self.changed:
            self.inside += 1
            self.most = max(self.most, self.inside)
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.most >= self.full, timeout=10)
            # one more than allowed would end the wait; nobody sleeps longer than this bound
            self.changed.wait_for(lambda: self.most > self.full, timeout=0.05)
        try:
            return self.real(sealed, key)
        finally:
            with self.changed:
                self.inside -= 1


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("allowed", [1, 2, 3])
def test_no_more_openings_at_once_than_allowed_and_no_fewer(monkeypatch, layout, allowed):
    vault = Vault(read_key(None, ENVIRON), crypto_concurrency=allowed)
    sealed = vault.seal(Secret('{"apiKey":"k"}'), layout)
    name = f"open_{layout}"
    room = Room(getattr(formats, name), allowed)
    monkeypatch.setattr(formats, name, room)
    assert all(isinstance(opened, Opened) for opened in race(lambda: vault.open(sealed)))
    assert room.most == allowed


def test_a_place_is_given_back_by_a_value_that_does_not_open():
    vault = Vault(read_key(None, ENVIRON), crypto_concurrency=1)
    for _ in range(3):
        assert vault.open("A" * 44).reason == "undecryptable"
    assert isinstance(vault.open(vault.seal(Secret("{}"), Layout.GCM)), Opened)
