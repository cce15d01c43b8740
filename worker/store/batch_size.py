"""How much to ask the store for at once."""


class BatchSize:
    """Halved when an answer is cut, as by a limit on the store's output buffers; doubled when one arrives.

    Attributes:
        now: how many to ask for.
    """

    def __init__(self, most: int) -> None:
        self.now = most
        self._most = most

    def shrink(self, asked: int) -> None:
        """No answer to so many."""
        self.now = max(1, asked // 2)

    def grow(self) -> None:
        """An answer arrived."""
        self.now = min(self._most, 2 * self.now)
