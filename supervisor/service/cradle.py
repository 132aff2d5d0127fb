"""Where hands come from: the launcher's zygote is asked for one worker after another, and its own death is told."""

import logging

from supervisor.channel import Channel
from supervisor.errors import Transient
from supervisor.launcher import Launcher
from supervisor.service.hand import Hand
from supervisor.service.orders import Orders
from supervisor.telemetry import event


class Cradle:
    """`generation` is that of the newest worker; `zygote` the pid of whom forks them, None while there is none."""

    def __init__(self, channel: Channel, launcher: Launcher) -> None:
        self.generation = 0
        self.zygote: int | None = None
        self._channel = channel
        self._launcher = launcher
        self._zygote_fd: int | None = None
        self.look()

    def spawn(self, orders: Orders, now: float) -> Hand | None:
        """A worker that was only just forked; None, and it is told why, when none can be made."""
        try:
            child = self._launcher.spawn(self._channel.endpoint, self.generation + 1, orders.places, orders.options)
        except Transient as error:
            self.look()
            event("worker.not_started", logging.WARNING, cause=error.cause)
            return None
        self.generation += 1
        self.look()
        hand = Hand(child, now)
        hand.watch(self._channel)
        return hand

    def listen(self, fds: frozenset[int]) -> None:
        """Take in what the zygote has to tell, if it is among those that can be read."""
        if self._zygote_fd in fds:
            self._launcher.nursery.listen()

    def look(self) -> None:
        """Follow the nursery, whoever has found a zygote dead or has renewed it: each death is told once."""
        nursery = self._launcher.nursery
        while nursery.deaths:
            event("zygote.died", logging.WARNING, line=nursery.deaths.pop(0) or None)
        if nursery.pid == self.zygote:
            return
        if self._zygote_fd is not None:
            self._channel.forget(self._zygote_fd)
        if nursery.fd is not None:
            self._channel.watch(nursery.fd)
        self.zygote, self._zygote_fd = nursery.pid, nursery.fd

    def give_up_zygote(self, hand: Hand) -> None:
        """Of a dead worker: it hangs; without it, who it has forked is ours to reap."""
        self._launcher.nursery.give_up(hand.child.pid)

    def close(self) -> None:
        if self._zygote_fd is not None:
            self._channel.forget(self._zygote_fd)
        self._launcher.close()
