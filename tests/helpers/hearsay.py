"""What is heard of providers, told in a line each, and a book that writes down what opened and closed."""

from supervisor.incidents import DOWN, Book, Heard, Policy, Sign

SIX = ("amazon", "ebay", "groq", "openai", "paypal", "stripe")


class Story:
    """A book with its changes as text: `+outage ebay`, `-egress`; time moves by hand, and the book looks each second."""

    def __init__(self, policy: Policy | None = None) -> None:
        self.book = Book(policy)
        self.now = 1000.0
        self.told: list[str] = []
        self.users: dict[str, int] = {}

    def hear(self, api: str, user: int, sign: Sign, *, failing_for: float = 0.0, **facts) -> None:
        self.book.hear(Heard(check_of(api, user), api, user, sign, self.now, self.now - failing_for, **facts))
        self.look()

    def look(self) -> None:
        for change in self.book.judge(self.now):
            incident = change.incident
            name = f"{incident.kind} {incident.api}" if incident.api else str(incident.kind)
            self.told.append(("+" if change.opened else "-") + name)
            self.users[name] = incident.users

    def wait(self, seconds: float) -> None:
        end = self.now + seconds
        while self.now + 1.0 <= end:
            self.now += 1.0
            self.look()
        self.now = end


def check_of(api: str, user: int) -> int:
    return user * 1000 + sum(api.encode())


def play(story, apis, users, seconds, *, every=900.0, say=lambda _api, _user, _now: Sign.WELL):
    """Every check at a place of its own within the interval; who fails is heard 8 s after it began to."""
    checks = [(api, user) for user in users for api in apis]
    slots = sorted(((at * 0.618033988749895 % 1.0) * every, *check) for at, check in enumerate(checks))
    began, turn = story.now, 0
    while True:
        for slot, api, user in slots:
            at = began + turn * every + slot
            if at > began + seconds:
                story.wait(began + seconds - story.now)
                return
            story.wait(max(0.0, at - story.now))
            said = say(api, user, story.now - began)
            if said in DOWN:
                story.hear(api, user, said, confirmed=False)
                story.hear(api, user, said, failing_for=8.0)
            elif said is not None:
                story.hear(api, user, said)
        turn += 1


def down(*apis, since, until=float("inf"), as_=Sign.UNREACHABLE):
    return lambda api, _user, now: as_ if api in apis and since <= now < until else Sign.WELL
