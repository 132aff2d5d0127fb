"""What a single key's type cannot say: addresses, and settings that only make sense together."""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

from supervisor.config.settings import Settings
from supervisor.errors import BadConfig

_HOST: Final = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,252})", re.ASCII)
_LISTEN: Final = re.compile(r"(?P<host>\[[0-9A-Fa-f:.%]+\]|[^:\[\]]+):(?P<port>[0-9]{1,5})", re.ASCII)
_MAX_PORT: Final = 65_535
_HTTP: Final = ("http", "https")
_MAIL: Final = ("smtp", "smtps")


def check(settings: Settings, origins: Mapping[str, str]) -> tuple[str, ...]:
    """Raise `BadConfig` for what cannot work; return a note for what can but is probably not meant."""
    for api, own in settings.providers.items():
        if own.base_url is not None:
            schemes = _MAIL if api == "email" else _HTTP
            _check_base_url(own.base_url, f"providers.{api}.base_url", schemes, origins)
    if settings.metrics.listen:
        _check_listen(settings.metrics.listen, "metrics.listen", origins)
    host = _check_listen(settings.web.listen, "web.listen", origins)
    if not _is_loopback(host) and settings.web.token_file is None:
        cause = f"{_place('web.listen', origins)} is open to other machines, and web.token_file is not set"
        raise BadConfig(cause, "name a file with a bearer token, or listen on 127.0.0.1")
    _check_window(settings, origins)
    return tuple(_notes(settings))


def _check_window(settings: Settings, origins: Mapping[str, str]) -> None:
    window, most = settings.worker.window, settings.worker.window_max
    if window != "auto" and window > most:
        cause = f"{_place('worker.window', origins)} is {window}, more than worker.window_max ({most})"
        raise BadConfig(cause, "lower the one or raise the other")


def _notes(settings: Settings) -> Iterator[str]:
    total, deadline = settings.probe.total_timeout, settings.worker.check_deadline
    if total >= deadline:
        allowed = f"probe.total_timeout ({total:g} s) is not below worker.check_deadline ({deadline:g} s)"
        yield f"{allowed}: slow providers will cost strikes"


def _check_base_url(url: str, name: str, schemes: tuple[str, str], origins: Mapping[str, str]) -> None:
    if complaint := base_url_complaint(url, schemes):
        cause = f"{_place(name, origins)} {complaint}"
        raise BadConfig(cause, "it must be {}://host[:port] or {}://host[:port]".format(*schemes))


def base_url_complaint(url: str, schemes: tuple[str, str] = _HTTP) -> str:
    """What is wrong with a base URL, without showing it; empty when nothing is."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "is no valid address"
    host = parts.hostname or ""
    if parts.scheme not in schemes:
        return "does not begin with {}:// or {}://".format(*schemes)
    if "@" in parts.netloc:
        return "holds credentials"
    if parts.path or parts.query or parts.fragment or url.endswith(("?", "#")):
        return "has more than scheme, host and port"
    if parts.netloc.endswith(":") or port == 0 or not (_HOST.fullmatch(host) or _is_ipv6(host)):
        return "has no valid host and port"
    return ""


def _check_listen(listen: str, name: str, origins: Mapping[str, str]) -> str:
    match = _LISTEN.fullmatch(listen)
    host = match["host"].strip("[]") if match else ""
    if not match or not 0 < int(match["port"]) <= _MAX_PORT or not (_HOST.fullmatch(host) or _is_ipv6(host)):
        cure = "it must be host:port, like 127.0.0.1:8479, [::1]:8479 or 0.0.0.0:8479"
        raise BadConfig(f"{_place(name, origins)} is no address to listen on", cure)
    return host


def _is_ipv6(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).version == 6  # noqa: PLR2004
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _place(name: str, origins: Mapping[str, str]) -> str:
    origin = origins.get(name, "default")
    return name if origin == "default" else f"{origin.removeprefix('env ')}: {name}"
