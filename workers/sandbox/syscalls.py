"""The allow-list: which system calls a worker makes, in groups, each with its reason.

Numbers are those of x86-64 and of aarch64 (the kernel's generic table); a dash: that architecture has no such call.
x86-64 is tested; aarch64 was never run. What stands nowhere here is refused with EPERM; what is newer than all of
it with ENOSYS, so that a C library that knows more falls back to what it did before.
"""

from typing import Final

NEWEST: Final = 446  # landlock_restrict_self

Numbers = dict[str, tuple[int, int | None]]


def _table(text: str) -> Numbers:
    rows = (row.split() for row in text.strip().splitlines())
    return {name: (int(x86), None if arm == "-" else int(arm)) for name, x86, arm in rows}


MEMORY: Final = _table("""
    brk         12 214
    munmap      11 215
    mremap      25 216
    madvise     28 233
    membarrier 324 283
""")
"""The allocator. `mmap` and `mprotect` stand below: never executable."""

THREADS: Final = _table("""
    futex              202  98
    set_robust_list    273  99
    rseq               334 293
    set_tid_address    218  96
    exit                60  93
    exit_group         231  94
    sched_yield         24 124
    sched_getaffinity  204 123
    sched_getparam     143 121
    sched_getscheduler 145 120
    gettid             186 178
    restart_syscall    219 128
""")
"""Threads of the window, of the resolver and of ZeroMQ. `clone` stands below: threads, never processes."""

SIGNALS: Final = _table("""
    rt_sigaction   13 134
    rt_sigprocmask 14 135
    rt_sigreturn   15 139
    sigaltstack   131 132
    pause          34   -
""")
"""The fault handler, and every thread's start. `kill` and `tgkill` stand below: ourselves, nobody else."""

DESCRIPTORS: Final = _table("""
    read      0  63
    write     1  64
    readv    19  65
    writev   20  66
    pread64  17  67
    pwrite64 18  68
    lseek     8  62
    close     3  57
    fstat     5  80
    eventfd2 290 19
""")
"""What is open already: the dump, stderr, sockets, and files of the resolver."""

FILES: Final = _table("""
    newfstatat 262 79
    stat         4  -
    lstat        6  -
    statx      332 291
""")
"""resolv.conf and its like. `openat` stands below: for reading. Which files is Landlock's to say."""

WAITING: Final = _table("""
    poll            7   -
    ppoll         271  73
    select         23   -
    pselect6      270  72
    epoll_ctl     233  21
    epoll_wait    232   -
    epoll_pwait   281  22
    nanosleep      35 101
    clock_nanosleep 230 115
""")
"""Sockets with a deadline; ZeroMQ's own threads. `epoll_create1` stands below."""

NETWORK: Final = _table("""
    connect      42 203
    getsockname  51 204
    getpeername  52 205
    recvfrom     45 207
    recvmsg      47 212
    recvmmsg    299 243
    shutdown     48 210
""")
"""Providers and name servers. Making a socket, its options and sending stand below. Not here: bind, listen, accept."""

ITSELF: Final = _table("""
    getpid         39 172
    getuid        102 174
    geteuid       107 175
    getgid        104 176
    getegid       108 177
    uname          63 160
    sysinfo        99 179
    getrusage      98 165
    times         100 153
    clock_gettime 228 113
    clock_getres  229 114
    gettimeofday   96 169
    time          201   -
    getcpu        309 168
    getrandom     318 278
""")
"""Time, random numbers, and who and where it is."""

BY_ARGUMENT: Final = _table("""
    mmap                 9 222
    mprotect            10 226
    clone               56 220
    kill                62 129
    tgkill             234 131
    socket              41 198
    socketpair          53 199
    sendto              44 206
    sendmmsg           307 269
    setsockopt          54 208
    getsockopt          55 209
    openat             257  56
    epoll_create1      291  20
    fcntl               72  25
    ioctl               16  29
    prctl              157 167
    prlimit64          302 261
    seccomp            317 277
    sched_setscheduler 144 119
    clone3             435 435
""")
"""Allowed with some arguments only, or answered without being made: `filters` says how."""

BIRTH: Final = _table("""
    wait4             61 260
    pidfd_open       434 434
    setsid           112 157
    getppid          110 173
    dup2              33   -
    dup3             292  24
    fcntl             72  25
    ioctl             16  29
    umask             95 166
    close_range      436 436
    prctl            157 167
    capget           125  90
    capset           126  91
    setrlimit        160 164
    getrlimit         97 163
    prlimit64        302 261
    mlockall         151 230
    kill              62 129
    tgkill           234 131
    seccomp          317 277
    socket            41 198
    socketpair        53 199
    sendto            44 206
    sendmsg           46 211
    sendmmsg         307 269
    setsockopt        54 208
    getsockopt        55 209
    openat           257  56
    epoll_create1    291  20
    mmap               9 222
    mprotect          10 226
    getcwd            79  17
    readlink          89   -
    readlinkat       267  78
    access            21   -
    faccessat        269  48
    faccessat2       439 439
    getdents64       217  61
    pipe2            293  59
    dup               32  23
    sched_setscheduler 144 119
    landlock_create_ruleset 444 444
    landlock_add_rule       445 445
    landlock_restrict_self  446 446
""")
"""What zygote and worker do before a confinement beside all that: fork, reap, read the key, give up the rest."""

WORKER: Final = MEMORY | THREADS | SIGNALS | DESCRIPTORS | FILES | WAITING | NETWORK | ITSELF
