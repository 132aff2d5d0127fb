"""A throw-away certificate for 127.0.0.1, made by the `openssl` command: the supervisor has no cryptography."""

import subprocess
from pathlib import Path
from typing import Final

from supervisor.errors import Fatal

_DAYS: Final = "7"
_MAKE_WITHIN_S: Final = 30.0


def make(directory: Path) -> tuple[Path, Path]:
    """Certificate and key, as PEM files there; the certificate is its own authority. Raise `Fatal` without openssl."""
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    command = [
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
        *("-keyout", str(key), "-out", str(certificate), "-days", _DAYS, "-subj", "/CN=healthsup stand-in"),
        *("-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"),
        *("-addext", "keyUsage=critical,digitalSignature,keyCertSign", "-addext", "extendedKeyUsage=serverAuth"),
    ]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=_MAKE_WITHIN_S)
    except (OSError, subprocess.SubprocessError):
        raise Fatal(
            "no certificate could be made with the openssl command", "install it, or name --certificate and --key"
        ) from None
    key.chmod(0o600)
    return certificate, key
