"""Turns of an ordinary life, as the life machine draws them."""

from dataclasses import dataclass

from hypothesis import strategies as st

WINDOW = 3


@dataclass(frozen=True)
class Turn:
    """Some ordinary life: claims of these users come, places make so many steps, time goes by."""

    users: list[int]
    window: int
    steps: list[int]
    deliver: bool
    ready: bool
    seconds: float
    killed: bool = False  # the worker, from outside, at its end


TURN = st.builds(
    Turn,
    users=st.lists(st.integers(1, 5), max_size=4),
    window=st.integers(1, WINDOW),
    steps=st.lists(st.integers(0, 12), min_size=WINDOW, max_size=WINDOW),
    deliver=st.booleans(),
    ready=st.booleans(),
    seconds=st.sampled_from([0.0, 1.0, 5.0]),
    killed=st.booleans(),
)
