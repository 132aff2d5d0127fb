"""What is heard of providers, told in a line each, and a book that writes down what opened and closed."""

from supervisor.incidents import Book, Heard, Policy, Sign


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
