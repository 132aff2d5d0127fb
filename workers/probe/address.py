"""Which addresses a probe may connect to.

A name that a tenant or a foreign name server chose must not lead to this host or its private networks. The
tables are IANA's special-purpose registries, written out: `ipaddress.is_global` changes with Python's patch
releases.
"""

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

_REFUSED_4: Final = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",
            "100.64.0.0/10",  # carrier-grade NAT
            "127.0.0.0/8",
            "169.254.0.0/16",  # link-local, the clouds' metadata services
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, broadcast
        ),
    )
)
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
_REFUSED_6: Final = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments; Teredo is 2001::/32
            "2001:db8::/32",
            "3fff::/20",
        ),
    )
)
_SIX_TO_FOUR: Final = IPv6Network("2002::/16")
_NAT64: Final = IPv6Network("64:ff9b::/96")


@lru_cache(maxsize=1024)
def is_public(address: str) -> bool:
    """Whether a numeric address is one of the public internet, in whatever IPv6 form an IPv4 one hides."""
    ip = ip_address(address)
    if isinstance(ip, IPv6Address):
        hidden = _hidden_ipv4(ip)
        if hidden is None:
            return ip in _GLOBAL_UNICAST and not any(ip in network for network in _REFUSED_6)
        ip = hidden
    return not any(ip in network for network in _REFUSED_4)


def _hidden_ipv4(ip: IPv6Address) -> IPv4Address | None:
    if ip in _SIX_TO_FOUR:
        return ip.sixtofour
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped
