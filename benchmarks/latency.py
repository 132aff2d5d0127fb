"""How near does a window of 64 come to 64 users at once, when a provider takes 200 ms?

A pass over as many users as are done in 12 s at best, ramp and drain included, against a bare urllib3 loop with 64
threads on the same server.
"""

from setting import WINDOW, bare_rate, machine, setting, verdict

_LATENCY_S = 0.2
_SECONDS = 12
_IDEAL = WINDOW / _LATENCY_S
_USERS = round(_IDEAL * _SECONDS)


def main() -> None:
    machine()
    with setting(latency_s=_LATENCY_S) as bench:
        bench.grow(WINDOW)
        bench.check()  # the embedded server's first statements are not the question
        bench.grow(_USERS)
        bare = bare_rate(bench, requests=round(_IDEAL * _SECONDS / 2))
        done = bench.check()
    assert done.users == _USERS, done
    print(f"{done.users} users in {done.seconds:.2f} s: {done.rate:.1f} users/s, ideal {_IDEAL:.0f}")
    print(f"bare loop, {WINDOW} threads: {bare:.1f} requests/s, {100 * bare / _IDEAL:.1f} % of the ideal")
    print(f"ratio to the bare loop: {done.rate / bare:.3f}")
    machine()
    verdict("steady work in seconds", done.seconds, 10, at_most=False, digits=1)
    verdict(f"% of {WINDOW}/{_LATENCY_S}", 100 * done.rate / _IDEAL, 95, at_most=False, digits=1)


if __name__ == "__main__":
    main()
