"""One HTTP exchange with a provider. Only importer of urllib3."""

from workers.probe.prober import Prober
from workers.probe.sockets import NoTrustedCAError, tls_context
from workers.probe.timings import Timings

__all__ = ["NoTrustedCAError", "Prober", "Timings", "tls_context"]
