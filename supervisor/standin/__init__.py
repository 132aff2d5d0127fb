"""The stand-in marketplace: every probed provider on loopback, over HTTP(S) and SMTP, for demo, chaos and tests.

It is a process of its own. A credential tells by the `demo-WORD[-NNNms][-TAG]` in it how it is to be treated,
for example `sk_test_demo-revoked-alice`: words in `answers` are documented answers, those in `wire` are
misbehaviour on the line; NNNms is waited before either.
"""

from supervisor.standin.answers import APIS
from supervisor.standin.ledger import Seen
from supervisor.standin.process import StandIn

__all__ = ["APIS", "Seen", "StandIn"]
