"""How the parts of the probe tell each other that there will be no reply."""

from workers.verdict import Trouble


class NoReply(Exception):  # noqa: N818 - an outcome of an exchange, not an error of ours
    """The exchange ended without a reply. `unheard`: it broke off before the first byte of one."""

    def __init__(self, trouble: Trouble, *, unheard: bool = False) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble
        self.unheard = unheard
