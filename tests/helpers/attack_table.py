"""The attack table: what a worker that is taken over tries, what refuses it, and what comes of it without the sandbox.

Each row runs in tests/faults/test_attacks_on_everything.py; docs/explanation/sandbox.md shows them all.
"""

import resource
from dataclasses import dataclass

from tests.helpers.besieged import MEMORY_MIB


@dataclass(frozen=True)
class Row:
    says: str
    attack: str
    argument: str
    refusal: str
    layer: str
    bare: str = "done"  # what comes of it without the sandbox; empty: not to be tried, or it depends


ROWS = [
    Row("the database's port", "connect", "{tcp}", "EACCES", "landlock-ports"),
    Row("the database's port, by TCP fast open", "fast-open", "{tcp}", "EPERM", "seccomp", bare=""),
    Row("the database's port, by a put-off connect", "fast-open-later", "{tcp}", "EPERM", "seccomp", bare=""),
    Row("the database's port, by a dissolved socket", "reconnect", "{tcp}", "EACCES", "landlock-ports"),
    Row("the database's unix socket", "connect-unix", "{unix}", "EPERM", "no-unix-sockets"),
    Row("an abstract unix socket", "connect-unix", "{abstract}", "EPERM", "no-unix-sockets"),
    Row("the same, by its wire", "reconnect-wire", "{unix}", "EISCONN", "no-unix-sockets", bare="EISCONN"),
    Row("a pair of unix sockets, to keep descriptors in", "socketpair", "1", "EPERM", "no-unix-sockets"),
    Row("a unix datagram socket, as syslog's", "unix-datagram", "{datagram}", "EPERM", "seccomp"),
    Row("the supervisor's environment", "read", "/proc/{supervisor}/environ", "EACCES", "landlock"),
    Row("the supervisor's memory by /proc", "read", "/proc/{supervisor}/mem", "EACCES", "landlock", bare=""),
    Row("the supervisor's memory by system call", "read-memory", "{supervisor}", "EPERM", "seccomp", bare=""),
    Row("the supervisor's command line", "read", "/proc/{supervisor}/cmdline", "EACCES", "landlock"),
    Row("the list of processes", "list", "/proc", "EACCES", "landlock"),
    Row("its own first environment, with the key", "read", "/proc/self/environ", "EACCES", "landlock", bare=""),
    Row("the configuration", "read", "{config}", "EACCES", "landlock"),
    Row("the key file", "read", "{key}", "EACCES", "landlock"),
    Row("/etc/shadow", "read", "/etc/shadow", "EACCES", "landlock", bare=""),
    Row("/etc/passwd", "read", "/etc/passwd", "EACCES", "landlock"),
    Row("a home", "read", "{home}", "EACCES", "landlock"),
    Row("a file in /tmp", "write", "/tmp/healthsup-attack", "EPERM", "seccomp"),
    Row("a file in shared memory", "write", "/dev/shm/healthsup-attack", "EPERM", "seccomp"),
    Row("a file beside the socket", "write", "{directory}/new", "EPERM", "seccomp"),
    Row("the key file, to write", "overwrite", "{key}", "EPERM", "seccomp"),
    Row("another file, to delete", "delete", "{other}", "EPERM", "seccomp"),
    Row("its flight page, larger", "grow-page", "", "EFBIG", "limits", bare="EPERM"),
    Row("a program", "exec", "/bin/true", "EPERM", "seccomp"),
    Row("a program in its own place", "exec-in-place", "/bin/true", "EPERM", "seccomp", bare=""),
    Row("a child that survives", "fork", "", "EPERM", "seccomp"),
    Row("tracing the supervisor", "ptrace", "{supervisor}", "EPERM", "seccomp", bare=""),
    Row("a raw socket", "socket", "2,3,1", "EPERM", "seccomp", bare=""),
    Row("a packet socket", "socket", "17,3,768", "EPERM", "seccomp", bare=""),
    Row("a UDP-Lite socket", "socket", "2,2,136", "EPERM", "seccomp", bare=""),
    Row("an SCTP socket", "socket", "2,1,132", "EPERM", "seccomp", bare=""),
    Row("a DCCP socket", "socket", "2,6,33", "EPERM", "seccomp", bare=""),
    Row("a socket to the hypervisor", "socket", "40,1,0", "EPERM", "seccomp", bare=""),
    Row("a socket of the kernel's cryptography", "socket", "38,5,0", "EPERM", "seccomp", bare=""),
    Row("a socket by shared memory (SMC)", "socket", "43,1,0", "EPERM", "seccomp", bare=""),
    Row("a netlink socket", "socket", "16,3,0", "EAFNOSUPPORT", "seccomp"),
    Row("a ping socket", "socket", "2,2,1", "EPERM", "seccomp", bare=""),
    Row("a multipath TCP socket", "socket", "2,1,262", "EPERM", "seccomp", bare=""),
    Row("a port to listen on", "bind", "1", "EPERM", "seccomp"),
    Row("a port for datagrams", "bind", "2", "EPERM", "seccomp"),
    Row("listening", "listen", "", "EPERM", "seccomp"),
    Row("a socket's device", "bind-to-device", "", "EPERM", "seccomp"),
    Row("a socket's program", "attach-filter", "", "EPERM", "seccomp", bare=""),
    Row("urgent data", "say-with", "1", "EPERM", "seccomp", bare="ENOTSUP"),
    Row("pinned pages to send", "say-with", str(0x4000000), "EPERM", "seccomp"),
    Row("a signal to the supervisor", "signal", "{supervisor}", "EPERM", "seccomp"),
    Row("a signal by a descriptor's owner", "signal-by-descriptor", "{supervisor}", "EPERM", "seccomp"),
    Row("a signal by the terminal's owner", "syscall", f"16,0,{0x8902}", "EPERM", "seccomp", bare=""),
    Row("a signal by tkill", "signal-by-number", "200,{supervisor}", "EPERM", "seccomp"),
    Row("a signal by rt_sigqueueinfo", "signal-by-number", "129,{supervisor}", "EPERM", "seccomp", bare=""),
    Row("a signal by pidfd_send_signal", "signal-by-number", "424,{supervisor}", "EPERM", "seccomp", bare=""),
    Row("the supervisor's limits", "limit-other", "{supervisor}", "EPERM", "seccomp", bare=""),
    Row("where the supervisor keeps its locks", "robust-list", "{supervisor}", "EPERM", "seccomp"),
    Row("a descriptor of the supervisor by the wire", "peer", "", "EPERM", "seccomp", bare=""),
    Row("a descriptor of the supervisor", "pidfd", "{supervisor}", "EPERM", "seccomp"),
    Row("outliving its parent", "prctl", "1,0", "EPERM", "seccomp"),
    Row("being dumpable again", "prctl", "4,1", "EPERM", "seccomp"),
    Row("a core file", "raise-limit", str(resource.RLIMIT_CORE), "EPERM", "limits", bare=""),
    Row("more descriptors", "raise-limit", str(resource.RLIMIT_NOFILE), "EPERM", "limits", bare=""),
    Row("more memory", "raise-limit", str(resource.RLIMIT_DATA), "EPERM", "limits"),
    Row("all descriptors", "fill-descriptors", "", "EMFILE", "limits", bare="EMFILE"),
    Row("all memory", "fill-memory", str(2 * MEMORY_MIB), "ENOMEM", "limits"),
    Row("memory to share, which no limit counts", "share-memory", "64", "EPERM", "seccomp"),
    Row("watches, which count for the user", "watch-descriptors", "", "EPERM", "no-unix-sockets"),
    Row("a filter of its own", "prctl", "22,2", "EPERM", "seccomp", bare=""),
    Row("letting anybody trace it", "prctl", f"{0x59616D61},-1", "EPERM", "seccomp", bare=""),
    Row("reaping for others", "prctl", "36,1", "EPERM", "seccomp"),
    Row("typing into a terminal", "syscall", f"16,0,{0x5412},0", "EPERM", "seccomp", bare=""),
    Row("unsealing its page", "syscall", "72,0,1033,0", "EPERM", "seccomp", bare=""),
    Row("memory that is code", "map-code", "", "EPERM", "seccomp"),
    *(
        Row(f"the system call {name}", "syscall", str(number), "EPERM", "seccomp", bare="")
        for name, number in {
            "memfd_create": 319, "unshare": 272, "setns": 308, "mount": 165, "chroot": 161, "bpf": 321, "keyctl": 250,
            "perf_event_open": 298, "userfaultfd": 323, "io_uring_setup": 425, "open_by_handle_at": 304, "setuid": 105,
            "pidfd_getfd": 438, "init_module": 175, "personality": 135, "seccomp": 317, "landlock_restrict_self": 446,
            "kcmp": 312, "process_madvise": 440, "execveat": 322, "inotify_init1": 294, "fanotify_init": 300,
            "name_to_handle_at": 303, "open_tree": 428, "move_mount": 429, "fsopen": 430, "mount_setattr": 442,
            "pivot_root": 155, "mknodat": 259, "linkat": 265, "symlinkat": 266, "renameat2": 316, "fchmod": 91,
            "setpriority": 141, "ioprio_set": 251, "sched_setattr": 314, "sched_setaffinity": 203, "munlockall": 152,
            "mlock": 149, "pkey_mprotect": 329, "modify_ldt": 154, "shmget": 29, "msgget": 68, "mq_open": 240,
            "timer_create": 222, "pipe2": 293, "add_key": 248, "sendmsg": 46, "getppid": 110, "flock": 73,
        }.items()
    ),
    Row("a system call of tomorrow", "syscall", "600", "ENOSYS", "seccomp", bare="ENOSYS"),
]  # fmt: skip


def as_table() -> str:
    """As docs/explanation/sandbox.md shows it."""
    lines = ["| it tries | answer | by |", "|---|---|---|"]
    lines += [f"| {row.says} | {row.refusal} | `{row.layer}` |" for row in ROWS]
    return "\n".join(lines)
