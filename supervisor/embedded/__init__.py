"""The life of an embedded PostgreSQL: found, made, started, shared, stopped; nothing left behind."""

from supervisor.embedded.address import Address
from supervisor.embedded.binaries import locate
from supervisor.embedded.cluster import Embedded
from supervisor.embedded.place import default_dir

__all__ = ["Address", "Embedded", "default_dir", "locate"]
