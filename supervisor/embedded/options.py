"""What the server is told on its command line: small, quiet, reached through its socket alone."""

from supervisor.embedded.address import PORT

_SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "24",  # a supervisor's 5, and a few commands beside it
    "shared_buffers": "32MB",  # measured: writes lose nothing by it
    "huge_pages": "off",
    "jit": "off",  # our statements are short; compiling costs memory and more time than it saves
    "dynamic_shared_memory_type": "mmap",  # in the data directory: a killed server leaves nothing in /dev/shm
    "recovery_init_sync_method": "syncfs",  # a start after a crash is 3 to 4 times as fast as with a thousand fsyncs
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "max_parallel_workers": "0",
    "max_parallel_maintenance_workers": "0",
    "autovacuum_max_workers": "1",
    "TimeZone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
    # Nothing of a row's contents in the log, and nothing that makes it grow.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
    "log_autovacuum_min_duration": "-1",
}
_SINCE_18 = {"io_method": "sync"}  # spares three processes
_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def options(socket_dir: str, *, major: int, durable: bool) -> list[str]:
    """Each setting as an argument of its own, so that spaces need no care."""
    listed = socket_dir.replace('"', '""')  # the value is a list of directories
    settings = {**_SETTINGS, "unix_socket_directories": f'"{listed}"'}
    if major >= 18:  # noqa: PLR2004 - a version
        settings |= _SINCE_18
    if not durable:
        settings |= _FORGETFUL
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
