"""Did everything come out as it had to? Pure: the cast beside what was stored and what the stand-in saw."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from supervisor.assess import MEANINGS, Status
from supervisor.demo.cast import SLOW, Player, Role
from supervisor.demo.play import Told
from supervisor.standin import Seen

_UNREACHABLE: Final = frozenset({"reset"})
_DOUBTED: Final = _UNREACHABLE | {"broken", "gzipbomb"}
_OPINIONS: Final = 2  # for each that is unreachable

Row = Mapping[str, Any]
Key = tuple[int, str]  # user id, api


@dataclass(frozen=True, slots=True)
class Line:
    """One credential in the table: whose it is, what was stored, how many others live on it."""

    user: int
    player: Player
    role: Role
    row: Row | None
    others: int
    as_expected: bool


@dataclass(frozen=True, slots=True)
class Review:
    lines: tuple[Line, ...]
    problems: tuple[str, ...]


def review(players: Mapping[int, Player], told: Told, seen: Iterable[Seen], *, crash: bool) -> Review:
    """`players` by user id."""
    rows = {(row["user_id"], row["api"]): row for row in told.rows}
    due = expected(players)
    wrong = {key: complaint for key, role in due.items() if (complaint := _complaint(role, rows.get(key)))}
    lines = tuple(_lines(players, rows, due, wrong))
    problems = [f"{players[user].name} {api}: {complaint}" for (user, api), complaint in wrong.items()]
    problems += [f"nobody expected a row of user {user} for {api}" for user, api in sorted(rows.keys() - due)]
    problems += _about_the_crash(players, told, crash=crash)
    problems += _about_the_requests(seen)
    if told.exit_code:
        problems.append(f"the supervisor ended with {told.exit_code} after SIGTERM")
    return Review(lines, tuple(problems))


def expected(players: Mapping[int, Player]) -> dict[Key, Role]:
    """Whose row must come of which role: one's own, else what is shared with everybody."""
    shared = [role for player in players.values() for role in player.roles if role.shared]
    due = {(user, role.api): role for user in players for role in shared}
    return due | {(user, role.api): role for user, player in players.items() for role in player.roles}


def _lines(
    players: Mapping[int, Player], rows: Mapping[Key, Row], due: Mapping[Key, Role], wrong: Mapping[Key, str]
) -> Iterator[Line]:
    """One for each credential, in the order of the cast."""
    for user, player in players.items():
        for role in player.roles:
            own = [key for key, serving in due.items() if serving is role] if role.shared else [(user, role.api)]
            yield Line(user, player, role, rows.get((user, role.api)), len(own) - 1, not wrong.keys() & set(own))


def _complaint(role: Role, row: Row | None) -> str | None:
    if row is None:
        return "nothing was stored"
    status = MEANINGS[role.expected].status or Status.UNKNOWN
    if (row["status"], row["reason"]) == (status, role.expected):
        return None
    return f"expected {status} ({role.expected}), stored is {row['status']} ({row['reason']})"


def _about_the_crash(players: Mapping[int, Player], told: Told, *, crash: bool) -> list[str]:
    if not crash:
        return [f"{len(told.crashes)} crashes that nobody caused"] if told.crashes else []
    if len(told.crashes) != 1:
        return [f"one crash was caused, {len(told.crashes)} are stored"]
    (death,) = told.crashes
    at_work = players.get(death["user_id"] or 0)
    aimed_at = at_work is not None and any(role.aimed_at for role in at_work.roles)
    problems = []
    if death["signal"] != "SIGSEGV" or death["pid"] != told.crashed_pid:
        problems.append(f"the stored crash is {death['signal']} of process {death['pid']}")
    if not aimed_at:
        problems.append(f"the stored crash names {at_work.name if at_work else 'nobody'} as at work")
    if told.back_after is None:
        problems.append("no worker came back after the crash")
    return problems


def _about_the_requests(seen: Iterable[Seen]) -> list[str]:
    """One credential is probed once, however many use it: twice the interrupted one, and whose answer may be a blip.

    For each that cannot be reached two others may be asked once more: whether it is us.
    """
    times: Counter[str] = Counter()
    for entry in seen:
        if entry.path == "/oauth/token":
            return ["a Mercado Libre token was refreshed"]
        times[entry.mark] = max(times[entry.mark], entry.times)
    over = {
        mark: times[mark] - _allowed(mark) for mark in times if "crowd" not in mark and times[mark] > _allowed(mark)
    }
    if sum(over.values()) <= _OPINIONS * sum(_word(mark) in _UNREACHABLE for mark in times):
        return []
    return [f"{mark} was asked about {times[mark]} times" for mark in over]


def _allowed(mark: str) -> int:
    return 2 if mark == SLOW or _word(mark) in _DOUBTED else 1


def _word(mark: str) -> str:
    """What a mark asks the stand-in for."""
    return mark.removeprefix("demo-").partition("-")[0]
