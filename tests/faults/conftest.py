"""What several suites of faults begin with; a suite may have users of its own instead."""

import pytest


@pytest.fixture
def users(system):
    """Twelve with a credential each, slow enough to be in hand when something happens."""
    found = system.tenants.users(12)
    for user in found:
        system.openai(user, "slow-120ms")
    return found
