"""The life of an embedded PostgreSQL: found, made, started, shared, stopped; nothing left behind."""

from supervisor.embedded.address import Address
from supervisor.embedded.binaries import locate
from supervisor.embedded.cluster import Embedded
from supervisor.embedded.place import default_dir
from supervisor.embedded.server import STOP_WITHIN

__all__ = ["STOP_WITHIN", "Address", "Embedded", "default_dir", "locate"]
