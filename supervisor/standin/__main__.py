"""`python -m supervisor.standin`: the stand-in marketplace by itself, with the configuration that leads to it."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from supervisor.errors import Fatal
from supervisor.standin import APIS, StandIn
from supervisor.standin.certificate import make


def main(argv: list[str]) -> int:
    """Play until SIGINT or SIGTERM; returns the exit code."""
    given = _arguments(argv)
    stops = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, stops)
    with tempfile.TemporaryDirectory(prefix="healthsup-stand-in-") as directory:
        try:
            certificate, key = make(Path(directory)) if given.tls else (given.certificate, given.key)
            with StandIn(certificate=certificate, key=key, latency_s=given.latency) as shop:
                sys.stdout.write("\n".join(_configuration(shop, certificate)) + "\n")
                sys.stdout.flush()
                signal.sigwait(stops)
        except Fatal as error:
            sys.stderr.write(f"{error}\n")
            return error.exit_code
    return 0


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m supervisor.standin", description="play every probed provider")
    parser.add_argument("--tls", action="store_true", help="https and STARTTLS, by a throw-away certificate")
    parser.add_argument("--certificate", type=Path, help="https and STARTTLS by this one (PEM)")
    parser.add_argument("--key", type=Path, help="the certificate's key (PEM)")
    parser.add_argument("--latency", type=float, default=0.0, metavar="S", help="seconds added to every answer")
    given = parser.parse_args(argv)
    if bool(given.certificate) != bool(given.key) or (given.tls and given.certificate):
        parser.error("--certificate and --key go together, and not with --tls")
    return given


def _configuration(shop: StandIn, certificate: Path | None) -> Iterator[str]:
    if certificate:
        yield f"# with SSL_CERT_FILE={certificate}"
    yield "[probe]"
    yield "allow_private = true"
    for api in APIS:
        yield f'[providers.{api}]\nbase_url = "{shop.base_url}"'
    yield f'[providers.email]\nbase_url = "{shop.mail_url}"'


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
